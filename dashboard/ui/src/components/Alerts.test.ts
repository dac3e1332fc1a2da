import { render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import { expect, test, vi } from "vitest";
import type { Alert } from "../api";
import Alerts from "./Alerts.svelte";

const alert = (id: number, more: Partial<Alert> = {}): Alert => ({
  id,
  at_ms: id * 60_000,
  rule: "slouch",
  severity: "caution",
  title: "Slouched for 10 minutes",
  action: "Sit back.",
  since_ms: 0,
  values: {},
  profile: "default 1",
  acknowledged: false,
  confidence: null,
  became: null,
  passed_ms: null,
  ...more,
});

test("repeats of one rule in a row are one line with a count", () => {
  const alerts = [alert(5), alert(4), alert(3), alert(2, { rule: "lift", title: "Deep lift" }), alert(1)];
  render(Alerts, { alerts, acknowledge: vi.fn() });

  expect(screen.getAllByRole("listitem")).toHaveLength(3);
  expect(screen.getByText("×3")).toBeTruthy();
});

test("got it acknowledges every open alert of the line", async () => {
  const acknowledge = vi.fn(async () => true);
  render(Alerts, { alerts: [alert(5), alert(4, { acknowledged: true }), alert(3)], acknowledge });

  screen.getByRole("button", { name: "Got it: Slouched for 10 minutes" }).click();

  expect(acknowledge).toHaveBeenCalledWith([5, 3]);
});

test("the button that was pressed keeps the focus", async () => {
  const { rerender } = render(Alerts, { alerts: [alert(5)], acknowledge: async () => true });
  const button = screen.getByRole("button");
  button.focus();

  button.click();
  await rerender({ alerts: [alert(5, { acknowledged: true })] });

  expect(document.activeElement).toBe(button);
  expect(button.textContent).toContain("Noted");
});

test("a failure to save is said", async () => {
  render(Alerts, { alerts: [alert(5)], acknowledge: async () => false });

  screen.getByRole("button").click();
  await tick();
  await tick();

  expect((await screen.findByRole("status")).textContent).toBe("That could not be saved. Try again.");
});

test("text from outside stays text", () => {
  const hostile = "<img src=x onerror=globalThis.broken=1>";
  const { container } = render(Alerts, {
    alerts: [alert(5, { title: hostile, action: hostile })],
    acknowledge: vi.fn(),
  });

  expect(container.querySelector("img")).toBeNull();
  expect(screen.getAllByText(/onerror/)).not.toHaveLength(0);
});

test("a quiet day says so", () => {
  render(Alerts, { alerts: [], acknowledge: vi.fn() });

  expect(screen.getByText(/No alerts today/)).toBeTruthy();
});
