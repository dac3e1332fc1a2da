/** Times and durations as people read them. */

import { clockAt, clockExactlyAt, dateAt } from "./local-time.svelte";
import { weekdayOf } from "./week";

const MINUTE_S = 60;
const HOUR_S = 3600;

/** "40 s", "14 min", "2 h 5 min": whole minutes from one minute on, rounded down. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < MINUTE_S) return `${whole} s`;
  if (whole < HOUR_S) return `${Math.floor(whole / MINUTE_S)} min`;
  const hours = Math.floor(whole / HOUR_S);
  const minutes = Math.floor((whole % HOUR_S) / MINUTE_S);
  return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
}

/** As `duration`, but "under 1 min" instead of seconds that would tick. */
export function calmDuration(seconds: number): string {
  return seconds < MINUTE_S ? "under 1 min" : duration(seconds);
}

/** The unit a setting is shown in, and how many of its own that is: minutes where its default is some. */
export function shownUnit(unit: string, standard: unknown): { unit: string; per: number } {
  const isMinutes =
    unit === "s" &&
    typeof standard === "number" &&
    standard >= 2 * MINUTE_S &&
    standard % MINUTE_S === 0;
  return isMinutes ? { unit: "min", per: MINUTE_S } : { unit, per: 1 };
}

/** Clock time to the minute, where the days are kept. */
export const clockTime = clockAt;

/** Whole degrees without a minus zero. */
export function wholeDegrees(deg: number): number {
  return Math.round(deg) + 0;
}

/** To what a person can tell apart: tenths of a degree, else thousandths. */
export function rounded(value: number, unit: string): number {
  const parts = unit === "deg" ? 10 : 1000;
  return Math.round(value * parts) / parts;
}

/** Day and clock time, such as "Thu 19 Nov, 09:30". */
export function dayTime(at_ms: number): string {
  return `${shortDay(dateAt(at_ms))}, ${clockTime(at_ms)}`;
}

/** As `dayTime`, to the second: what is played again moves. */
export function dayTimeExactly(at_ms: number): string {
  return `${shortDay(dateAt(at_ms))}, ${clockExactlyAt(at_ms)}`;
}

// In English, as every other word of the page, whatever language the browser speaks.
const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** "2026-11-23" as "Monday". */
export const weekday = (date: string): string => WEEKDAYS[weekdayOf(date)]!;

/** "2026-11-23" as "Mon". */
export const shortWeekday = (date: string): string => weekday(date).slice(0, 3);

/** "2026-11-23" as "November". */
export const month = (date: string): string => MONTHS[Number(date.slice(5, 7)) - 1]!;

/** "2026-11-23" as "23 Nov". */
export const dayMonth = (date: string): string => `${dayNumber(date)} ${month(date).slice(0, 3)}`;

/** "2026-11-23" as "Mon 23 Nov". */
export const shortDay = (date: string): string => `${shortWeekday(date)} ${dayMonth(date)}`;

/** "2026-11-23" as "Mon 23 Nov 2026". */
export const longDay = (date: string): string => `${shortDay(date)} ${date.slice(0, 4)}`;

/** "2026-11-23" as "Monday 23 November". */
export const spokenDay = (date: string): string =>
  `${weekday(date)} ${dayNumber(date)} ${month(date)}`;

const dayNumber = (date: string): number => Number(date.slice(8, 10));

/** "26 %", and "under 1 %" for what is not nothing. */
export function percent(share: number): string {
  if (share > 0 && share < 0.005) return "under 1 %";
  return `${Math.round(100 * share)} %`;
}

/** "2026-11-23" as "November 2026". */
export const monthName = (date: string): string => `${month(date)} ${date.slice(0, 4)}`;
