import { expect, test } from "vitest";
import { calmDuration, duration, percent } from "./format";
import { angleWords, nextAction, stateName } from "./strings";

test("a state is named in words", () => {
  expect(stateName({ activity: "sit", posture: "slouched" })).toBe("Sitting, slouched");
  expect(stateName({ activity: "sit", posture: "neutral" })).toBe("Sitting upright");
  expect(stateName({ activity: "not_worn", posture: "none" })).toBe("Sensor not worn");
});

test("the next action counts minutes up, so that it never says zero", () => {
  expect(nextAction({ activity: "sit", posture: "neutral" }, 16 * 60 - 5)).toBe("Time to stand up in 16 min");
  expect(nextAction({ activity: "sit", posture: "neutral" }, 1)).toBe("Time to stand up in 1 min");
  expect(nextAction({ activity: "sit", posture: "neutral" }, 0)).toBe("You can take a break now");
});

test("there is no advice where nothing is asked for", () => {
  expect(nextAction({ activity: "stand", posture: "neutral" }, null)).toBeNull();
});

test("an angle has a direction only where forward is known", () => {
  expect(angleWords(12.4, true)).toEqual({ value: "12°", way: "forward" });
  expect(angleWords(-12.4, true)).toEqual({ value: "12°", way: "backward" });
  expect(angleWords(-1.7, true)).toEqual({ value: "2°", way: "from upright" });
  expect(angleWords(12.4, false)).toEqual({ value: "12°", way: "lean" });
});

test("a share is in whole percent, and what is not nothing is never written as nothing", () => {
  expect([0, 0.0049, 0.005, 0.125, 0.2549, 1].map(percent)).toEqual([
    "0 %",
    "under 1 %",
    "1 %",
    "13 %",
    "25 %",
    "100 %",
  ]);
});

test("durations are rounded down to whole minutes", () => {
  expect(duration(59.9)).toBe("59 s");
  expect(duration(14 * 60 + 59)).toBe("14 min");
  expect(duration(2 * 3600)).toBe("2 h");
  expect(duration(2 * 3600 + 5 * 60)).toBe("2 h 5 min");
  expect(calmDuration(59)).toBe("under 1 min");
});
