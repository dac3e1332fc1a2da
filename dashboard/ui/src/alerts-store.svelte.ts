/** Today's alerts with what became of each, and how things stand with reminders. */

import { type Alert, fetchAlerts } from "./api";
import { Loaded, problemOf } from "./loaded.svelte";
import { fetchAdvice, fetchCoaching, fetchWhy, judge, setOne } from "./person-api";
import type { Advice, Decision, Verdict, Why } from "./wire";

const POLL_MS = 5000;
const SHOWN_AT_FIRST = 12;
const LEFT_KEY = "backwatch.advice-left";

export class AlertsStore {
  readonly coaching = new Loaded(fetchCoaching);
  readonly alerts = new Loaded(fetchAlerts);
  readonly advice = new Loaded(fetchAdvice);
  /** By the key of the alert. */
  whys = $state.raw<ReadonlyMap<Alert["id"], Why>>(new Map());
  all = $state(false);
  /** Of the last verdict, with the alert it was about. */
  verdictProblem = $state.raw<{ id: Alert["id"]; words: string } | null>(null);
  /** Names of the advice that was taken on this page. */
  taken = $state.raw<ReadonlySet<string>>(new Set());

  #left = $state.raw<ReadonlySet<string>>(left());
  #asking = false;

  readonly shown: readonly Alert[] = $derived(
    this.all ? (this.alerts.value ?? []) : (this.alerts.value ?? []).slice(0, SHOWN_AT_FIRST),
  );
  readonly more = $derived((this.alerts.value?.length ?? 0) - this.shown.length);
  readonly toTry: readonly Advice[] = $derived(
    (this.advice.value?.advice ?? []).filter((one) => !this.#left.has(keyOf(one))),
  );

  /** Ask now and every few seconds; gives what ends it. */
  start(): () => void {
    void this.#poll();
    void this.advice.load();
    const timer = window.setInterval(() => {
      if (document.visibilityState !== "hidden") void this.#poll();
    }, POLL_MS);
    return () => window.clearInterval(timer);
  }

  showAll(): void {
    this.all = true;
    void this.#askWhy();
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

  async #poll(): Promise<void> {
    await Promise.all([this.coaching.load(), this.alerts.load()]);
    await this.#askWhy();
  }

  /** One at a time: each answer holds half a minute of angles. */
  async #askWhy(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      for (const { id, at_ms } of this.shown) {
        const known = this.whys.get(id);
        if (known && isSettled(known, Date.now() - at_ms)) continue;
        this.#keep(id, await fetchWhy(id));
      }
    } catch {
      // asked again at the next poll
    } finally {
      this.#asking = false;
    }
  }

  #keep(id: Alert["id"], why: Why): void {
    this.whys = new Map(this.whys).set(id, why);
  }
}

const SETTLED_MS = 120_000; // the trace is kept five seconds after the alert; decisions follow it

/** Whether nothing more will become of the alert. */
export function isSettled(why: Why, age_ms: number): boolean {
  return age_ms > SETTLED_MS && outcome(why)?.outcome !== "held";
}

/** What became of it; null: it was told at once. That it has passed is no outcome. */
export function outcome({ decisions }: Pick<Why, "decisions">): Decision | null {
  return decisions.findLast((one) => one.outcome !== "cleared") ?? null;
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
