import { afterEach, expect, test, vi } from "vitest";
import { AlertsStore, isSettled, ON_A_PAGE } from "./alerts-store.svelte";
import { today } from "./local-time.svelte";
import { WHY } from "./strings";
import type { Alerts, Decision, Reason, Why } from "./wire";

const became = (outcome: Decision["outcome"]): Decision => ({
  at_ms: 1,
  outcome,
  reason: "",
  words: "",
  channels: [],
});
const asked: string[] = [];
const json = (body: unknown, status = 200): Promise<Response> =>
  Promise.resolve(new Response(JSON.stringify(body), { status }));

/** A day of 60 alerts in pages; each says why, but for number 3. */
function serve(): void {
  asked.length = 0;
  vi.stubGlobal("fetch", (path: string) => {
    asked.push(path);
    const why = /alerts\/(\d+)\//.exec(path);
    if (why) return why[1] === "3" ? json({ detail: "gone" }, 404) : json({ alert: { id: Number(why[1]) } });
    const url = new URL(path, "http://localhost");
    if (url.pathname !== "/api/alerts") return json({});
    const first = Number(url.searchParams.get("cursor") ?? 0);
    const page: Partial<Alerts> = {
      total: 60,
      alerts: Array.from({ length: Math.min(ON_A_PAGE, 60 - first) }, (_, i) => ({ id: first + i }) as never),
      next_cursor: first + ON_A_PAGE < 60 ? String(first + ON_A_PAGE) : null,
    };
    return json(page);
  });
}

afterEach(() => vi.unstubAllGlobals());

const ids = (store: AlertsStore): number[] => (store.alerts.value?.alerts ?? []).map(({ id }) => id);
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

test("a day is looked through page by page, and asks for nothing else", async () => {
  serve();
  const store = new AlertsStore();
  store.show("2026-11-19");
  await settled();
  const first = ids(store);
  store.earlier();
  await settled();
  store.earlier();
  await settled();
  const last = ids(store);
  store.later();
  await settled();

  expect([first[0], first.length, last[0], last.length]).toEqual([0, ON_A_PAGE, 50, 10]);
  expect([store.first, store.hasLater, store.hasEarlier]).toEqual([25, true, true]);
  expect(asked).toHaveLength(4);
  expect(asked[0]).toBe("/api/alerts?date=2026-11-19&limit=25");
});

test("only the alert that is opened is asked why", async () => {
  serve();
  const store = new AlertsStore();
  store.show(today());
  await settled();
  await store.toggle(7);
  const opened = store.why?.alert.id;
  await store.toggle(7);

  expect(opened).toBe(7);
  expect([store.opened, store.why]).toEqual([null, null]);
  expect(asked.filter((path) => path.endsWith("/why"))).toEqual(["/api/alerts/7/why"]);
});

test("an alert that cannot say why says so, and keeps none of the others from it", async () => {
  serve();
  const store = new AlertsStore();
  await store.toggle(3);
  const problem = store.whyProblem;
  await store.toggle(4);

  expect(problem).toBe("Gone.");
  expect([store.why?.alert.id, store.whyProblem]).toEqual([4, ""]);
});

test("an answer about an alert that is closed again is not shown with another", async () => {
  serve();
  const store = new AlertsStore();
  const slow = store.toggle(8);
  const after = store.toggle(9);
  await Promise.all([slow, after]);

  expect(store.why?.alert.id).toBe(9);
});

test("another day begins with its newest, and nothing opened", async () => {
  serve();
  const store = new AlertsStore();
  store.show("2026-11-19");
  await settled();
  store.earlier();
  await settled();
  await store.toggle(30);
  store.show("2026-11-18");
  await settled();

  expect([store.first, store.opened, store.why]).toEqual([0, null, null]);
  expect(asked.at(-1)).toBe("/api/alerts?date=2026-11-18&limit=25");
});

test("an alert that waits, or whose angles are on their way, is asked about again", () => {
  const why = (outcome: Decision["outcome"], trace_due = false): Why =>
    ({ alert: { became: became(outcome) }, trace_due }) as never;

  expect(isSettled(why("held"), 10 * 3600_000)).toBe(false);
  expect(isSettled(why("dropped"), 200_000)).toBe(true);
  expect(isSettled(why("told"), 1000)).toBe(false);
  expect(isSettled(why("told", true), 200_000)).toBe(false);
});

test.each<[Partial<Reason>, string]>([
  [{ title: "Lasted", measured: 720, threshold: 600, unit: "s" }, "Lasted: 12 min, told from 10 min on"],
  [{ title: "Peak", measured: 3.1, threshold: 2.5, unit: "g" }, "Peak: 3.1 g, told from 2.5 g on"],
  [{ title: "Lift index", measured: 63.7, threshold: null, unit: "of 100" }, "Lift index: 63.7 of 100"],
  [{ title: "Turned", measured: null, threshold: 45, unit: "deg", bound: "most" }, "Turned: not kept, at most 45°"],
  [{ title: "Deep bends", measured: 2.2, threshold: 2, unit: "1/min" }, "Deep bends: 2.2 a minute, told from 2 a minute on"],
])("a number and its threshold are said with their unit", (reason, words) => {
  expect(WHY.reason({ bound: "least", decided: true, ...reason } as Reason)).toBe(words);
});
