/** Requests about days that have been, and what the person says of them. */

import { type Day, request } from "./api";
import type { Place } from "./history";
import { rangeOf } from "./history";
import { daysLater } from "./week";
import type { CorrectionSaid, Corrections, DayExposure, Days, DaysExposure, Say, Week } from "./wire";

const on = (path: string, date: string): string => `${path}?date=${encodeURIComponent(date)}`;
const between = (path: string, first: string, last: string): string =>
  `${path}?from=${encodeURIComponent(first)}&to=${encodeURIComponent(last)}`;

export const fetchDayOf = (date: string): Promise<Day> => request(on("/api/day", date));
export const fetchExposure = (date: string): Promise<DayExposure> =>
  request(on("/api/exposure", date));
/** Of all days of a view, as if they were one. */
export const fetchDaysExposure = (place: Place): Promise<DaysExposure> => {
  const { first, last } = rangeOf(place);
  return request(between("/api/exposure/days", first, last));
};
export const fetchCorrections = (date: string): Promise<Corrections> =>
  request(on("/api/corrections", date));
export const fetchWeek = (date: string): Promise<Week> => request(on("/api/week", date));
/** The days of a view, and as many before as make the person's usual. */
export const fetchDays = (place: Place): Promise<Days> => {
  const { first, last } = rangeOf(place);
  return request(between("/api/days", daysLater(first, -BEFORE_DAYS), last));
};
/** As many as the usual is made of. */
export const BEFORE_DAYS = 28;

export const say = (said: Say): Promise<CorrectionSaid> => request("/api/corrections", "POST", said);
export const takeBack = (id: number): Promise<void> =>
  request(`/api/corrections/${encodeURIComponent(id)}`, "DELETE");

/** Where the rows of a view can be had for a spreadsheet. */
export function rowsOf(place: Place): string {
  const { first, last } = rangeOf(place);
  if (place.view === "day") return on("/api/day.csv", place.date);
  if (place.view === "week") return on("/api/week.csv", place.date);
  return between("/api/days.csv", first, last);
}
export const daysRowsOf = (place: Place): string => {
  const { first, last } = rangeOf(place);
  return between("/api/days.csv", first, last);
};
export const exposureRowsOf = (date: string): string => on("/api/exposure.csv", date);
export const togetherRowsOf = (place: Place): string => {
  const { first, last } = rangeOf(place);
  return between("/api/exposure/days.csv", first, last);
};
