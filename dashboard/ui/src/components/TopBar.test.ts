import { render } from "@testing-library/svelte";
import { beforeEach, expect, test, vi } from "vitest";
import type { Live } from "../live.svelte";
import TopBar from "./TopBar.svelte";

beforeEach(() => {
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: () => {} }));
});

test("a name cannot turn around the words beside it", () => {
  const link = { status: "connected", name: "אחורה 12", battery_percent: 80 };
  render(TopBar, { live: { server: "live", simulated: false, link } as Live });

  expect(document.querySelector("bdi")?.textContent).toBe("אחורה 12");
});

test("a sensor whose axes cannot be right is not called calibrated", () => {
  const link = { status: "connected", name: "Back", battery_percent: 80 };
  const live = { server: "live", link, mountedBy: "axes and neutral", untrusted: "doubted" };
  render(TopBar, { live: live as Live });

  expect(document.querySelector(".trust.doubt")?.textContent?.trim()).toBe("Not trusted");
});
