import { render, screen } from "@testing-library/svelte";
import { expect, test } from "vitest";
import type { Posture, Zone } from "../api";
import type { Live } from "../live.svelte";
import NowCard from "./NowCard.svelte";

const START_MS = 1_800_000_000_000;
const zones: Zone[] = [
  { name: "Neutral", level: "neutral", from_deg: -30, to_deg: 20 },
  { name: "Caution", level: "caution", from_deg: 20, to_deg: 60 },
];
const live = (posture: Posture, changes: object = {}): Live =>
  ({
    server: "live",
    zones,
    forwardKnown: true,
    link: { status: "connected" },
    bodyState: { activity: "sit", posture, confidence: 0.9, since_ms: START_MS },
    clock: { server_ms: START_MS + 60_000, seated_since_ms: null, break_due_ms: null },
    angle: { at_ms: START_MS, sagittal_deg: 12, lateral_deg: 0, inclination_deg: 12 },
    ...changes,
  }) as Live;
const chip = (): HTMLElement => document.querySelector(".zone")!;

test("a small angle is no praise while the back is slouched", () => {
  render(NowCard, { live: live("slouched") });

  expect(chip().textContent).toBe("Under 20°");
  expect(chip().querySelector("svg")).toBeNull();
  expect(chip().classList.contains("neutral")).toBe(false);
});

test("an upright back is told so", () => {
  render(NowCard, { live: live("neutral") });

  expect(chip().textContent).toBe("Neutral");
  expect(chip().querySelector("svg")).not.toBeNull();
});

test("values of a server that has gone are dated", () => {
  render(NowCard, { live: live("neutral", { server: "lost", angle: null }) });

  expect(screen.getByRole("heading").textContent).toMatch(/^Last values, /);
});

test("without values nothing is called the last, and no sensor is waited for in vain", () => {
  const link = { status: "lost" };
  render(NowCard, { live: live("neutral", { server: "lost", angle: null, link }) });

  expect(screen.getByRole("heading").textContent).toBe("Not live");
  expect(screen.getByText("It comes back when Backwatch runs again.")).toBeTruthy();
  expect(screen.queryByText(/sensor's signal/)).toBeNull();
});

const speaks = (total: boolean) => ({
  untrusted: total ? "wrong" : "doubted",
  objections: [{ kind: "up", text: "Up lay 80° off.", calibrate: true, total }],
});

test("where no state can be right none is told; the figure is faint, and what helps is linked", () => {
  render(NowCard, { live: live("neutral", speaks(true)) });

  expect(document.querySelector(".state")?.textContent).toBe("Not trusted");
  expect(document.querySelector("svg.doubted .question")).not.toBeNull();
  expect(document.querySelector(".furniture")).toBeNull(); // it does not sit
  expect(screen.getByRole("link", { name: "Calibrate the sensor" }).getAttribute("href")).toBe(
    "#/sensors/calibration",
  );
  expect(document.querySelector(".value")).toBeNull();
});

test("a state that may be wrong is told, and said to be not trusted", () => {
  render(NowCard, { live: live("neutral", speaks(false)) });

  expect(document.querySelector(".state")?.textContent).toBe("Sitting upright");
  expect(document.querySelector(".untrusted")?.textContent).toContain("Not trusted: how the sensor");
  expect(document.querySelector(".value")).toBeNull();
});

test("what is trusted is drawn whole", () => {
  render(NowCard, { live: live("neutral") });

  expect(document.querySelector("svg.doubted")).toBeNull();
  expect(document.querySelector(".untrusted")).toBeNull();
});
