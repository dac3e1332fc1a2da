import { afterEach, beforeEach, expect, test } from "vitest";
import { flushSync } from "svelte";
import { ticks } from "./day";
import { dayTime, longDay, monthName, shortDay } from "./format";
import { atClock } from "./history";
import { clockAt, clockExactlyAt, dateAt, follow, instantOf, today } from "./local-time.svelte";

const HOUR_S = 3600;
const utc = (text: string): number => Date.parse(`${text}Z`);

beforeEach(() => follow(utc("2026-11-20T23:30:00"), "Europe/Berlin"));
afterEach(() => {
  follow(Date.now(), "+00:00");
});

test("the day and the clock are those of the server's zone, not of this browser's", () => {
  expect(today()).toBe("2026-11-21");
  expect(dayTime(utc("2026-11-20T23:30:00"))).toBe("Sat 21 Nov, 00:30");

  follow(utc("2026-11-20T23:30:00"), "-09:30");
  expect(today()).toBe("2026-11-20");
  expect(clockExactlyAt(utc("2026-11-20T23:30:05"))).toBe("14:00:05");
});

test("at midnight it is the next day, and what reads it hears of it", () => {
  const seen: string[] = [];
  const end = $effect.root(() => {
    $effect(() => void seen.push(today()));
  });
  flushSync();
  follow(utc("2026-11-21T22:59:59"));
  flushSync();
  follow(utc("2026-11-21T23:00:00"));
  flushSync();
  end();

  expect(seen).toEqual(["2026-11-21", "2026-11-22"]);
});

test("a day of the clock change begins and ends at its midnights", () => {
  expect(instantOf("2026-10-25", 0)).toBe(utc("2026-10-24T22:00:00"));
  expect(instantOf("2026-10-26", 0)).toBe(utc("2026-10-25T23:00:00"));
  expect(instantOf("2026-03-29", 12 * HOUR_S)).toBe(utc("2026-03-29T10:00:00"));
});

test("a time shown twice is the first of them; one never shown is as much later", () => {
  expect(instantOf("2026-10-25", 2.5 * HOUR_S)).toBe(utc("2026-10-25T00:30:00"));
  expect(clockAt(instantOf("2026-03-29", 2.5 * HOUR_S))).toBe("03:30");
});

test("a typed time is one of the server's clock", () => {
  expect(atClock("2026-07-01", "14:05")).toBe(utc("2026-07-01T12:05:00"));
});

test("marks of an axis stay on whole hours across a clock change", () => {
  const found = ticks(utc("2026-10-24T22:00:00"), utc("2026-10-25T23:00:00"), 30);

  expect(found.every(({ at_ms }) => clockAt(at_ms).endsWith(":00"))).toBe(true);
  expect(new Set(found.map(({ at_ms }) => at_ms)).size).toBe(found.length);
  expect(clockAt(found.at(-1)!.at_ms)).toBe("00:00");
});

test("a zone that this browser has never heard of leaves it with its own clock", () => {
  follow(utc("2026-11-21T12:00:00"), "Moon/Tranquility");

  const at = new Date(utc("2026-11-21T12:00:00"));
  expect(Number(clockAt(at.getTime()).slice(0, 2))).toBe(at.getHours());
});

test("dates are written in English, the day first", () => {
  expect(longDay("2026-11-23")).toBe("Mon 23 Nov 2026");
  expect(shortDay("2026-03-01")).toBe("Sun 1 Mar");
  expect(monthName("2026-09-09")).toBe("September 2026");
  expect(dateAt(utc("2026-12-31T22:59:00"))).toBe("2026-12-31");
});
