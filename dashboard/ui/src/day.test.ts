import { describe, expect, test } from "vitest";
import type { BodyState, Day, Span } from "./api";
import { drawable, type Slice, slices, ticks, totals, upToNow } from "./day";
import { daySentence } from "./strings";

const MINUTE_MS = 60_000;
const span = (
  start_min: number,
  stop_min: number,
  activity: Span["activity"],
  posture: Span["posture"] = "neutral",
): Span => ({
  start_ms: start_min * MINUTE_MS,
  stop_ms: stop_min * MINUTE_MS,
  activity,
  posture,
  confidence: 0.9,
});
const day = (start_min: number, stop_min: number, spans: Span[]) => ({
  start_ms: start_min * MINUTE_MS,
  stop_ms: stop_min * MINUTE_MS,
  spans,
});

describe("slices", () => {
  test("a hole between spans becomes no data", () => {
    const parts = slices(day(0, 30, [span(0, 10, "sit"), span(20, 30, "stand")]));

    expect(parts.map((part) => part.shade)).toEqual(["sit", "no_data", "stand"]);
  });

  test("they cover the day without holes or overlaps, even if the spans do not", () => {
    const parts = slices(day(0, 60, [span(5, 20, "sit"), span(15, 30, "walk"), span(50, 70, "lie")]));

    expect(parts[0]!.start_ms).toBe(0);
    expect(parts.at(-1)!.stop_ms).toBe(60 * MINUTE_MS);
    parts.slice(1).forEach((part, i) => expect(part.start_ms).toBe(parts[i]!.stop_ms));
    const all_s = totals(parts).reduce((sum, total) => sum + total.seconds, 0);
    expect(all_s).toBe(3600);
  });

  test("neighbours of one colour are one slice, slouched ones apart", () => {
    const spans = [span(0, 5, "sit", "neutral"), span(5, 9, "sit", "bent"), span(9, 12, "sit", "slouched")];

    expect(slices(day(0, 12, spans)).map((part) => part.shade)).toEqual(["sit", "slouched"]);
  });
});

describe("ticks", () => {
  const at = (hour: number, minute: number): number => new Date(2026, 4, 12, hour, minute).getTime();

  test("they fall on whole local hours within the day", () => {
    const found = ticks(at(8, 12), at(14, 40), 6);

    expect(found.map(({ at_ms }) => new Date(at_ms).getHours())).toEqual([9, 10, 11, 12, 13, 14]);
    expect(found.every(({ at_ms }) => new Date(at_ms).getMinutes() === 0)).toBe(true);
    expect(found.every(({ at: share }) => share >= 0 && share <= 1)).toBe(true);
  });

  test("there are never more than asked for", () => {
    for (let hours = 1; hours <= 24; hours++) {
      const found = ticks(at(0, 3), at(0, 3) + hours * 60 * MINUTE_MS, 4);
      expect(found.length).toBeLessThanOrEqual(4);
      expect(found.length).toBeGreaterThan(0);
    }
  });

  test("a day that has just begun has none rather than an error", () => {
    expect(ticks(at(8, 0), at(8, 0), 4)).toEqual([]);
  });
});

describe("what can be drawn of a day", () => {
  const slice = (start_ms: number, stop_ms: number, shade: Slice["shade"]): Slice => ({
    start_ms,
    stop_ms,
    shade,
  });
  // Cells of 4 ms in what is drawn of 3,000 ms.
  const parts = [
    slice(0, 1000, "sit"),
    slice(1000, 1001, "walk"),
    slice(1001, 1003, "stand"),
    slice(1003, 1005, "walk"),
    slice(1005, 1007, "sit"),
    slice(1007, 3000, "stand"),
  ];

  test("what is too short to be seen is joined, and nothing is left out", () => {
    expect(drawable(parts, 3000)).toEqual([
      slice(0, 1000, "sit"),
      slice(1000, 1005, "walk"),
      slice(1005, 1007, "sit"),
      slice(1007, 3000, "stand"),
    ]);
  });

  test("closer up it is all there", () => {
    expect(drawable(parts, 900)).toEqual(parts);
  });

  test("a shift of short states has no more of them than can be seen", () => {
    const many = Array.from({ length: 9000 }, (_, i) => slice(i, i + 1, i % 2 ? "walk" : "stand"));

    const found = drawable(many, 9000);

    expect(found.length).toBeLessThanOrEqual(1000);
    expect(found[0]!.start_ms).toBe(0);
    expect(found.at(-1)!.stop_ms).toBe(9000);
    found.slice(1).forEach(({ start_ms }, i) => expect(start_ms).toBe(found[i]!.stop_ms));
  });
});

describe("the day's sentence", () => {
  test("it names what took longest, and how much of that was slouched", () => {
    const spans = [span(0, 20, "sit"), span(20, 50, "sit", "slouched"), span(50, 60, "walk")];

    expect(daySentence(spans)).toBe("Mostly sitting so far: 50 min, 30 min of it slouched.");
  });

  test("it waits for a first minute of anything known", () => {
    expect(daySentence([span(0, 30, "not_worn", "none")])).toBe("The first minutes are coming in.");
  });
});

describe("a day up to now", () => {
  const today = (stop_min: number, spans: Span[]): Day =>
    ({ ...day(0, stop_min, spans), coverage: 1 }) as Day;
  const state = (since_min: number, activity: BodyState["activity"]): BodyState => ({
    activity,
    posture: "neutral",
    confidence: 0.9,
    since_ms: since_min * MINUTE_MS,
  });
  const lengths = (found: Day): [string, number][] =>
    found.spans.map((each) => [each.activity, (each.stop_ms - each.start_ms) / MINUTE_MS]);

  test("the state that goes on is longer by the seconds since", () => {
    const found = upToNow(today(10, [span(0, 10, "sit")]), state(0, "sit"), 10.1 * MINUTE_MS);

    expect(lengths(found)).toEqual([["sit", expect.closeTo(10.1)]]);
    expect(found.stop_ms).toBe(10.1 * MINUTE_MS);
    expect(found.coverage).toBe(1);
  });

  test("another state begins where it began", () => {
    const found = upToNow(today(10, [span(0, 10, "sit")]), state(9.9, "walk"), 10.1 * MINUTE_MS);

    expect(lengths(found)).toEqual([
      ["sit", expect.closeTo(9.9)],
      ["walk", expect.closeTo(0.2)],
    ]);
  });

  test("the last state lasts until another begins", () => {
    const found = upToNow(today(10, [span(0, 10, "sit")]), state(10.05, "walk"), 10.1 * MINUTE_MS);

    expect(lengths(found)).toEqual([
      ["sit", expect.closeTo(10.05)],
      ["walk", expect.closeTo(0.05)],
    ]);
  });

  test("nothing is made up over a longer hole, or without a state", () => {
    const known = today(10, [span(0, 10, "sit")]);

    expect(upToNow(known, state(0, "sit"), 11 * MINUTE_MS)).toBe(known);
    expect(upToNow(known, null, 10.1 * MINUTE_MS)).toBe(known);
    expect(upToNow(today(10, []), state(0, "sit"), 10.1 * MINUTE_MS).spans).toEqual([]);
  });
});
