/** Every word the page says. */

import type {
  Activity,
  BodyState,
  Link,
  Placement,
  Sensor,
  Severity,
  Span,
  Zone,
  ZoneLevel,
} from "./api";
import type { Shade } from "./day";
import type { Change, Heat, Measure, View } from "./history";
import {
  calmDuration,
  clockTime,
  dayTime,
  dayTimeExactly,
  duration,
  longDay,
  monthName,
  percent,
  rounded,
  shortDay,
  shortWeekday,
  shownUnit,
  spokenDay,
  weekday,
  wholeDegrees,
} from "./format";
import type { Untrusted } from "./live.svelte";
import type { ListedPage } from "./route.svelte";
import type { Theme } from "./theme.svelte";
import type { TraceSummary } from "./trace";
import type {
  Act,
  Advice,
  Beside,
  CheckIn,
  Coaching,
  Correction,
  Effect,
  HabitResult,
  Heard,
  KnownSensor,
  LiftCard,
  LiftPart,
  MovementNow,
  MovementRecord,
  Place,
  Quality,
  Reason,
  Replay,
  Setting,
  Trial,
  Variation,
  Verdict,
} from "./wire";

export const PRODUCT = "Backwatch";
export const SKIP_TO_CONTENT = "Skip to content";

// ---------------------------------------------------------------- state

const ACTIVITIES: Record<Activity, string> = {
  sit: "Sitting",
  stand: "Standing",
  upright: "Upright and still",
  recline: "Leaning back",
  walk: "Walking",
  lie: "Lying down",
  not_worn: "Sensor not worn",
  unknown: "Not sure yet",
};

/** "Sitting, slouched". */
export function stateName({ activity, posture }: Pick<BodyState, "activity" | "posture">): string {
  const name = ACTIVITIES[activity];
  if (posture === "slouched") return `${name}, slouched`;
  if (posture === "bent") return `${name}, bent forward`;
  return activity === "sit" && posture === "neutral" ? "Sitting upright" : name;
}

export const STATE = {
  heading: "Now",
  headingStale: (time: string) => `Last values, ${time}`,
  headingGone: "Not live",
  gone: { words: "No reading", meaning: "It comes back when Backwatch runs again." },
  none: {
    searching: { words: "Waiting for the sensor", meaning: "The first reading comes within seconds." },
    connected: { words: "Getting a first reading", meaning: "This takes a few seconds." },
    lost: { words: "No reading", meaning: "It comes back with the sensor's signal." },
    closed: { words: "No reading", meaning: "Measuring has stopped." },
  } satisfies Record<Link["status"], { words: string; meaning: string }>,
  since: (seconds: number) => `for ${calmDuration(seconds)}`,
  /** Longer than the state itself, where that adds something. */
  still: (activity: Activity, seconds: number): string | null => {
    if (activity === "sit" || activity === "recline") return `seated for ${calmDuration(seconds)}`;
    return activity === "upright" ? `no break for ${calmDuration(seconds)}` : null;
  },
  uncertainUpright: "Sitting or standing: the sensor cannot tell which.",
  untrusted: "Not trusted",
  /** Behind "Not trusted": why, and what to do. */
  untrustedFor: {
    slipped: "the sensor has slipped. Put it back and stand still for a new zero.",
    doubted: "how the sensor moves speaks against how it was described.",
    wrong: "how the sensor moves speaks against how it was described.",
  } satisfies Record<Untrusted, string>,
  calibrate: "Calibrate the sensor",
};

/** The one small thing to do next; null where there is nothing to say. */
export function nextAction(
  { activity, posture }: Pick<BodyState, "activity" | "posture">,
  breakDueIn_s: number | null,
): string | null {
  if (activity === "not_worn") return "Put the sensor on to carry on";
  if (activity === "unknown") return "Carry on as you are; this takes up to a minute";
  if (breakDueIn_s !== null) {
    if (activity === "stand" || activity === "walk") return "Stay up for a minute: that is a break";
    if (breakDueIn_s <= 0) return "You can take a break now";
    const change = activity === "sit" || activity === "recline" ? "stand up" : "move a little";
    return `Time to ${change} in ${Math.ceil(breakDueIn_s / 60)} min`;
  }
  if (posture === "bent") return "Bring the work closer and higher if you can";
  if (posture === "slouched")
    return activity === "sit"
      ? "Let your back rest against the chair"
      : "Make yourself a little taller for a moment";
  return null;
}

export const ANGLE = {
  label: "Trunk angle",
  leanLabel: "Lean",
  none: "No angle right now",
  untrusted: {
    slipped: "Angle left out: the sensor has slipped",
    doubted: "Angle left out: it is not trusted",
    wrong: "Angle left out: it is not trusted",
  } satisfies Record<Untrusted, string>,
  directionUnknown: "Which way you lean is not known for this sensor yet.",
};

const LEAST_LEAN_DEG = 3; // less is within what a sensor on clothes can tell

/** "12° forward", or "12° lean" where the direction is not known. */
export function angleWords(deg: number, forwardKnown: boolean): { value: string; way: string } {
  const whole = wholeDegrees(deg);
  if (!forwardKnown) return { value: `${Math.abs(whole)}°`, way: "lean" };
  if (Math.abs(whole) < LEAST_LEAN_DEG) return { value: `${Math.abs(whole)}°`, way: "from upright" };
  return { value: `${Math.abs(whole)}°`, way: whole > 0 ? "forward" : "backward" };
}

const ZONE_MEANINGS: Record<ZoneLevel, string> = {
  neutral: "Neutral",
  caution: "Caution",
  high: "High",
};
export const zoneName = (zone: Zone): string => zone.name || ZONE_MEANINGS[zone.level];
/** "Under 20°": the same without a judgement. */
export const zoneRange = (zone: Zone): string => `Under ${zone.to_deg}°`;

// ---------------------------------------------------------------- figure

export function figureLabel(state: string, angle: string | null): string {
  return angle === null ? `Side view of a person: ${state}.` : `Side view of a person: ${state}, trunk ${angle}.`;
}

// ---------------------------------------------------------------- sensors

const PLACES: Record<Placement, string> = {
  upper_back: "Upper back",
  low_back: "Low back",
  chest: "Chest",
  waist: "Waist",
};
const AWAY: Record<NonNullable<Sensor["away"]>, string> = {
  searching: "Searching",
  lost: "Lost",
  flat: "Lost, battery nearly empty",
  silent: "Connected, no data",
  not_worn: "Not worn",
  closed: "Ended",
};

export const SENSORS = {
  heading: "Sensors",
  place: (placement: Placement): string => PLACES[placement],
  role: (counts: boolean): string => (counts ? "counts" : "beside"),
  roleMeaning: (counts: boolean): string =>
    counts ? "The day is counted from this sensor." : "Kept beside it; never counted twice.",
  status: (away: Sensor["away"]): string => (away === null ? "Connected" : AWAY[away]),
  today: (worn_s: number): string => `${calmDuration(worn_s)} today`,
  battery: (percent: number): string => `${percent} %`,
  slots: (held: number, limit: number): string =>
    `${held} of ${limit} connections of the Bluetooth adapter are in use.`,
};

export const OWN_SENSORS = {
  now: "Worn now",
  connectedSince: (time: string) => `Connected since ${time}`,
  address: "Address",
  firmware: "Firmware",
  battery: "Battery",
  today: "Today",
  todayValue: (worn_s: number, covered_s: number): string =>
    `worn ${calmDuration(worn_s)}, data for ${calmDuration(covered_s)}`,
  unknown: "not told",
  catchUp: "Out of reach",
  missing: (seconds: number | null): string =>
    seconds === null
      ? "it does not tell what it has kept"
      : seconds < 1
        ? "all of it has been sent"
        : `${duration(seconds)} still to be sent`,
  lost: "Lost",
  lostValue: (overwritten: number | null, never: number | null): string =>
    overwritten === null && never === null
      ? "it does not tell"
      : (overwritten ?? 0) + (never ?? 0) === 0
        ? "nothing since it was switched on"
        : `${(overwritten ?? 0) + (never ?? 0)} samples since it was switched on`,
  slots: "Connections",
  slotsValue: (held: number, limit: number | null): string =>
    limit === null ? `${held} in use` : `${held} of ${limit} in use`,
  time: "Clock",
  timeHolds: "times hold",
  yours: "Your sensors",
  yoursMeaning:
    "Once a sensor is paired, only paired ones are used. Forgetting one removes its key; what it measured stays.",
  none: "No sensor is paired yet. Switch its pairing on, hold it near, and search.",
  about: (sensor: KnownSensor): string =>
    [
      sensor.make,
      sensor.encrypted
        ? sensor.authenticated
          ? "encrypted, checked by passkey"
          : "encrypted"
        : "not encrypted",
      ...(sensor.simulated ? ["simulated"] : []),
      `paired ${dayTime(sensor.paired_ms)}`,
      ...(sensor.connected
        ? ["in use now"]
        : [sensor.seen_ms === null ? "never used since" : `last used ${dayTime(sensor.seen_ms)}`]),
    ].join(", "),
  nameless: "(no name)",
  forget: "Forget",
  forgetFor: (name: string) => `Forget ${name}`,
  forgetSure: "Forget it? To use it again it has to be paired anew.",
  forgetYes: "Forget it",
  keep: "Keep it",
  search: "Search for sensors",
  searching: "Searching for some seconds…",
  heardNone:
    "No sensor was heard. Is it switched on, near, and not connected to something else?",
  heard: (count: number) => (count === 1 ? "1 sensor was heard" : `${count} sensors were heard`),
  strength: ({ rssi_dbm, known }: Heard): string =>
    `${rssi_dbm >= -60 ? "near" : rssi_dbm >= -80 ? "some metres away" : "far or covered"} (${rssi_dbm} dBm)${known ? ", paired" : ""}`,
  pair: "Pair",
  pairFor: (name: string) => `Pair with ${name}`,
  pairing: "Pairing… this can take half a minute.",
  passkey: "Passkey on its label",
  passkeyHint: "Six digits. Leave it empty where there is none.",
  paired: (name: string) => `${name} is paired.`,
  otherMakes: "Sensors of other makes are paired by the command line: backwatch pair.",
};

export const FITTING = {
  heading: "How it sits",
  meaning:
    "Angles count from your own upright. A calibration finds how the sensor sits on you, in about a minute.",
  place: "Where will you wear it?",
  placeHint: "A place has its own calibration, such as a desk or a car.",
  usual: ["Desk", "Standing desk", "Car"],
  slump: "Also slump once, for a threshold of your own (can be left out)",
  start: "Calibrate",
  noSensor: "Connect a sensor first: a calibration is measured live.",
  steps: {
    stand: "Stand still",
    bow: "Bow",
    sit: "Sit tall",
    slump: "Slump",
    done: "Done",
  } as Readonly<Record<string, string>>,
  stepsLabel: "Steps",
  finding: (place: string) => `Calibrating for ${place}`,
  meter: {
    stand: "Held still",
    bow: "Bows seen",
    sit: "Held still",
    slump: "Held still",
    done: "Done",
  } as Readonly<Record<string, string>>,
  well: "Good so far.",
  skip: "Leave this out",
  cancel: "Give up",
  accept: "Use it from now on",
  discard: "Discard",
  advised: (deg: number) => `Call it a slouch from ${deg}° beyond sitting tall, as found here`,
  accepted: (place: string) => `The calibration for ${place} is in use now.`,
  cancelled: "Nothing was changed.",
  quality: "What was measured",
  qualityRows: (quality: Quality): [string, string][] => [
    ["Sway while standing", `${quality.sway_dps} °/s`],
    ["Bows about one axis", percent(quality.bow_share)],
    ["Depth of the bows", quality.bow_depths_deg.map((deg) => `${wholeDegrees(deg)}°`).join(", ")],
    ["Back to standing within", `${quality.return_deg}°`],
    ["Sitting tall against standing", `${quality.sit_change_deg}°`],
    ...(quality.slump_deg === null
      ? []
      : ([["Slump from sitting tall", `${quality.slump_deg}°`]] as [string, string][])),
  ],
  places: "Places",
  noPlaces: "Nothing was calibrated yet. Angles count from how the sensor is marked.",
  aboutPlace: (place: Place): string =>
    `${dayTime(place.at_ms)}, ${
      place.slouch_deg === null ? "usual slouch threshold" : `slouch from ${place.slouch_deg}°`
    }`,
  inUse: "In use",
  use: "Use",
  useFor: (place: string) => `Use ${place}`,
  again: "Calibrate again",
  againFor: (place: string) => `Calibrate ${place} again`,
  forget: "Forget",
  forgetFor: (place: string) => `Forget the calibration of ${place}`,
  used: (place: string) => `${place} is in use now.`,
  forgotten: (place: string) => `The calibration of ${place} is forgotten.`,
  rezero: "Set zero here",
  rezeroMeaning:
    "Sit or stand upright, as your neutral, and hold still. This corrects a sensor that has moved a little; after a larger change, calibrate again.",
  rezeroing: "Waiting for a still moment…",
};

// ---------------------------------------------------------------- chart

export const CHART = {
  heading: "Last 30 seconds",
  label: (sentence: string) => `Line chart of the trunk angle over the last 30 seconds. ${sentence}`,
  now: "now",
  ago: (seconds: number) => `${seconds} s ago`,
  degrees: (deg: number) => `${deg}°`,
  frozen: (time: string) => `Last values, ${time}`,
  slipped: (moved_deg: number) =>
    `The sensor has slipped: these angles may be off by about ${wholeDegrees(moved_deg)}°.`,
  doubted: "These angles are not trusted: the sensor moves otherwise than it was described.",
  gone: "No values to show.",
};

/** What the last half minute meant, in a sentence. */
export function traceSentence(
  summary: TraceSummary,
  zones: readonly Zone[],
  forwardKnown: boolean,
): string {
  const { max_deg, min_deg, measured_s } = summary;
  if (max_deg === null || min_deg === null) return "No measurement in the last 30 seconds.";
  const neutral = zones[0];
  const highest = zones.findLastIndex((_zone, i) => (summary.zone_s[i] ?? 0) > 0);
  const zone = zones[highest];
  const part = measured_s < 25 ? ` (${Math.round(measured_s)} s measured)` : "";
  const way = forwardKnown ? " forward" : "";
  if (!zone || !neutral || highest <= 0) {
    const bound = neutral ? ` within ${neutral.to_deg}° of upright` : " close to upright";
    return `Your trunk stayed${bound}${part}.`;
  }
  const held_s = Math.max(1, Math.round(summary.zone_s[highest]!));
  return `You leaned up to ${wholeDegrees(max_deg)}°${way}: ${held_s} s beyond ${zone.from_deg}°${part}.`;
}

// ---------------------------------------------------------------- day

export const SHADE_NAMES: Record<Shade, string> = {
  sit: "Sitting upright",
  slouched: "Slouched",
  upright: "Sitting or standing",
  stand: "Standing",
  walk: "Walking",
  recline: "Leaning back",
  lie: "Lying down",
  not_worn: "Not worn",
  unknown: "Not sure",
  no_data: "No data",
};

export const DAY = {
  heading: "Today",
  empty: "Nothing measured yet today.",
  emptyAction: "Put the sensor on. The first minutes appear here by themselves.",
  ribbon: (totals: string) => `Ribbon of the day: ${totals}.`,
  slice: (name: string, from: string, to: string) => `${name}, ${from} to ${to}`,
  range: (from: string, to: string) => `${from} to ${to}`,
  table: "Show as a table",
  tableCaption: "What was measured today, oldest first",
  columns: { from: "From", to: "To", lasted: "Lasted", state: "State" },
  measured: (seconds: number) => `Worn and measured for ${duration(seconds)}.`,
  failed: "Today's summary could not be loaded. It is tried again by itself.",
  numbers: "Today in numbers",
  over20: (inclination: boolean) => (inclination ? "leaning more than 20°" : "leaning forward more than 20°"),
  over60: (seconds: number) => (seconds < 1 ? "none of it more than 60°" : `${duration(seconds)} of it more than 60°`),
  bends: (count: number) => (count === 1 ? "bend" : "bends"),
  bendsPerHour: (perHour: number) => `about ${perHour} an hour`,
  demanding: (count: number) => (count === 1 ? "demanding lift" : "demanding lifts"),
  ofLifts: (count: number) => (count === 0 ? "no lifts seen" : count === 1 ? "of 1 lift seen" : `of ${count} lifts seen`),
};

const SHARES: Record<Exclude<Activity, "not_worn" | "unknown">, string> = {
  sit: "sitting",
  stand: "standing",
  upright: "sitting or standing still",
  walk: "walking",
  lie: "lying down",
  recline: "leaning back",
};

/** What the day has been, in a sentence; `over` where it has ended. */
export function daySentence(spans: readonly Span[], over = false): string {
  const sum_s = (wanted: (span: Span) => boolean): number =>
    spans
      .filter(wanted)
      .reduce((sum, { start_ms, stop_ms }) => sum + (stop_ms - start_ms) / 1000, 0);
  const known_s = sum_s(({ activity }) => activity in SHARES);
  if (known_s < 60)
    return over ? "Under a minute was worn and known." : "The first minutes are coming in.";
  const [longest, longest_s] = (Object.keys(SHARES) as (keyof typeof SHARES)[])
    .map((activity) => [activity, sum_s((span) => span.activity === activity)] as const)
    .reduce((most, each) => (each[1] > most[1] ? each : most));
  const slouched_s = sum_s((span) => span.activity === longest && span.posture === "slouched");
  const share = longest_s > known_s / 2 ? "Mostly" : "Most often";
  const of = slouched_s >= 60 ? `, ${duration(slouched_s)} of it slouched` : "";
  return `${share} ${SHARES[longest]}${over ? "" : " so far"}: ${duration(longest_s)}${of}.`;
}

// ---------------------------------------------------------------- alerts

export const SEVERITIES: Record<Severity, string> = {
  info: "Note",
  caution: "Caution",
  high: "High",
};

export const ALERTS = {
  heading: "Today's alerts",
  empty: "No alerts today.",
  emptyMeaning: "Backwatch stays quiet unless a small change would help.",
  headingOf: (date: string) => `Alerts of ${longDay(date)}`,
  emptyThen: "No alerts on this day.",
  pages: "Pages",
  earlier: "Earlier ones",
  later: "Later ones",
  shown: (first: number, count: number, total: number): string =>
    count ? `${first + 1} to ${first + count} of ${total}, newest first` : `None of ${total}`,
  times: (count: number) => `×${count}`,
  timesSpoken: (count: number) => `${count} times`,
  sinceFirst: (first: string, latest: string) => `${first} to ${latest}`,
  gotIt: "Got it",
  gotItFor: (title: string) => `Got it: ${title}`,
  noted: "Noted",
  notedFor: (title: string) => `Noted: ${title}`,
  more: (count: number) => `Show ${count} earlier`,
  fewer: "Show fewer",
  announce: (title: string, action: string) => `New alert: ${title}. ${action}`,
  failed: "That could not be saved. Try again.",
};

// ---------------------------------------------------------------- connection

export const LINK_WORDS: Record<Link["status"], string> = {
  connected: "Connected",
  searching: "Searching",
  lost: "Signal lost",
  closed: "Stopped",
};

export const CHIP = {
  label: "Sensor connection",
  connecting: "Connecting",
  serverLost: "Not running",
  ended: "Signed out",
  recording: "Recording on",
  paused: "Paused",
  trust: (mountedBy: string, untrusted: Untrusted | ""): string => {
    if (untrusted) return untrusted === "slipped" ? "Slipped" : "Not trusted";
    if (mountedBy.includes("calibration")) return "Calibrated";
    return mountedBy.includes("neutral") ? "Zero set" : "Not calibrated";
  },
  seen: (share: number) => `${percent(share)} seen`,
  seenMeaning:
    "Since today’s first data, the sensor was worn and what you did was known for this share of the time. The rest is marked on the day, and never guessed.",
  trustLeads: "How the sensor sits: calibrate it here",
  battery: (percent: number) => `${percent} %`,
  batteryLabel: (percent: number) => `Battery ${percent} %`,
};

/** "420 B", "12 kB", "3.4 MB". */
function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${Math.round(bytes / 1000)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

export const PRIVACY = {
  recording: "Recording",
  isOn: "What your sensor measures is kept on this computer.",
  isPaused: (time: string) => `Paused since ${time}: nothing is kept, and no alert comes.`,
  pauseMeaning:
    "While it is paused the page still shows what is now. What was measured meanwhile is never kept, not even if the sensor sends it later. It lasts until you end it, also when Backwatch starts anew.",
  pause: "Pause recording",
  resume: "Record again",
  stored: "What is stored, and where",
  storedMeaning: "All of it is on this computer. Backwatch sends none of it anywhere by itself.",
  columns: { about: "What", where: "Where", size: "Size", kept: "Kept for" },
  size,
  keptFor: (days: number | null): string => (days === null ? "no limit" : `${days} days`),
  summaries: (days: number | null): string =>
    days === null
      ? "Summaries of days are kept until you erase them."
      : `Summaries of days are kept for ${days} days.`,
  span: (first: string, last: string): string =>
    first === last ? `One day is stored: ${first}.` : `Days from ${first} to ${last} are stored.`,
  none: "No day is stored.",
  tables: "What is in the database",
  rows: "Entries",
  export: "Take it all with you",
  exportMeaning:
    "One zip file with every table as CSV. What the sensor measured comes as Parquet files and can be large.",
  save: "Save everything",
  saveTables: "Save the tables alone",
  erase: "Erase",
  eraseMeaning: "Erased for good: it cannot be brought back. Save it first if you may want it.",
  what: "What to erase",
  day: "One day",
  all: "Everything",
  which: "Which day?",
  confirm: (words: string) => `To erase it, type: ${words}`,
  dayFirst: "Choose a day first.",
  eraseNow: "Erase it for good",
  erasing: "Erasing…",
  erased: (what: string) => `${what} is erased.`,
};

export const SIMULATED = "Simulated";
export const DEMO = {
  heading: "Demo: a simulated person",
  waiting: "The simulated sensor is starting.",
  actsLabel: "What the simulated person does, in order",
  left: (left_s: number): string => `${left_s} s left`,
  making: (ready: number, wanted: number): string =>
    `Simulated days before today: ${ready} of ${wanted} made.`,
  made: (ready: number): string =>
    ready === 1 ? "One simulated day lies before today." : `${ready} simulated days lie before today.`,
  stopped: (ready: number, wanted: number): string =>
    `Simulated days before today: ${ready} of ${wanted} made. The rest follow at the next start.`,
  look: "Look at them in History",
  erased: (days: number): string =>
    days === 1
      ? "One simulated day was erased; it is not made again."
      : `${days} simulated days were erased; they are not made again.`,
  shortened: "Told sooner in this tour than every day",
  shortenedMeaning:
    "So that three minutes show each alert. Here the simulated person has set a limit of their own, staying bent is told of after some seconds, and no reminder waits for another.",
  shortenedColumns: ["What", "Here", "Every day"],
  off: "off",
  amount: (value: number | null, unit: string): string =>
    value === null ? DEMO.off : unit === "s" ? duration(value) : `${rounded(value, unit)} ${unit}`,
  acts: {
    stand: {
      title: "Standing still",
      watch: "The first seconds become the zero: from here on angles count from this posture. Standing for long brings a note.",
    },
    demanding_lift: {
      title: "A lift with a bent, turned back",
      watch: "A cue comes near the person’s own limit. The lift is measured when they are upright again, and an alert follows.",
    },
    walk: { title: "Walking", watch: "Steps are told from the motion alone." },
    squat_lift: {
      title: "A lift out of the knees",
      watch: "The back stays more upright, so this brings no alert.",
    },
    sit: { title: "Sitting down", watch: "The clock to the next break starts." },
    slouch: {
      title: "Slouching for a while",
      watch: "Nothing is said at first: an alert comes once it has lasted, another once the posture has not changed.",
    },
    recline: {
      title: "Leaning back",
      watch: "This is not a slouch, and the angle shows why. The time for a break comes.",
    },
    rise: { title: "Standing up", watch: "The clock to the next break stops." },
    knock: { title: "A knock", watch: "A jolt of the sensor is not a fall." },
    bend: { title: "Staying bent", watch: "It is no lift; what brings an alert is how long it lasts." },
    deep_bends: {
      title: "Bending deeply, twice more",
      watch: "Each is short enough; so many in so short a time bring an alert.",
    },
    take_off: {
      title: "Taking the sensor off and putting it on again",
      watch: "On the table nothing breathes: it is not worn, and no time is counted.",
    },
    slip: {
      title: "Walking, and the strap gives way",
      watch: "The sensor tips on the back. Some steps later angles are not trusted any more, and the page says by how much it has moved.",
    },
    push_back: {
      title: "Pushing the sensor back",
      watch: "Some steps show that it sits where it sat: angles are trusted again.",
    },
    fall: {
      title: "A movement like a fall",
      watch: "The page says so; Backwatch calls nobody and is no alarm.",
    },
    get_up: {
      title: "Getting up and walking off",
      watch: "The round is over; it begins again from standing.",
    },
  } satisfies Record<Act["name"], { title: string; watch: string }>,
};

export const SIMULATED_MEANING = "These values come from the simulator, not from a sensor on a person.";

export interface Notice {
  title: string;
  text: string;
}

export const NOTICES = {
  ended: (): Notice => ({
    title: "Open the link again",
    text: "This browser's session has ended. Open the link that Backwatch printed when it started, then come back to this page.",
  }),
  serverLost: (lastSeen: string | null, retryIn_s: number): Notice => ({
    title: "Backwatch is not answering",
    text:
      (lastSeen === null ? "There are no values to show. " : `What you see is from ${lastSeen}, not live. `) +
      (retryIn_s > 0 ? `Trying again in ${retryIn_s} s. ` : "Trying again now. ") +
      "If this stays, start Backwatch again on this computer.",
  }),
  serverTrouble: (retryIn_s: number): Notice => ({
    title: "Backwatch answered with an error",
    text: `Measuring may carry on without this page. Trying again in ${retryIn_s} s. If this stays, look at what Backwatch printed.`,
  }),
  searching: (detail: string): Notice => ({
    title: "Looking for the sensor",
    text: `Switch it on and keep it within a few metres.${detail ? ` ${sentence(detail)}` : ""}`,
  }),
  toPair: (why: string): Notice => ({ title: "The sensor is not used", text: why }),
  pair: "Go to Sensors",
  lost: (since: string, detail: string): Notice => ({
    title: "The sensor's signal is lost",
    text: `Nothing has been heard since ${since}.${detail ? ` ${sentence(detail)}` : ""} Come closer to the computer, or charge the sensor; it reconnects by itself.`,
  }),
  quiet: (detail: string): Notice => ({
    title: "The sensor sends nothing",
    text: `${sentence(detail)} If this stays, switch the sensor off and on again.`,
  }),
  closed: (detail: string): Notice => ({
    title: "Measuring has stopped",
    text: `Start Backwatch again to carry on.${detail ? ` ${sentence(detail)}` : ""}`,
  }),
  slipped: (time: string, moved_deg: number, canMend: boolean, became: string): Notice => ({
    title: "The sensor has slipped",
    text:
      `Since ${time} it sits differently by about ${wholeDegrees(moved_deg)}°, so angles and postures are left out. ` +
      (canMend
        ? "A few steps showed how it sits now: accept that, or put it back and stand still for a new zero."
        : "Put it back and stand still for a new zero, or walk a few steps so that it can be put right.") +
      (became ? ` ${sentence(became)}` : ""),
  }),
  doubted: (said: readonly string[], calibrate: boolean): Notice => ({
    title: calibrate
      ? "The sensor seems to sit otherwise than was named"
      : "What the sensor measures cannot be right",
    text: said.join(" "),
  }),
  filling: (missing_s: number): Notice => ({
    title: "Filling in what the sensor kept",
    text: `It measured ${calmDuration(missing_s)} out of reach that it is still sending. Stay near; the day fills in by itself.`,
  }),
  notWorn: (): Notice => ({
    title: "The sensor is not being worn",
    text: "Put it on, and measuring carries on by itself. This time is marked on the day as not worn.",
  }),
  battery: (percent: number): Notice => ({
    title: `Sensor battery at ${percent} %`,
    text: "Charge it at the next break, so that the day has no hole.",
  }),
  remarks: (remarks: string[]): Notice => ({
    title: "The sensor says",
    text: remarks.join(" "),
  }),
  tryNow: "Try now",
  mend: "Accept how it sits now",
};

export function sentence(text: string): string {
  const trimmed = text.trim();
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

// ---------------------------------------------------------------- page

export const THEME = {
  names: { system: "System", light: "Light", dark: "Dark" } satisfies Record<Theme, string>,
  label: (now: Theme, next: Theme) =>
    `${THEME.names[now]} theme. Switch to ${THEME.names[next].toLowerCase()}`,
};

export const LOADING = "Loading";

export const BROKEN = {
  title: "This page ran into a problem",
  text: "Only the page is affected: what Backwatch measures is still kept. Reload to carry on.",
  reload: "Reload",
  copy: "Copy details",
  copied: "Copied",
};

export const FOOTER = {
  what: "Backwatch helps you notice how your back spends the day. It is not a medical device and gives no medical advice.",
  data: "Everything measured stays on this computer.",
  licences: "Licences of the open-source parts",
};

export const NAV = {
  label: "Pages",
  pages: {
    now: "Now",
    alerts: "Alerts",
    history: "History",
    lifts: "Lifts",
    "check-in": "Check-in",
    trial: "Trial",
    report: "Report",
    sensors: "Sensors",
    settings: "Settings",
    privacy: "Privacy",
  } satisfies Record<ListedPage, string>,
  more: "More",
  /** Said after `more` where the page that is shown is one of them. */
  inside: (page: string) => `(${page} is shown)`,
  kit: "Shared sensor",
  developer: "For developers",
};

export const DEVELOPER = {
  lead: "What passes each stage now, recorded sessions, faults, and the HTTP API.",
  viewsLabel: "Of what",
  views: { live: "Live path", recorded: "Recorded", faults: "Faults" },
  meaning: "What passes each stage of the path, once a second while this page is seen.",
  copy: "Copy as JSON",
  copied: "Copied.",
  notCopied: "The browser did not allow it. The same is at /api/pipeline.",
  api: "Description of the HTTP API",
  stages: (place: Placement, name: string | null): string =>
    name ? `Stages: ${PLACES[place]}, ${name}` : `Stages: ${PLACES[place]}`,
  status: (status: string, doubt: string): string => [`Link: ${status}.`, doubt].join(" ").trim(),
  columns: ["Stage", "Per second", "Since the start", "Behind", "Last values"],
  columnsMeaning:
    "Behind: from the end of the motion that the last item tells of until the frame that gave it. Each stage is called by the one before, so nothing waits between them.",
  perSecond: "/s",
  behind: " behind",
  queues: "Queues",
  queuesMeaning: "Where something can wait: before the path, before the disk, before a page.",
  linkWaiting: "events that wait for the path",
  delays: "Delays of frames",
  delaysMeaning: (count: number): string =>
    `Half / 99 of 100 / all are no longer [ms]; ${count} frames in the last minute.`,
  worked: "work of the path",
  told: "arrival to state",
  stored: "arrival to stored",
  clock: "Clock of the sensor",
  link: "Link",
  ingest: "Ingest",
  rejection: "last refusal",
  notCounted: "Not counted here.",
  store: "Store and pages",
  waiting: "steps that wait for the disk",
  items: "items stored",
  clients: "pages that watch",
  dropped: "messages lost by slow pages",
  tape: {
    heading: "Record a tape",
    meaning:
      "A tape is what the radio says of the sensor, before anything is decoded. Read again it gives the same states, events and alerts. It holds motion of the person, and stays on this computer as long as samples do, unless it is deleted here or erased on the page Privacy before.",
    record: "Record",
    since: (name: string, size: string): string => `Recording to ${name}, ${size} so far.`,
    folder: "Tapes are in this folder; others that are put there are listed, too:",
  },
  sessions: {
    heading: "Recorded sessions",
    meaning:
      "Tapes, and recordings of which the samples are still kept. Samples go through the path from the time base on.",
    columns: ["Start", "Kind", "Length", "Sensor", "Size", "Actions"],
    kinds: { tape: "Tape", samples: "Samples" },
    goingOn: "going on",
    unknown: "not known",
    play: "Play",
    playOne: (kind: "tape" | "samples", start: string): string =>
      `Play ${kind === "tape" ? "the tape" : "the samples"} of ${start}`,
    delete: "Delete",
    deleteOne: (name: string): string => `Delete ${name}`,
    sure: "Really delete?",
    deleteSure: (name: string): string => `Really delete ${name}?`,
    none: "None yet. Record a tape, or wear the sensor for a minute.",
  },
  replay: {
    heading: "Replay",
    of: (kind: string, start: string): string => `Replay: ${kind.toLowerCase()} of ${start}`,
    chip: "Replay, not now",
    meaning:
      "A recorded session goes through the same path again, with the thresholds of now. It is shown here and kept nowhere; the days on the other pages do not change.",
    speed: "Speed",
    speeds: (speed: number | null): string =>
      speed === null ? "As fast as possible" : `${speed} ×`,
    states: {
      none: "Nothing is played.",
      starting: "It begins: a process of its own loads the path, for some seconds.",
      playing: "Playing.",
      paused: "Paused.",
      done: "Played to its end.",
      stopped: "Stopped.",
      failed: "It could not be played on.",
    },
    progress: "How much of it was played",
    at: ({ at_ms, share, read_s, took_s }: Replay): string =>
      [
        at_ms === null ? "" : dayTimeExactly(at_ms),
        `${percent(share)} played`,
        took_s > 0 ? `${duration(read_s)} in ${duration(took_s)}` : "",
      ]
        .filter(Boolean)
        .join(" · "),
    pause: "Pause",
    go: "Go on",
    stop: "Stop",
    person: ({ person, lean_deg }: Replay): string =>
      [
        person ? stateName(person) : ACTIVITIES.unknown,
        lean_deg === null
          ? ""
          : `${Math.abs(wholeDegrees(lean_deg))}° ${wholeDegrees(lean_deg) < 0 ? "back" : "forward"}`,
      ]
        .filter(Boolean)
        .join(", "),
    counts: ({ states, events, alerts }: Replay): string =>
      `Up to here: states ${states}, events ${events}, alerts ${alerts}.`,
    lines: "What the path told last",
    stages: "Stages of the replay",
  },
  faults: {
    none: "No faults here",
    begin: "Begin a fault",
    meaning:
      "Something goes wrong with the simulated sensor or the air around it, as it did with real products. What a user then sees, and what is guaranteed, is in docs/faults.md.",
    fault: "Fault",
    choose: "Choose one",
    which: "Choose a fault first.",
    atStart: (name: string): string => `${name} (only from the start)`,
    does: (does: string): string => sentence(does),
    start: "Begin",
    on: "On now",
    count: (count: number): string =>
      count === 0 ? "None." : count === 1 ? "One fault is on." : `${count} faults are on.`,
    clear: "Clear",
    clearOne: (text: string): string => `Clear ${text}`,
    clearAll: "Clear all",
    past: "Before",
    states: { on: "on", over: "over", cleared: "cleared", failed: "failed" },
  },
};

export const KIT = {
  none: "No sensor was lent yet. A code on a sensor leads to its form here.",
  lend: "Take this sensor for a shift. Use a number or a word; no name is needed.",
  word: "Number or word",
  wordNeeded: "A number or a word is needed.",
  purpose:
    "For you to notice how your back spends the shift. Not for discipline, pay, hiring, comparing people, the pace of work or claims.",
  take: "Take this kit",
  out: (person: string, since: string) => `Lent to ${person} since ${since}.`,
  bringBack: "Bring it back",
  back: (person: string) => `It is back from ${person}. This is still here of the shift:`,
  samples: "what the sensor measured",
  file: "Save all of it as a file to take with you",
  saved: "I have the file, and looked that it is there",
  noFile: "I want no file",
  erase: "Erase it here, for good",
  erased: "It is erased here.",
};

export const PROBLEMS = {
  ended: "This browser's session has ended. Open the link that Backwatch printed when it started.",
  failed: "Backwatch did not answer as it should. Try again.",
  said: (detail: string) => sentence(detail),
  again: "Try again",
};

export const ON_OFF = { on: "on", off: "off" };

// ---------------------------------------------------------------- coaching

export const COACHING = {
  heading: "Reminders",
  status: (now: Coaching): string => {
    if (now.pain) return "Pain mode is on: no coaching until you switch it off.";
    if (now.first_day) return "The first day only looks: reminders begin tomorrow.";
    if (now.hours !== null) {
      const until = now.hours_until_ms === null ? "" : ` until ${dayTime(now.hours_until_ms)}`;
      return now.hours === "quiet"
        ? `Quiet hours${until}: no reminders.`
        : `Outside your working hours${until}: no reminders.`;
    }
    if (now.snoozed_until_ms !== null) return `Snoozed until ${clockTime(now.snoozed_until_ms)}.`;
    if (now.in_call) return "In a call: reminders wait until it is over.";
    if (now.do_not_disturb) return "Do not disturb is on in your system: reminders wait.";
    if (now.trial_silent_until_ms !== null)
      return `The trial has drawn silence until ${clockTime(now.trial_silent_until_ms)}.`;
    return "Reminders are on.";
  },
  /** What the system shows, what cannot be used and what was lost; a sentence each. */
  seen: (now: Coaching): string[] => [
    ...(now.in_call && !now.in_call_said ? ["The microphone or camera is in use, which counts as a call."] : []),
    ...(now.problem ? [`A setting cannot be used: ${sentence(now.problem)}`] : []),
    ...Object.entries(now.undelivered).map(
      ([channel, count]) =>
        `${count === 1 ? "1 notice" : `${count} notices`} could not be delivered: ${channelName(channel)}.`,
    ),
  ],
  snooze: "Snooze",
  snoozeFor: (minutes: 5 | 15 | 60 | null): string =>
    minutes === null ? "Rest of today" : `${minutes} min`,
  snoozeEnd: "End the snooze",
  call: "I am in a call",
  pain: "Pain mode",
  held: "Waiting for a better moment",
};

const CHANNELS: Record<string, string> = {
  vibration: "vibration of the sensor",
  desktop: "desktop notification",
  browser: "browser notification",
  page: "this page",
  webhook: "webhook",
};
export const BROWSER_NOTICES = {
  allow: "Allow in this browser",
  ask: "Not allowed in this browser yet. They come while this page is open but out of sight, in place of the desktop's.",
  yes: "Allowed in this browser: they come while this page is open but out of sight, in place of the desktop's.",
  no: "This browser blocks them. Its settings for this site can change that.",
  none: "This browser shows none here. They need a page on this computer itself, or an address that begins with https.",
  unchosen: "None are shown by the browser.",
};
export const channelName = (channel: string): string => CHANNELS[channel] ?? channel;

export const ADVICE = {
  heading: "A threshold to try",
  label: (title: string) => `Threshold to try: ${title}`,
  sentence: ({ title, unit, now, value }: Advice): string =>
    `${title}: try ${spoken(value, unit)} instead of ${spoken(now, unit)}.`,
  take: ({ unit, value }: Advice): string => `Take ${spoken(value, unit)}`,
  leave: "Leave it",
  when: "It is used at once.",
  taken: "Kept. It is used from now on.",
};

/** A number with its unit, as people write it. */
export function amount(value: number, unit: string): string {
  const number = String(rounded(value, unit));
  if (unit === "deg") return `${number}°`;
  return unit ? `${number} ${unit}` : number;
}

/** As `amount`, with whole minutes where they say the same. */
function spoken(value: number, unit: string): string {
  return unit === "s" && value >= 120 && value % 60 === 0 ? duration(value) : amount(value, unit);
}

export const WHY = {
  button: "Why?",
  buttonFor: (title: string, time: string) => `Why? ${title}, ${time}`,
  atOnce: "Told at once.",
  rule: "Rule",
  profile: "Profile",
  profileUnknown: "Its thresholds are not known any more. Those that were kept with the alert are shown.",
  decided: "What decided",
  measured: "Also measured",
  /** Such as "Lasted: 12 min, told from 10 min on". */
  reason: ({ title, measured, threshold, unit, bound }: Reason): string => {
    const found = measured === null ? "not kept" : reasonAmount(measured, unit);
    if (threshold === null) return `${title}: ${found}`;
    const told = reasonAmount(threshold, unit);
    return `${title}: ${found}, ${bound === "least" ? `told from ${told} on` : `at most ${told}`}`;
  },
  parts: "Parts of the index",
  part: (title: string, measured: string, points: string, demanding: boolean): string =>
    `${title}: ${measured}, ${points} points${demanding ? "; most of it" : ""}`,
  sure: "How sure",
  sureValue: (share: number): string => `${percent(share)} that it was what it is called`,
  decisions: "What became of it",
  decision: (time: string, words: string, channels: readonly string[]): string =>
    channels.length ? `${time}: ${words} (${channels.map(channelName).join(", ")})` : `${time}: ${words}`,
  noTrace: "No angles were kept around this alert.",
  traceDue: "The angles around it come in a few seconds.",
  trace: (low: number, high: number, forwardKnown: boolean): string =>
    `The half minute around it: between ${low}° and ${high}° ${forwardKnown ? "forward" : "from upright"}.`,
  traceEmpty: "There was no measurement around it.",
  line: (title: string, deg: number) => `${title}: ${deg}°`,
  before: (seconds: number) => `${seconds} s before`,
  moment: (time: string) => `raised ${time}`,
};

function reasonAmount(value: number, unit: Reason["unit"]): string {
  if (unit === "s") return duration(value);
  if (unit === "1/min") return `${value} a minute`;
  return amount(value, unit);
}

export const VERDICTS = {
  question: "This alert was",
  names: { right: "Right", wrong: "Wrong", had_to: "Right, but I had to" } satisfies Record<
    Verdict["verdict"],
    string
  >,
};

// ---------------------------------------------------------------- settings

export const SETTINGS = {
  manners: "Reminders",
  mannersMeaning: "When and how you are told. A change is used at once.",
  thresholds: "Thresholds",
  thresholdsMeaning: "What counts. A change is used at once; what lasts, such as the time seated, goes on.",
  sources: "Defaults and ranges are chosen by us unless a source is named.",
  tour: "These are the times of every day. This demo reads with shorter ones, so that its three minutes show each alert; the page Now lists both.",
  unit: (unit: string): string => (unit === "deg" ? "°" : unit),
  save: "Save",
  saveFor: (title: string) => `Save: ${title}`,
  reset: "Back to the default",
  resetFor: (title: string) => `Back to the default: ${title}`,
  kept: "Kept.",
  notNumber: "A number is needed.",
  example: (name: string): string => (name === "plan" ? "15:00 ten glute bridges" : "22:00-06:30"),
  about: (setting: Setting): string => {
    const { low, high, source, name } = setting;
    const standard = setting.default;
    const { unit, per } = shownUnit(setting.unit, standard);
    const parts: string[] = [];
    if (typeof standard === "number") parts.push(`Default ${amount(standard / per, unit)}.`);
    else if (Array.isArray(standard)) parts.push(standard.length ? "Default: all of them." : "Default: none.");
    if (low !== null && high !== null)
      parts.push(`From ${amount(low / per, unit)} to ${amount(high / per, unit)}.`);
    else if (name === "plan") parts.push("One a line, such as 15:00 ten glute bridges.");
    else if (name !== "channels" && typeof standard !== "boolean")
      parts.push("One stretch a line, such as 22:00-06:30 or Mon,Tue 09:00-17:00.");
    return [...parts, sourceWords(source)].filter(Boolean).join(" ");
  },
  notAllowed: (said: string, { low, high, unit, default: standard }: Setting): string => {
    const shown = shownUnit(unit, standard);
    const [least, most] = [low ?? 0, high ?? 0].map((value) => amount(value / shown.per, shown.unit));
    return `${said} is not allowed; use ${least} to ${most}.`;
  },
};

export const ALL_THRESHOLDS = {
  heading: "Every number that decides",
  meaning: (profile: string): string =>
    `Those of the profile ${profile}, in force now, with what each is for and where it comes from. None says what is good for anybody's back.`,
  search: "Search",
  found: (count: number): string => (count === 1 ? "1 number" : `${count} numbers`),
  columns: ["Name", "Value", "Meaning and source"],
};

/** Where a default comes from, if there is more to say than that we chose it. */
function sourceWords(source: string): string {
  if (source === "ours") return "";
  const after = /^(?:ours: |you; )(.*)$/.exec(source)?.[1];
  if (after) return sentence(after);
  return sentence(source.replace(/^ours, /, "chosen by us, ").replace(/^(?!chosen)/, "source: "));
}

// ---------------------------------------------------------------- check-in

export const CHECK_IN = {
  heading: "How are you?",
  meaning: "Noted for you, never judged. One tap each, then save.",
  pain: "Pain",
  stiffness: "Stiffness",
  ends: ["none", "the most"],
  more: "What went before, and a note",
  triggers: "What went before, in your words; commas between",
  triggersExample: "gardening, long drive",
  note: "Note",
  save: "Save",
  spasm: "Spasm now",
  noted: {
    "check-in": "Noted.",
    spasm: "Noted. What was measured around this moment is kept longer than other data.",
  },
  undo: "Undo",
  takeBack: "Take it back",
  takeBackFor: (time: string) => `Take it back: ${time}`,
  gone: "Taken back: it is not kept any more.",
  putBack: "Put it back",
  painMode: "Pain mode is on: no coaching, and stretches are hidden, until you switch it off.",
  entries: "What you noted",
  none: "Nothing noted in the last two weeks.",
  beside: "What was measured came before it; that does not make it the reason.",
  said: ({ pain, stiffness, spasm }: CheckIn): string =>
    [
      ...(spasm ? ["spasm"] : []),
      ...(typeof pain === "number" ? [`pain ${pain}`] : []),
      ...(typeof stiffness === "number" ? [`stiffness ${stiffness}`] : []),
    ].join(", ") || "a note",
  triggersSaid: (triggers: readonly string[]) => `You named: ${triggers.join(", ")}.`,
  before: (beside: Beside) => `Two hours before: ${besideWords(beside)}`,
  day: (beside: Beside) => `That day until then: ${besideWords(beside)}`,
} as const;

function besideWords(beside: Beside): string {
  if (beside.worn_s < 60) return "nothing was measured.";
  const bends = `${beside.bends_30} ${beside.bends_30 === 1 ? "bend" : "bends"}`;
  return (
    `seated ${calmDuration(beside.seated_s)}, ${calmDuration(beside.slouched_s)} of it leaning forward; ` +
    `${bends} of 30° or more, ${beside.bends_60} of them of 60° or more; ` +
    `measured for ${calmDuration(beside.worn_s)}.`
  );
}

export const CARDS = {
  heading: "Cards",
  drawing: (title: string) => `Drawing: ${title}`,
};

export const MOVEMENTS = {
  heading: "Movement check",
  off: "It is off until you want it: a way to record how far you move, and whether that hurt. It says nothing of your back.",
  switchOn: "Switch it on",
  meaning: "Move as far as is comfortable. The largest angle is recorded, and nothing is read into it.",
  names: {
    flexion: "Bend forward",
    extension: "Lean back",
    side_left: "Lean left",
    side_right: "Lean right",
    turn_left: "Turn left",
    turn_right: "Turn right",
  } satisfies Record<MovementNow["movement"], string>,
  still: "Stand still for a moment.",
  move: "Move now. When you are back, say whether it hurt.",
  angle: (deg: number) => `${wholeDegrees(deg)}°`,
  stop: "Stop",
  pain: "Did it hurt?",
  yes: "Yes",
  no: "No",
  history: "Recorded movements",
  columns: ["When", "Movement", "Largest angle", "Hurt", "Against the one before"],
  outcome: ({ peak_deg, stopped }: MovementRecord): string =>
    peak_deg === null ? (stopped ? "stopped" : "none") : `${wholeDegrees(peak_deg)}°`,
  painSaid: (pain: boolean | null): string => (pain === null ? "not said" : pain ? "yes" : "no"),
};

export const DRILL = {
  heading: "Ten slow bends",
  meaning: "Practise bending slowly: each bend is told in numbers, and none is called good or bad.",
  start: "Begin",
  stop: "Stop",
  of: (wanted: number): string => `of ${wanted}`,
  kept: (words: string): string => `Kept: ${words}`,
  nothing: "No bend past 30° was seen; nothing is kept.",
  earlier: "Earlier ones",
};

// ---------------------------------------------------------------- trial

const PHASES: Record<Exclude<Trial["phase"], "before">, string> = {
  baseline: "First part: silence, to see how you are without reminders.",
  feedback: "Second part: reminders on half of the half-days, drawn by a coin.",
  faded: "Third part: reminders on a quarter of the half-days.",
  washout: "Last part: silence again.",
  over: "It is over.",
  ended: "It was ended early.",
};

export const TRIAL = {
  habits: {
    slouch: "Share of seated time leaning forward",
    static: "Longest time in one position",
    bends: "Deep bends per hour",
    breaks: "Breaks per seated hour",
  } satisfies Record<Trial["habit"], string>,
  heading: (habit: Trial["habit"]): string => `Do reminders change this: ${TRIAL.habits[habit].toLowerCase()}?`,
  phase: (trial: Trial): string => {
    if (trial.phase === "before") return `It begins on ${longDay(trial.first)}.`;
    const known = trial.phase !== "over" && trial.phase !== "ended" && trial.results[0]?.answer === "too_early";
    return PHASES[trial.phase] + (known ? ` The answer may be seen from ${dayTime(trial.known_ms)} on.` : "");
  },
  span: (first: string, last: string) => `${first} to ${last}`,
  interval: ({ title, effect, unit }: HabitResult): string =>
    effect
      ? `${title}: ${TRIAL.difference(effect.mean, unit)} with reminders; interval of 95 % from ` +
        `${TRIAL.difference(effect.low, unit)} to ${TRIAL.difference(effect.high, unit)}.`
      : title,
  difference: (value: number, unit: string): string =>
    `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(1)} ${unit}`,
  noDifference: "no difference",
  less: "less",
  more: "more",
  pairs: (effect: Effect, lost: number, unit: string): string =>
    `Interval of 95 %: ${TRIAL.difference(effect.low, unit)} to ${TRIAL.difference(effect.high, unit)}, from ${effect.pairs} pairs of half-days` +
    (lost ? `; ${lost} more could not be used. ` : ". ") +
    `A coin alone would give as much in ${ofHundred(effect.p)} of 100 trials.`,
  others: "Other habits",
  othersMeaning: "They were not named beforehand, so they prove nothing.",
  assumptions: "What the answer takes for granted",
  start: "Start a trial",
  meaning:
    "A trial finds out whether reminders change a habit of yours. Half-days with and without reminders are drawn by a coin before the first day, and nothing is shown before they are over.",
  habit: "Which habit?",
  days: "Days",
  parts: {
    baseline_days: "Silent days first",
    feedback_days: "Days with half of them told",
    faded_days: "Days with a quarter told",
    washout_days: "Silent days at the end",
  },
  first: "First day (empty: tomorrow)",
  allWeek: "Weekends count too",
  startNow: "Draw it and start",
  end: "End it early",
  endMeaning: "What was seen is kept. A trial that is ended often cannot tell anything.",
  why: "Why, in your words (may be empty)",
  endNow: "End this trial",
};

function ofHundred(share: number): string {
  if (share < 0.0005) return "under 0.1";
  return (100 * share).toFixed(share < 0.095 ? 1 : 0);
}

// ---------------------------------------------------------------- report

export const REPORT = {
  spans: { day: "A day", week: "A week" },
  previous: { day: "Day before", week: "Week before" },
  next: { day: "Day after", week: "Week after" },
  pdf: "PDF",
  csv: "CSV",
  print: "Print",
  points: (points: number) => `${Math.round(points)} of 100 points`,
  suggestion: "One thing to try:",
  lines: "Where points went",
  lineColumns: ["What", "Mean of a day", "Points lost"],
  exposure: "Leaning",
  exposureColumns: ["What", "Time", "Share of worn time"],
  days: "Day by day",
  unknown: "What was not seen",
  unknownColumns: ["What", "For how long"],
};

export const FIRST_RUN = {
  who: "For people who want to notice how they sit, bend and lift, at a desk or at manual work.",
  dismiss: "I have read this",
  pair: "Pair a sensor",
  simulated: "This sensor is simulated: nobody wears it, and its days are kept apart from yours.",
  without: "No sensor at hand? The command \u201cbackwatch demo\u201d plays one.",
};

// ---------------------------------------------------------------- history

const MEASURE_WORDS: Record<Measure, { name: string; of: string }> = {
  slouched: { name: "Slouched", of: "of the time worn" },
  over20: { name: "Leaning more than 20°", of: "of the time measured" },
  over60: { name: "Leaning more than 60°", of: "of the time measured" },
  feet: { name: "Standing or walking", of: "of the time worn" },
  bends: { name: "Bends of any depth", of: "an hour measured" },
  flagged: { name: "Demanding lifts", of: "an hour measured" },
};

/** "26 %", or "12.4 an hour". */
function measureValue(measure: Measure, value: number): string {
  return measure === "bends" || measure === "flagged"
    ? `${value.toFixed(1)} an hour`
    : percent(value);
}

export const HISTORY = {
  views: { day: "Day", week: "Week", month: "Month", year: "Year" } satisfies Record<View, string>,
  viewsLabel: "How much at once",
  step: { day: "day", week: "week", month: "month", year: "year" } satisfies Record<View, string>,
  before: (view: View) => `The ${HISTORY.step[view]} before`,
  after: (view: View) => `The ${HISTORY.step[view]} after`,
  today: "Today",
  date: "Go to a day",
  rows: "CSV",
  rowsFor: (what: string) => `${what} as CSV`,
  title: (view: View, first: string, last: string): string => {
    switch (view) {
      case "day":
        return longDay(first);
      case "week":
        return `${longDay(first)} to ${longDay(last)}`;
      case "month":
        return monthName(first);
      case "year":
        return first.slice(0, 4);
    }
  },
  none: (view: View) => `Nothing was measured in this ${HISTORY.step[view]}.`,
  noneAction: "Wear the sensor, and it fills by itself.",
  lastData: (date: string) => `The last data is of ${longDay(date)}.`,
  goThere: "Go there",
  future: "This day is still to come.",
  coming: "to come",
  worn: (known_s: number, noData_s: number): string =>
    `Worn and known for ${duration(known_s)}` +
    (noData_s >= 60 ? `; ${duration(noData_s)} without data in between.` : "."),
  coverage: (share: number | null): string => (share === null ? "no data" : `${percent(share)} seen`),
  coverageHead: "Seen",
  measureNames: Object.fromEntries(
    Object.entries(MEASURE_WORDS).map(([measure, { name }]) => [measure, name]),
  ) as Record<Measure, string>,
  measureMeaning: (measure: Measure): string =>
    `${MEASURE_WORDS[measure].name}, ${MEASURE_WORDS[measure].of}`,
  value: (measure: Measure, value: number | null): string =>
    value === null ? "–" : measureValue(measure, value),
  tooLittle: "Under two hours were seen, so nothing is said of the whole.",
  /** "Slouched: 26 % of the time worn. Usual for you: 31 %." */
  against: (measure: Measure, value: number, usual: number | null): string => {
    const { name, of } = MEASURE_WORDS[measure];
    const said = measureValue(measure, value);
    const whole = measure === "bends" || measure === "flagged" ? said : `${said} ${of}`;
    return (
      `${name}: ${whole}.` +
      (usual === null ? "" : ` Usual for you: ${measureValue(measure, usual)}.`)
    );
  },
  usualMeaning: "Usual is the median of your own 28 days before; it needs five days with two hours each.",

  // today against the day before
  sinceHeading: "What changed",
  since: (change: Change | null, day: string): string => {
    if (!change) return `Much as ${day === "yesterday" ? day : `on ${day}`}.`;
    const { measure, now, then } = change;
    const { name, of } = MEASURE_WORDS[measure];
    const which = now < then ? "less" : "more";
    const rate = measure === "bends" || measure === "flagged";
    const said = rate ? `${now.toFixed(1)} ${of}` : `${percent(now)} ${of}`;
    return `${name}: ${which} than ${day === "yesterday" ? day : `on ${day}`}, ${said} against ${rate ? then.toFixed(1) : percent(then)}.`;
  },
  sinceSoon: "Today is compared once two hours have been seen.",
  sinceNone: "There is no day of the last week to compare with yet.",
  sinceColumns: (day: string) => ["What", "Today", day, "Usual for you"],
  dayName: (date: string, isYesterday: boolean): string =>
    isYesterday
      ? "yesterday"
      : weekday(date),
  sinceLink: "All of it in History",

  // a day
  ribbonHeading: "The day, hour by hour",
  ribbon: (totals: string) => `Ribbon of the day: ${totals}.`,
  ribbonKeys:
    "Drag along it or press left and right to choose a stretch, plus and minus to zoom, Home for the whole day, Escape to choose nothing.",
  ribbonRole: "zoomable ribbon",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  zoomTo: "Zoom to the stretch",
  earlier: "Earlier",
  later: "Later",
  whole: "Whole day",
  chosen: (name: string, from: string, to: string, seconds: number) =>
    `${name}, ${from} to ${to}, ${duration(seconds)}`,
  stretch: "Stretch",
  youSaid: "you said so",
  doubted: "the sensor had slipped",
  table: "Show as a table",
  tableCaption: "What was measured, oldest first",
  choose: "Choose",
  chooseFor: (name: string, from: string) => `Choose: ${name} from ${from}`,
  numbersHeading: "Compared with your usual",
  numbersColumns: ["What", "This day", "Usual for you"],

  // corrections
  correct: "Say what it was",
  correctMeaning:
    "Choose a stretch of the ribbon, or give its times. What you say counts from then on, in exposure and scores too.",
  from: "From",
  to: "To",
  say: {
    sit: "I was sitting",
    stand: "I was standing",
    not_worn: "I was not wearing it",
  } satisfies Record<Correction["activity"], string>,
  saidNow: (learned: boolean) =>
    learned
      ? "Kept. What Backwatch sees now takes it into account."
      : "Kept. The day counts it.",
  notTimes: "Give two times of this day, the earlier one first.",
  saidHeading: "What you said",
  saidOne: ({ activity, start_ms, stop_ms }: Correction): string =>
    `${HISTORY.say[activity]}, ${clockTime(start_ms)} to ${clockTime(stop_ms)}`,
  undo: "Undo",
  undoFor: (said: Correction) => `Undo: ${HISTORY.saidOne(said)}`,
  notInExposure: "Exposure stays as measured here: an earlier version of Backwatch added it up.",
  undoMeaning:
    "Undo puts back what was measured. What Backwatch had taken into account of it for now fades by itself.",

  // exposure of a day
  exposure: "Exposure",
  exposureColumns: ["Leaning", "Time", "Share of worn time", "Standing or walking"],
  over: (deg: number) => `More than ${deg}°`,
  back: "Back by more than 10°",
  exposureSentence: (worn_s: number, coverage: number, days: number, goesOn: boolean): string =>
    goesOn && days === 1
      ? `Worn, settled and not lying for ${duration(worn_s)} so far.`
      : `Worn, settled and not lying for ${duration(worn_s)}${days === 1 ? "" : ` on ${days} days`}: ${percent(coverage)} of the time that should count.`,
  settling:
    "The last 11 minutes of today are still being added up here; they are not lost. Now counts them at once.",
  exposureEmpty: "Nothing has been added up for this day. It is done some minutes after the first data.",
  exposureNone: "No exposure is kept of these days. It is kept for a year, unless set otherwise.",
  whyNull: (why: string) => `Left out: ${why}.`,
  percentiles: "Percentiles",
  percentilesColumns: ["So much of the time was below", "Lean", "Speed of the lean"],
  degrees: (deg: number | undefined) => (deg === undefined ? "–" : `${rounded(deg, "deg")}°`),
  speed: (degps: number | undefined) => (degps === undefined ? "–" : `${rounded(degps, "deg")}°/s`),
  counts: "Habits",
  countsColumns: ["What", "How much"],
  countNames: {
    bends_30: "Bends of 30° or more",
    bends_60: "Bends of 60° or more",
    lifts: "Bends like a lift",
    flagged: "Demanding ones of these",
    seated: "Seated, or standing still",
    beyond: "Of that after minute 30 of a bout",
    breaks: "Sitting bouts ended by a minute up",
    shifts: "Changes of posture while seated",
    static: "Longest within 10° of one posture",
    sitting: "Longest sitting bout",
    holds: "Holds longer than ISO 11226 gives without support",
    dose: "Leaning, as if bent level",
  },
  perHour: (count: number, rate: number | null, of: string): string =>
    rate === null ? String(count) : `${count}, ${rate.toFixed(1)} ${of}`,
  hour: "an hour worn",
  seatedHour: "a seated hour",

  // posture variation
  variation: "Posture variation",
  variationMeaning:
    "Bouts by what you did, how the trunk was, and how long it lasted: count and time together. Many cells mean variation.",
  variationEmpty: "No bout of five seconds or more has ended yet.",
  variationCorner: "Doing, and the trunk",
  bouts: ["5 to 15 s", "15 s to 1 min", "1 to 5 min", "5 to 20 min", "20 min or more"],
  zone: (zone: Variation["zone"]): string => ZONE_WORDS[zone],
  cell: (bouts: number, total_s: number) => `${bouts} × · ${duration(total_s)}`,

  // a week
  weekRibbons: "Day by day on one clock",
  weekDay: shortWeekday,
  weekDayLong: spokenDay,
  weekSentence: (share: number | null, busiest: number | null, before: number | null): string => {
    if (share === null) return HISTORY.tooLittle;
    const when = busiest === null ? "" : `, most of it around ${busiest}:00`;
    const last = before === null ? "" : ` The 28 days before: ${percent(before)}.`;
    return `On a usual day of this week you slouched for ${percent(share)} of the time worn${when}.${last}`;
  },
  dayShort: shortDay,
  hours: (seconds: number | null): string => {
    if (!seconds) return "–";
    return seconds < 10 * 3600 ? duration(seconds) : `${Math.round(seconds / 3600)} h`;
  },
  heatHeading: "When does it happen?",
  heatMeaning: (heat: Heat) => `${HISTORY.heats[heat]}, share of each hour. Hatched: under five minutes were seen.`,
  heatLabel: "Show",
  heats: {
    slouched: "Slouched",
    over20: "Leaning more than 20°",
    feet: "Standing or walking",
  } satisfies Record<Heat, string>,
  heatDay: "Day",
  heatHour: (hour: number) => `${hour}:00`,
  heatCell: (share: number | null): string => (share === null ? "no data" : percent(share)),
  totals: "Days as numbers",
  dayColumn: "Day",

  // a month, a year
  calendar: "The month",
  calendarMeaning: (measure: Measure) =>
    `${HISTORY.measureMeaning(measure)}. Hatched: under two hours were seen.`,
  inCalendar: (measure: Measure, value: number | null): string =>
    value === null ? "no data" : HISTORY.value(measure, value).replace(/ an hour$/, ""),
  trend: "Against your own usual",
  trendLabel: "Show",
  trendSentence: (measure: Measure, value: number | null, days: number, before: number | null): string => {
    if (value === null) return HISTORY.tooLittle;
    const whole = days === 1 ? "1 day" : `${days} days`;
    const last = before === null ? "" : ` The 28 days before: ${measureValue(measure, before)}.`;
    return `${HISTORY.measureMeaning(measure)}: ${measureValue(measure, value)} on a usual day, from ${whole} with two hours or more.${last}`;
  },
  trendAlt: (sentence: string) => `Chart, a dot a day. ${sentence}`,
  trendKey: { day: "a day", usual: "your usual then", seen: "share of the day seen" },
  months: "Month by month",
  monthsMeaning: "Shares and rates are those of a usual day of each month, the median of its days.",
  monthColumn: "Month",
  daysColumn: "Days measured",
  wornColumn: "Worn",
};

const ZONE_WORDS: Record<Variation["zone"], string> = {
  under_20: "under 20°",
  "20_to_60": "20° to 60°",
  over_60: "over 60°",
  recline: "leaning back",
  lie: "lying",
};
export const activityName = (activity: Activity): string => ACTIVITIES[activity];

// ---------------------------------------------------------------- lifts

const TECHNIQUES: Record<LiftCard["technique"], string> = {
  stoop: "mostly from the back",
  squat: "with the knees",
  unknown: "knees or back: cannot tell",
  "": "",
};

export const LIFTS = {
  sentence: (all: number, flagged: number): string => {
    if (!all) return "No bend like a lift was seen on this day.";
    const which = flagged === 0 ? "none of them" : flagged === 1 ? "1 of them" : `${flagged} of them`;
    return `${all === 1 ? "1 bend like a lift" : `${all} bends like a lift`}, ${which} demanding.`;
  },
  meaning: "The sensor sees the trunk, not the load: what was lifted cannot be known.",
  none: "Put the sensor on. Lifts appear here by themselves.",
  hours: "Hour by hour",
  hourColumns: ["Hour", "Lifts", "Demanding", "Worn", "Lifts in a worn hour"],
  filters: "Which ones",
  which: "Show",
  onlyFlagged: "Demanding ones",
  all: "All of them",
  any: "Any",
  clear: "Clear these",
  reversed: "The first time is not before the second, so no time lies between. Change one of them.",
  found: (total: number, shown: number): string =>
    total === 0 ? "None of them." : shown < total ? `${shown} of ${total}, newest first.` : `${total}, newest first.`,
  cards: "Lifts, newest first",
  more: (left: number) => `Show more of ${left}`,
  flagged: "Demanding",
  ordinary: "Ordinary",
  speedUnit: "°/s",
  seconds: (seconds: number) => `${seconds} s`,
  chart: (title: string, fastest_degps: number | null): string =>
    `Line charts of the lean and its speed. ${title}` +
    (fastest_degps === null ? "." : `, at most ${fastest_degps}° a second.`),
  inexact: "Drawn from the angles that were kept with its alert.",
  noTrace: "The motion of this lift is not kept any more.",
  index: (index: number) => `${Math.round(index)} of 100, higher is more demanding`,
  measured: ({ measured, unit }: LiftPart): string =>
    unit === "deg" ? `${wholeDegrees(Math.abs(measured))}°` : `${wholeDegrees(measured)}°/s`,
  points: ({ points, most }: LiftPart) => `${Math.round(points)} of ${most}`,
  about: ({ technique, confidence, profile }: LiftCard): string =>
    [TECHNIQUES[technique], `${percent(confidence)} sure`, `profile ${profile}`].filter(Boolean).join(" · "),
  tag: "Task and zone",
  tagFor: (time: string) => `Task and zone of the lift at ${time}`,
  task: "Task",
  zone: "Zone",
  save: "Save",
  saveFor: (time: string) => `Save: task and zone of the lift at ${time}`,
  saved: "Kept.",
};
