/** Times and durations as people read them. */

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

/** Local clock time to the minute. */
export function clockTime(at_ms: number): string {
  return CLOCK.format(at_ms);
}
// Kept, because making one takes twenty times as long as using it, and a ribbon has a thousand.
const CLOCK = new Intl.DateTimeFormat([], { hour: "numeric", minute: "2-digit" });

/** Whole degrees without a minus zero. */
export function wholeDegrees(deg: number): number {
  return Math.round(deg) + 0;
}

/** To what a person can tell apart: tenths of a degree, else thousandths. */
export function rounded(value: number, unit: string): number {
  const parts = unit === "deg" ? 10 : 1000;
  return Math.round(value * parts) / parts;
}

/** Local day and clock time, such as "Thu 19 Nov, 9:30". */
export function dayTime(at_ms: number): string {
  return `${shortDay(at_ms)}, ${clockTime(at_ms)}`;
}

function shortDay(at_ms: number): string {
  return new Date(at_ms).toLocaleDateString([], {
    weekday: "short",
    day: "numeric",
    month: "short",
  });
}

/** As `dayTime`, to the second: what is played again moves. */
export function dayTimeExactly(at_ms: number): string {
  const time = new Date(at_ms).toLocaleTimeString([], { timeStyle: "medium" });
  return `${shortDay(at_ms)}, ${time}`;
}

/** "2026-11-23" as "Mon 23 Nov 2026". */
export function longDay(date: string): string {
  return new Date(`${date}T12:00:00`).toLocaleDateString([], {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
  });
}

/** "26 %", and "under 1 %" for what is not nothing. */
export function percent(share: number): string {
  if (share > 0 && share < 0.005) return "under 1 %";
  return `${Math.round(100 * share)} %`;
}

/** "2026-11-23" as "November 2026". */
export function monthName(date: string): string {
  return new Date(`${date}T12:00:00`).toLocaleDateString([], { month: "long", year: "numeric" });
}
