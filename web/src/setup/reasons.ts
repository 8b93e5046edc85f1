import type { Status } from "../api/types.gen";
import { clock, count, dateText } from "../time/format";
import type { Window } from "../time/range";

/** Why a page may be empty. The first that applies is the one to mend. */
export interface Reason {
  id: "nothing" | "refused" | "other" | "dropped" | "range";
  title: string;
  /** What is known about it, whether it applies or not. */
  detail: string;
  applies: boolean;
  /** How grave it is while it applies. */
  meaning: "fault" | "error" | "throttle" | "sampled";
}

/** The five reasons, each with what the process knows about it, for a page that looks at window and shows signal. */
export function reasonsFor(status: Status, window: Window, signal: "traces" | "logs" = "traces"): Reason[] {
  const items = new Map(status.received.map((one) => [one.signal, one.items]));
  const total = status.received.reduce((sum, one) => sum + one.items, 0);
  const own = items.get(signal) ?? 0;
  const one = signal === "traces" ? "span" : "log line";
  const closed = status.listeners.filter((listener) => !listener.open);
  const refusing = status.listeners.filter((listener) => listener.refused > 0);
  const { store } = status;
  const others = status.received.filter((other) => other.signal !== signal && other.items > 0);
  const at = (ms: number) => `${dateText(ms, "utc")} ${clock(ms, "utc")} UTC`;
  const kept = (signal === "traces" ? store.spans : store.logs) > 0;
  const outside = kept && (store.newestMs < window.from || store.oldestMs > window.to);
  return [
    {
      id: "nothing",
      title: "Nothing received",
      applies: total === 0 && store.spans === 0 && store.logs === 0,
      meaning: "fault",
      detail:
        total > 0
          ? `${count(total)} items since the start.`
          : closed.length > 0
            ? `No span, log or metric has reached a port, and ${closed.map((one) => one.name).join(", ")} could not be opened.`
            : "No span, log or metric has reached a port. Is the address reachable from the service?",
    },
    {
      id: "refused",
      title: "Refused",
      applies: status.refused > 0,
      meaning: "error",
      detail:
        status.refused === 0
          ? "No request was answered with an error."
          : `${count(status.refused)} were answered with an error${refusing.length > 0 ? `, at ${refusing.map((one) => one.name).join(", ")}` : ""}.`,
    },
    {
      id: "other",
      title: "Another signal only",
      applies: own === 0 && !kept && others.length > 0,
      meaning: "throttle",
      detail:
        others.length === 0
          ? total === 0
            ? "Nothing of any signal."
            : `Only ${signal} arrive.`
          : `${others.map((other) => `${count(other.items)} items of ${other.signal}`).join(", ")}${own === 0 ? `, and no ${one}` : ` beside the ${signal}`}.`,
    },
    {
      id: "dropped",
      title: "Filtered or dropped",
      applies: status.dropped > 0 && !kept,
      meaning: "sampled",
      detail:
        status.dropped === 0
          ? "Nothing was dropped."
          : `${count(status.dropped)} items were dropped since the start.`,
    },
    {
      id: "range",
      title: "Outside the time range",
      applies: outside,
      meaning: "sampled",
      detail: kept
        ? `The store holds ${at(store.oldestMs)} to ${at(store.newestMs)}.`
        : `The store holds no ${one}.`,
    },
  ];
}
