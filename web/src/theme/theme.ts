import { useSyncExternalStore } from "react";

/** The chosen theme; "system" follows the operating system. */
export type Theme = "system" | "light" | "dark";

const key = "oriel-theme";
const changed = new EventTarget();

/** Applies the stored choice. Call it before the first paint. */
export function startTheme(): void {
  apply(storedTheme());
  const media = window.matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", () => changed.dispatchEvent(new Event("theme")));
}

export function setTheme(theme: Theme): void {
  if (theme === "system") window.localStorage.removeItem(key);
  else window.localStorage.setItem(key, theme);
  apply(theme);
}

function apply(theme: Theme) {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  palette = undefined;
  changed.dispatchEvent(new Event("theme"));
}

export function storedTheme(): Theme {
  const stored = window.localStorage.getItem(key);
  return stored === "light" || stored === "dark" ? stored : "system";
}

function subscribe(reader: () => void): () => void {
  const update = () => {
    palette = undefined;
    reader();
  };
  changed.addEventListener("theme", update);
  return () => changed.removeEventListener("theme", update);
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, storedTheme);
}

/** Reads a token ("plot-2") as the browser resolved it. Canvases need this; everything else uses var(). */
export type Palette = (token: string) => string;

let palette: Palette | undefined;

/** The tokens of the current theme; a new function whenever the theme changes. */
export function usePalette(): Palette {
  return useSyncExternalStore(subscribe, currentPalette);
}

function currentPalette(): Palette {
  if (!palette) {
    const style = getComputedStyle(document.documentElement);
    const seen = new Map<string, string>();
    palette = (token) => {
      let value = seen.get(token);
      if (value === undefined) {
        value = style.getPropertyValue(`--${token}`).trim();
        seen.set(token, value);
      }
      return value;
    };
  }
  return palette;
}
