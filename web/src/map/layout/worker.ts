import { layout } from "./layout";
import type { LayoutInput } from "./types";

/** A question has a number, so that late answers can be told from the awaited one. */
export interface Request {
  id: number;
  input: LayoutInput;
}

self.onmessage = (event: MessageEvent<Request>) => {
  self.postMessage({ id: event.data.id, result: layout(event.data.input) });
};
