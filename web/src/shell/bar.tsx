import { useEffect } from "react";
import { Kbd } from "../ui/button";
import { Icon } from "../ui/icon";
import { usePageFrame } from "./frame";
import type { PageInfo } from "./pages";
import styles from "./shell.module.css";
import { TimeControl } from "./timecontrol";

/** Page and crumb at the left; time and search at the right. */
export function Bar({ current, onPalette }: { current: PageInfo | undefined; onPalette: () => void }) {
  const { crumb } = usePageFrame();
  const title = current?.title ?? "Oriel";
  useEffect(() => {
    document.title = [crumb, title, "Oriel"].filter((part) => part).join(" · ");
  }, [crumb, title]);
  return (
    <header className={styles.bar}>
      <h1>{title}</h1>
      {crumb ? (
        <>
          <span className={styles.slash} aria-hidden="true">
            /
          </span>
          <span className="trunc">{crumb}</span>
        </>
      ) : null}
      <span className="grow" />
      {current?.timeless ? null : <TimeControl />}
      <button type="button" className={styles.find} onClick={onPalette}>
        <Icon name="find" size={15} />
        <span>Search or jump to</span>
        <i aria-hidden="true">
          <Kbd>Ctrl K</Kbd>
        </i>
      </button>
    </header>
  );
}
