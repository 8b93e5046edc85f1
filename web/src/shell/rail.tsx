import { setTheme, type Theme, useTheme } from "../theme/theme";
import { Icon } from "../ui/icon";
import { Link } from "../url/link";
import { useHref } from "../url/state";
import type { PageInfo } from "./pages";
import styles from "./shell.module.css";

const nextTheme: Readonly<Record<Theme, Theme>> = { system: "light", light: "dark", dark: "system" };

/** The places, each with its letter; set-up, theme and help at the lower end. */
export function Rail(props: {
  pages: readonly PageInfo[];
  current: PageInfo | undefined;
  /** g was pressed: the letters light up. */
  waiting: boolean;
  onHelp: () => void;
}) {
  const href = useHref();
  const theme = useTheme();
  const here = props.current?.under ?? props.current?.name;
  const place = (page: PageInfo) =>
    page.icon && page.key ? (
      <Link
        key={page.name}
        className={styles.place}
        href={href(page.name)}
        title={`${page.title}  g ${page.key}`}
        aria-label={page.title}
        aria-current={page.name === here ? "page" : undefined}
      >
        <Icon name={page.icon} size={18} />
        <i aria-hidden="true">{page.key}</i>
      </Link>
    ) : null;
  return (
    <nav className={`${styles.rail} ${props.waiting ? styles.waiting : ""}`} aria-label="Pages">
      <Link className={styles.logo} href={href("map")} aria-label="Oriel, service map">
        <Icon name="logo" size={24} />
      </Link>
      {props.pages.filter((page) => !page.low).map(place)}
      <span className="grow" />
      {props.pages.filter((page) => page.low).map(place)}
      <button
        type="button"
        className={styles.place}
        title={`Theme: ${theme}`}
        aria-label={`Theme: ${theme}. Switch to ${nextTheme[theme]}`}
        onClick={() => setTheme(nextTheme[theme])}
      >
        <Icon name="theme" size={18} />
      </button>
      <button
        type="button"
        className={styles.place}
        title="Keys  ?"
        aria-label="Help with keys"
        onClick={props.onHelp}
      >
        <Icon name="help" size={18} />
      </button>
    </nav>
  );
}
