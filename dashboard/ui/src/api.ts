/** What the server says, as it says it: times in ms since the epoch UTC (`_ms`), durations in s. */

export type Activity =
  | "sit"
  | "stand"
  | "upright"
  | "recline"
  | "walk"
  | "lie"
  | "not_worn"
  | "unknown";
export type Posture = "neutral" | "slouched" | "bent" | "none";
export type Severity = "info" | "caution" | "high";
export type ZoneLevel = "neutral" | "caution" | "high";

export interface Link {
  status: "searching" | "connected" | "lost" | "closed";
  name: string | null;
  address: string | null;
  battery_percent: number | null;
  since_ms: number;
  detail: string;
  remarks: string[];
}

export interface BodyState {
  activity: Activity;
  posture: Posture;
  confidence: number;
  since_ms: number;
}

/** Sagittal and lateral are null where only "up" is known. */
export interface Angle {
  at_ms: number;
  sagittal_deg: number | null;
  lateral_deg: number | null;
  inclination_deg: number | null;
}

export interface Zone {
  name: string;
  level: ZoneLevel;
  from_deg: number;
  to_deg: number;
}

export interface Clock {
  server_ms: number;
  seated_since_ms: number | null;
  break_due_ms: number | null;
}

export type Placement = "upper_back" | "low_back" | "chest" | "waist";

/** One of the sensors that are worn; the day is counted from one of them. */
export interface Sensor {
  placement: Placement;
  counts: boolean;
  link: Link;
  away: "searching" | "lost" | "flat" | "silent" | "not_worn" | "closed" | null;
  covered_s: number;
  worn_s: number;
  slots_held: number | null;
  slots_limit: number | null;
}

export interface Sensors {
  sensors: Sensor[];
  notice: string;
}

export interface Now extends Clock {
  simulated: boolean;
  link: Link;
  state: BodyState | null;
  angle: Angle | null;
  mounting: { source: string; forward_known: boolean };
  zones: Zone[];
  trace: { t_ms: number[]; sagittal_deg: (number | null)[] };
}

export interface Span {
  start_ms: number;
  stop_ms: number;
  activity: Activity;
  posture: Posture;
  confidence: number;
}

export interface Day {
  date: string;
  start_ms: number;
  stop_ms: number;
  spans: Span[];
  totals_s: Record<Activity | "slouched" | "no_data", number>;
  coverage: number;
  time_doubts: string[];
  exposure: {
    valid_s: number;
    over_20_s: number;
    over_30_s: number;
    over_45_s: number;
    over_60_s: number;
    over_90_s: number;
  };
  bends: number;
  lifts: number;
  flagged_lifts: number;
}

export interface Alert {
  id: number | string;
  at_ms: number;
  rule: string;
  severity: Severity;
  title: string;
  action: string;
  since_ms: number;
  values: Record<string, number>;
  profile: string;
  acknowledged: boolean;
}

export interface AngleBatch {
  t_ms: number[];
  sagittal_deg: (number | null)[];
  lateral_deg: (number | null)[];
  inclination_deg: (number | null)[];
}

export type LiveMessage =
  | ({ kind: "angle" } & AngleBatch)
  | ({ kind: "state" } & BodyState)
  | ({ kind: "link" } & Link)
  | { kind: "alert"; alert: Alert }
  | { kind: "event"; event: unknown }
  | { kind: "day" }
  | { kind: "sensors" }
  | ({ kind: "clock" } & Clock);

/** The session cookie is missing or no longer good: only a fresh link helps. */
export class SessionEnded extends Error {
  constructor() {
    super("The session has ended.");
  }
}

export class RequestFailed extends Error {
  /** `detail` is the server's own sentence; empty where it gave none. */
  constructor(
    readonly path: string,
    readonly status: number,
    readonly detail = "",
  ) {
    super(`${path} was answered with status ${status}.`);
  }
}

/** Close codes of the live channel that say why. */
export const CLOSED_NO_SESSION = 4401;

export const fetchNow = (): Promise<Now> => request("/api/now");
export const fetchSensors = (): Promise<Sensors> => request("/api/sensors");
export const fetchDay = (): Promise<Day> => request("/api/day");
export const fetchAlerts = async (): Promise<Alert[]> =>
  (await request<{ alerts: Alert[] }>("/api/alerts")).alerts;
export const acknowledge = (id: Alert["id"]): Promise<Alert> =>
  request(`/api/alerts/${encodeURIComponent(id)}/acknowledge`, "POST");
export const openLive = (): WebSocket =>
  new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/live`);

const REQUEST_TIMEOUT_MS = 8000;

export async function request<T>(path: string, method = "GET", body?: unknown): Promise<T> {
  const answer = await fetch(path, {
    method,
    headers: {
      Accept: "application/json",
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  if (answer.status === 401) throw new SessionEnded();
  if (!answer.ok) throw new RequestFailed(path, answer.status, await detailOf(answer));
  if (answer.status === NO_CONTENT) return undefined as T;
  return (await answer.json()) as T;
}
const NO_CONTENT = 204;

export interface NamedFile {
  name: string;
  content: Blob;
}

const FILE_TIMEOUT_MS = 30_000; // setting a page takes a few seconds on a slow computer

/** A file to be saved. */
export async function requestFile(path: string): Promise<NamedFile> {
  const answer = await fetch(path, { signal: AbortSignal.timeout(FILE_TIMEOUT_MS) });
  if (answer.status === 401) throw new SessionEnded();
  if (!answer.ok) throw new RequestFailed(path, answer.status, await detailOf(answer));
  const disposition = answer.headers.get("Content-Disposition") ?? "";
  return {
    name: /filename="([^"]+)"/.exec(disposition)?.[1] ?? "backwatch",
    content: await answer.blob(),
  };
}

async function detailOf(answer: Response): Promise<string> {
  try {
    const { detail } = (await answer.json()) as { detail: unknown };
    return typeof detail === "string" ? detail : "";
  } catch {
    return "";
  }
}
