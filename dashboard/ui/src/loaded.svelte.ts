/** Something the server knows: fetched, changed, and why that did not work. */

import { RequestFailed, SessionEnded } from "./api";
import { PROBLEMS } from "./strings";

export class Loaded<T> {
  value = $state.raw<T | null>(null);
  /** Of the last request, a sentence; empty where it went well. */
  problem = $state("");
  busy = $state(false);

  readonly #fetch: () => Promise<T>;
  #latest = 0;

  constructor(fetch: () => Promise<T>) {
    this.#fetch = fetch;
  }

  /** True if it worked; what was there before stays otherwise. */
  load(): Promise<boolean> {
    return this.change(this.#fetch);
  }

  /** As `load`, by a request that answers with the new value. An older answer never wins. */
  async change(request: () => Promise<T>): Promise<boolean> {
    const mine = ++this.#latest;
    this.busy = true;
    try {
      const value = await request();
      if (mine !== this.#latest) return true;
      this.value = value;
      this.problem = "";
      return true;
    } catch (error) {
      if (mine === this.#latest) this.problem = problemOf(error);
      return false;
    } finally {
      if (mine === this.#latest) this.busy = false;
    }
  }
}

/** What a failed request says, as a sentence. */
export function problemOf(error: unknown): string {
  if (error instanceof SessionEnded) return PROBLEMS.ended;
  if (error instanceof RequestFailed && error.detail) return PROBLEMS.said(error.detail);
  return PROBLEMS.failed;
}
