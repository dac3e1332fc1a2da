import { expect, test } from "vitest";
import type { Span } from "./api";
import {
  atClock,
  busiestHour,
  clockOf,
  commonHours,
  heat,
  largestChange,
  lastSeenBefore,
  measured,
  median,
  medianBetween,
  panned,
  placeOf,
  rangeOf,
  stepped,
  tintOf,
  usualBefore,
  variationRows,
  zoomed,
} from "./history";
import { HISTORY } from "./strings";
import type { Days, Hours, Variation } from "./wire";

const TODAY = "2026-11-21";

/** Days of eight hours, slouched for these shares; null: nothing was measured. */
function daysOf(shares: readonly (number | null)[], known_s = 8 * 3600): Days {
  const column = (value: (share: number) => number): (number | null)[] =>
    shares.map((share) => (share === null ? null : value(share)));
  return {
    date: shares.map((_, i) => `2026-11-${String(i + 1).padStart(2, "0")}`),
    known_s: column(() => known_s),
    length_s: column(() => 1.25 * known_s),
    measured_s: column(() => known_s),
    slouched_s: column((share) => share * known_s),
    over_20_s: column(() => 0),
    over_60_s: column(() => 0),
    stand_s: column(() => 3600),
    walk_s: column(() => 3600),
    bends: column(() => 40),
    flagged_lifts: column(() => 0),
  } as unknown as Days;
}

test("an address names a view and a day, and nonsense is today", () => {
  expect(placeOf(["week", "2026-02-28"], TODAY)).toEqual({ view: "week", date: "2026-02-28" });
  for (const rest of [[], ["decade"], ["day", "2026-02-30"], ["day", "<img>"], ["day", "1e9"]])
    expect(placeOf(rest, TODAY)).toEqual({ view: "day", date: TODAY });
});

test("a view ends where the calendar says", () => {
  const of = (view: "week" | "month" | "year", date: string) => rangeOf({ view, date });

  expect(of("week", "2026-11-22")).toEqual({ first: "2026-11-16", last: "2026-11-22" });
  expect(of("month", "2028-02-10")).toEqual({ first: "2028-02-01", last: "2028-02-29" });
  expect(of("year", "2026-05-05")).toEqual({ first: "2026-01-01", last: "2026-12-31" });
});

test("a month after the 31st is the next month, not the one after", () => {
  expect(stepped({ view: "month", date: "2026-01-31" }, 1).date).toBe("2026-02-01");
  expect(stepped({ view: "month", date: "2026-01-31" }, -1).date).toBe("2025-12-01");
  expect(stepped({ view: "day", date: "2026-03-01" }, -1).date).toBe("2026-02-28");
});

test("a day too short says nothing of the whole", () => {
  expect(measured(daysOf([0.25]), "slouched", 0)).toBe(0.25);
  expect(measured(daysOf([0.25], 7199), "slouched", 0)).toBeNull();
  expect(measured(daysOf([null]), "slouched", 0)).toBeNull();
  expect(measured(daysOf([0.25]), "bends", 0)).toBe(5);
});

test("the usual is the median of the own days before, not of this one", () => {
  const days = daysOf([0.1, 0.2, null, 0.3, 0.4, 0.5, 0.9]);

  expect(usualBefore(days, "slouched", 6)).toBeCloseTo(0.3);
  expect(usualBefore(days, "slouched", 5)).toBeNull(); // four days are too few
  expect(medianBetween(days, "slouched", 5, 99)).toEqual({ value: 0.7, days: 2 });
  expect(median([])).toBeNull();
});

const hours: Hours = {
  date: ["2026-11-16", "2026-11-16", "2026-11-18"],
  hour: [8, 10, 10],
  worn_s: [3600, 200, 3000],
  seated_s: [3600, 200, 3000],
  up_s: [0, 0, 0],
  slouched_s: [360, 200, 2100],
  measured_s: [0, 0, 3000],
  over_20_s: [0, 0, 300],
};

test("an hour that was hardly seen has no share, and none is no zero", () => {
  const { columns, rows } = heat(hours, ["2026-11-16", "2026-11-17", "2026-11-18"], "slouched");

  expect(columns).toEqual([8, 9, 10]);
  expect(rows.map(({ shares }) => shares)).toEqual([
    [0.1, null, null],
    [null, null, null],
    [null, null, 0.7],
  ]);
  expect(heat({ ...hours, hour: [], date: [] }, ["2026-11-16"], "feet").columns).toEqual([]);
});

test("tints go from nothing to the largest", () => {
  expect([0, 0.01, 0.25, 0.5, 0.99].map((share) => tintOf(share, 0.99))).toEqual([0, 1, 2, 3, 4]);
  expect(tintOf(0, 0)).toBe(0);
});

test("an hour stands out only where it is much above the others", () => {
  const row = (shares: number[]) => ({ date: "", shares });
  const columns = [8, 9, 10];

  expect(busiestHour({ columns, rows: [row([0.1, 0.1, 0.5]), row([0.1, 0.1, 0.6])] })).toBe(10);
  expect(busiestHour({ columns, rows: [row([0.2, 0.2, 0.25]), row([0.2, 0.2, 0.25])] })).toBeNull();
});

test("every ribbon of a week shows the same hours", () => {
  const span = (from_h: number, to_h: number) =>
    ({ start_ms: from_h * 3_600_000, stop_ms: to_h * 3_600_000 }) as Span;

  expect(
    commonHours([
      { start_ms: 0, spans: [span(8.5, 12)] },
      { start_ms: 0, spans: [span(7.2, 9), span(16, 17.1)] },
      { start_ms: 0, spans: [] },
    ]),
  ).toEqual({ from: 7, to: 18 });
  expect(commonHours([])).toEqual({ from: 8, to: 18 });
});

test("a window is zoomed about an instant and never leaves the day", () => {
  const bounds = { from_ms: 0, to_ms: 36_000_000 };

  expect(zoomed(bounds, bounds, 0.5, 9_000_000)).toEqual({ from_ms: 4_500_000, to_ms: 22_500_000 });
  expect(zoomed(bounds, bounds, 2, 9_000_000)).toEqual(bounds);
  expect(zoomed({ from_ms: 0, to_ms: 18_000_000 }, bounds, 0.5, 0)).toEqual({
    from_ms: 0,
    to_ms: 9_000_000,
  });
  const small = zoomed(bounds, bounds, 0.0001, 0);
  expect(small.to_ms - small.from_ms).toBe(300_000);
  expect(panned({ from_ms: 0, to_ms: 9_000_000 }, bounds, -1)).toEqual({
    from_ms: 0,
    to_ms: 9_000_000,
  });
  expect(panned({ from_ms: 0, to_ms: 9_000_000 }, bounds, 99).to_ms).toBe(bounds.to_ms);
});

test("a clock time is one of the day that is shown", () => {
  expect(clockOf(atClock("2026-11-21", "14:05")!)).toBe("14:05");
  expect(atClock("2026-11-21", "")).toBeNull();
  expect(atClock("2026-11-21", "2 pm")).toBeNull();
});

test("bouts stand in the column of their length", () => {
  const cell = (from_s: number, bouts: number): Variation => ({
    activity: "sit",
    zone: "under_20",
    from_s,
    to_s: null,
    bouts,
    total_s: 100,
  });

  const [row, ...others] = variationRows([cell(5, 3), cell(1200, 1)]);

  expect(others).toEqual([]);
  expect(row!.cells.map((one) => one?.bouts ?? null)).toEqual([3, null, null, null, 1]);
});

test("a sentence of a week says when, and against oneself", () => {
  expect(HISTORY.weekSentence(0.26, 14, 0.34)).toBe(
    "On a usual day of this week you slouched for 26 % of the time worn, most of it around 14:00. The 28 days before: 34 %.",
  );
  expect(HISTORY.weekSentence(null, null, 0.3)).toContain("two hours");
});

test("what changed is what differs most, and small differences are none", () => {
  const days = daysOf([0.3, null, 0.2]);

  expect(lastSeenBefore(days, 2)).toBe(0);
  expect(lastSeenBefore(days, 0)).toBeNull();
  expect(largestChange(days, 0, 2)).toEqual({ measure: "slouched", now: 0.2, then: 0.3 });
  expect(largestChange(daysOf([0.3, 0.31]), 0, 1)).toBeNull();
  expect(HISTORY.since({ measure: "slouched", now: 0.2, then: 0.3 }, "yesterday")).toBe(
    "Slouched: less than yesterday, 20 % of the time worn against 30 %.",
  );
  expect(HISTORY.since(null, "Friday")).toBe("Much as on Friday.");
});
