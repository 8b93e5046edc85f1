import type { ListenerStatus } from "../api/types.gen";
import { count } from "../time/format";
import { Glyph, type Meaning } from "../ui/glyph";
import styles from "./setup.module.css";

/** Every address with its state, and the reason where it is not open. */
export function Listeners({ listeners }: { listeners: readonly ListenerStatus[] }) {
  return (
    <table className={styles.listeners} aria-label="Listening on">
      <tbody>
        {listeners.map((listener) => {
          const { meaning, word, text } = stateOf(listener);
          return (
            <tr key={`${listener.name} ${listener.protocol} ${listener.address}`}>
              <th scope="row">
                <span>
                  <Glyph meaning={meaning} label={word} />
                  {listener.name}
                </span>
              </th>
              <td className="mono ink2">{listener.address}</td>
              <td className={styles[meaning]} title={listener.error}>
                {text}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function stateOf(listener: ListenerStatus): { meaning: Meaning; word: string; text: string } {
  if (!listener.open) return { meaning: "fault", word: "not open", text: listener.error || "not open" };
  if (listener.refused > 0) {
    return { meaning: "error", word: "open, refuses some", text: `${count(listener.refused)} refused` };
  }
  return { meaning: "ok", word: "open", text: `${count(listener.items)} items` };
}
