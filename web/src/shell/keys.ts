import { useEffect, useRef, useState } from "react";
import { navigate } from "../url/router";
import { useHref } from "../url/state";
import type { PageInfo } from "./pages";

/** True where letters are typed, not commands. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName);
}

/**
 * The keys of every page: g and a letter, "/" to the search field, "?" for help,
 * Ctrl K for the palette, "." to ask again. Returns true while a letter is awaited.
 */
export function useKeys(props: {
  pages: readonly PageInfo[];
  onPalette: () => void;
  onHelp: () => void;
  onRefresh: () => void;
}): boolean {
  const [waiting, setWaiting] = useState(false);
  const href = useHref();
  const latest = useRef({ ...props, href, waiting });
  latest.current = { ...props, href, waiting };

  useEffect(() => {
    if (!waiting) return;
    const timer = window.setTimeout(() => setWaiting(false), 1_500);
    return () => window.clearTimeout(timer);
  }, [waiting]);

  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      const now = latest.current;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        now.onPalette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
      if (now.waiting) {
        setWaiting(false);
        const page = now.pages.find((info) => info.key === event.key);
        if (page) {
          event.preventDefault();
          event.stopPropagation();
          navigate(now.href(page.name));
        }
      } else if (event.key === "g") {
        setWaiting(true);
      } else if (event.key === ".") {
        event.preventDefault();
        now.onRefresh();
      } else if (event.key === "?") {
        event.preventDefault();
        now.onHelp();
      } else if (event.key === "/") {
        const field = document.querySelector<HTMLElement>("[data-search]");
        if (!field) return;
        event.preventDefault();
        field.focus();
      }
    };
    // Before the pages' own keys: the letter after g is not theirs.
    window.addEventListener("keydown", key, { capture: true });
    return () => window.removeEventListener("keydown", key, { capture: true });
  }, []);
  return waiting;
}
