/** The last half minute of trunk angle. */

import type { Zone } from "./api";

export const TRACE_SPAN_MS = 30_000;
const LONGEST_STEP_MS = 600; // points come at 10 Hz; a longer step is missing data, not a slow one

export interface TraceSummary {
  /** Seconds with data. */
  measured_s: number;
  /** Largest and smallest angle, null without data. */
  max_deg: number | null;
  min_deg: number | null;
  /** Seconds in each zone, in the order of the zones given. */
  zone_s: number[];
}

export class Trace {
  readonly #t_ms: number[] = [];
  readonly #angle_deg: (number | null)[] = [];

  get last_ms(): number | null {
    return this.#t_ms.at(-1) ?? null;
  }

  /** Times and angles of equal length; null is a gap. */
  get points(): readonly [readonly number[], readonly (number | null)[]] {
    return [this.#t_ms, this.#angle_deg];
  }

  clear(): void {
    this.#t_ms.length = 0;
    this.#angle_deg.length = 0;
  }

  /** Add what is later than the last point; a jump in time becomes a gap. */
  push(t_ms: readonly number[], angle_deg: readonly (number | null)[]): void {
    t_ms.forEach((t, i) => {
      const last = this.last_ms;
      if (last !== null && t <= last) return;
      if (last !== null && t - last > LONGEST_STEP_MS) this.#append(last + 1, null);
      this.#append(t, angle_deg[i] ?? null);
    });
    const first = (this.last_ms ?? 0) - TRACE_SPAN_MS;
    const old = this.#t_ms.findIndex((t) => t >= first);
    if (old > 0) {
      this.#t_ms.splice(0, old);
      this.#angle_deg.splice(0, old);
    }
  }

  /** Of the points from `from_ms` on. */
  summarise(zones: readonly Zone[], from_ms = -Infinity): TraceSummary {
    const summary: TraceSummary = {
      measured_s: 0,
      max_deg: null,
      min_deg: null,
      zone_s: zones.map(() => 0),
    };
    this.#angle_deg.forEach((deg, i) => {
      if (deg === null || this.#t_ms[i]! < from_ms) return;
      summary.max_deg = Math.max(summary.max_deg ?? deg, deg);
      summary.min_deg = Math.min(summary.min_deg ?? deg, deg);
      const step_s = ((this.#t_ms[i + 1] ?? this.#t_ms[i]!) - this.#t_ms[i]!) / 1000;
      summary.measured_s += step_s;
      const zone = zoneIndex(zones, deg);
      if (zone >= 0) summary.zone_s[zone]! += step_s;
    });
    return summary;
  }

  #append(t_ms: number, angle_deg: number | null): void {
    this.#t_ms.push(t_ms);
    this.#angle_deg.push(angle_deg);
  }
}

/** The zone an angle lies in; beyond either end it is the nearest one. -1 without zones. */
export function zoneIndex(zones: readonly Zone[], deg: number): number {
  const within = zones.findIndex((zone) => deg < zone.to_deg);
  return within >= 0 ? within : zones.length - 1;
}
