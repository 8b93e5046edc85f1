import type { KeyboardEvent } from "react";
import type { Attribute, LogLine } from "../api/types.gen";
import { useClock } from "../time/clock";
import { clock, dateText, toMillis } from "../time/format";
import { CopyButton } from "../ui/copy";
import { Outcome } from "../ui/glyph";
import { Icon } from "../ui/icon";
import { ServiceName } from "../ui/servicename";
import { Link } from "../url/link";
import { useHref } from "../url/state";
import { levelMeaning } from "./level";
import styles from "./logs.module.css";

interface Props {
  lines: readonly LogLine[];
  /** Key of the open line. */
  open: string;
  onOpen: (key: string) => void;
  /** They are of the range before. */
  old: boolean;
}

/** Lines in rows of 22; arrow keys walk, Enter opens one in place. */
export function Lines({ lines, open, onOpen, old }: Props) {
  const { zone } = useClock();
  const key = (event: KeyboardEvent<HTMLButtonElement>) => {
    const rows = [...(event.currentTarget.closest("ol")?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const target = step === undefined ? undefined : rows[rows.indexOf(event.currentTarget) + step];
    if (!target) return;
    event.preventDefault();
    target.focus();
  };
  return (
    <ol className={old ? `${styles.lines} ${styles.old}` : styles.lines}>
      {keyed(lines).map(([id, line]) => {
        const isOpen = id === open;
        const ms = toMillis(line.timeNs);
        const meaning = levelMeaning(line.severity);
        return (
          <li key={id} className={isOpen ? styles.open : undefined}>
            <button
              type="button"
              data-row
              aria-expanded={isOpen}
              onKeyDown={key}
              onClick={() => onOpen(isOpen ? "" : id)}
            >
              <Icon name={isOpen ? "down" : "right"} size={12} />
              <time dateTime={new Date(ms).toISOString()} title={dateText(ms, zone)}>
                {clock(ms, zone, "ms")}
              </time>
              <span>
                {meaning ? (
                  <Outcome meaning={meaning}>{line.severity}</Outcome>
                ) : (
                  <span className="dim">{line.severity || "–"}</span>
                )}
              </span>
              <ServiceName name={line.service} version={line.version} />
              <span className={styles.body}>{line.body}</span>
            </button>
            {isOpen ? <Details line={line} /> : null}
          </li>
        );
      })}
    </ol>
  );
}

/** Lines of one instant are told apart by their place among each other. */
function keyed(lines: readonly LogLine[]): [string, LogLine][] {
  const seen = new Map<string, number>();
  return lines.map((line) => {
    const nth = seen.get(line.timeNs) ?? 0;
    seen.set(line.timeNs, nth + 1);
    return [nth === 0 ? line.timeNs : `${line.timeNs}-${nth}`, line];
  });
}

function Details({ line }: { line: LogLine }) {
  const href = useHref();
  return (
    <div className={styles.details}>
      <div>
        <pre>{line.body}</pre>
        <Attributes title="Attributes" list={line.attributes} />
        <Attributes title="Resource" list={line.resource} />
      </div>
      <nav aria-label="From this line">
        {line.traceId ? (
          <>
            <Link href={href("trace", { id: line.traceId, ...(line.spanId ? { span: line.spanId } : {}) })}>
              <b>Open trace {line.traceId.slice(0, 8)}</b>
            </Link>
            <Link href={href("logs", { trace: line.traceId })}>Lines of this trace</Link>
          </>
        ) : (
          <span className="dim">This line carries no trace id.</span>
        )}
        <Link href={href("map", { focus: line.service })}>{line.service} on the map</Link>
        <span className="row dim">
          Copy JSON <CopyButton text={JSON.stringify(line, null, 2)} label="Copy JSON" />
        </span>
      </nav>
    </div>
  );
}

function Attributes({ title, list }: { title: string; list: readonly Attribute[] }) {
  if (list.length === 0) return null;
  return (
    <dl aria-label={title}>
      {list.map(({ key, value }) => (
        <div key={key}>
          <dt>{key}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
