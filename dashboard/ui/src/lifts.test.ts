import { expect, test } from "vitest";
import { demandingOf, partOf, reach, type Wanted, wantedOf } from "./lifts";
import { LIFTS } from "./strings";

const TODAY = "2026-11-21";
const ANY: Wanted = { date: TODAY, flagged: true, from: "", to: "", task: "", zone: "" };

test("filters go into the address and come back", () => {
  const wanted: Wanted = {
    date: "2026-11-02",
    flagged: false,
    from: "08:00",
    to: "09:30",
    task: "a/b?c=1&d <i>",
    zone: "dock 3",
  };

  expect(wantedOf(partOf(wanted, TODAY).split("/"), TODAY)).toEqual(wanted);
  expect(partOf(ANY, TODAY)).toBe("");
  expect(partOf(ANY, "2026-11-22")).toBe(TODAY);
  expect(wantedOf(["?all=1"], TODAY)).toEqual({ ...ANY, flagged: false });
});

test("what means nothing is left out", () => {
  expect(wantedOf([], TODAY)).toEqual(ANY);
  expect(wantedOf(["soon?from=99:99&to=<b>"], TODAY)).toEqual(ANY);
});

test("the demanding part is what lies between its instants", () => {
  const t_ms = [0, 100, 200, 300, 400];

  expect(demandingOf({ t_ms, demanding_from_ms: 150, demanding_to_ms: 300 })).toEqual({
    first: 2,
    stop: 4,
  });
  expect(demandingOf({ t_ms, demanding_from_ms: null, demanding_to_ms: null })).toBeNull();
  expect(demandingOf({ t_ms, demanding_from_ms: 210, demanding_to_ms: 290 })).toBeNull();
  expect(demandingOf({ t_ms: [], demanding_from_ms: 0, demanding_to_ms: 10 })).toBeNull();
});

test("an axis reaches over the largest of either sign", () => {
  expect(reach([12, null, -88], 50)).toBe(100);
  expect(reach([null], 50)).toBe(50);
});

test("a day's lifts in a sentence", () => {
  expect(LIFTS.sentence(0, 0)).toContain("No bend");
  expect(LIFTS.sentence(1, 1)).toBe("1 bend like a lift, 1 of them demanding.");
  expect(LIFTS.sentence(9, 0)).toBe("9 bends like a lift, none of them demanding.");
});
