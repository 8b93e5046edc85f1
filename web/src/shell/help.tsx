import { Kbd } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { type KeyHelp, usePageFrame } from "./frame";
import type { PageInfo } from "./pages";
import styles from "./shell.module.css";

/** All keys: everywhere, and on this page. */
export function Help({
  open,
  onClose,
  pages,
}: {
  open: boolean;
  onClose: () => void;
  pages: readonly PageInfo[];
}) {
  const { keys = [] } = usePageFrame();
  const everywhere: KeyHelp[] = [
    ...pages.flatMap((page): KeyHelp[] => (page.key ? [[`g ${page.key}`, page.title]] : [])),
    ["/", "Search on this page"],
    ["Ctrl K", "Search or jump to"],
    [".", "Ask again, up to now"],
    ["?", "This help"],
    ["Esc", "Close, clear, step out"],
  ];
  return (
    <Dialog open={open} onClose={onClose} label="Keys" top>
      <div className={styles.help}>
        <h2>Keys</h2>
        <h3>Everywhere</h3>
        <Keys keys={everywhere} />
        {keys.length > 0 ? (
          <>
            <h3>On this page</h3>
            <Keys keys={keys} />
          </>
        ) : null}
      </div>
    </Dialog>
  );
}

function Keys({ keys }: { keys: readonly KeyHelp[] }) {
  return (
    <dl>
      {keys.map(([key, does]) => (
        <div key={key}>
          <dt>
            {key.split(" ").map((one) => (
              <Kbd key={one}>{one}</Kbd>
            ))}
          </dt>
          <dd>{does}</dd>
        </div>
      ))}
    </dl>
  );
}
