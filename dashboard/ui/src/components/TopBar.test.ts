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
