/** Days as the server names them, in the time zone of this browser. */

export function localDate(at: Date): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** So many days later, by the calendar: a day of 23 or 25 hours counts as one. */
export function daysLater(date: string, days: number): string {
  const [year, month, day] = date.split("-").map(Number) as [number, number, number];
  return localDate(new Date(year, month - 1, day + days, 12));
}
