import type { KeyHelp } from "../shell/frame";

/** For the help of the frame. */
export const keyHelp: readonly KeyHelp[] = [
  ["↑ ↓", "walk the spans"],
  ["← →", "close and open, to the parent and the first child"],
  ["Space", "open or close"],
  ["Enter", "make the span the top"],
  ["Esc", "take back the last zoom or new top"],
  ["w s", "zoom in and out"],
  ["a d", "move left and right"],
  ["n N", "next and previous match"],
  ["drag", "on the bars or the small picture: zoom to a stretch"],
  ["Ctrl wheel", "zoom at the pointer; Shift wheel moves"],
  ["[ ]", "previous and next fault"],
  ["− +", "close all, open all"],
  ["c", "critical path"],
  ["r", "group repeats"],
  ["v", "timeline, flame, table"],
];
