import { spell } from "../time/format";
import { ButtonLink } from "../ui/button";
import { Note } from "../ui/state";
import { useHref } from "../url/state";
import { useLiveStatus } from "./status";

/** From here on, a page that follows new data says that none comes. */
const staleMillis = 30_000;

/** For pages that follow new data: says since when no span came, or that the process itself is not heard. */
export function StaleNote() {
  const { status, connected } = useLiveStatus();
  const href = useHref();
  const last = status?.received.find((one) => one.signal === "traces")?.lastMs ?? 0;
  const action = (
    <ButtonLink small href={href("setup")}>
      Set-up
    </ButtonLink>
  );
  if (!connected) {
    return (
      <Note meaning="throttle" title="Oriel is not heard.">
        The page asks again by itself; what is shown does not move.
      </Note>
    );
  }
  if (!status || last === 0 || status.nowMs - last < staleMillis) return null;
  return (
    <Note meaning="throttle" title={`Last span ${spell(status.nowMs - last)} ago.`} action={action}>
      No service sends at the moment, or what it sends does not arrive.
    </Note>
  );
}
