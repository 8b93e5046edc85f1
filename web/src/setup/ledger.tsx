import { useDrops } from "../api/queries";
import { count } from "../time/format";
import { Section } from "../ui/inspector";
import styles from "./setup.module.css";

const most = 8;

/** What was given up, by whom and why, most items first. */
export function Ledger({ dropped }: { dropped: number }) {
  const drops = useDrops(dropped).data?.drops ?? [];
  if (drops.length === 0) return null;
  return (
    <Section title="Dropped" note="items since the start">
      <ul className={styles.ledger}>
        {drops.slice(0, most).map((drop) => (
          <li key={`${drop.component} ${drop.signal} ${drop.reason}`}>
            <span>
              {drop.reason}
              <span className="cap">
                {drop.component}, {drop.signal}
              </span>
            </span>
            <span>{count(drop.items)}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
