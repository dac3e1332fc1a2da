/** A shared sensor: who has it, and what is left of its last shift. */

import { request } from "./api";
import type { Contents, Handover, Handovers } from "./wire";

const post = (path: string, body: unknown): Promise<Handovers> => request(path, "POST", body);

export const fetchKit = (): Promise<Handovers> => request("/api/kit");
export const handOut = (address: string, person: string): Promise<Handovers> =>
  post("/api/kit/hand-out", { address, person });
export const takeBack = (address: string): Promise<Handovers> =>
  post("/api/kit/take-back", { address });
export const erase = (id: number, saved: boolean, withoutExport: boolean): Promise<Handovers> =>
  post(`/api/kit/${id}/erase`, { saved, without_export: withoutExport });
export const fetchContents = (id: number): Promise<Contents> => request(`/api/kit/${id}/contents`);
export const exportAddress = (id: number): string => `/api/kit/${id}/export.zip`;

/** The sensor that an address such as "#/kit/AA%3ABB" is about; empty where it names none. */
export function sensorIn(rest: readonly string[]): string {
  try {
    return decodeURIComponent(rest[0] ?? "");
  } catch {
    return "";
  }
}

export const lastShift = (shifts: readonly Handover[], sensor: string): Handover | null =>
  shifts.filter((shift) => shift.address === sensor).at(-1) ?? null;

/** Each sensor that was ever lent, once. */
export const sensorsOf = (shifts: readonly Handover[]): string[] =>
  [...new Set(shifts.map((shift) => shift.address))].sort();
