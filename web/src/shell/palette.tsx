import { type KeyboardEvent, useId, useState } from "react";
import { useApi, windowQuery } from "../api/queries";
import type { Names } from "../api/types.gen";
import { setTheme } from "../theme/theme";
import { useClock } from "../time/clock";
import { Kbd } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { ServiceName } from "../ui/servicename";
import { navigate } from "../url/router";
import { useHref } from "../url/state";
import type { PageInfo } from "./pages";
import styles from "./shell.module.css";
import { readTraceId } from "./traceid";

interface Entry {
  kind: "page" | "service" | "trace" | "command";
  text: string;
  hint?: string;
  run: () => void;
}

const shown = 12;

interface Props {
  open: boolean;
  onClose: () => void;
  pages: readonly PageInfo[];
  onHelp: () => void;
}

/** Jumps to a page, a service or a trace, or runs a command. */
export function Palette(props: Props) {
  return (
    <Dialog open={props.open} onClose={props.onClose} label="Search or jump to" top>
      <Search {...props} />
    </Dialog>
  );
}

function Search({ pages, onClose, onHelp }: Props) {
  const id = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const entries = match(useEntries(pages, text, onHelp), text).slice(0, shown);
  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    entry.run();
  };
  const key = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && entries.length > 0) {
      event.preventDefault();
      setAt((at + step + entries.length) % entries.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(entries[at]);
    }
  };
  return (
    <div className={styles.palette}>
      <input
        role="combobox"
        aria-label="Search or jump to"
        aria-expanded={entries.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={entries.length > 0 ? `${id}-${at}` : undefined}
        placeholder="Service, trace id, page, command"
        value={text}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={key}
      />
      {entries.length === 0 ? (
        <p>Nothing matches. A trace id has 32 hex digits; X-Ray and Zipkin ids are read too.</p>
      ) : null}
      <ul id={`${id}-list`} role="listbox" aria-label="Matches">
        {entries.map((entry, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the input's, as for every combobox.
          <li
            key={`${entry.kind} ${entry.text}`}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            onClick={() => run(entry)}
            onPointerMove={() => setAt(index)}
          >
            <span className="cap">{entry.kind}</span>
            <span className="trunc grow">
              {entry.kind === "service" ? <ServiceName name={entry.text} /> : entry.text}
            </span>
            {entry.hint ? <Kbd>{entry.hint}</Kbd> : null}
          </li>
        ))}
      </ul>
    </div>
  );
}

function useEntries(pages: readonly PageInfo[], text: string, onHelp: () => void): Entry[] {
  const href = useHref();
  const clock = useClock();
  const services = useApi<Names>("services", windowQuery(clock.window));
  const traceId = readTraceId(text);
  const entries: Entry[] = [];
  if (traceId && pages.some((page) => page.name === "trace")) {
    entries.push({ kind: "trace", text: traceId, run: () => navigate(href("trace", { id: traceId })) });
  }
  for (const page of pages) {
    if (!page.key) continue;
    entries.push({
      kind: "page",
      text: page.title,
      hint: `g ${page.key}`,
      run: () => navigate(href(page.name)),
    });
  }
  for (const { name } of services.data?.names ?? []) {
    entries.push({ kind: "service", text: name, run: () => navigate(href("map", { focus: name })) });
  }
  const command = (name: string, run: () => void, hint?: string) =>
    entries.push({ kind: "command", text: name, run, ...(hint ? { hint } : {}) });
  command(clock.live ? "Stop following new data" : "Follow new data", () => clock.setLive(!clock.live));
  command(clock.compare ? "Stop comparing with yesterday" : "Compare with yesterday", () =>
    clock.setCompare(!clock.compare),
  );
  command(clock.zone === "utc" ? "Show local time" : "Show UTC", () =>
    clock.setZone(clock.zone === "utc" ? "local" : "utc"),
  );
  command("Light theme", () => setTheme("light"));
  command("Dark theme", () => setTheme("dark"));
  command("Theme of the system", () => setTheme("system"));
  command("Help with keys", onHelp, "?");
  return entries;
}

/** Entries that hold all words of the text; those that begin with it first. A trace id always stays. */
function match(entries: readonly Entry[], text: string): Entry[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const hits = entries.filter(
    (entry) => entry.kind === "trace" || words.every((word) => entry.text.toLowerCase().includes(word)),
  );
  const begins = (entry: Entry) => (words[0] && entry.text.toLowerCase().startsWith(words[0]) ? 0 : 1);
  return words.length === 0 ? hits : hits.toSorted((a, b) => begins(a) - begins(b));
}
