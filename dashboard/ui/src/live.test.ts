import { flushSync } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Alert, Now } from "./api";
import { Live } from "./live.svelte";

class FakeSocket {
  static all: FakeSocket[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  closed = false;
  readonly sent: unknown[] = [];
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  constructor(readonly address: string) {
    FakeSocket.all.push(this);
  }
  close(): void {
    this.closed = true;
  }
  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

const START_MS = 1_800_000_000_000;
const clock = { server_ms: START_MS, seated_since_ms: null, break_due_ms: null };
const now: Now = {
  ...clock,
  date: "2026-05-12",
  time_zone: "+00:00",
  simulated: false,
  link: {
    status: "connected",
    name: "Sensor",
    address: null,
    battery_percent: 80,
    since_ms: START_MS - 1000,
    detail: "",
    charging: null,
    worn: null,
    muted: null,
    session: null,
    faults: [],
    overwritten: null,
    never_sampled: null,
    lost_events: null,
    time_trusted: true,
    time_doubt: "",
    remarks: [],
  },
  state: { activity: "sit", posture: "neutral", confidence: 0.9, since_ms: START_MS - 60_000 },
  angle: { at_ms: START_MS, sagittal_deg: 8, lateral_deg: 0, inclination_deg: 8 },
  mounting: { source: "axes", forward_known: true },
  zones: [{ name: "Neutral", level: "neutral", from_deg: -30, to_deg: 20 }],
  trace: { t_ms: [START_MS - 100, START_MS], sagittal_deg: [7, 8] },
};
const day = { date: "2027-01-15", spans: [], start_ms: 0, stop_ms: 0 };
const alert = { id: 1, at_ms: START_MS, rule: "slouch", title: "Slouched" } as Alert;

let answers: Record<string, () => Response>;
let live: Live;
const json = (body: object): Response => new Response(JSON.stringify(body));
const socket = (): FakeSocket => FakeSocket.all.at(-1)!;

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  answers = {
    "/api/now": () => json(now),
    "/api/day": () => json(day),
    "/api/alerts": () => json({ alerts: [] }),
    "/api/sensors": () => json({ sensors: [], notice: "" }),
  };
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.stubGlobal("fetch", async (path: string) => answers[path]!());
  live = new Live();
});

afterEach(() => {
  live.stop();
  vi.restoreAllMocks();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function connect(): Promise<void> {
  live.start();
  socket().onopen!();
  await vi.advanceTimersByTimeAsync(1);
}

test("the page is live with a filled trace once the snapshot is in", async () => {
  await connect();

  expect(live.server).toBe("live");
  expect(live.trace.points[1]).toEqual([7, 8]);
  expect(live.angle?.sagittal_deg).toBe(8);
});

test("what arrives while the snapshot is fetched comes after it", async () => {
  live.start();
  socket().onopen!();
  socket().say({ kind: "state", activity: "walk", posture: "none", confidence: 1, since_ms: START_MS });
  await vi.advanceTimersByTimeAsync(1);

  expect(live.bodyState?.activity).toBe("walk");
});

test("an angle that is no longer heard is not given as live", async () => {
  await connect();
  for (let second = 1; second <= 6; second++) {
    socket().say({ kind: "clock", ...clock });
    await vi.advanceTimersByTimeAsync(1000);
  }
  flushSync();

  expect(live.server).toBe("live");
  expect(live.angle).toBeNull();
});

test("a server that falls silent is lost, and is tried again", async () => {
  await connect();
  await vi.advanceTimersByTimeAsync(5600);

  expect(live.server).toBe("lost");
  expect(live.retryIn_s).toBeGreaterThan(0);
  expect(FakeSocket.all[0]!.closed).toBe(true);
  await vi.advanceTimersByTimeAsync(1500);
  expect(FakeSocket.all).toHaveLength(2);
});

test("waits between attempts grow, to ten seconds at most", async () => {
  answers["/api/now"] = () => {
    throw new TypeError("no server");
  };
  live.start();
  const waits: number[] = [];
  for (let attempt = 0; attempt < 6; attempt++) {
    socket().onclose!({ code: 1006 });
    await vi.advanceTimersByTimeAsync(1);
    waits.push(live.retryIn_s);
    await vi.advanceTimersByTimeAsync(live.retryIn_s * 1000 + 600);
  }

  expect(waits).toEqual([1, 2, 4, 8, 10, 10]);
});

test("without a session it stops trying", async () => {
  answers["/api/now"] = () => new Response("", { status: 401 });
  live.start();
  socket().onclose!({ code: 1006 });
  await vi.advanceTimersByTimeAsync(60_000);

  expect(live.server).toBe("ended");
  expect(FakeSocket.all).toHaveLength(1);
});

test("a new alert is announced once, however often it is told", async () => {
  await connect();
  socket().say({ kind: "alert", alert });
  const first = live.arrived;
  socket().say({ kind: "alert", alert: { ...alert, acknowledged: true } });

  expect(first?.id).toBe(1);
  expect(live.arrived).toBe(first);
  expect(live.alerts).toHaveLength(1);
});

test("alerts from before the page was opened are not announced", async () => {
  answers["/api/alerts"] = () => json({ alerts: [alert] });
  await connect();

  expect(live.alerts).toHaveLength(1);
  expect(live.arrived).toBeNull();
});

test("the chart moves on when points stop coming, and no old lean is told as recent", async () => {
  await connect();
  const filled_ms = live.traceEnd_ms();
  for (let second = 1; second <= 40; second++) {
    socket().say({ kind: "clock", ...clock, server_ms: START_MS + second * 1000 });
    await vi.advanceTimersByTimeAsync(1000);
  }

  expect(filled_ms).toBe(START_MS);
  expect(live.traceEnd_ms()).toBeGreaterThan(START_MS + 35_000);
  expect(live.traceSummary?.max_deg).toBeNull();
});

test("while angles come the day is fetched again every five seconds, and grows in between", async () => {
  const sitting = { start_ms: START_MS - 60_000, stop_ms: START_MS, activity: "sit", posture: "neutral" };
  let fetched = 0;
  answers["/api/day"] = () => {
    fetched += 1;
    return json({ ...day, start_ms: START_MS - 60_000, stop_ms: START_MS, spans: [sitting], coverage: 1 });
  };
  await connect();
  for (let second = 1; second <= 11; second++) {
    const server_ms = START_MS + second * 1000;
    socket().say({ kind: "clock", ...clock, server_ms });
    socket().say({ kind: "angle", t_ms: [server_ms], sagittal_deg: [8], lateral_deg: [0], inclination_deg: [8] });
    await vi.advanceTimersByTimeAsync(1000);
  }

  expect(fetched).toBe(3);
  expect(live.today?.spans.at(-1)?.stop_ms).toBe(START_MS + 11_000);
});

test("without angles the day is left alone for a minute", async () => {
  let fetched = 0;
  answers["/api/day"] = () => {
    fetched += 1;
    return json(day);
  };
  await connect();
  for (let second = 1; second <= 30; second++) {
    socket().say({ kind: "clock", ...clock, server_ms: START_MS + second * 1000 });
    await vi.advanceTimersByTimeAsync(1000);
  }

  expect(fetched).toBe(1);
});

test("sensors are fetched with the snapshot and whenever something is new with them", async () => {
  const several = { sensors: [{ counts: true }, { counts: false }], notice: "" };
  await connect();
  expect(live.sensors?.sensors).toHaveLength(0);

  answers["/api/sensors"] = () => json(several);
  socket().say({ kind: "sensors" });
  await vi.advanceTimersByTimeAsync(1);

  expect(live.sensors?.sensors).toHaveLength(2);
});

test("how the sensor sits is known at once when another calibration holds", async () => {
  await connect();
  expect(live.mountedBy).toBe("axes");

  const mounting = { source: "calibration and neutral", forward_known: true };
  answers["/api/now"] = () => json({ ...now, mounting });
  socket().say({ kind: "mounting" });
  await vi.advanceTimersByTimeAsync(1);

  expect(live.mountedBy).toBe("calibration and neutral");
});

test("what the sensor still sends is told, and a few seconds of it are nothing", async () => {
  const one = (missing_s: number) => ({ sensors: [{ counts: true, missing_s }], notice: "" });
  answers["/api/sensors"] = () => json(one(720));
  await connect();
  expect(live.missing_s).toBe(720);

  answers["/api/sensors"] = () => json(one(2));
  socket().say({ kind: "sensors" });
  await vi.advanceTimersByTimeAsync(1);

  expect(live.missing_s).toBeNull();
});

test("waking after a sleep connects at once where the socket has fallen silent", async () => {
  await connect();
  const asleep = socket();
  vi.spyOn(performance, "now").mockReturnValue(performance.now() + 3_600_000); // no timer ran
  document.dispatchEvent(new Event("visibilitychange"));

  expect(asleep.closed).toBe(true);
  expect(socket()).not.toBe(asleep);
  expect(live.retryIn_s).toBe(0);
});

test("waking shows no angle of before the sleep, not even until the next tick", async () => {
  await connect();
  expect(live.angle).not.toBeNull();
  vi.spyOn(performance, "now").mockReturnValue(performance.now() + 3_600_000); // no timer ran
  document.dispatchEvent(new Event("visibilitychange"));

  expect(live.angle).toBeNull();
});

test("waking leaves a connection alone that still speaks", async () => {
  await connect();
  const open = socket();
  document.dispatchEvent(new Event("visibilitychange"));

  expect(open.closed).toBe(false);
  expect(socket()).toBe(open);
});

test("a page that may show no notifications says so, each time it connects", async () => {
  await connect();

  expect(FakeSocket.all.at(-1)!.sent).toEqual([{ notifies: false }]);
});

test("what speaks against the axes is known while it stands", async () => {
  await connect();
  const one = { kind: "up", text: "Up lay 80° off.", calibrate: true, total: true };

  socket().say({ kind: "objections", objections: [one] });
  flushSync();
  expect(live.untrusted).toBe("wrong");

  socket().say({ kind: "objections", objections: [] });
  flushSync();
  expect(live.untrusted).toBe("");
});

test("what was told before an erasure is gone, and what is left is fetched anew", async () => {
  answers["/api/alerts"] = () => json({ alerts: [alert] });
  await connect();
  localStorage.setItem("backwatch.advice-left", '["slouch_on_deg=15"]');
  answers["/api/alerts"] = () => json({ alerts: [] });
  answers["/api/now"] = () => json({ ...now, state: null, erasures: 1, trace: { t_ms: [], sagittal_deg: [] } });

  socket().say({ kind: "erased" });
  flushSync();
  expect([live.alerts, live.day, live.bodyState, live.arrived]).toEqual([null, null, null, null]);
  expect([live.trace.points[0].length, live.erased]).toEqual([0, 1]);
  expect(localStorage.getItem("backwatch.advice-left")).toBeNull();

  await vi.advanceTimersByTimeAsync(1);
  expect(live.alerts).toEqual([]);
  expect(live.day).toEqual(day);
  expect([live.server, live.erased]).toEqual(["live", 1]);
});

test("an erasure while the page was out of touch counts when it is back", async () => {
  answers["/api/alerts"] = () => json({ alerts: [alert] });
  await connect();
  socket().onclose!({ code: 1006 });
  answers["/api/alerts"] = () => json({ alerts: [] });
  answers["/api/now"] = () => json({ ...now, erasures: 2 });

  await vi.advanceTimersByTimeAsync(1500);
  socket().onopen!();
  await vi.advanceTimersByTimeAsync(1);

  expect([live.erased, live.alerts?.length]).toEqual([1, 0]);
  expect(live.day).toEqual(day);
});
