/** Requests to the server; what it says is in `wire`: times in ms since the epoch UTC (`_ms`). */

import type * as Wire from "./wire";
import type {
  Alert,
  Day,
  LiveAlert,
  LiveAngle,
  LiveClock,
  LiveDay,
  LiveErased,
  LiveEvent,
  LiveLink,
  LiveMark,
  LiveMounting,
  LiveNotice,
  LiveObjections,
  LivePage,
  LiveRecording,
  LiveSensors,
  LiveState,
  Now,
  Sensor,
  Sensors,
  State,
  Zone,
} from "./wire";

export type { Alert, Day, Link, Now, Objection, Sensor, Sensors, Slip, Span, Zone } from "./wire";
/** Null where the last point of a live message is a gap. */
export type Angle = Omit<Wire.Angle, "inclination_deg"> & { inclination_deg: number | null };
export type BodyState = State;
export type Activity = State["activity"];
export type Posture = State["posture"];
export type Severity = Alert["severity"];
export type ZoneLevel = Zone["level"];
export type Placement = Sensor["placement"];
export type Clock = Pick<Now, "server_ms" | "seated_since_ms" | "break_due_ms">;

export type LiveMessage =
  | Tagged<LiveAngle>
  | Tagged<LiveState>
  | Tagged<LiveLink>
  | Tagged<LiveAlert>
  | Tagged<LiveEvent>
  | Tagged<LiveMark>
  | Tagged<LiveDay>
  | Tagged<LiveErased>
  | Tagged<LiveSensors>
  | Tagged<LiveMounting>
  | Tagged<LiveRecording>
  | Tagged<LiveObjections>
  | Tagged<LiveNotice>
  | Tagged<LiveClock>;
/** Each says which message it is; the description knows it by a default. */
type Tagged<T extends { kind?: string }> = Omit<T, "kind"> & { kind: NonNullable<T["kind"]> };

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
/** Take the correction that a slip was met with; the answer says what became of it. */
export const mendSlip = (): Promise<Wire.Rezero> => request("/api/slip/accept", "POST");
export const acknowledge = (id: Alert["id"]): Promise<Alert> =>
  request(`/api/alerts/${encodeURIComponent(id)}/acknowledge`, "POST");
export const openLive = (): WebSocket =>
  new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/live`);

/** Say on the live channel what the server may know of this page. */
export const tellLive = (socket: WebSocket, page: LivePage): void => {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(page));
};

const REQUEST_TIMEOUT_MS = 8000;

export async function request<T>(
  path: string,
  method = "GET",
  body?: unknown,
  timeout_ms = REQUEST_TIMEOUT_MS,
): Promise<T> {
  const answer = await fetch(path, {
    method,
    headers: {
      Accept: "application/json",
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(timeout_ms),
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
