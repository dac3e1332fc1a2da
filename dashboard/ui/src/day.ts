/** A day's spans turned into what the ribbon, its legend and its table show. */

import type { Activity, BodyState, Day, Span } from "./api";
import { dateAt, instantOf, minuteAt } from "./local-time.svelte";

/** What has a colour of its own on the ribbon, in the order of the legend. */
export const SHADES = [
  "sit",
  "slouched",
  "upright",
  "stand",
  "walk",
  "recline",
  "lie",
  "not_worn",
  "unknown",
  "no_data",
] as const;
export type Shade = (typeof SHADES)[number];

export interface Slice {
  start_ms: number;
  stop_ms: number;
  shade: Shade;
}

export interface Tick {
  at_ms: number;
  /** Position along the axis, 0 to 1. */
  at: number;
}

export function shadeOf(span: Pick<Span, "activity" | "posture">): Shade {
  return span.posture === "slouched" ? "slouched" : span.activity;
}

const LONGEST_TAIL_MS = 15_000; // the day is fetched every few seconds; more is a hole
const UNSEEN: ReadonlySet<Activity> = new Set(["unknown", "not_worn"]);

/** The day with the seconds since it was fetched in the state that goes on. */
export function upToNow(day: Day, state: BodyState | null, now_ms: number): Day {
  const last = day.spans.at(-1);
  if (!state || !last || now_ms <= last.stop_ms || now_ms - last.stop_ms > LONGEST_TAIL_MS)
    return day;
  const isSame = last.activity === state.activity && last.posture === state.posture;
  const turn_ms = isSame ? now_ms : Math.min(Math.max(state.since_ms, last.start_ms), now_ms);
  const spans: Span[] = day.spans.slice(0, -1);
  if (turn_ms > last.start_ms) spans.push({ ...last, stop_ms: turn_ms });
  if (turn_ms < now_ms) {
    const { activity, posture, confidence } = state;
    spans.push({ start_ms: turn_ms, stop_ms: now_ms, activity, posture, confidence });
  }
  const stop_ms = Math.max(day.stop_ms, now_ms);
  const added_ms = UNSEEN.has(state.activity) ? 0 : now_ms - last.stop_ms;
  const seen_ms = day.coverage * (day.stop_ms - day.start_ms) + added_ms;
  return { ...day, spans, stop_ms, coverage: Math.min(1, seen_ms / (stop_ms - day.start_ms)) };
}

/** The day from start to stop without holes: neighbours of one shade joined, gaps as "no_data". */
export function slices(day: Pick<Day, "start_ms" | "stop_ms" | "spans">): Slice[] {
  const out: Slice[] = [];
  const add = (start_ms: number, stop_ms: number, shade: Shade): void => {
    if (stop_ms <= start_ms) return;
    const last = out.at(-1);
    if (last?.shade === shade && last.stop_ms === start_ms) last.stop_ms = stop_ms;
    else out.push({ start_ms, stop_ms, shade });
  };
  let upTo_ms = day.start_ms;
  for (const span of day.spans) {
    const start_ms = Math.max(span.start_ms, upTo_ms);
    const stop_ms = Math.min(span.stop_ms, day.stop_ms);
    add(upTo_ms, Math.min(start_ms, day.stop_ms), "no_data");
    add(start_ms, stop_ms, shadeOf(span));
    upTo_ms = Math.max(upTo_ms, stop_ms);
  }
  add(upTo_ms, day.stop_ms, "no_data");
  return out;
}

const MOST_DRAWN = 1000; // slices; about as many as a ribbon has pixels

/**
 * The slices as they can be drawn in `shown_ms`: those too short to be seen are joined into one of
 * the shade that lasts longest among them. Cells stay where they are while time goes on.
 */
export function drawable(parts: readonly Slice[], shown_ms: number): readonly Slice[] {
  const cell_ms = 2 ** Math.ceil(Math.log2(shown_ms / MOST_DRAWN));
  if (parts.every(({ start_ms, stop_ms }) => stop_ms - start_ms >= cell_ms)) return parts;
  const out: Slice[] = [];
  let short: Slice[] = [];
  const join = (): void => {
    if (short.length > 1) {
      const lasting = totals(short, 0).reduce((most, each) =>
        each.seconds > most.seconds ? each : most,
      );
      out.push({
        start_ms: short[0]!.start_ms,
        stop_ms: short.at(-1)!.stop_ms,
        shade: lasting.shade,
      });
    } else out.push(...short);
    short = [];
  };
  for (const part of parts) {
    if (part.stop_ms - part.start_ms >= cell_ms) {
      join();
      out.push(part);
      continue;
    }
    const first = short[0];
    if (first && Math.floor(part.start_ms / cell_ms) !== Math.floor(first.start_ms / cell_ms)) join();
    short.push(part);
  }
  join();
  return out;
}

const LEAST_S = 1;

/** Worth a line of its own. */
export const isListed = ({ start_ms, stop_ms }: Slice): boolean =>
  stop_ms - start_ms >= LEAST_S * 1000;

/** Seconds of each shade that adds up to a second, in the order of the legend. */
export function totals(
  parts: readonly Slice[],
  least_s = LEAST_S,
): { shade: Shade; seconds: number }[] {
  return SHADES.map((shade) => ({
    shade,
    seconds: parts
      .filter((part) => part.shade === shade)
      .reduce((sum, part) => sum + (part.stop_ms - part.start_ms) / 1000, 0),
  })).filter((total) => total.seconds >= least_s);
}

const TICK_STEPS_MIN = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360];

/** At most `most` tidy local clock times within [start_ms, stop_ms]. */
export function ticks(start_ms: number, stop_ms: number, most: number): Tick[] {
  if (stop_ms <= start_ms || most < 1) return [];
  for (const step_min of TICK_STEPS_MIN) {
    const found = clockTimes(start_ms, stop_ms, step_min, most);
    if (found) return found;
  }
  return [];
}

function clockTimes(start_ms: number, stop_ms: number, step_min: number, most: number): Tick[] | null {
  if ((stop_ms - start_ms) / 60_000 / step_min > most + 1) return null;
  const found: Tick[] = [];
  const date = dateAt(start_ms);
  // An hour earlier, since the clock may be set back in between.
  const first = Math.max(0, Math.floor((minuteAt(start_ms) - 60) / step_min) * step_min);
  // By the clock, so that labels stay on the hour where it is changed.
  for (let minute = first; ; minute += step_min) {
    const at_ms = instantOf(date, 60 * minute);
    if (at_ms > stop_ms) break;
    if (at_ms >= start_ms && at_ms > (found.at(-1)?.at_ms ?? -Infinity))
      found.push({ at_ms, at: (at_ms - start_ms) / (stop_ms - start_ms) });
    if (found.length > most) return null;
  }
  return found;
}
