/** Everything the page knows, kept current over one live connection. */

import {
  acknowledge,
  type Alert,
  type Angle,
  type BodyState,
  type Clock,
  CLOSED_NO_SESSION,
  type Day,
  fetchAlerts,
  fetchDay,
  fetchNow,
  fetchSensors,
  type Link,
  type LiveMessage,
  type Now,
  type Objection,
  openLive,
  RequestFailed,
  mendSlip,
  type Sensors,
  SessionEnded,
  type Slip,
  tellLive,
  type Zone,
} from "./api";
import { forgetLeft } from "./alerts-store.svelte";
import { upToNow } from "./day";
import { askAgain } from "./loaded.svelte";
import { follow, today } from "./local-time.svelte";
import { notifications } from "./notifications.svelte";
import { ALERTS } from "./strings";
import { Trace, TRACE_SPAN_MS, type TraceSummary } from "./trace";

const SILENCE_MS = 5000; // the server sends its clock every second
const STALE_ANGLE_MS = 5000;
const LATEST_MS = 2500; // the newest point is no older than this while points keep coming
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 10_000;
const REFRESH_MS = 60_000;
const DAY_MS = 5000; // while angles come, the day changes all the time
const SETTLING_MS = 30_000; // after a connection a sensor tells what it has kept
const LEAST_MISSING_S = 5; // less comes before it can be read
const DAY_PAUSE_MS = 3000;

/**
 * How the page stands with the server: never heard, live, lost, refused a session, or
 * answering with errors.
 */
export type ServerStatus = "connecting" | "live" | "lost" | "ended" | "trouble";

/** The sensor has slipped; something speaks against its axes, or leaves nothing that can be right. */
export type Untrusted = "slipped" | "doubted" | "wrong";

export class Live {
  server = $state<ServerStatus>("connecting");
  /** Seconds until the next attempt; 0 while one is under way. */
  retryIn_s = $state(0);

  simulated = $state(false);
  /** Since when the person wants nothing kept; null while it is kept. */
  pausedSince_ms = $state<number | null>(null);
  link = $state.raw<Link | null>(null);
  bodyState = $state.raw<BodyState | null>(null);
  zones = $state.raw<Zone[]>([]);
  forwardKnown = $state(true);
  /** How it was found how the sensor sits; empty until that is known. */
  mountedBy = $state("");
  /** That the sensor has slipped; null while its angles are trusted. */
  slip = $state.raw<Slip | null>(null);
  /** What motion says against the axes named for the sensor; most often nothing. */
  objections = $state.raw<readonly Objection[]>([]);
  /** Why what is told of the body now is not trusted; empty while it is. */
  readonly untrusted: Untrusted | "" = $derived.by(() => {
    if (this.objections.length > 0)
      return this.objections.some(({ total }) => total) ? "wrong" : "doubted";
    return this.slip ? "slipped" : "";
  });
  /** What became of the wish to mend it; empty where none was made. */
  mended = $state("");
  /** How often something was erased while this page was open: what it holds of before is gone. */
  erased = $state(0);
  clock = $state.raw<Clock | null>(null);
  /** Null until they are known; more than one where several are worn. */
  sensors = $state.raw<Sensors | null>(null);
  day = $state.raw<Day | null>(null);
  dayFailed = $state(false);
  alerts = $state.raw<Alert[] | null>(null);
  /** For the polite live region: the latest alert that arrived while watching. */
  arrived = $state.raw<Alert | null>(null);
  traceSummary = $state.raw<TraceSummary | null>(null);
  /** What the sensor that counts has measured out of reach and still sends [s]; null: nothing. */
  readonly missing_s: number | null = $derived.by(() => {
    const missing_s = this.sensors?.sensors.find(({ counts }) => counts)?.missing_s ?? 0;
    return missing_s >= LEAST_MISSING_S ? missing_s : null;
  });
  /** A value of its own, so that what rests on it is worked out anew only when it changes. */
  readonly #fresh: boolean = $derived(this.#angleIsFresh());
  /** The latest angle while it is live, else null: a stale angle is never given. */
  readonly angle: Angle | null = $derived.by(() => (this.#fresh ? this.#angle : null));

  /** The day with the seconds since it was fetched, while the sensor is heard. */
  readonly today: Day | null = $derived.by(() =>
    this.day && this.#fresh && this.clock
      ? upToNow(this.day, this.bodyState, this.clock.server_ms)
      : this.day,
  );

  /** Fed ten times a second, so it is no reactive state: the chart listens. */
  readonly trace = new Trace();
  readonly onTrace = new Set<() => void>();

  #angle = $state.raw<Angle | null>(null);
  #tick_ms = $state(performance.now());
  #angleHeard_ms = -Infinity;
  #clockHeard_ms = 0;
  #heard_ms = performance.now();
  #socket: WebSocket | null = null;
  #pending: LiveMessage[] | null = null;
  #wait_ms = FIRST_WAIT_MS;
  #retryAt_ms: number | null = null;
  #refreshed_ms = 0;
  #dayFetched_ms = 0;
  #dayTimer: number | undefined;
  #alertsSeen_ms = 0;
  /** As the server counts them; null until it has said so. */
  #erasures: number | null = null;
  #linkChanged_ms = -Infinity;
  #stop = new AbortController();

  start(): void {
    const { signal } = this.#stop;
    const timer = window.setInterval(() => this.#onTick(), 500);
    signal.addEventListener("abort", () => window.clearInterval(timer));
    document.addEventListener("visibilitychange", () => this.#onWake(), { signal });
    window.addEventListener("online", () => this.#onWake(), { signal });
    notifications.changed = () => this.#tellOfNotices();
    signal.addEventListener("abort", notifications.follow());
    this.#connect();
  }

  stop(): void {
    this.#stop.abort();
    window.clearTimeout(this.#dayTimer);
    this.#drop();
  }

  /** The right edge of the chart: the last point, or later once points have stopped coming. */
  traceEnd_ms(): number {
    const server_ms = (this.clock?.server_ms ?? 0) + performance.now() - this.#clockHeard_ms;
    return Math.max(this.trace.last_ms ?? 0, server_ms - LATEST_MS);
  }

  /** Stop waiting and try at once. */
  retryNow(): void {
    if (this.#retryAt_ms !== null || this.server === "ended") this.#connect();
  }

  /** True if the server took it. */
  async acknowledge(ids: readonly Alert["id"][]): Promise<boolean> {
    try {
      const taken = await Promise.all(ids.map((id) => acknowledge(id)));
      const byId = new Map(taken.map((alert) => [alert.id, alert]));
      this.alerts = (this.alerts ?? []).map((alert) => byId.get(alert.id) ?? alert);
      return true;
    } catch (error) {
      if (error instanceof SessionEnded) this.#end();
      return false;
    }
  }

  /** Accept the correction that is offered for a slip. */
  async mend(): Promise<void> {
    try {
      this.mended = (await mendSlip()).text;
      await this.#refresh();
    } catch (error) {
      if (error instanceof SessionEnded) this.#end();
      else this.mended = error instanceof RequestFailed && error.detail ? error.detail : ALERTS.failed;
    }
  }

  // ------------------------------------------------------------ connection

  #connect(): void {
    this.#drop();
    this.#retryAt_ms = null;
    this.retryIn_s = 0;
    const socket = openLive();
    this.#socket = socket;
    this.#heard_ms = performance.now();
    let opened = false;
    socket.onopen = () => {
      opened = true;
      this.#heard_ms = performance.now();
      this.#tellOfNotices();
      void this.#loadSnapshot(socket);
    };
    socket.onmessage = (event: MessageEvent<string>) => {
      this.#heard_ms = performance.now();
      const message = JSON.parse(event.data) as LiveMessage;
      if (this.#pending) this.#pending.push(message);
      else this.#take(message);
    };
    socket.onclose = (event) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      if (event.code === CLOSED_NO_SESSION) this.#end();
      else if (opened) this.#lose("lost");
      else void this.#findOutWhy();
    };
  }

  #tellOfNotices(): void {
    if (this.#socket) tellLive(this.#socket, { notifies: notifications.wanted });
  }

  /** Messages that arrive while the snapshot is fetched are later than it, so they wait. */
  async #loadSnapshot(socket: WebSocket): Promise<void> {
    this.#pending = [];
    try {
      const [now, alerts] = await Promise.all([fetchNow(), fetchAlerts(), this.#fetchDay()]);
      if (this.#socket !== socket) return;
      this.trace.clear();
      this.#takeNow(now);
      this.#takeTrace(now.trace.t_ms, now.trace.sagittal_deg);
      this.#takeAlerts(alerts);
      const waiting = this.#pending;
      this.#pending = null;
      for (const message of waiting) this.#take(message);
      this.traceSummary = this.trace.summarise(this.zones, this.traceEnd_ms() - TRACE_SPAN_MS);
      this.#wait_ms = FIRST_WAIT_MS;
      this.#refreshed_ms = performance.now();
      this.server = "live";
      void this.#fetchSensors();
      askAgain();
    } catch (error) {
      if (this.#socket !== socket) return;
      this.#drop();
      if (error instanceof SessionEnded) this.#end();
      else this.#lose(error instanceof RequestFailed ? "trouble" : "lost");
    }
  }

  /** A refused socket does not say why; a request does. */
  async #findOutWhy(): Promise<void> {
    try {
      await fetchNow();
      this.#lose("lost");
    } catch (error) {
      if (error instanceof SessionEnded) this.#end();
      else this.#lose("lost");
    }
  }

  #lose(how: "lost" | "trouble"): void {
    this.server = how;
    this.#retryAt_ms = performance.now() + this.#wait_ms;
    this.#wait_ms = Math.min(this.#wait_ms * 2, LONGEST_WAIT_MS);
    this.#showCountdown();
  }

  #end(): void {
    this.#drop();
    this.#retryAt_ms = null;
    this.server = "ended";
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#pending = null;
    socket?.close();
  }

  // ------------------------------------------------------------ time

  #onTick(): void {
    const now_ms = performance.now();
    this.#tick_ms = now_ms;
    if (this.#socket && now_ms - this.#heard_ms > SILENCE_MS) {
      this.#drop();
      this.#lose("lost");
    }
    if (this.#retryAt_ms !== null) {
      if (now_ms >= this.#retryAt_ms) this.#connect();
      else this.#showCountdown();
    }
    if (this.server !== "live") return;
    this.traceSummary = this.trace.summarise(this.zones, this.traceEnd_ms() - TRACE_SPAN_MS);
    if (now_ms - this.#refreshed_ms > REFRESH_MS) void this.#refresh();
    else if (
      now_ms - this.#dayFetched_ms >= DAY_MS &&
      this.#angleIsFresh() &&
      document.visibilityState !== "hidden"
    ) {
      this.#fetchDay().catch(() => this.#end());
      if (this.missing_s !== null || now_ms - this.#linkChanged_ms < SETTLING_MS)
        void this.#fetchSensors();
    }
  }

  /** After sleep timers are late and the socket may be dead without knowing. */
  #onWake(): void {
    if (document.visibilityState === "hidden") return;
    this.#tick_ms = performance.now(); // an angle of before is not live any more
    const silent_ms = this.#socket ? performance.now() - this.#heard_ms : 0;
    if (this.#retryAt_ms !== null || this.server === "ended" || silent_ms > SILENCE_MS)
      this.#connect();
    else this.#onTick();
  }

  #showCountdown(): void {
    const left_ms = (this.#retryAt_ms ?? performance.now()) - performance.now();
    this.retryIn_s = Math.max(1, Math.ceil(left_ms / 1000));
  }

  /** What no message holds: the mounting, and a new day at midnight. */
  async #refresh(): Promise<void> {
    this.#refreshed_ms = performance.now();
    const date = this.day?.date;
    void this.#fetchSensors();
    try {
      const [now] = await Promise.all([fetchNow(), this.#fetchDay()]);
      this.#takeNow(now);
      if (this.day?.date !== date || !this.alerts) this.#takeAlerts(await fetchAlerts());
    } catch (error) {
      if (error instanceof SessionEnded) this.#end();
      // else the live channel finds out for itself whether the server is there
    }
  }

  async #fetchDay(): Promise<void> {
    this.#dayFetched_ms = performance.now();
    try {
      this.day = await fetchDay();
      this.dayFailed = false;
    } catch (error) {
      if (error instanceof SessionEnded) throw error;
      this.dayFailed = true;
    }
  }

  /** Each sensor by itself is nice to know; without, the page is as with one. */
  async #fetchSensors(): Promise<void> {
    try {
      this.sensors = await fetchSensors();
    } catch (error) {
      if (error instanceof SessionEnded) this.#end();
    }
  }

  #fetchDaySoon(): void {
    if (this.#dayTimer !== undefined) return;
    this.#dayTimer = window.setTimeout(() => {
      this.#dayTimer = undefined;
      if (this.server === "live") this.#fetchDay().catch(() => this.#end());
    }, DAY_PAUSE_MS);
  }

  #angleIsFresh(): boolean {
    return (
      this.server === "live" &&
      this.link?.status === "connected" &&
      this.#tick_ms - this.#angleHeard_ms < STALE_ANGLE_MS
    );
  }

  // ------------------------------------------------------------ messages

  #take(message: LiveMessage): void {
    switch (message.kind) {
      case "angle": {
        const last = message.t_ms.length - 1;
        if (last < 0) return;
        this.#takeTrace(
          message.t_ms,
          this.forwardKnown ? message.sagittal_deg : message.inclination_deg,
        );
        this.#takeAngle({
          at_ms: message.t_ms[last]!,
          sagittal_deg: message.sagittal_deg[last] ?? null,
          lateral_deg: message.lateral_deg[last] ?? null,
          inclination_deg: message.inclination_deg[last] ?? null,
        });
        return;
      }
      case "state": {
        const isNews = (message.trusted ?? true) !== (this.bodyState?.trusted ?? true);
        this.bodyState = message;
        if (isNews) void this.#refresh(); // by how much it slipped, and whether it can be mended
        return;
      }
      case "link":
        this.link = message;
        this.#linkChanged_ms = performance.now();
        void this.#refresh(); // another sensor may be mounted another way
        return;
      case "clock": {
        const date = today();
        this.#takeClock(message);
        if (today() !== date) void this.#refresh();
        return;
      }
      case "alert":
        this.#takeAlert(message.alert);
        return;
      case "day":
        this.#fetchDaySoon();
        return;
      case "recording":
        this.pausedSince_ms = message.paused_since_ms;
        return;
      case "erased":
        this.#forget();
        if (this.#socket) void this.#loadSnapshot(this.#socket);
        return;
      case "objections":
        this.objections = message.objections;
        return;
      case "sensors":
        void this.#fetchSensors();
        return;
      case "mounting":
        void this.#refresh();
        return;
      case "notice":
        void notifications.take(message).catch(() => undefined); // the page says it all the same
        return;
      case "event":
        this.#fetchDaySoon(); // counts of bends and lifts are part of the day
        return;
    }
  }

  /** Let go of all that was told before, here and in the browser. */
  #forget(): void {
    this.erased += 1;
    this.#erasures = null;
    this.bodyState = this.slip = this.day = this.sensors = null;
    this.alerts = this.arrived = this.traceSummary = null;
    this.objections = [];
    this.mended = "";
    this.#alertsSeen_ms = 0;
    this.#angle = null;
    this.trace.clear();
    for (const listener of this.onTrace) listener();
    forgetLeft();
    void notifications.forget().catch(() => undefined);
  }

  #takeNow(now: Now): void {
    const erasures = now.erasures ?? 0;
    if (this.#erasures !== null && erasures !== this.#erasures) {
      const { day } = this; // fetched with `now`
      this.#forget(); // while out of touch
      this.day = day;
    }
    this.#erasures = erasures;
    this.simulated = now.simulated;
    this.pausedSince_ms = now.paused_since_ms ?? null;
    this.link = now.link;
    this.bodyState = now.state;
    this.zones = now.zones;
    this.forwardKnown = now.mounting.forward_known;
    this.mountedBy = now.mounting.source;
    this.slip = now.slip ?? null;
    this.objections = now.objections ?? [];
    if (this.slip === null) this.mended = "";
    follow(now.server_ms, now.time_zone);
    this.#takeClock(now);
    const age_ms = now.angle ? now.server_ms - now.angle.at_ms : Infinity;
    if (now.angle && age_ms < STALE_ANGLE_MS) this.#takeAngle(now.angle);
  }

  #takeClock({ server_ms, seated_since_ms, break_due_ms }: Clock): void {
    follow(server_ms);
    this.clock = { server_ms, seated_since_ms, break_due_ms };
    this.#clockHeard_ms = performance.now();
  }

  #takeAngle(angle: Angle): void {
    this.#angleHeard_ms = performance.now();
    this.#tick_ms = this.#angleHeard_ms;
    this.#angle = angle;
  }

  #takeTrace(t_ms: readonly number[], angle_deg: readonly (number | null)[]): void {
    this.trace.push(t_ms, angle_deg);
    for (const listener of this.onTrace) listener();
  }

  #takeAlerts(alerts: Alert[]): void {
    const seen_ms = this.#alertsSeen_ms;
    this.alerts = alerts;
    this.#alertsSeen_ms = Math.max(seen_ms, ...alerts.map((alert) => alert.at_ms));
    const missed = seen_ms > 0 ? alerts.find((alert) => alert.at_ms > seen_ms) : undefined;
    if (missed) this.arrived = missed;
  }

  #takeAlert(alert: Alert): void {
    const others = (this.alerts ?? []).filter((known) => known.id !== alert.id);
    const isNew = others.length === (this.alerts ?? []).length;
    this.alerts = [alert, ...others].sort((a, b) => b.at_ms - a.at_ms);
    this.#alertsSeen_ms = Math.max(this.#alertsSeen_ms, alert.at_ms);
    if (isNew) this.arrived = alert;
  }
}
