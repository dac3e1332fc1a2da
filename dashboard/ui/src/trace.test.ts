import { expect, test } from "vitest";
import type { Zone } from "./api";
import { traceSentence } from "./strings";
import { Trace, zoneIndex } from "./trace";

const ZONES: Zone[] = [
  { name: "Neutral", level: "neutral", from_deg: -30, to_deg: 20 },
  { name: "Caution", level: "caution", from_deg: 20, to_deg: 60 },
  { name: "High", level: "high", from_deg: 60, to_deg: 120 },
];

/** Ten points a second from `start_s` on. */
function push(trace: Trace, start_s: number, angles: (number | null)[]): void {
  trace.push(
    angles.map((_angle, i) => start_s * 1000 + i * 100),
    angles,
  );
}

test("only the last thirty seconds stay", () => {
  const trace = new Trace();
  push(trace, 100, Array(450).fill(5));

  const [t_ms] = trace.points;
  expect(t_ms.at(-1)! - t_ms[0]!).toBeLessThanOrEqual(30_000);
  expect(t_ms.length).toBe(301);
});

test("a jump in time becomes a gap", () => {
  const trace = new Trace();
  push(trace, 100, [1, 2]);
  push(trace, 105, [3]);

  expect(trace.points[1]).toEqual([1, 2, null, 3]);
});

test("points of the snapshot that come again over the live channel count once", () => {
  const trace = new Trace();
  push(trace, 100, [1, 2, 3]);
  push(trace, 100.1, [2, 3, 4]);

  expect(trace.points[1]).toEqual([1, 2, 3, 4]);
});

test("the sentence tells the largest lean and how long it lasted", () => {
  const trace = new Trace();
  push(trace, 100, [...Array(200).fill(5), ...Array(30).fill(40), ...Array(70).fill(5)]);

  const sentence = traceSentence(trace.summarise(ZONES), ZONES, true);
  expect(sentence).toBe("You leaned up to 40° forward: 3 s beyond 20°.");
});

test("where forward is unknown the sentence names no direction", () => {
  const trace = new Trace();
  push(trace, 100, Array(300).fill(70));

  expect(traceSentence(trace.summarise(ZONES), ZONES, false)).not.toContain("forward");
});

test("without data the sentence says so instead of calling it neutral", () => {
  const trace = new Trace();
  push(trace, 100, Array(300).fill(null));

  const sentence = traceSentence(trace.summarise(ZONES), ZONES, true);
  expect(sentence).toBe("No measurement in the last 30 seconds.");
});

test("an edge belongs to the zone above it, and beyond the last zone is the last", () => {
  expect([19.9, 20, 59.9, 60, 200, -90].map((deg) => zoneIndex(ZONES, deg))).toEqual([
    0, 1, 1, 2, 2, 0,
  ]);
});
