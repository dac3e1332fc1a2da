import { describe, expect, it } from "vitest";
import { actAt, partMade } from "./demo-store.svelte";
import type { Act } from "./wire";

const acts: Act[] = [
  { name: "stand", start_ms: 1000, stop_ms: 3000 },
  { name: "walk", start_ms: 3000, stop_ms: 9000 },
];

describe("the act that is played", () => {
  it("is the last that has begun", () => {
    expect(actAt(acts, 2999)).toBe(0);
    expect(actAt(acts, 3000)).toBe(1);
  });

  it("is none before the first", () => {
    expect(actAt(acts, 999)).toBe(-1);
    expect(actAt([], 5000)).toBe(-1);
  });
});

describe("the part of the days that is made", () => {
  it("counts what there is of the next day", () => {
    expect(partMade({ wanted: 4, ready: 1, share: 0.5, stopped: false, erased: 0 })).toBeCloseTo(0.375);
  });

  it("is all where none are wanted", () => {
    expect(partMade({ wanted: 0, ready: 0, share: 0, stopped: false, erased: 0 })).toBe(1);
  });
});
