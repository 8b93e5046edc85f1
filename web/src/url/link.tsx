import type { ComponentProps, MouseEvent } from "react";
import { navigate } from "./router";

type Props = ComponentProps<"a"> & { href: string };

/** A link to a page of the UI. A plain click stays in the document; any other click is the browser's. */
export function Link({ href, onClick, ...rest }: Props) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (event.defaultPrevented || !plain) return;
    event.preventDefault();
    navigate(href);
  };
  return <a {...rest} href={href} onClick={follow} />;
}
