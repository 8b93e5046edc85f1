import type { SkewNote } from "../api/types.gen";
import { durationText } from "../time/format";
import { Button, Kbd, Segmented } from "../ui/button";
import { Picker } from "../ui/popover";
import { SearchField } from "../ui/searchfield";
import { type Matches, matchIndex } from "./engine/find";
import { at } from "./engine/model";
import { closeBelow, openAll } from "./engine/rows";
import styles from "./head.module.css";
import type { Timeline } from "./usetimeline";

const depths = ["all", "1", "2", "3", "5", "8", "12"] as const;

interface Props {
  timeline: Timeline;
  matches: Matches;
  skew: readonly SkewNote[];
  depth: string;
  onDepth: (depth: string) => void;
  onNext: (step: 1 | -1) => void;
}

/** Search, the three looks, and what is shown. At the right: what was corrected or is missing. */
export function Tools({ timeline, matches, skew, depth, onDepth, onNext }: Props) {
  const { address, change, model, shape, cursor } = timeline;
  const total = matches.spans.length;
  const here = matchIndex(matches, cursor.span);
  const said =
    address.q === "" ? "" : total === 0 ? "none" : here < 0 ? `${total} found` : `${here + 1} of ${total}`;
  return (
    <div className="tools">
      <span className={styles.find}>
        <SearchField
          label="Search in this trace"
          value={address.q}
          onChange={(q) => change({ q }, { replace: true })}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            onNext(event.shiftKey ? -1 : 1);
          }}
        />
        <span className="cap" role="status">
          {said}
        </span>
        {total > 0 ? <Kbd>n</Kbd> : null}
      </span>
      <Segmented
        label="View"
        options={[
          ["timeline", "Timeline"],
          ["flame", "Flame"],
          ["table", "Table"],
        ]}
        value={address.look}
        onChange={(look) => change({ look })}
      />
      {address.look === "table" ? null : (
        <Button small aria-pressed={address.crit} onClick={() => change({ crit: !address.crit })}>
          Critical path
        </Button>
      )}
      {address.look === "timeline" ? (
        <>
          <span className="wide">
            <Button small aria-pressed={address.rep} onClick={() => change({ rep: !address.rep })}>
              Group repeats
            </Button>
          </span>
          <Picker
            label="Depth"
            value={depth}
            options={depths.map((d) => [d, d])}
            onChange={(d) => {
              onDepth(d);
              timeline.setShape(d === "all" ? openAll(model, shape) : closeBelow(model, shape, Number(d)));
            }}
          />
        </>
      ) : null}
      <span className="grow" />
      {shape.root >= 0 ? (
        <Button small onClick={() => timeline.reroot(-1)}>
          Whole trace <Kbd>Esc</Kbd>
        </Button>
      ) : null}
      <span className="cap wide trunc">{skewText(model.services, skew)}</span>
    </div>
  );
}

/** skewText tells whose clock was moved, and how far. */
export function skewText(services: readonly { name: string }[], skew: readonly SkewNote[]): string {
  const [one] = skew;
  if (!one) return "";
  const most = skew.reduce((a, b) => (Math.abs(b.movedNs) > Math.abs(a.movedNs) ? b : a));
  const by = `${most.movedNs > 0 ? "+" : ""}${durationText(most.movedNs)}`;
  if (skew.length === 1) return `Clock of ${services[one.service]?.name ?? "one service"} corrected, ${by}`;
  return `Clocks of ${skew.length} services corrected, by up to ${by}`;
}

/** faultAfter is the next fault in tree order, or the one before; -1 if there is none. The ends are joined. */
export function faultAfter(categories: ArrayLike<number>, from: number, step: 1 | -1): number {
  const n = categories.length;
  for (let k = 1; k <= n; k++) {
    const i = (((from + step * k) % n) + n) % n;
    if (at(categories, i) === 3) return i;
  }
  return -1;
}
