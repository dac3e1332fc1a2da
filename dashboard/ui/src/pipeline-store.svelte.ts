/** The path at work, asked for once a second while somebody can see it. */

import { request } from "./api";
import { Loaded } from "./loaded.svelte";
import type { Pipeline } from "./wire";

const LOOK_MS = 1000;

const fetchPipeline = (): Promise<Pipeline> => request("/api/pipeline");

export class PipelineStore {
  readonly pipeline = new Loaded(fetchPipeline);
  #timer: number | undefined;
  #left = false;

  /** Gives what ends it. */
  follow(): () => void {
    const looked = (): void => {
      if (document.visibilityState !== "hidden") void this.#look();
    };
    document.addEventListener("visibilitychange", looked);
    void this.#look();
    return () => {
      this.#left = true;
      window.clearTimeout(this.#timer);
      document.removeEventListener("visibilitychange", looked);
    };
  }

  /** One request at a time: the next is a second after the answer. */
  async #look(): Promise<void> {
    window.clearTimeout(this.#timer);
    if (this.pipeline.busy) return;
    await this.pipeline.load();
    if (this.#left || document.visibilityState === "hidden") return;
    this.#timer = window.setTimeout(() => void this.#look(), LOOK_MS);
  }
}
