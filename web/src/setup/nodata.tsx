import { useLiveStatus } from "../api/status";
import { useClock } from "../time/clock";
import { clock as clockText, dateText } from "../time/format";
import { fixed } from "../time/range";
import { Button, ButtonLink } from "../ui/button";
import { Empty } from "../ui/state";
import { useHref } from "../url/state";
import { reasonsFor } from "./reasons";

interface Props {
  /** What is missing: "requests". */
  what: string;
  /** The signal that the page shows. */
  signal?: "traces" | "logs";
}

/** An empty page: which reason applies, and one button that helps. */
export function NoData({ what, signal = "traces" }: Props) {
  const { status } = useLiveStatus();
  const clock = useClock();
  const href = useHref();
  if (!status) return <Empty title={`No ${what} in this range`} />;
  const reasons = reasonsFor(status, clock.window, signal).filter((one) => one.applies);
  // With data of this signal in the store, only the range can be why none is shown.
  const kept = signal === "traces" ? status.store.spans : status.store.logs;
  const reason = kept > 0 ? reasons.find((one) => one.id === "range") : reasons[0];
  const { oldestMs, newestMs } = status.store;
  if (reason?.id === "range") {
    const show = () => {
      const range = fixed(Math.max(oldestMs, newestMs - 3_600_000), newestMs + 1_000);
      if (range) clock.setRange(range);
    };
    const at = (ms: number) => `${dateText(ms, clock.zone)} ${clockText(ms, clock.zone, "min")}`;
    return (
      <Empty title={`No ${what} in this range`} action={<Button onClick={show}>Show the newest hour</Button>}>
        The store holds data from {at(oldestMs)} to {at(newestMs)}.
      </Empty>
    );
  }
  return (
    <Empty
      title={reason ? reason.title : `No ${what} in this range`}
      action={<ButtonLink href={href("setup")}>Set-up</ButtonLink>}
    >
      {reason?.detail ?? "Data arrives, but none of it has what this page shows."}
    </Empty>
  );
}
