/** Check-ins, cards and movements, and the movement that is followed now. */

import { Loaded, problemOf } from "./loaded.svelte";
import {
  checkIn,
  endMovement,
  fetchCards,
  fetchCoaching,
  fetchDiary,
  fetchMovements,
  followMovement,
  setOne,
  setPain,
  startMovement,
  takeBackCheckIn,
} from "./person-api";
import type { CheckIn, Entry, MovementDone, MovementNow } from "./wire";

const FOLLOW_MS = 200;

/** What is typed into a check-in. */
export interface Draft {
  pain: number | null;
  stiffness: number | null;
  /** Separated by commas. */
  triggers: string;
  note: string;
}

export const emptyDraft = (): Draft => ({ pain: null, stiffness: null, triggers: "", note: "" });

/** As it is sent. */
export function saidIn({ pain, stiffness, triggers, note }: Draft): CheckIn {
  return {
    pain,
    stiffness,
    triggers: triggers
      .split(",")
      .map((trigger) => trigger.trim())
      .filter((trigger) => trigger !== ""),
    note: note.trim(),
  };
}

export class DiaryStore {
  readonly diary = new Loaded(fetchDiary);
  readonly cards = new Loaded(fetchCards);
  readonly coaching = new Loaded(fetchCoaching);
  readonly movements = new Loaded(fetchMovements);
  draft = $state<Draft>(emptyDraft());
  /** What the last check-in was; null: none was made on this page. */
  noted = $state<"check-in" | "spasm" | null>(null);
  refused = $state("");
  /** The entry that was taken back last, and can be put back; null: none was. */
  gone = $state.raw<Entry | null>(null);

  /** The movement that is followed; null: none is. */
  following = $state.raw<MovementNow | null>(null);
  movementProblem = $state("");
  #timer: number | undefined;
  #run = 0; // a number for each movement that is followed

  load(): void {
    for (const each of [this.diary, this.cards, this.coaching, this.movements]) void each.load();
  }

  /** Nothing goes on when the page is left: a movement that is followed is given up. */
  leave(): void {
    if (this.following) void this.end({ pain: null, stopped: true });
    window.clearTimeout(this.#timer);
  }

  async note(said: CheckIn): Promise<void> {
    try {
      this.diary.put(await checkIn(said));
      this.refused = "";
      this.noted = said.spasm ? "spasm" : "check-in";
      this.gone = null;
      if (!said.spasm) this.draft = emptyDraft();
    } catch (error) {
      this.noted = null;
      this.refused = problemOf(error);
    }
  }

  async takeBack(entry: Entry): Promise<void> {
    this.noted = null;
    try {
      this.diary.put(await takeBackCheckIn(entry.id));
      this.refused = "";
      this.gone = entry;
    } catch (error) {
      this.refused = problemOf(error);
    }
  }

  /** What was taken back last stands again where it stood. */
  async putBack(): Promise<void> {
    if (!this.gone) return;
    try {
      this.diary.put(await checkIn({ ...this.gone.said, at_ms: this.gone.at_ms }));
      this.refused = "";
      this.gone = null;
    } catch (error) {
      this.refused = problemOf(error);
    }
  }

  async switchPain(on: boolean): Promise<void> {
    await this.coaching.change(() => setPain(on));
    await this.cards.load();
  }

  async switchMovementCheck(): Promise<void> {
    this.movementProblem = "";
    try {
      await setOne("movement_check", true);
    } catch (error) {
      this.movementProblem = problemOf(error);
    }
    await this.movements.load();
  }

  async start(movement: MovementNow["movement"]): Promise<void> {
    this.movementProblem = "";
    await this.#follow(() => startMovement(movement), ++this.#run);
  }

  /** Record it, or stop it. */
  async end(done: MovementDone): Promise<void> {
    this.#run += 1;
    window.clearTimeout(this.#timer);
    this.following = null;
    try {
      this.movements.put(await endMovement(done));
    } catch (error) {
      this.movementProblem = problemOf(error);
    }
  }

  /** Ask again and again; an answer that comes after the end is nothing any more. */
  async #follow(ask: () => Promise<MovementNow>, run: number): Promise<void> {
    try {
      const now = await ask();
      if (run !== this.#run) return;
      this.following = now;
      this.#timer = window.setTimeout(() => void this.#follow(followMovement, run), FOLLOW_MS);
    } catch (error) {
      if (run !== this.#run) return;
      this.following = null;
      this.movementProblem = problemOf(error);
    }
  }
}
