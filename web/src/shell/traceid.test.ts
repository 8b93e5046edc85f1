import { expect, test } from "vitest";
import { readTraceId } from "./traceid";

const id = "58406520a006649127e371903a2de979";

test.each([
  id,
  ` ${id.toUpperCase()}\n`,
  "1-58406520-a006649127e371903a2de979",
  "Root=1-58406520-a006649127e371903a2de979;Parent=53995c3f42cd8ad8;Sampled=1",
  `00-${id}-53995c3f42cd8ad8-01`,
])("reads %j", (pasted) => {
  expect(readTraceId(pasted)).toBe(id);
});

test("a Zipkin id of 64 bits is filled up with zeros", () => {
  expect(readTraceId("a006649127e37190")).toBe("0000000000000000a006649127e37190");
});

test.each(["", "reviews", id.slice(1), "0".repeat(32), `${id}00`])("refuses %j", (pasted) => {
  expect(readTraceId(pasted)).toBeUndefined();
});
