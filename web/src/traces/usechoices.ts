import { useMemo } from "react";
import { useApi, windowQuery } from "../api/queries";
import type { Names } from "../api/types.gen";
import { useClock } from "../time/clock";
import { type Choice, fixedChoices, namedChoices, type Wanted } from "./filter/complete";

/** Names asked for at once. */
const limit = 50;

/** useChoices completes what the caret wants: words of the language, and names that the time range holds. */
export function useChoices(
  wanted: Wanted,
  open: boolean,
): { choices: Choice[]; busy: boolean; more: boolean } {
  const { window } = useClock();
  const question = questionFor(wanted);
  const answer = useApi<Names>(
    question?.path ?? "fields",
    { ...windowQuery(window), ...question?.query },
    { enabled: open && question !== null, keep: false },
  );
  const choices = useMemo(() => {
    const names = question && answer.data ? answer.data.names : [];
    const prefix = "prefix" in wanted ? wanted.prefix.toLowerCase() : "";
    const fitting = names.filter((n) => n.name.toLowerCase().includes(prefix)).slice(0, limit);
    return [...fixedChoices(wanted), ...namedChoices(wanted, fitting)];
  }, [wanted, question, answer.data]);
  return { choices, busy: answer.isFetching, more: question !== null && (answer.data?.more ?? false) };
}

/** questionFor is the path and query that answer what is wanted; null where no server is needed. */
export function questionFor(w: Wanted): { path: string; query: Record<string, string | number> } | null {
  if (w.what === "field") return { path: "fields", query: { prefix: w.prefix, limit } };
  if (w.what !== "value") return null;
  switch (w.field) {
    case "service":
    case "caller":
      return { path: "services", query: {} };
    case "operation":
      return { path: "operations", query: {} };
    case "version":
      return { path: "values", query: { field: "service.version", prefix: w.prefix, limit } };
    case "status":
    case "duration":
    case "root":
    case "":
      return null;
  }
  return { path: "values", query: { field: w.field, prefix: w.prefix, limit } };
}
