/** Days by the calendar, YYYY-MM-DD: no clock and no zone. */

/** So many days later. */
export function daysLater(date: string, days: number): string {
  const [year, month, day] = date.split("-").map(Number) as [number, number, number];
  return dayOf(year, month, day + days);
}

/** The day so many days into a month of a year; months from 1 on, also beyond 12. */
export const dayOf = (year: number, month: number, day: number): string => {
  const at = new Date(Date.UTC(year, month - 1, day));
  return at.toISOString().slice(0, 10);
};

/** 0 is Monday. */
export const weekdayOf = (date: string): number => (new Date(date).getUTCDay() + 6) % 7;
