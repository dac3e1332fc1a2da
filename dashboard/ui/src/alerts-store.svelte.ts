/** Alerts of a day with what became of each, and how things stand with reminders. */

import type { Alert } from "./api";
import { Loaded, problemOf } from "./loaded.svelte";
import { today } from "./local-time.svelte";
import { fetchAdvice, fetchAlertPage, fetchCoaching, fetchWhy, judge, setOne } from "./person-api";
import type { Advice, Verdict, Why } from "./wire";

const POLL_MS = 5000;
export const ON_A_PAGE = 25;
const LEFT_KEY = "backwatch.advice-left";

export class AlertsStore {
  readonly coaching = new Loaded(fetchCoaching);
  readonly alerts = new Loaded(() =>
    fetchAlertPage(this.#date, ON_A_PAGE, this.#cursors.at(-1) ?? null),
  );
  readonly advice = new Loaded(fetchAdvice);
  /** The alert that says why; null: none does. */
  opened = $state<Alert["id"] | null>(null);
  /** Of the one that is opened; null until it is answered. */
  why = $state.raw<Why | null>(null);
  whyProblem = $state("");
  /** Of the last verdict, with the alert it was about. */
  verdictProblem = $state.raw<{ id: Alert["id"]; words: string } | null>(null);
  /** Names of the advice that was taken on this page. */
  taken = $state.raw<ReadonlySet<string>>(new Set());

  #date = "";
  /** What each page before this one ended with; as many as it is pages from the newest. */
  #cursors = $state.raw<readonly string[]>([]);
  #left = $state.raw<ReadonlySet<string>>(left());

  /** Number of the first one on this page, counted from the newest as 0. */
  readonly first = $derived(this.#cursors.length * ON_A_PAGE);
  readonly hasLater = $derived(this.#cursors.length > 0);
  readonly hasEarlier = $derived(Boolean(this.alerts.value?.next_cursor));
  readonly toTry: readonly Advice[] = $derived(
    (this.advice.value?.advice ?? []).filter((one) => !this.#left.has(keyOf(one))),
  );

  /** Ask now and every few seconds; gives what ends it. */
  start(): () => void {
    void this.coaching.load();
    void this.advice.load();
    const timer = window.setInterval(() => {
      if (document.visibilityState !== "hidden") void this.#poll();
    }, POLL_MS);
    return () => window.clearInterval(timer);
  }

  /** The newest of a day. */
  show(date: string): void {
    if (date === this.#date) return;
    this.#date = date;
    this.alerts.value = null;
    this.#goTo([]);
  }

  earlier(): void {
    const cursor = this.alerts.value?.next_cursor;
    if (cursor) this.#goTo([...this.#cursors, cursor]);
  }

  later(): void {
    this.#goTo(this.#cursors.slice(0, -1));
  }

  /** Say why of an alert, and of it alone; say no more where it did. */
  async toggle(id: Alert["id"]): Promise<void> {
    this.why = null;
    this.whyProblem = "";
    this.opened = this.opened === id ? null : id;
    await this.loadWhy();
  }

  async loadWhy(): Promise<void> {
    const id = this.opened;
    if (id === null) return;
    try {
      this.#keep(id, await fetchWhy(id));
    } catch (error) {
      if (this.opened === id) this.whyProblem = problemOf(error);
    }
  }

  async judge(id: Alert["id"], verdict: Verdict["verdict"]): Promise<void> {
    try {
      this.#keep(id, await judge(id, verdict));
      this.verdictProblem = null;
      void this.advice.load();
    } catch (error) {
      this.verdictProblem = { id, words: problemOf(error) };
    }
  }

  /** Set what was advised; it is used at once. */
  async take(advice: Advice): Promise<void> {
    const ok = await this.advice.change(async () => {
      await setOne(advice.name, advice.value);
      return this.advice.value!;
    });
    if (ok) this.taken = new Set([...this.taken, advice.name]);
  }

  leave(advice: Advice): void {
    this.#left = new Set([...this.#left, keyOf(advice)]);
    try {
      localStorage.setItem(LEFT_KEY, JSON.stringify([...this.#left]));
    } catch {
      // storage refused: it is shown again on the next visit
    }
  }

  #goTo(cursors: readonly string[]): void {
    this.#cursors = cursors;
    this.opened = null;
    this.why = null;
    void this.alerts.load();
  }

  async #poll(): Promise<void> {
    const isToday = this.#date === today();
    await Promise.all([
      this.coaching.load(),
      isToday ? this.alerts.load() : undefined,
      this.why && !isSettled(this.why, Date.now() - this.why.alert.at_ms) ? this.loadWhy() : undefined,
    ]);
  }

  #keep(id: Alert["id"], why: Why): void {
    if (this.opened !== id) return;
    this.why = why;
    this.whyProblem = "";
  }
}

const SETTLED_MS = 120_000; // decisions follow an alert

/** Whether nothing more will become of the alert. */
export function isSettled({ alert, trace_due }: Pick<Why, "alert" | "trace_due">, age_ms: number): boolean {
  return !trace_due && age_ms > SETTLED_MS && alert.became?.outcome !== "held";
}

const keyOf = (advice: Advice): string => `${advice.name}=${advice.value}`;

/** Forget what somebody left: it names thresholds that were advised to them. */
export function forgetLeft(): void {
  try {
    localStorage.removeItem(LEFT_KEY);
  } catch {
    // storage refused: nothing was kept
  }
}

function left(): ReadonlySet<string> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(LEFT_KEY) ?? "[]");
    return new Set(Array.isArray(kept) ? kept.map(String) : []);
  } catch {
    return new Set();
  }
}
