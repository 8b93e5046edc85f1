import { useMemo } from "react";
import { ApiError } from "../api/client";
import type { Trace } from "../api/types.gen";
import { useInFrame } from "../shell/frame";
import { Button, ButtonLink } from "../ui/button";
import { Empty, ErrorNote, Progress, useSlow } from "../ui/state";
import { lastResults } from "../url/results";
import { useHref, useUrlState } from "../url/state";
import { useTrace } from "./details";
import { buildModel, type TraceModel } from "./engine/model";
import { keyHelp } from "./keys";
import { TraceSkeleton } from "./skeleton";
import { traceSchema } from "./state";
import { Workspace } from "./workspace";

/** The timeline of one trace: /trace?id=… */
export default function Page() {
  const [{ id }] = useUrlState(traceSchema);
  const answer = useTrace(id);
  const built = useMemo(() => build(answer.data), [answer.data]);
  const slow = useSlow(answer.isPending && id !== "");
  if (built?.model && answer.data && built.model.count > 0) {
    // Another number of spans is another tree: what was folded no longer fits.
    const key = `${id} ${built.model.count}`;
    return (
      <Workspace key={key} trace={answer.data} model={built.model} onReload={() => void answer.refetch()} />
    );
  }
  return (
    <Waiting
      id={id}
      slow={slow}
      error={answer.error ?? built?.error ?? null}
      empty={built?.model?.count === 0}
      retry={() => void answer.refetch()}
    />
  );
}

function build(trace: Trace | undefined): { model?: TraceModel; error?: Error } | undefined {
  if (!trace) return undefined;
  try {
    return { model: buildModel(trace) };
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
}

function Waiting(props: {
  id: string;
  slow: boolean;
  error: Error | null;
  empty: boolean;
  retry: () => void;
}) {
  const href = useHref();
  useInFrame(props.id.slice(0, 8) || undefined, keyHelp);
  const results = (
    <ButtonLink href={lastResults() ?? href("traces")}>
      {lastResults() ? "Back to the results" : "Find traces"}
    </ButtonLink>
  );
  if (props.id === "") {
    return (
      <div className="page">
        <Empty title="No trace was named" action={results}>
          An address of a trace ends with its id. Choose one from a search, or paste an id into the search
          field above.
        </Empty>
      </div>
    );
  }
  if (props.empty || (props.error instanceof ApiError && props.error.problem.status === 404)) {
    return (
      <div className="page">
        <Empty
          title="This trace is not here"
          action={
            <>
              {results}
              <Button kind="quiet" onClick={props.retry}>
                Look again
              </Button>
            </>
          }
        >
          No span with trace id <span className="mono">{props.id}</span> is kept. It may still be on its way,
          be older than what is kept, or have been left out by sampling.
        </Empty>
      </div>
    );
  }
  return (
    <div className="page with-insp">
      <section className="stack" aria-label="Trace" aria-busy={!props.error}>
        <Progress busy={props.slow && !props.error} />
        <div className="fill">{props.slow && !props.error ? <TraceSkeleton /> : null}</div>
        {props.error ? <ErrorNote error={props.error} onRetry={props.retry} /> : null}
      </section>
      <aside aria-label="Span" />
    </div>
  );
}
