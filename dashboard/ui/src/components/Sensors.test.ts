import { render, screen } from "@testing-library/svelte";
import { expect, test } from "vitest";
import type { Link, Sensor, Sensors as Known } from "../api";
import Sensors from "./Sensors.svelte";

const link: Link = {
  status: "connected",
  name: "Back",
  address: "AA:BB",
  battery_percent: 80,
  since_ms: 0,
  detail: "",
  charging: null,
  worn: null,
  muted: null,
  session: null,
  faults: [],
  overwritten: null,
  never_sampled: null,
  lost_events: null,
  time_trusted: true,
  time_doubt: "",
  remarks: [],
};
const first: Sensor = {
  placement: "upper_back",
  counts: true,
  link,
  away: null,
  covered_s: 7300,
  worn_s: 7200,
  slots_held: 2,
  slots_limit: null,
};
const second: Sensor = { ...first, placement: "low_back", counts: false, worn_s: 30 };
const show = (changes: Partial<Known>): void => {
  render(Sensors, { sensors: { sensors: [first, second], notice: "", trunk: null, ...changes } });
};
const rows = (): string[] =>
  screen.getAllByRole("listitem").map((row) => row.textContent!.replace(/\s+/g, " ").trim());

test("each sensor has its place, its part, its status and its day", () => {
  show({});

  expect(rows()).toEqual([
    "Upper back counts Connected Back 80 % 2 h today",
    "Low back beside Connected Back 80 % under 1 min today",
  ]);
  expect(screen.queryByText(/connections/)).toBeNull();
});

test("where the first is away it is said, with what its link knows", () => {
  const lost = { ...first, away: "lost", link: { ...link, detail: "no free slot" } } as Sensor;
  show({ sensors: [lost, second], notice: "The day is counted from the first sensor." });

  expect(rows()[0]).toBe("Upper back counts Lost Back 80 % 2 h today no free slot");
  expect(screen.getByText("The day is counted from the first sensor.")).toBeTruthy();
});

test("slots are shown once the adapter has refused one", () => {
  show({ sensors: [first, { ...second, slots_limit: 2 }] });

  expect(screen.getByText(/^2 of 2 connections/)).toBeTruthy();
});
