/** The lifts of a day that pass the filters, a page after the other. */

import { request } from "./api";
import type { Wanted } from "./lifts";
import { Loaded, problemOf } from "./loaded.svelte";
import { today } from "./local-time.svelte";
import type { LiftCard, Lifts, Tag } from "./wire";

const POLL_MS = 30_000; // of today
const AT_ONCE = 20;

export class LiftsStore {
  wanted = $state.raw<Wanted | null>(null);
  readonly lifts = new Loaded<Lifts>(() => this.#fetch());
  /** Of the last tag, with the lift it was for. */
  tagProblem = $state.raw<{ id: number; words: string } | null>(null);
  tagged = $state<number | null>(null);
  #shown = AT_ONCE;

  show(wanted: Wanted): void {
    if (this.wanted?.date !== wanted.date) this.lifts.value = null;
    this.wanted = wanted;
    this.#shown = AT_ONCE;
    this.tagProblem = this.tagged = null;
    void this.lifts.load();
  }

  /** One more page of them. */
  more(): void {
    this.#shown += AT_ONCE;
    void this.lifts.load();
  }

  /** Ask again now and then while the day goes on; gives what ends it. */
  start(): () => void {
    const timer = window.setInterval(() => {
      const isToday = this.wanted?.date === today();
      if (isToday && document.visibilityState !== "hidden") void this.lifts.load();
    }, POLL_MS);
    return () => window.clearInterval(timer);
  }

  async tag(id: number, tag: Tag): Promise<void> {
    try {
      await request<Tag>(`/api/events/${encodeURIComponent(id)}/tag`, "PUT", tag);
      this.tagProblem = null;
      this.tagged = id;
    } catch (error) {
      this.tagProblem = { id, words: problemOf(error) };
      this.tagged = null;
      return;
    }
    await this.lifts.load();
  }

  /** Everything that is shown, in pages of what the server gives at once. */
  async #fetch(): Promise<Lifts> {
    const wanted = this.wanted!;
    let found: Lifts | null = null;
    let offset: number | null = 0;
    const cards: LiftCard[] = [];
    while (offset !== null && cards.length < this.#shown) {
      found = await request<Lifts>(addressOf(wanted, offset));
      cards.push(...found.lifts);
      offset = found.next_offset;
    }
    return { ...found!, lifts: cards };
  }
}

function addressOf(wanted: Wanted, offset: number): string {
  const said = asked(wanted);
  said.set("offset", String(offset));
  said.set("limit", String(AT_ONCE));
  return `/api/lifts?${said}`;
}

/** Where the rows can be had for a spreadsheet. */
export const rowsOf = (wanted: Wanted): string => `/api/lifts.csv?${asked(wanted)}`;

function asked({ date, flagged, from, to, task, zone }: Wanted): URLSearchParams {
  const said = new URLSearchParams({ date, flagged: String(flagged) });
  for (const [name, value] of Object.entries({ from, to, task, zone }))
    if (value) said.set(name, value);
  return said;
}
