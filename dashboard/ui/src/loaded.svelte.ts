/** Something the server knows: fetched, changed, and why that did not work. */

import { RequestFailed, SessionEnded } from "./api";
import { PROBLEMS } from "./strings";

/** What the server has not answered, to be asked again when it is there. */
const unanswered = new Set<{ load(): Promise<boolean> }>();

/** The server is back: everything that failed while it was away is fetched, on whatever page. */
export function askAgain(): void {
  const all = [...unanswered];
  unanswered.clear();
  for (const one of all) void one.load();
}

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

  /** True if it worked; what was there before stays otherwise, until `askAgain` or a later call. */
  async load(): Promise<boolean> {
    unanswered.delete(this);
    return this.change(async () => {
      try {
        return await this.#fetch();
      } catch (error) {
        if (!isRefusal(error)) unanswered.add(this);
        throw error;
      }
    });
  }

  /** What another request answered with; an answer that is still to come is older. */
  put(value: T): void {
    this.#latest += 1;
    this.value = value;
    this.problem = "";
    this.busy = false;
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

/** Whether it was understood, so that asking again changes nothing. */
const isRefusal = (error: unknown): boolean => error instanceof RequestFailed && error.status < 500;

/** What a failed request says, as a sentence. */
export function problemOf(error: unknown): string {
  if (error instanceof SessionEnded) return PROBLEMS.ended;
  if (error instanceof RequestFailed && error.detail) return PROBLEMS.said(error.detail);
  return PROBLEMS.failed;
}
