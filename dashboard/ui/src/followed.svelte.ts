/** Something that changes by itself, asked for once a second while somebody can see it. */

import { Loaded } from "./loaded.svelte";

const LOOK_MS = 1000;

export class Followed<T> extends Loaded<T> {
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
    if (!this.busy) await this.load();
    if (this.#left || document.visibilityState === "hidden") return;
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#look(), LOOK_MS);
  }
}
