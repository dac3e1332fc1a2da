/** How far the demo is: simulated days before today, and the acts of the live tour. */

import { request } from "./api";
import { Loaded } from "./loaded.svelte";
import type { Act, Demo } from "./wire";

const LOOK_MS = 1000;

export class DemoStore {
  readonly demo = new Loaded(() => request<Demo>("/api/demo"));
  /** The server's clock now, as far as the last answer tells. */
  now_ms = $state(0);
  #timer: number | undefined;

  /** Asks as long as there is something to tell: not at all where this is no demo. */
  start(): () => void {
    let left = false;
    const look = async (): Promise<void> => {
      if (document.visibilityState !== "hidden" && (await this.demo.load())) {
        this.now_ms = this.demo.value?.server_ms ?? 0;
        if (!this.demo.value?.earlier) return;
      }
      if (!left) this.#timer = window.setTimeout(() => void look(), LOOK_MS);
    };
    void look();
    return () => {
      left = true;
      window.clearTimeout(this.#timer);
    };
  }
}

/** The act that is played at an instant: its place among them; -1 before the first. */
export function actAt(acts: readonly Act[], at_ms: number): number {
  return acts.findLastIndex((act) => act.start_ms <= at_ms);
}

/** Of all days that are wanted, the part that is made, 0 to 1. */
export function partMade(earlier: NonNullable<Demo["earlier"]>): number {
  if (earlier.wanted === 0) return 1;
  return Math.min(1, (earlier.ready + earlier.share) / earlier.wanted);
}
