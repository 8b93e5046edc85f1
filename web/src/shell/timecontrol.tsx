import { type FormEvent, useRef, useState } from "react";
import { useClock } from "../time/clock";
import { describe, formatRange, parseTyped, step, type TimeRange } from "../time/range";
import { Button, Kbd, Segmented } from "../ui/button";
import { Icon } from "../ui/icon";
import { Popover } from "../ui/popover";
import styles from "./timecontrol.module.css";
import { TimeHistogram } from "./timehistogram";

const presets: readonly (readonly [string, TimeRange])[] = [
  ["Last 15 min", { kind: "last", ms: 15 * 60_000 }],
  ["Last 1 h", { kind: "last", ms: 3_600_000 }],
  ["Last 3 h", { kind: "last", ms: 3 * 3_600_000 }],
  ["Last 12 h", { kind: "last", ms: 12 * 3_600_000 }],
  ["Last 1 d", { kind: "last", ms: 24 * 3_600_000 }],
  ["Last 7 d", { kind: "last", ms: 7 * 24 * 3_600_000 }],
];

/** Chooses the time range of the page: drag it in the histogram, step it, or type it. */
export function TimeControl() {
  const clock = useClock();
  const range = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const { title, note } = describe(clock.range, clock.now, clock.zone);
  const move = (direction: -1 | 1) => clock.setRange(step(clock.range, clock.now, direction));
  return (
    <fieldset className={styles.time} aria-label="Time range">
      <TimeHistogram />
      <button type="button" className={styles.step} aria-label="Earlier" onClick={() => move(-1)}>
        <Icon name="left" size={14} />
      </button>
      <button
        ref={range}
        type="button"
        className={styles.range}
        aria-expanded={open}
        aria-haspopup="dialog"
        onClick={() => setOpen(!open)}
      >
        <b>{title}</b>
        <span>{note}</span>
      </button>
      <button
        type="button"
        className={styles.step}
        aria-label="Later"
        disabled={clock.range.kind === "last"}
        onClick={() => move(1)}
      >
        <Icon name="right" size={14} />
      </button>
      <button
        type="button"
        className={styles.toggle}
        aria-pressed={clock.compare}
        title="Compare with the same range one day earlier"
        onClick={() => clock.setCompare(!clock.compare)}
      >
        <Icon name="compare" size={14} />
        vs −1 d
      </button>
      <button
        type="button"
        className={styles.toggle}
        aria-pressed={clock.live}
        title="Follow new data"
        onClick={() => clock.setLive(!clock.live)}
      >
        <Icon name={clock.live ? "pause" : "play"} size={12} />
        Live
      </button>
      <Popover anchor={range} open={open} onClose={() => setOpen(false)} label="Choose a time range">
        <Choose
          onDone={() => {
            setOpen(false);
            range.current?.focus();
          }}
        />
      </Popover>
    </fieldset>
  );
}

function Choose({ onDone }: { onDone: () => void }) {
  const clock = useClock();
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const typed = parseTyped(text, Date.now(), clock.zone);
    if (!typed) {
      setWrong(true);
      return;
    }
    clock.setRange(typed);
    onDone();
  };
  return (
    <div className={styles.choose}>
      <form onSubmit={submit}>
        <input
          aria-label="Time range"
          aria-invalid={wrong}
          aria-describedby="time-hint"
          placeholder="30m, or 13:05 - 14:05"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setWrong(false);
          }}
        />
        <Button small type="submit">
          Set <Kbd>↵</Kbd>
        </Button>
      </form>
      <p id="time-hint" className={wrong ? styles.wrong : "cap"}>
        {wrong ? "Not a range. Examples: 30m, 2 h, 13:05 - 14:05, " : "Also with dates: "}
        <span className="mono">2026-01-31 13:05 - 2026-01-31 14:05</span>
      </p>
      <div className={styles.presets}>
        {presets.map(([name, preset]) => (
          <Button
            key={name}
            small
            aria-pressed={formatRange(preset) === formatRange(clock.range)}
            onClick={() => {
              clock.setRange(preset);
              onDone();
            }}
          >
            {name}
          </Button>
        ))}
      </div>
      <div className="row">
        <span className="cap">Times are shown in</span>
        <Segmented
          label="Time zone"
          options={[
            ["utc", "UTC"],
            ["local", "local"],
          ]}
          value={clock.zone}
          onChange={clock.setZone}
        />
      </div>
    </div>
  );
}
