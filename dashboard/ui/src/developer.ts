/** What developers look at and do: the path at work, recorded sessions, faults. */

import { request } from "./api";
import type { Faults, FaultWish, Pipeline, Replay, Sessions } from "./wire";

export const VIEWS = ["live", "recorded", "faults"] as const;
export type View = (typeof VIEWS)[number];

/** The view of an address; the first one where there is none of that name. */
export const viewOf = (rest: readonly string[]): View =>
  VIEWS.find((view) => view === rest[0]) ?? VIEWS[0];

/** Times as fast as it was; null: as fast as the computer can. */
export const SPEEDS = [1, 2, 5, 10, 60, null] as const;

export const fetchPipeline = (): Promise<Pipeline> => request("/api/pipeline");

export const fetchSessions = (): Promise<Sessions> => request("/api/sessions");
export const recordTape = (on: boolean): Promise<Sessions> => request("/api/tapes", "POST", { on });
export const deleteTape = (id: string): Promise<Sessions> =>
  request(`/api/sessions/${encodeURIComponent(id)}`, "DELETE");

const REPLAY_MS = 20_000; // ending what was played and starting a process, on a slow computer
export const fetchReplay = (): Promise<Replay> => request("/api/replay");
export const playSession = (session: string, speed: number | null): Promise<Replay> =>
  request("/api/replay", "POST", { session, speed }, REPLAY_MS);
export const steerReplay = (speed: number | null, paused: boolean): Promise<Replay> =>
  request("/api/replay/steer", "POST", { speed, paused });
export const stopReplay = (): Promise<Replay> =>
  request("/api/replay/stop", "POST", undefined, REPLAY_MS);

const CLEAR_MS = 15_000; // what was done is put right first
export const fetchFaults = (): Promise<Faults> => request("/api/faults");
export const startFault = (wish: FaultWish): Promise<Faults> =>
  request("/api/faults", "POST", wish);
export const clearFault = (number: number | null): Promise<Faults> =>
  request(
    number === null ? "/api/faults/clear" : `/api/faults/${number}/clear`,
    "POST",
    undefined,
    CLEAR_MS,
  );

/** "240 ms", "1.9 s": as short as can be read. */
export function delayWords(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
