import { text } from "../url/codec";

/** What the logs page shows. */
export const logsSchema = {
  /** Only lines of this trace. */
  trace: text(),
  /** The open line: its instant in nanoseconds and its place among those of the same instant. */
  line: text(),
};
