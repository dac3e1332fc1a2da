/** Which lifts are asked for, as the address says it; and what a lift's chart draws. */

import { isDate } from "./history";
import type { LiftTrace } from "./wire";

export interface Wanted {
  /** YYYY-MM-DD. */
  date: string;
  /** Only the demanding ones. */
  flagged: boolean;
  /** Clock times, HH:MM; empty: no bound. */
  from: string;
  to: string;
  /** Empty: any. */
  task: string;
  zone: string;
}

const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$/;

/** What an address after "#/lifts" means; what means nothing is left out. */
export function wantedOf(rest: readonly string[], today: string): Wanted {
  const [text = ""] = rest;
  const [date = "", query = ""] = text.split("?", 2);
  const said = new URLSearchParams(query);
  const clock = (name: string): string => {
    const found = said.get(name) ?? "";
    return CLOCK.test(found) ? found : "";
  };
  return {
    date: isDate(date) ? date : today,
    flagged: said.get("all") !== "1",
    from: clock("from"),
    to: clock("to"),
    task: said.get("task") ?? "",
    zone: said.get("zone") ?? "",
  };
}

/** The part of the address after "#/lifts/" that means this; of today without a date, to follow it. */
export function partOf({ date, flagged, from, to, task, zone }: Wanted, today: string): string {
  const said = new URLSearchParams();
  if (!flagged) said.set("all", "1");
  for (const [name, value] of Object.entries({ from, to, task, zone }))
    if (value) said.set(name, value);
  // A slash would end the part.
  const query = said.toString();
  return (date === today ? "" : date) + (query && `?${query}`);
}

/** Numbers of the points of the demanding part, [first, stop); null where there is none. */
export function demandingOf(
  trace: Pick<LiftTrace, "t_ms" | "demanding_from_ms" | "demanding_to_ms">,
): { first: number; stop: number } | null {
  const { t_ms, demanding_from_ms, demanding_to_ms } = trace;
  if (demanding_from_ms === null || demanding_to_ms === null) return null;
  const first = t_ms.findIndex((at_ms) => at_ms >= demanding_from_ms);
  const stop = t_ms.findLastIndex((at_ms) => at_ms <= demanding_to_ms) + 1;
  return first >= 0 && stop > first ? { first, stop } : null;
}

/** The largest of either sign, rounded up to whole steps; at least one step. */
export function reach(values: readonly (number | null)[], step: number): number {
  const largest = Math.max(0, ...values.map((value) => Math.abs(value ?? 0)));
  return Math.max(step, Math.ceil(largest / step) * step);
}
