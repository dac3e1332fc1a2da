import { expect, test, vi } from "vitest";
import { RequestFailed, SessionEnded } from "./api";
import { emptyDraft, saidIn } from "./diary-store.svelte";
import { degreeScale, marks, path } from "./line-chart";
import { lastShift, sensorIn, sensorsOf } from "./kit";
import { soundIfWanted, wanted } from "./sound";
import { Loaded, problemOf } from "./loaded.svelte";
import { addressOf, pageOf, PAGES } from "./route.svelte";
import { isAllowed, kindOf, shownIn, typed } from "./settings-store.svelte";
import { ADVICE, COACHING, SETTINGS, TRIAL } from "./strings";
import { daysLater } from "./week";
import type { Coaching, Handover, Setting } from "./wire";

const setting = (changes: Partial<Setting>): Setting => ({
  name: "sitting_s",
  title: "Seated without a break for",
  unit: "s",
  low: 1200,
  high: 3600,
  source: "somewhere",
  default: 1800,
  value: null,
  threshold: true,
  ...changes,
});

const coaching = (changes: Partial<Coaching>): Coaching => ({
  snoozed_until_ms: null,
  in_call: false,
  in_call_said: false,
  do_not_disturb: null,
  microphone: null,
  camera: null,
  pain: false,
  hours: null,
  hours_until_ms: null,
  first_day: false,
  trial_silent_until_ms: null,
  held: [],
  problem: "",
  undelivered: {},
  ...changes,
});

test("every page has an address of its own, and a wrong one leads to the first", () => {
  expect(PAGES.map((page) => pageOf(addressOf(page)))).toEqual([...PAGES]);
  expect(pageOf("#/nowhere")).toBe("now");
  expect(pageOf("")).toBe("now");
});

test("how things stand names quiet hours, hours off work and a first day", () => {
  const until_ms = Date.UTC(2026, 10, 23, 6, 30);
  const quiet = COACHING.status(coaching({ hours: "quiet", hours_until_ms: until_ms, in_call: true }));
  const off = COACHING.status(coaching({ hours: "working" }));

  expect(quiet).toMatch(/^Quiet hours until Mon 23 Nov, \d\d:30: no reminders\.$/);
  expect(off).toBe("Outside your working hours: no reminders.");
  expect(COACHING.status(coaching({ first_day: true }))).toContain("only looks");
});

test("how things stand names the strongest reason for silence", () => {
  expect(COACHING.status(coaching({}))).toBe("Reminders are on.");
  expect(COACHING.status(coaching({ in_call: true, pain: true }))).toContain("Pain mode");
  expect(COACHING.status(coaching({ in_call: true }))).toContain("In a call");
  expect(COACHING.seen(coaching({ undelivered: { webhook: 2 } }))).toEqual([
    "2 notices could not be delivered: webhook.",
  ]);
});

test("advice says both numbers with their unit", () => {
  const advice = { name: "x", title: "Leaning forward counts", unit: "deg", now: 12, value: 14, why: "" };

  expect(ADVICE.sentence(advice)).toBe("Leaning forward counts: try 14° instead of 12°.");
  expect(ADVICE.take({ ...advice, unit: "s", now: 1800, value: 2280 })).toBe("Take 38 min");
});

test("a setting says its default and range in one unit, and its source where that says something", () => {
  expect(SETTINGS.about(setting({}))).toBe("Default 30 min. From 20 min to 60 min. Source: somewhere.");
  expect(SETTINGS.about(setting({ source: "ours", low: 5, high: 600, default: 60 }))).toBe(
    "Default 60 s. From 5 s to 600 s.",
  );
  expect(SETTINGS.about(setting({ source: "ours, after reviews" }))).toMatch(
    / Chosen by us, after reviews\.$/,
  );
  expect(SETTINGS.about(setting({ source: "you; off unless set" }))).toMatch(/60 min\. Off unless set\.$/);
});

test("a setting is shown as set, else as its default, to what a person can tell apart", () => {
  expect(shownIn(setting({}))).toBe("30");
  expect(shownIn(setting({ value: 1530 }))).toBe("25.5");
  expect(shownIn(setting({ default: 60, value: 1800 }))).toBe("1800");
  expect(shownIn(setting({ unit: "deg", default: 11.998 }))).toBe("12");
});

test("what is typed becomes a number or lines", () => {
  const hours = setting({ name: "quiet", low: null, high: null, default: [], unit: "" });

  expect(typed(setting({ unit: "deg", default: 12 }), " 12,5 ")).toBe(12.5);
  expect(typed(setting({}), "soon")).toBeUndefined();
  expect(typed(setting({}), "")).toBeUndefined();
  expect(kindOf(hours)).toBe("lines");
  expect(kindOf(setting({ low: null, high: null, default: false }))).toBe("switch");
  expect(typed(hours, "22:00-06:30\n\n Mon,Tue 09:00-17:00 ")).toEqual([
    "22:00-06:30",
    "Mon,Tue 09:00-17:00",
  ]);
  expect(typed(hours, "  ")).toEqual([]);
});

test("minutes are sent as the seconds they were, and what is refused is said in minutes", () => {
  const short = setting({ low: 30, high: 1800, default: 180, value: 100 });

  expect(typed(short, shownIn(short))).toBe(100);
  expect(typed(setting({}), "25,5")).toBe(1530);
  expect([1, 1200, 3600, 3601].map((value) => isAllowed(setting({}), value))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(isAllowed(setting({ low: null, high: null }), ["22:00-06:30"])).toBe(true);
  expect(SETTINGS.notAllowed("1", setting({}))).toBe("1 is not allowed; use 20 min to 60 min.");
});

test("a code on a sensor leads to its form, and a broken one to the list", () => {
  expect(pageOf("#/kit/AA%3ABB")).toBe("kit");
  expect(sensorIn(["AA%3ABB"])).toBe("AA:BB");
  expect(sensorIn(["%E0%A4%A"])).toBe("");
  expect(sensorIn([])).toBe("");
});

test("the last shift of a sensor counts", () => {
  const shift = (id: number, address: string): Handover => ({
    id,
    address,
    person: "17",
    start_ms: 1,
    stop_ms: null,
    state: "out",
    exported_ms: null,
    erased_ms: null,
  });
  const shifts = [shift(1, "B"), shift(2, "A"), shift(3, "B"), shift(4, "C")];

  expect(lastShift(shifts, "B")?.id).toBe(3);
  expect(lastShift(shifts, "D")).toBeNull();
  expect(sensorsOf(shifts)).toEqual(["A", "B", "C"]);
});

test("a sound is wanted only where it was switched on", () => {
  expect(wanted([{ name: "page_sound", value: null }])).toBe(false);
  expect(wanted([{ name: "quiet", value: true }])).toBe(false);
  expect(wanted([{ name: "page_sound", value: true }])).toBe(true);
});

test("a page that nobody has touched makes no sound, and none is kept for later", async () => {
  const asked = vi.fn(async () => new Response('{"settings": []}'));
  vi.stubGlobal("fetch", asked);
  vi.stubGlobal("navigator", { userActivation: { hasBeenActive: false } });
  await soundIfWanted();
  const untouched = asked.mock.calls.length;
  vi.stubGlobal("navigator", { userActivation: { hasBeenActive: true } });
  await soundIfWanted();
  vi.unstubAllGlobals();

  expect([untouched, asked.mock.calls.length]).toEqual([0, 1]);
});

test("a check-in leaves out what was not said", () => {
  expect(saidIn({ ...emptyDraft(), pain: 0, triggers: "gardening, , long drive" })).toEqual({
    pain: 0,
    stiffness: null,
    triggers: ["gardening", "long drive"],
    note: "",
  });
});

test("a line is broken where a value is missing", () => {
  expect(path([0, 1, 2, 3], [5, null, 6, 7], (x, y) => [x, y])).toBe("M0.0 5.0M2.0 6.0L3.0 7.0");
});

test("a scale holds every value and begins at zero or below", () => {
  expect(degreeScale([])).toEqual({ low: 0, high: 40 });
  expect(degreeScale([-5, 61, null])).toEqual({ low: -20, high: 80 });
  expect(marks({ low: 0, high: 40 })).toEqual([0, 20, 40]);
});

test("a week later is the same day of the week, over the end of summer time too", () => {
  expect(daysLater("2026-10-21", 7)).toBe("2026-10-28");
  expect(daysLater("2026-03-01", -7)).toBe("2026-02-22");
});

test("an older answer never wins over a newer one", async () => {
  const answers: ((value: string) => void)[] = [];
  const loaded = new Loaded(() => new Promise<string>((resolve) => answers.push(resolve)));
  const first = loaded.load();
  const second = loaded.load();

  answers[1]!("new");
  answers[0]!("old");
  await Promise.all([first, second]);

  expect(loaded.value).toBe("new");
  expect(loaded.busy).toBe(false);
});

test("what was answered to a change is not undone by a request from before it", async () => {
  let answer = (_: string): void => undefined;
  const loaded = new Loaded(() => new Promise<string>((resolve) => (answer = resolve)));
  const before = loaded.load();
  loaded.put("noted");
  answer("not noted yet");
  await before;

  expect(loaded.value).toBe("noted");
});

test("a failure keeps what was there and says what the server said", async () => {
  const loaded = new Loaded(() => Promise.resolve("kept"));
  await loaded.load();

  const ok = await loaded.change(() => Promise.reject(new RequestFailed("/x", 422, "too many")));

  expect(ok).toBe(false);
  expect(loaded.value).toBe("kept");
  expect(loaded.problem).toBe("Too many.");
  expect(problemOf(new SessionEnded())).toContain("Open the link");
});

test("a trial's difference has a sign, and a share is never rounded to nothing", () => {
  expect(TRIAL.difference(-9.26, "%")).toBe("−9.3 %");
  expect(TRIAL.pairs({ mean: -9, low: -11, high: -7, p: 0.0002, pairs: 12 }, 1, "%")).toContain(
    "under 0.1 of 100",
  );
});
