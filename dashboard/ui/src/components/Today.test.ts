import { render, screen } from "@testing-library/svelte";
import { beforeEach, expect, test, vi } from "vitest";
import type { Day } from "../api";
import type { Live } from "../live.svelte";
import Today from "./Today.svelte";

beforeEach(() => {
  const observer = class {
    observe(): void {}
    unobserve(): void {}
    disconnect(): void {}
  };
  vi.stubGlobal("ResizeObserver", observer);
});

const START_MS = 1_800_000_000_000;
const today = {
  date: "2027-01-15",
  start_ms: START_MS,
  stop_ms: START_MS + 600_400,
  spans: [
    {
      start_ms: START_MS,
      stop_ms: START_MS + 600_000,
      activity: "sit",
      posture: "neutral",
      confidence: 0.9,
    },
  ],
  coverage: 0.99,
  exposure: { valid_s: 600, over_20_s: 45, over_60_s: 3 },
  bends: 4,
  lifts: 2,
  flagged_lifts: 1,
} as unknown as Day;
const show = (): void => {
  const live = { today, day: today, forwardKnown: true, dayFailed: false };
  render(Today, { live: live as unknown as Live });
};

test("each number follows the term it belongs to", () => {
  show();

  const terms = [...document.querySelectorAll("dl > div")].map((group) =>
    [...group.children].map((child) => `${child.tagName} ${child.textContent?.trim()}`),
  );
  expect(terms).toEqual([
    ["DT leaning forward more than 20°", "DD 45 s", "DD 3 s of it more than 60°"],
    ["DT bends", "DD 4"],
    ["DT demanding lift", "DD 1", "DD of 2 lifts seen"],
  ]);
});

test("what lasted less than a second is not listed", () => {
  show();

  expect(screen.queryByText(/No data/)).toBeNull();
  expect(screen.getByRole("img").getAttribute("aria-label")).not.toContain("No data");
});
