/** The sensors of a person, and how the one that counts sits on them. */

import { fetchSensors, request } from "./api";
import { Loaded, problemOf } from "./loaded.svelte";
import { FITTING, OWN_SENSORS } from "./strings";
import type {
  CalibrationProgress,
  Fitting,
  Heard,
  KnownSensors,
  Place,
  Rezero,
  Scan,
} from "./wire";

const SCAN_MS = 20_000; // it listens for five seconds, and waits for a connection under way
const PAIR_MS = 45_000; // looking, connecting and proving the passkey
const ZERO_MS = 20_000; // it waits up to fifteen seconds for a still moment
const LOOK_MS = 3000;
const FOLLOW_MS = 250;

const post = <T>(path: string, body?: unknown, timeout_ms?: number): Promise<T> =>
  request(path, "POST", body, timeout_ms);
const fetchKnown = (): Promise<KnownSensors> => request("/api/sensors/known");
const fetchFitting = (): Promise<Fitting> => request("/api/calibration");

export class SensorsStore {
  readonly worn = new Loaded(fetchSensors);
  readonly known = new Loaded(fetchKnown);
  /** Null: nobody has searched yet. */
  heard = $state.raw<Heard[] | null>(null);
  /** What the radio is busy with for this page. */
  busy = $state<"search" | "pair" | null>(null);
  said = $state("");
  problem = $state("");
  #timer: number | undefined;

  load(): void {
    void this.#look();
  }

  leave(): void {
    window.clearTimeout(this.#timer);
    this.#timer = -1;
  }

  async search(): Promise<void> {
    await this.#carryOut("search", async () => {
      this.heard = (await post<Scan>("/api/sensors/scan", undefined, SCAN_MS)).heard;
      this.said = this.heard.length ? OWN_SENSORS.heard(this.heard.length) : "";
    });
  }

  /** True if it is paired now. */
  async pair({ address, name }: Heard, passkey: string): Promise<boolean> {
    const digits = passkey.replace(/\s/g, "");
    return this.#carryOut("pair", async () => {
      const body = { address, passkey: digits || null };
      this.known.put(await post("/api/sensors/pair", body, PAIR_MS));
      this.heard = (this.heard ?? []).map((one) =>
        one.address === address ? { ...one, known: true } : one,
      );
      this.said = OWN_SENSORS.paired(name || OWN_SENSORS.nameless);
    });
  }

  async forget(address: string): Promise<void> {
    this.problem = "";
    await this.known.change(() => post("/api/sensors/forget", { address }));
    this.problem = this.known.problem;
    this.heard = null;
    this.said = this.known.problem ? "" : (this.known.value?.said ?? "");
  }

  async #carryOut(what: "search" | "pair", work: () => Promise<void>): Promise<boolean> {
    this.busy = what;
    this.problem = this.said = "";
    try {
      await work();
      return true;
    } catch (error) {
      this.problem = problemOf(error);
      return false;
    } finally {
      this.busy = null;
    }
  }

  /** A sensor may be paired by being used, or from elsewhere. */
  async #look(): Promise<void> {
    const changes = this.busy !== null || this.known.busy;
    await Promise.all([this.worn.load(), changes ? null : this.known.load()]);
    if (this.#timer !== -1) this.#timer = window.setTimeout(() => void this.#look(), LOOK_MS);
  }
}

export class FittingStore {
  readonly fitting = new Loaded(fetchFitting);
  running = $state.raw<CalibrationProgress | null>(null);
  said = $state("");
  problem = $state("");
  zeroing = $state(false);
  #timer: number | undefined;
  #left = false;
  #busy = false;

  load(): void {
    void this.#follow();
  }

  leave(): void {
    this.#left = true;
    window.clearTimeout(this.#timer);
  }

  start = (place: string, slump: boolean): Promise<boolean> =>
    this.#wish(async () => {
      this.running = await post("/api/calibration/start", { place, slump });
      return "";
    });

  skip = (): Promise<boolean> =>
    this.#wish(async () => {
      this.running = await post("/api/calibration/skip");
      return "";
    });

  cancel = (): Promise<boolean> =>
    this.#wish(async () => {
      this.fitting.put(await post<Fitting>("/api/calibration/cancel"));
      this.running = null;
      return FITTING.cancelled;
    });

  accept = (useAdvised: boolean): Promise<boolean> =>
    this.#wish(async () => {
      const kept = await post<Place>("/api/calibration/accept", {
        use_advised_slouch: useAdvised,
      });
      this.running = null;
      await this.fitting.load();
      return FITTING.accepted(kept.place);
    });

  choose = (place: string): Promise<boolean> =>
    this.#wish(async () => {
      await post("/api/places/choose", { place });
      await this.fitting.load();
      return FITTING.used(place);
    });

  forget = (place: string): Promise<boolean> =>
    this.#wish(async () => {
      this.fitting.put(await post<Fitting>("/api/places/forget", { place }));
      return FITTING.forgotten(place);
    });

  async rezero(): Promise<void> {
    this.zeroing = true;
    await this.#wish(async () => (await post<Rezero>("/api/rezero", undefined, ZERO_MS)).text);
    this.zeroing = false;
  }

  /** Carry out a wish; true if it was granted. What was asked meanwhile is an older answer. */
  async #wish(work: () => Promise<string>): Promise<boolean> {
    this.#busy = true;
    this.said = this.problem = "";
    try {
      this.said = await work();
      return true;
    } catch (error) {
      this.problem = problemOf(error);
      return false;
    } finally {
      this.#busy = false;
      window.clearTimeout(this.#timer);
      if (!this.#left) this.#timer = window.setTimeout(() => void this.#follow(), FOLLOW_MS);
    }
  }

  /** Another browser may begin, and end, a calibration: what is shown is what the server says. */
  async #follow(): Promise<void> {
    if (this.#left) return;
    window.clearTimeout(this.#timer);
    if (!this.#busy) {
      const worked = await this.fitting.load();
      if (worked && !this.#busy) this.running = this.fitting.value?.running ?? null;
    }
    const pause_ms = this.running ? FOLLOW_MS : LOOK_MS;
    if (!this.#left) this.#timer = window.setTimeout(() => void this.#follow(), pause_ms);
  }
}
