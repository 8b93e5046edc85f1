import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";

/** A key and what it does on this page. */
export type KeyHelp = readonly [key: string, does: string];

/** What a page tells the frame around it. */
export interface PageFrame {
  /** Behind the page's name in the bar and in the window's title. */
  crumb?: string;
  /** For the help. */
  keys?: readonly KeyHelp[];
}

interface Frame {
  page: PageFrame;
  set: (page: PageFrame) => void;
}

const FrameContext = createContext<Frame | undefined>(undefined);
const nothing: PageFrame = {};

export function FrameProvider({ children }: { children: ReactNode }) {
  const [page, set] = useState<PageFrame>(nothing);
  const frame = useMemo(() => ({ page, set }), [page]);
  return <FrameContext value={frame}>{children}</FrameContext>;
}

function useFrame(): Frame {
  const frame = useContext(FrameContext);
  if (!frame) throw new Error("the frame is missing around the page");
  return frame;
}

export function usePageFrame(): PageFrame {
  return useFrame().page;
}

/** Called by a page with its crumb and keys; keys must be a constant. */
export function useInFrame(crumb: string | undefined, keys: readonly KeyHelp[]): void {
  const { set } = useFrame();
  useEffect(() => {
    set(crumb === undefined ? { keys } : { crumb, keys });
    return () => set(nothing);
  }, [crumb, keys, set]);
}
