import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SensorsStore } from "./sensors-store.svelte";

let listed: { address: string }[];
let forget: () => Promise<object>;
let store: SensorsStore;

beforeEach(() => {
  vi.useFakeTimers();
  listed = [];
  forget = async () => ({ sensors: [], said: "" });
  vi.stubGlobal("fetch", async (path: string) => {
    if (path === "/api/sensors/forget") return new Response(JSON.stringify(await forget()));
    const sensors = path === "/api/sensors/known" ? listed : [];
    return new Response(JSON.stringify({ sensors, said: "", notice: "" }));
  });
  store = new SensorsStore();
});

afterEach(() => {
  store.leave();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a sensor that is paired while the page is open comes onto the list", async () => {
  store.load();
  await vi.advanceTimersByTimeAsync(1);
  expect(store.known.value?.sensors).toEqual([]);

  listed = [{ address: "AA" }];
  await vi.advanceTimersByTimeAsync(3100);

  expect(store.known.value?.sensors).toEqual([{ address: "AA" }]);
});

test("a list that is asked for while a sensor is forgotten does not bring it back", async () => {
  listed = [{ address: "AA" }];
  store.load();
  await vi.advanceTimersByTimeAsync(1);
  let answer: (value: object) => void = () => {};
  forget = () => new Promise((resolve) => (answer = resolve));

  const asked = store.forget("AA");
  await vi.advanceTimersByTimeAsync(3100);
  answer({ sensors: [], said: "It stays in use until its connection ends." });
  await asked;

  expect(store.known.value?.sensors).toEqual([]);
  expect(store.said).toContain("stays in use");
});
