/** Instants as dates and clock times where Backwatch keeps the days, whatever this browser's zone. */

const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS; // no clock is set forward or back between quarters of an hour
const KEPT = 5000; // offsets; more than a ribbon has slices

/** By how much local clocks are ahead of UTC at an instant [ms]. */
type Offset = (at_ms: number) => number;

const ofBrowser: Offset = (at_ms) => -new Date(at_ms).getTimezoneOffset() * MINUTE_MS;

let zone = "";
let kept = new Map<number, number>();
let offset = $state.raw<Offset>(ofBrowser); // until the server has been heard
let date = $state(dateAt(Date.now()));

/** What the server says: its clock, and its zone, such as "Europe/Berlin" or "+02:00". */
export function follow(server_ms: number, said = zone): void {
  if (said !== zone) {
    zone = said;
    kept = new Map();
    offset = ofZone(said);
  }
  date = dateAt(server_ms);
}

/** The day that it is, YYYY-MM-DD; what reads it follows it over midnight. */
export const today = (): string => date;

/** The date of an instant, YYYY-MM-DD. */
export function dateAt(at_ms: number): string {
  return shifted(at_ms).toISOString().slice(0, 10);
}

/** The clock at an instant, such as "09:30". */
export function clockAt(at_ms: number): string {
  return shifted(at_ms).toISOString().slice(11, 16);
}

/** As `clockAt`, to the second. */
export function clockExactlyAt(at_ms: number): string {
  return shifted(at_ms).toISOString().slice(11, 19);
}

/** Minutes that the clock shows since midnight. */
export function minuteAt(at_ms: number): number {
  const at = shifted(at_ms);
  return 60 * at.getUTCHours() + at.getUTCMinutes();
}

/**
 * When the clock of a day shows so many seconds since midnight; the first time where it does so
 * twice, and as much later as the clock was set forward where it never does.
 */
export function instantOf(date: string, second: number): number {
  const wanted_ms = Date.parse(`${date}T00:00:00Z`) + 1000 * second;
  const [before, after] = [offsetAt(wanted_ms - HALF_DAY_MS), offsetAt(wanted_ms + HALF_DAY_MS)];
  const [early_ms, late_ms] = [wanted_ms - before, wanted_ms - after];
  return offsetAt(early_ms) !== before && offsetAt(late_ms) === after ? late_ms : early_ms;
}
const HALF_DAY_MS = 12 * 60 * MINUTE_MS;

/** As UTC what the clock shows. */
function shifted(at_ms: number): Date {
  return new Date(at_ms + offsetAt(at_ms));
}

function offsetAt(at_ms: number): number {
  const of = offset;
  const quarter = Math.floor(at_ms / QUARTER_MS);
  let found = kept.get(quarter);
  if (found === undefined) {
    found = of(quarter * QUARTER_MS);
    if (kept.size >= KEPT) kept.clear();
    kept.set(quarter, found);
  }
  return found;
}

function ofZone(name: string): Offset {
  const fixed = /^([+-])(\d\d):(\d\d)$/.exec(name);
  if (fixed) {
    const minutes = 60 * Number(fixed[2]) + Number(fixed[3]);
    return () => (fixed[1] === "-" ? -minutes : minutes) * MINUTE_MS;
  }
  let clock: Intl.DateTimeFormat;
  try {
    clock = new Intl.DateTimeFormat("en-GB", {
      timeZone: name,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
    });
  } catch {
    return ofBrowser; // a zone this browser has never heard of
  }
  return (at_ms) => {
    const part = Object.fromEntries(
      clock.formatToParts(at_ms).map(({ type, value }) => [type, Number(value)]),
    ) as Record<string, number>;
    const { year, month, day, hour, minute } = part;
    return Date.UTC(year!, month! - 1, day, hour, minute) - at_ms;
  };
}
