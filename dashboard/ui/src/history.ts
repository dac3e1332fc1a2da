/** Days, weeks and years turned into what the history page draws. */

import type { Span } from "./api";
import { clockAt, instantOf } from "./local-time.svelte";
import { dayOf, daysLater, weekdayOf } from "./week";
import type { Days, Hours, Spans, Variation } from "./wire";

export const VIEWS = ["day", "week", "month", "year"] as const;
export type View = (typeof VIEWS)[number];

export interface Place {
  view: View;
  /** Any day of it, YYYY-MM-DD. */
  date: string;
}

/** What an address after "#/history" means; today where it means nothing. */
export function placeOf(rest: readonly string[], today: string): Place {
  const [name, text] = rest;
  const view = VIEWS.find((one) => one === name) ?? "day";
  return { view, date: text !== undefined && isDate(text) ? text : today };
}

export function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && daysLater(text, 0) === text;
}

/** The same view so many days, weeks, months or years later. */
export function stepped({ view, date }: Place, by: number): Place {
  switch (view) {
    case "day":
      return { view, date: daysLater(date, by) };
    case "week":
      return { view, date: daysLater(date, 7 * by) };
    case "month":
      return { view, date: dayOf(yearOf(date), monthOf(date) + by, 1) };
    case "year":
      return { view, date: dayOf(yearOf(date) + by, 1, 1) };
  }
}

const yearOf = (date: string): number => Number(date.slice(0, 4));
const monthOf = (date: string): number => Number(date.slice(5, 7));
export const mondayOf = (date: string): string => daysLater(date, -weekdayOf(date));

/** First and last day of a view. */
export function rangeOf({ view, date }: Place): { first: string; last: string } {
  switch (view) {
    case "day":
      return { first: date, last: date };
    case "week":
      return { first: mondayOf(date), last: daysLater(mondayOf(date), 6) };
    case "month": {
      const first = `${date.slice(0, 8)}01`;
      return { first, last: daysLater(stepped({ view, date }, 1).date, -1) };
    }
    case "year":
      return { first: `${date.slice(0, 4)}-01-01`, last: `${date.slice(0, 4)}-12-31` };
  }
}

// ---------------------------------------------------------------- one day against others

/** Days shorter than this say nothing of the whole: `LEAST_S` of monitor/exposure. */
export const LEAST_S = 7200;

export const MEASURES = ["slouched", "over20", "over60", "feet", "bends", "flagged"] as const;
export type Measure = (typeof MEASURES)[number];

/** Of day number `i`: a share 0 to 1, or a number an hour; null where too little was seen. */
export function measured(days: Days, measure: Measure, i: number): number | null {
  const known_s = days.known_s[i] ?? 0;
  const measured_s = days.measured_s[i] ?? 0;
  const of = (part: number | null | undefined, whole_s: number): number | null =>
    typeof part === "number" && whole_s >= LEAST_S ? part / whole_s : null;
  switch (measure) {
    case "slouched":
      return of(days.slouched_s[i], known_s);
    case "over20":
      return of(days.over_20_s[i], measured_s);
    case "over60":
      return of(days.over_60_s[i], measured_s);
    case "feet":
      return of((days.stand_s[i] ?? 0) + (days.walk_s[i] ?? 0), known_s);
    case "bends":
      return of((days.bends[i] ?? 0) * 3600, measured_s);
    case "flagged":
      return of((days.flagged_lifts[i] ?? 0) * 3600, measured_s);
  }
}

export const isShare = (measure: Measure): boolean => measure !== "bends" && measure !== "flagged";

export function median(values: readonly number[]): number | null {
  if (!values.length) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Fewer days make no usual. */
export const LEAST_DAYS = 5;
const USUAL_DAYS = 28;

/** The person's own median over the days before number `i`; null where there are too few. */
export function usualBefore(days: Days, measure: Measure, i: number): number | null {
  const before: number[] = [];
  for (let j = Math.max(0, i - USUAL_DAYS); j < i; j++) {
    const value = measured(days, measure, j);
    if (value !== null) before.push(value);
  }
  return before.length >= LEAST_DAYS ? median(before) : null;
}

/** Number of the last day before `i` that was seen for long enough, a week back at most; or null. */
export function lastSeenBefore(days: Days, i: number): number | null {
  for (let j = i - 1; j >= Math.max(0, i - 7); j--)
    if (measured(days, "slouched", j) !== null) return j;
  return null;
}

export interface Change {
  measure: Measure;
  now: number;
  then: number;
}

const LEAST_SHARE = 0.03; // less is how days are
const LEAST_RATE = 2;

/** What differs most between two days; null where nothing differs clearly. */
export function largestChange(days: Days, then: number, now: number): Change | null {
  let found: Change | null = null;
  let size = 1;
  for (const measure of MEASURES) {
    const [before, after] = [measured(days, measure, then), measured(days, measure, now)];
    if (before === null || after === null) continue;
    const by = Math.abs(after - before) / (isShare(measure) ? LEAST_SHARE : LEAST_RATE);
    if (by < size) continue;
    [size, found] = [by, { measure, now: after, then: before }];
  }
  return found;
}

/** The median of the days `from` to `to`, both included. */
export function medianBetween(
  days: Days,
  measure: Measure,
  from: number,
  to: number,
): { value: number | null; days: number } {
  const found: number[] = [];
  for (let i = Math.max(0, from); i <= Math.min(to, days.date.length - 1); i++) {
    const value = measured(days, measure, i);
    if (value !== null) found.push(value);
  }
  return { value: median(found), days: found.length };
}

/** Share of the time between first and last data that was worn and known. */
export function coverageOf(days: Days, i: number): number | null {
  const known_s = days.known_s[i];
  const length_s = days.length_s[i];
  if (typeof known_s !== "number" || typeof length_s !== "number" || length_s <= 0) return null;
  return Math.min(1, known_s / length_s);
}

// ---------------------------------------------------------------- a week

export const spansOf = (spans: Spans): (Span & { corrected: boolean })[] =>
  spans.start_ms.map((start_ms, i) => ({
    start_ms,
    stop_ms: spans.stop_ms[i]!,
    activity: spans.activity[i]!,
    posture: spans.posture[i]!,
    corrected: spans.corrected[i]!,
    confidence: 1,
  }));

const HOUR_MS = 3_600_000;

/** The hours after midnight that every ribbon of a week shows: [from, to), whole hours. */
export function commonHours(
  days: readonly { start_ms: number; spans: readonly Span[] }[],
): { from: number; to: number } {
  let from = 24;
  let to = 0;
  for (const { start_ms, spans } of days) {
    for (const span of spans) {
      from = Math.min(from, Math.floor((span.start_ms - start_ms) / HOUR_MS));
      to = Math.max(to, Math.ceil((span.stop_ms - start_ms) / HOUR_MS));
    }
  }
  if (from >= to) return { from: 8, to: 18 };
  return { from: Math.max(0, from), to: Math.min(25, to) };
}

export const HEATS = ["slouched", "over20", "feet"] as const;
export type Heat = (typeof HEATS)[number];

/** Less of an hour says nothing of it. */
const LEAST_HOUR_S = 300;

export interface HeatRow {
  date: string;
  /** By column: a share 0 to 1; null where too little was seen. */
  shares: (number | null)[];
}

/** Hours as columns, days as rows; columns from the first to the last hour with data. */
export function heat(
  hours: Hours,
  dates: readonly string[],
  kind: Heat,
): { columns: number[]; rows: HeatRow[] } {
  if (!hours.hour.length) return { columns: [], rows: [] };
  const first = Math.min(...hours.hour);
  const last = Math.max(...hours.hour);
  const columns = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const rows = dates.map((date) => ({ date, shares: columns.map((): number | null => null) }));
  hours.date.forEach((date, i) => {
    const row = rows.find((one) => one.date === date);
    if (row) row.shares[hours.hour[i]! - first] = hourShare(hours, kind, i);
  });
  return { columns, rows };
}

function hourShare(hours: Hours, kind: Heat, i: number): number | null {
  const whole_s = kind === "over20" ? hours.measured_s[i]! : hours.worn_s[i]!;
  if (whole_s < LEAST_HOUR_S) return null;
  const part_s = { slouched: hours.slouched_s, over20: hours.over_20_s, feet: hours.up_s }[kind][i]!;
  return Math.min(1, part_s / whole_s);
}

/** 0 to 4: how strong a tint of one hue stands for a share, against the largest of its table. */
export function tintOf(share: number, largest: number): number {
  if (largest <= 0 || share <= 0) return 0;
  return Math.min(4, Math.ceil((4 * share) / largest));
}

/** The column with the largest mean share, where it stands out; null else. */
export function busiestHour({ columns, rows }: { columns: number[]; rows: HeatRow[] }): number | null {
  const means = columns.map((_, i) => {
    const known = rows.map((row) => row.shares[i] ?? null).filter((share) => share !== null);
    return known.length >= 2 ? known.reduce((sum, share) => sum + share, 0) / known.length : 0;
  });
  const largest = Math.max(0, ...means);
  const all = median(means.filter((mean) => mean > 0)) ?? 0;
  return largest >= 0.1 && largest >= 1.5 * all ? columns[means.indexOf(largest)]! : null;
}

// ---------------------------------------------------------------- a window on a day

export interface Window {
  from_ms: number;
  to_ms: number;
}

const LEAST_WINDOW_MS = 5 * 60_000;

/** The window made larger (factor over 1) or smaller around an instant, within the bounds. */
export function zoomed(window: Window, bounds: Window, factor: number, around_ms: number): Window {
  const whole_ms = bounds.to_ms - bounds.from_ms;
  const length_ms = Math.min(
    whole_ms,
    Math.max(Math.min(LEAST_WINDOW_MS, whole_ms), (window.to_ms - window.from_ms) * factor),
  );
  const share = (around_ms - window.from_ms) / (window.to_ms - window.from_ms);
  return within(around_ms - share * length_ms, length_ms, bounds);
}

/** The window moved by a share of its length, within the bounds. */
export function panned(window: Window, bounds: Window, share: number): Window {
  const length_ms = window.to_ms - window.from_ms;
  return within(window.from_ms + share * length_ms, length_ms, bounds);
}

function within(from_ms: number, length_ms: number, bounds: Window): Window {
  const start_ms = Math.min(Math.max(from_ms, bounds.from_ms), bounds.to_ms - length_ms);
  return { from_ms: start_ms, to_ms: start_ms + length_ms };
}

/** "14:05" of a day as an instant; null where it is no time. */
export function atClock(date: string, text: string): number | null {
  const found = /^(\d\d):(\d\d)(?::(\d\d))?$/.exec(text);
  if (!found) return null;
  const [hour, minute, second] = found.slice(1).map((part) => Number(part ?? 0));
  return instantOf(date, 3600 * hour! + 60 * minute! + second!);
}

/** An instant as "14:05", for a field. */
export const clockOf = clockAt;

// ---------------------------------------------------------------- posture variation

export interface VariationRow {
  activity: Variation["activity"];
  zone: Variation["zone"];
  /** By class of length; null where there was none. */
  cells: ({ bouts: number; total_s: number } | null)[];
}

/** Lengths of bouts [s]: `BOUT_EDGES_S` of monitor/exposure; the last class is open. */
export const BOUT_EDGES_S = [5, 15, 60, 300, 1200] as const;

/** The posture variation matrix as rows of activity and zone. */
export function variationRows(cells: readonly Variation[]): VariationRow[] {
  const rows: VariationRow[] = [];
  for (const { activity, zone, from_s, bouts, total_s } of cells) {
    let row = rows.find((one) => one.activity === activity && one.zone === zone);
    if (!row) {
      row = { activity, zone, cells: BOUT_EDGES_S.map(() => null) };
      rows.push(row);
    }
    const column = BOUT_EDGES_S.findIndex((edge) => edge === from_s);
    if (column >= 0) row.cells[column] = { bouts, total_s };
  }
  return rows;
}
