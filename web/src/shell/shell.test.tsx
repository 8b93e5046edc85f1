// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import { renderAt } from "../testing/render";
import { pages } from "./pages";
import { Shell } from "./shell";

const answers = {
  services: {
    names: [
      { name: "reviews", count: 4 },
      { name: "ratings", count: 2 },
    ],
    exact: true,
    more: false,
  },
  timeline: { range: { from: 0, to: 100 }, stepMs: 50, requests: [10, 20], faults: [0, 3] },
};

beforeEach(() => {
  // The test's DOM has dialogs and popovers, but does not show them.
  HTMLDialogElement.prototype.showModal = function showModal() {
    this.open = true;
    this.querySelector("input")?.focus();
  };
  HTMLDialogElement.prototype.close = function close() {
    this.open = false;
    this.dispatchEvent(new Event("close"));
  };
  HTMLElement.prototype.showPopover = () => {};
  HTMLElement.prototype.hidePopover = () => {};
});

const open = (address: string) => renderAt(address, <Shell pages={pages}>the page</Shell>, answers);

test("the rail names the places and marks the current one", () => {
  open("/map");
  expect(screen.getByRole("link", { name: "Service map" }).getAttribute("aria-current")).toBe("page");
  expect(screen.getByRole("link", { name: "Traces" }).getAttribute("aria-current")).toBeNull();
});

test("a trace belongs to the traces", () => {
  open("/obs/trace?id=1");
  expect(screen.getByRole("link", { name: "Traces" }).getAttribute("aria-current")).toBe("page");
});

test("g and a letter go to a page and keep the time range", async () => {
  const user = userEvent.setup();
  open("/map?t=15m&focus=reviews");
  await user.keyboard("gt");
  expect(window.location.pathname + window.location.search).toBe("/traces?t=15m");
});

test("a full stop asks again, with a window up to now", async () => {
  const user = userEvent.setup();
  const { asked } = open("/map");
  await screen.findByRole("img", { name: /30 requests/ });
  const before = asked.length;
  await user.keyboard(".");
  await vi.waitFor(() => expect(asked.length).toBeGreaterThan(before));
});

test("letters that are typed are no commands", async () => {
  const user = userEvent.setup();
  open("/map");
  await user.keyboard("{Control>}k{/Control}");
  await user.type(screen.getByRole("combobox", { name: "Search or jump to" }), "gt?");
  expect(window.location.pathname).toBe("/map");
});

test("the palette finds services and goes there with Enter", async () => {
  const user = userEvent.setup();
  open("/logs");
  await user.keyboard("{Control>}k{/Control}");
  await screen.findByRole("option", { name: /ratings/ });
  await user.keyboard("rev{Enter}");
  expect(window.location.pathname + window.location.search).toBe("/map?focus=reviews");
});

test("a pasted trace id opens its trace, in X-Ray's form too", async () => {
  const user = userEvent.setup();
  open("/map");
  await user.keyboard("{Control>}k{/Control}");
  await user.paste("1-58406520-a006649127e371903a2de979");
  await user.keyboard("{Enter}");
  expect(window.location.search).toBe("?id=58406520a006649127e371903a2de979");
});

test("the time range is stepped, and back undoes one step", async () => {
  const user = userEvent.setup();
  open("/map?t=2026-01-31T13:05..2026-01-31T14:05");
  await user.click(screen.getByRole("button", { name: "Earlier" }));
  expect(window.location.search).toBe("?t=2026-01-31T12:05..2026-01-31T13:05");
  await user.click(screen.getByRole("button", { name: "Earlier" }));
  window.history.back();
  await screen.findByText(/12:05 – .*13:05/);
});

test("what is typed and means nothing is said to be so", async () => {
  const user = userEvent.setup();
  open("/map?t=2026-01-31T13:05..2026-01-31T14:05");
  await user.click(screen.getByRole("button", { name: /13:05/ }));
  const field = screen.getByRole("textbox", { name: "Time range", hidden: true });
  await user.type(field, "sometime{Enter}");
  expect(screen.getByText(/Not a range/)).toBeTruthy();
  await user.clear(field);
  await user.type(field, "30m{Enter}");
  expect(window.location.search).toBe("?t=30m");
});

test("comparing and following are in the address", async () => {
  const user = userEvent.setup();
  open("/map?t=2026-01-31T13:05..2026-01-31T14:05");
  await user.click(screen.getByRole("button", { name: /vs/ }));
  expect(window.location.search).toContain("cmp=1");
  await user.click(screen.getByRole("button", { name: "Live" }));
  // To follow the present, the range must be relative to it.
  expect(window.location.search).toBe("?cmp=1&live=1");
});

test("the histogram says in words what it draws", async () => {
  open("/map");
  expect(await screen.findByRole("img", { name: "30 requests and 3 faults around the window" })).toBeTruthy();
});
