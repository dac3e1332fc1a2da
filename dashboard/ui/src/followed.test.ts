import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { request } from "./api";
import { Followed } from "./followed.svelte";

let asked = 0;
let answer: () => Promise<Response>;

beforeEach(() => {
  asked = 0;
  answer = async () => new Response(JSON.stringify({ sensors: [] }));
  vi.useFakeTimers();
  vi.stubGlobal("fetch", () => {
    asked += 1;
    return answer();
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const followed = (): Followed<unknown> => new Followed(() => request("/api/pipeline"));

const see = (state: DocumentVisibilityState): void => {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(state);
  document.dispatchEvent(new Event("visibilitychange"));
};

test("it is asked for once a second until the page is left", async () => {
  const leave = followed().follow();
  await vi.advanceTimersByTimeAsync(3500);
  expect(asked).toBe(4);
  leave();
  await vi.advanceTimersByTimeAsync(5000);
  expect(asked).toBe(4);
});

test("nothing is asked for while nobody can see it, and at once when they can", async () => {
  const leave = followed().follow();
  await vi.advanceTimersByTimeAsync(100);
  see("hidden");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toBeLessThanOrEqual(2);
  const before = asked;
  see("visible");
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toBe(before + 1);
  leave();
});

test("a server that is away is asked again, and its absence is said", async () => {
  answer = () => Promise.reject(new TypeError("Failed to fetch"));
  const store = followed();
  const leave = store.follow();
  await vi.advanceTimersByTimeAsync(10);
  expect(store.problem).not.toBe("");
  answer = async () => new Response(JSON.stringify({ sensors: [] }));
  await vi.advanceTimersByTimeAsync(1500);
  expect(store.problem).toBe("");
  leave();
});

test("what was changed meanwhile stands, and it is asked for on and on", async () => {
  const store = followed();
  const leave = store.follow();
  await vi.advanceTimersByTimeAsync(10);
  let done = (_: unknown): void => {};
  const changed = store.change(() => new Promise((resolve) => (done = resolve)));
  await vi.advanceTimersByTimeAsync(2500); // the timer has come while it is changed
  done({ sensors: ["changed"] });
  await changed;
  expect(store.value).toEqual({ sensors: ["changed"] });
  const before = asked;
  await vi.advanceTimersByTimeAsync(1500);
  expect(asked).toBeGreaterThan(before);
  leave();
});
