/** What the history page shows of the server: one day, week, month or year at a time. */

import type { Day } from "./api";
import { type Place, rangeOf, type View } from "./history";
import {
  fetchCorrections,
  fetchDayOf,
  fetchDays,
  fetchDaysExposure,
  fetchExposure,
  fetchWeek,
  say,
  takeBack,
} from "./history-api";
import { Loaded, problemOf } from "./loaded.svelte";
import { today } from "./local-time.svelte";
import type { Correction, Corrections, DayExposure, Days, DaysExposure, Say, Week } from "./wire";

const POLL_MS = 30_000; // of what is still going on

export class HistoryStore {
  place = $state.raw<Place>({ view: "day", date: "" });
  readonly day = new Loaded<Day>(() => fetchDayOf(this.place.date));
  readonly exposure = new Loaded<DayExposure>(() => fetchExposure(this.place.date));
  readonly together = new Loaded<DaysExposure>(() => fetchDaysExposure(this.place));
  readonly corrections = new Loaded<Corrections>(() => fetchCorrections(this.place.date));
  readonly week = new Loaded<Week>(() => fetchWeek(this.place.date));
  readonly days = new Loaded<Days>(() => fetchDays(this.place));
  /** Of the last thing said: what became of it, or why it could not be kept. */
  said = $state.raw<{ learned: boolean; correction: Correction } | null>(null);
  sayProblem = $state("");

  /** Show another place; what was there of another one goes at once. */
  show(place: Place): void {
    const isSame = place.view === this.place.view && place.date === this.place.date;
    this.place = place;
    if (!isSame) {
      for (const one of this.#shown(place.view)) one.value = null;
      this.said = null;
      this.sayProblem = "";
    }
    void this.load();
  }

  async load(): Promise<void> {
    await Promise.all(this.#shown(this.place.view).map((one) => one.load()));
  }

  /** Ask again now and then while the present is part of what is shown; gives what ends it. */
  start(): () => void {
    const timer = window.setInterval(() => {
      const { first, last } = rangeOf(this.place);
      if (first <= today() && today() <= last && document.visibilityState !== "hidden")
        void this.load();
    }, POLL_MS);
    return () => window.clearInterval(timer);
  }

  readonly problem: string = $derived.by(() => {
    const shown = this.#shown(this.place.view);
    return shown.find((one) => one.problem)?.problem ?? "";
  });

  async say(said: Say): Promise<boolean> {
    try {
      this.said = await say(said);
      this.sayProblem = "";
    } catch (error) {
      this.said = null;
      this.sayProblem = problemOf(error);
      return false;
    }
    await this.load();
    return true;
  }

  async takeBack(id: number): Promise<void> {
    try {
      await takeBack(id);
      this.said = null;
      this.sayProblem = "";
    } catch (error) {
      this.sayProblem = problemOf(error);
    }
    await this.load();
  }

  #shown(view: View): Loaded<unknown>[] {
    switch (view) {
      case "day":
        return [this.day, this.exposure, this.corrections, this.days] as Loaded<unknown>[];
      case "week":
        return [this.week, this.days] as Loaded<unknown>[];
      case "month":
      case "year":
        return [this.days, this.together] as Loaded<unknown>[];
    }
  }
}

const COMPARED_MS = 60_000;

/** Today beside the days before it, kept current. */
export class Compared {
  readonly days = new Loaded<Days>(() =>
    fetchDays({ view: "day", date: today() }),
  );

  start(): () => void {
    void this.days.load();
    const timer = window.setInterval(() => {
      if (document.visibilityState !== "hidden") void this.days.load();
    }, COMPARED_MS);
    return () => window.clearInterval(timer);
  }
}
