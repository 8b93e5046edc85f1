import { useEffect, useState } from "react";
import { Button } from "./button";
import { Icon } from "./icon";

/** Copies text; the icon turns into a tick for a moment. */
export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = window.setTimeout(() => setDone(false), 1_500);
    return () => window.clearTimeout(timer);
  }, [done]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setDone(true);
    } catch {
      // Not allowed, or no secure context: the text stands there to be selected.
    }
  };
  return (
    <Button kind="quiet" small square aria-label={done ? "Copied" : label} onClick={copy}>
      <Icon name={done ? "check" : "copy"} size={14} />
    </Button>
  );
}
