/** Requests about the person: alerts and their reasons, settings, diary, trial, report. */

import { type NamedFile, request, requestFile } from "./api";
import type {
  Advices,
  Alerts,
  Cards,
  Coaching,
  Diary,
  Entry,
  DrillNow,
  Drills,
  MovementDone,
  MovementNow,
  Movements,
  Note,
  Report,
  Settings,
  Setting,
  Snooze,
  Thresholds,
  Trials,
  TrialStart,
  Verdict,
  Why,
} from "./wire";

const post = <T>(path: string, body: unknown): Promise<T> => request(path, "POST", body);

export const fetchCoaching = (): Promise<Coaching> => request("/api/coaching");
export const snooze = (minutes: Snooze["minutes"]): Promise<Coaching> =>
  post("/api/coaching/snooze", { minutes });
export const setInCall = (on: boolean): Promise<Coaching> => post("/api/coaching/call", { on });
export const setPain = (on: boolean): Promise<Coaching> => post("/api/coaching/pain", { on });

/** The newest of a day; or those that follow the one that a page before ended with. */
export const fetchAlertPage = (
  date: string,
  limit: number,
  cursor: string | null,
): Promise<Alerts> =>
  request(
    `/api/alerts?date=${encodeURIComponent(date)}&limit=${limit}` +
      (cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`),
  );
export const fetchWhy = (id: number | string): Promise<Why> =>
  request(`/api/alerts/${encodeURIComponent(id)}/why`);
export const judge = (id: number | string, verdict: Verdict["verdict"]): Promise<Why> =>
  post(`/api/alerts/${encodeURIComponent(id)}/verdict`, { verdict });
export const fetchAdvice = (): Promise<Advices> => request("/api/coaching/advice");

export const fetchSettings = (): Promise<Settings> => request("/api/settings");
export const fetchThresholds = (): Promise<Thresholds> => request("/api/thresholds");
export const setOne = (name: string, value: Setting["value"]): Promise<Settings> =>
  request(`/api/settings/${encodeURIComponent(name)}`, "PUT", { value });

export const fetchDiary = (): Promise<Diary> => request("/api/check-ins");
export const checkIn = (said: Note): Promise<Diary> => post("/api/check-ins", said);
export const takeBackCheckIn = (id: Entry["id"]): Promise<Diary> =>
  request(`/api/check-ins/${encodeURIComponent(id)}`, "DELETE");
export const fetchCards = (): Promise<Cards> => request("/api/cards");
export const fetchMovements = (): Promise<Movements> => request("/api/movements");
export const startMovement = (movement: MovementNow["movement"]): Promise<MovementNow> =>
  post("/api/movements/start", { movement });
export const followMovement = (): Promise<MovementNow> => request("/api/movements/now");
export const endMovement = (done: MovementDone): Promise<Movements> =>
  post("/api/movements/done", done);

export const fetchDrills = (): Promise<Drills> => request("/api/drills");
export const startDrill = (): Promise<DrillNow> => post("/api/drill/start", {});
export const followDrill = (): Promise<DrillNow> => request("/api/drill/now");
export const endDrill = (): Promise<Drills> => post("/api/drill/done", {});

export const fetchTrial = (): Promise<Trials> => request("/api/trial");
export const startTrial = (design: TrialStart): Promise<Trials> => post("/api/trial", design);
export const endTrial = (why: string): Promise<Trials> => post("/api/trial/end", { why });

/** Of a day alone, or of its week. */
export type Span = "day" | "week";
const reported = (date: string, span: Span): string =>
  `date=${encodeURIComponent(date)}&span=${span}`;
export const fetchReport = (date: string, span: Span): Promise<Report> =>
  request(`/api/report?${reported(date, span)}`);
/** The same as a file, and the name the server gives it. */
export const fetchReportFile = (
  date: string,
  span: Span,
  ending: "csv" | "pdf",
): Promise<NamedFile> => requestFile(`/api/report.${ending}?${reported(date, span)}`);
