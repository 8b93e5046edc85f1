import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useClock } from "../time/clock";
import { usePlace } from "../url/router";
import { Bar } from "./bar";
import { Help } from "./help";
import { useKeys } from "./keys";
import type { PageInfo } from "./pages";
import { Palette } from "./palette";
import { Rail } from "./rail";
import styles from "./shell.module.css";

/** The frame: rail 52, bar 48, the page. */
export function Shell({ pages, children }: { pages: readonly PageInfo[]; children: ReactNode }) {
  const { page } = usePlace();
  const current = pages.find((info) => info.name === page);
  const clock = useClock();
  const queries = useQueryClient();
  const [open, setOpen] = useState<"palette" | "help" | undefined>();
  const waiting = useKeys({
    pages,
    onPalette: () => setOpen((was) => (was === "palette" ? undefined : "palette")),
    onHelp: () => setOpen("help"),
    onRefresh: () => {
      clock.refresh();
      void queries.invalidateQueries();
    },
  });
  const close = () => setOpen(undefined);
  return (
    <div className={styles.app}>
      <a className={styles.skip} href="#main">
        Skip to the page
      </a>
      <Rail pages={pages} current={current} waiting={waiting} onHelp={() => setOpen("help")} />
      <Bar current={current} onPalette={() => setOpen("palette")} />
      <main id="main" className={styles.main} tabIndex={-1}>
        {children}
      </main>
      <Palette open={open === "palette"} onClose={close} pages={pages} onHelp={() => setOpen("help")} />
      <Help open={open === "help"} onClose={close} pages={pages} />
    </div>
  );
}
