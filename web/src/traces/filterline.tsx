import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "react";
import { countShort } from "../time/format";
import { Button, Kbd } from "../ui/button";
import { Glyph } from "../ui/glyph";
import { applied, type Choice, wantedAt } from "./filter/complete";
import { highlight } from "./filter/highlight";
import { parse } from "./filter/parse";
import styles from "./filterline.module.css";
import { useChoices } from "./usechoices";

/**
 * The filter as text, with completion from what the time range holds. A mistake
 * is underlined at its place, and a sentence below says how to mend it. The keys
 * are those of an ARIA combobox with a list.
 */
export function FilterLine({ text, onRun }: { text: string; onRun: (text: string) => void }) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const paint = useRef<HTMLDivElement>(null);
  const probe = useRef<HTMLSpanElement>(null);
  const [draft, setDraft] = useState({ text, caret: text.length });
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const [left, setLeft] = useState(0);
  useEffect(() => setDraft({ text, caret: text.length }), [text]);

  const filter = useMemo(() => parse(draft.text), [draft.text]);
  const wanted = useMemo(() => wantedAt(draft.text, draft.caret), [draft]);
  const { choices, busy, more } = useChoices(wanted, open);
  const unfinished = filter.problems.length > 0;
  const problem = filter.problems[0];
  const typing = open && unfinished;
  const shown = open && choices.length > 0;
  const most = Math.max(1, ...choices.map((c) => c.count ?? 0));
  const at = active >= 0 ? active : unfinished && "prefix" in wanted && wanted.prefix !== "" ? 0 : -1;

  // The list stands below the beginning of the word that it completes.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the draft is what is measured.
  useLayoutEffect(() => {
    const x = (probe.current?.getBoundingClientRect().width ?? 0) - (input.current?.scrollLeft ?? 0);
    const room = (paint.current?.clientWidth ?? 0) - 300;
    if (shown) setLeft(Math.max(0, Math.min(x, room)));
  }, [shown, draft]);
  useLayoutEffect(() => {
    const element = input.current;
    if (element && document.activeElement === element && element.selectionStart !== draft.caret) {
      element.setSelectionRange(draft.caret, draft.caret);
    }
    if (paint.current && element) paint.current.scrollLeft = element.scrollLeft;
  }, [draft]);
  useEffect(() => {
    if (at >= 0) document.getElementById(`${id}-${at}`)?.scrollIntoView?.({ block: "nearest" });
  }, [at, id]);

  const edit = (to: { text: string; caret: number }) => {
    setDraft(to);
    setActive(-1);
    setOpen(true);
  };
  const take = (choice: Choice | undefined) => {
    if (!choice) return;
    edit(applied(draft.text, wanted, choice));
    input.current?.focus();
  };
  const run = () => {
    setOpen(false);
    if (!unfinished) onRun(draft.text);
  };
  const key = (event: KeyboardEvent<HTMLInputElement>) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      if (!shown) setOpen(true);
      else setActive((at + step + choices.length + (at < 0 && step < 0 ? 1 : 0)) % choices.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (shown && at >= 0) take(choices[at]);
      else run();
    } else if (event.key === "Tab" && shown && at >= 0) {
      event.preventDefault();
      take(choices[at]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (shown) setOpen(false);
      else input.current?.blur();
    } else if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      setOpen(true);
    }
  };
  const moved = () => {
    const caret = input.current?.selectionStart ?? draft.caret;
    if (caret !== draft.caret) setDraft({ text: draft.text, caret });
  };

  return (
    <div style={{ borderBottom: "1px solid var(--line)" }}>
      <div className={styles.line}>
        <div className={styles.edit} data-bad={unfinished}>
          <div ref={paint} className={styles.paint} aria-hidden="true">
            {highlight(draft.text, typing ? [] : filter.problems).map((p, k) => (
              <span key={k} className={[styles[p.role], p.bad ? styles.bad : ""].join(" ")}>
                {p.text}
              </span>
            ))}
          </div>
          <span
            ref={probe}
            className={styles.paint}
            style={{ visibility: "hidden", inset: "0 auto auto 0" }}
            aria-hidden="true"
          >
            {draft.text.slice(0, wanted.replace.from)}
          </span>
          <input
            ref={input}
            data-search
            role="combobox"
            aria-label="Filter"
            aria-expanded={shown}
            aria-controls={`${id}-list`}
            aria-autocomplete="list"
            aria-activedescendant={shown && at >= 0 ? `${id}-${at}` : undefined}
            aria-invalid={unfinished}
            aria-describedby={`${id}-problem`}
            placeholder='service = "…" AND status = fault AND duration >= 1s'
            value={draft.text}
            spellCheck={false}
            autoComplete="off"
            onChange={(event) =>
              edit({
                text: event.target.value,
                caret: event.target.selectionStart ?? event.target.value.length,
              })
            }
            onKeyDown={key}
            onSelect={moved}
            onScroll={(event) => {
              if (paint.current) paint.current.scrollLeft = event.currentTarget.scrollLeft;
            }}
            onClick={() => setOpen(true)}
            onBlur={() => setOpen(false)}
          />
        </div>
        <span className={styles.run}>
          <Button kind="primary" onClick={run} disabled={unfinished && !open}>
            Run <Kbd>↵</Kbd>
          </Button>
        </span>
        {shown ? (
          <div className={styles.list} style={{ left: left + 16 }}>
            <ul
              id={`${id}-list`}
              role="listbox"
              aria-label={wanted.what === "value" ? `Values of ${wanted.field}` : "Completions"}
            >
              {choices.map((c, k) => (
                <li
                  key={c.insert}
                  id={`${id}-${k}`}
                  role="option"
                  aria-selected={k === at}
                  data-hint={c.count === undefined}
                  onPointerDown={(event) => {
                    event.preventDefault();
                    take(c);
                  }}
                >
                  <Label choice={c} prefix={"prefix" in wanted ? wanted.prefix : ""} />
                  {c.count === undefined ? (
                    <span className="dim trunc">{c.hint ?? ""}</span>
                  ) : (
                    <>
                      <span className={styles.share}>
                        <i style={{ inlineSize: `${(c.count / most) * 100}%` }} />
                      </span>
                      <span className="num dim">{countShort(c.count)}</span>
                    </>
                  )}
                </li>
              ))}
            </ul>
            <div className={`${styles.foot} cap`}>
              <span>
                {busy ? "asking…" : more ? "the most frequent in this time range" : "in this time range"}
              </span>
              <span className="grow" />
              <Kbd>↑↓</Kbd>
              <Kbd>↵</Kbd>
            </div>
          </div>
        ) : null}
      </div>
      <div id={`${id}-problem`} aria-live="polite">
        {problem && !typing ? (
          <p className={styles.problem}>
            <Glyph meaning="fault" /> {problem.message}
          </p>
        ) : null}
      </div>
    </div>
  );
}

/** What was typed stands out in the label. */
function Label({ choice, prefix }: { choice: Choice; prefix: string }) {
  const from = prefix === "" ? -1 : choice.label.toLowerCase().indexOf(prefix.toLowerCase());
  if (from < 0) return <span className="mono trunc">{choice.label}</span>;
  return (
    <span className="mono trunc">
      {choice.label.slice(0, from)}
      <b>{choice.label.slice(from, from + prefix.length)}</b>
      {choice.label.slice(from + prefix.length)}
    </span>
  );
}
