/** Ten slow bends: the drill that is on, and those that were kept. */

import { Loaded, problemOf } from "./loaded.svelte";
import { endDrill, fetchDrills, followDrill, startDrill } from "./person-api";
import { DRILL } from "./strings";
import type { DrillNow } from "./wire";

const FOLLOW_MS = 500;

export class DrillStore {
  readonly kept = new Loaded(fetchDrills);
  /** The drill that is on; null: none is. */
  now = $state.raw<DrillNow | null>(null);
  /** What became of the last one; empty before. */
  outcome = $state("");
  problem = $state("");
  #timer: number | undefined;
  #run = 0; // a number for each drill

  start(): Promise<void> {
    this.outcome = this.problem = "";
    return this.#follow(startDrill, ++this.#run);
  }

  /** Kept as far as it came. */
  async end(): Promise<void> {
    this.#run += 1;
    window.clearTimeout(this.#timer);
    const bends = this.now?.bends.length ?? 0;
    this.now = null;
    if (!(await this.kept.change(endDrill))) return;
    const newest = this.kept.value?.drills[0];
    this.outcome = bends && newest ? DRILL.kept(newest.words) : DRILL.nothing;
  }

  /** Nothing goes on when the page is left. */
  leave(): void {
    if (this.now) void this.end();
  }

  /** Ask again and again; an answer that comes after the end is nothing any more. */
  async #follow(ask: () => Promise<DrillNow>, run: number): Promise<void> {
    try {
      const now = await ask();
      if (run !== this.#run) return;
      this.now = now;
      if (now.done) await this.end();
      else this.#timer = window.setTimeout(() => void this.#follow(followDrill, run), FOLLOW_MS);
    } catch (error) {
      if (run !== this.#run) return;
      this.now = null;
      this.problem = problemOf(error);
    }
  }
}
