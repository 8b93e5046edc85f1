import { useQueries } from "@tanstack/react-query";
import { get } from "../api/client";
import { useApi, windowQuery } from "../api/queries";
import type { Names, TraceList } from "../api/types.gen";
import { count } from "../time/format";
import { Button, ButtonLink } from "../ui/button";
import { Empty } from "../ui/state";
import { useHref } from "../url/state";
import { printTerm, withoutTerm } from "./filter/params";
import { questionFor } from "./usechoices";
import { asSearch, type Search } from "./usesearch";

/**
 * Why nothing was found: each term of the filter is left out in turn, and the one
 * whose absence brings the most back is named.
 */
export function NothingFound({ search }: { search: Search }) {
  const { filter, window, state } = search;
  const { terms } = filter;
  const href = useHref();
  const tries = useQueries({
    queries: terms.map((_, k) => {
      const query = { ...windowQuery(window), ...asSearch(terms.filter((__, i) => i !== k)), limit: 1 };
      return {
        queryKey: ["traces", "without", query],
        queryFn: ({ signal }: { signal: AbortSignal }) => get<TraceList>("traces", query, signal),
        enabled: !state.b,
        staleTime: 60_000,
      };
    }),
  });
  const matched = tries.map((t) => t.data?.work.rowsMatched ?? 0);
  const worst = matched.indexOf(Math.max(0, ...matched));
  const culprit = (matched[worst] ?? 0) > 0 ? terms[worst] : undefined;
  const question = culprit
    ? questionFor({ what: "value", field: culprit.field, prefix: "", replace: { from: 0, to: 0 } })
    : null;
  const seen = useApi<Names>(
    question?.path ?? "values",
    { ...windowQuery(window), ...question?.query },
    { enabled: question !== null, keep: false },
  );

  if (state.b) {
    return (
      <Empty
        title="No trace in the brushed region"
        action={<Button onClick={() => search.change({ b: null })}>Clear selection</Button>}
      >
        The counts of the heat map may be newer than this list.
      </Empty>
    );
  }
  if (search.list.work?.rowsTotal === 0) {
    return (
      <Empty
        title="Nothing was received in this time range"
        action={<ButtonLink href={href("setup")}>Set-up</ButtonLink>}
      >
        There is no span at all here. Choose a wider range, or look whether anything is being sent.
      </Empty>
    );
  }
  if (culprit) {
    const values = (seen.data?.names ?? []).slice(0, 5).map((n) => n.name);
    return (
      <Empty
        title="No trace matches in this time range"
        action={
          <>
            <Button onClick={() => search.run(withoutTerm(filter, worst))}>Drop that term</Button>
            <Button
              kind="quiet"
              onClick={() => document.querySelector<HTMLElement>("[data-search]")?.focus()}
            >
              Edit filter
            </Button>
          </>
        }
      >
        {count(matched[worst] ?? 0)} spans match without it:{" "}
        <span className="mono">{printTerm(culprit)}</span> removes all.
        {values.length > 0 ? ` Seen values: ${values.join(", ")}.` : ""}
      </Empty>
    );
  }
  const asked = tries.some((t) => t.isFetching);
  return (
    <Empty
      title="No trace matches in this time range"
      action={terms.length > 0 ? <Button onClick={() => search.run("")}>Drop the filter</Button> : undefined}
    >
      {asked
        ? "Looking for the term that removes all."
        : `${count(search.list.work?.rowsTotal ?? 0)} spans are in range; ${terms.length > 1 ? "no single term is to blame, they exclude each other" : "none matches"}.`}
    </Empty>
  );
}
