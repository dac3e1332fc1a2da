import { render } from "@testing-library/svelte";
import { expect, test } from "vitest";
import type { Live } from "../live.svelte";
import Notice, { troubleOf } from "./Notice.svelte";

const link = {
  status: "connected",
  name: "Back",
  address: "AA",
  battery_percent: 80,
  since_ms: 0,
  detail: "",
  remarks: [] as string[],
};

test("a sensor in order is no trouble", () => {
  expect(troubleOf({ server: "live", link } as unknown as Live)).toBeNull();
});

test("what is worth knowing of the sensor is said, its clock included", () => {
  const said = ["It is charging.", "Its clock has jumped: times since then may be wrong."];
  const trouble = troubleOf({ server: "live", link: { ...link, remarks: said } } as unknown as Live);
  render(Notice, { trouble: trouble!, retry: () => {}, mend: () => {} });

  expect(document.querySelector(".notice")?.textContent).toContain("times since then may be wrong");
});

test("a sensor that is not trusted is said to need pairing, where that is done", () => {
  const why = "The sensor no longer has the key of its pairing.";
  const lost = { ...link, status: "lost", detail: why, to_pair: true };
  const trouble = troubleOf({ server: "live", link: lost } as unknown as Live)!;
  render(Notice, { trouble, retry: () => {}, mend: () => {} });

  expect(trouble.text).toBe(why);
  expect(document.querySelector("a")?.getAttribute("href")).toBe("#/sensors");
});

test("an empty battery is more important", () => {
  const live = { server: "live", link: { ...link, battery_percent: 3, remarks: ["It is charging."] } };

  expect(troubleOf(live as unknown as Live)?.title).toContain("3 %");
});

test("a slip says by how much, since when, and what to do; accepting is offered where it can be", () => {
  const slip = { at_ms: 0, moved_deg: 12.4, can_mend: true };
  const live = { server: "live", link, slip, mended: "" };
  const trouble = troubleOf(live as unknown as Live)!;
  let asked = 0;
  render(Notice, { trouble, retry: () => {}, mend: () => (asked += 1) });

  document.querySelector("button")!.click();

  expect(trouble.text).toContain("about 12°");
  expect(trouble.text).toContain("new zero");
  expect(asked).toBe(1);
  const without = troubleOf({ ...live, slip: { ...slip, can_mend: false } } as unknown as Live)!;
  expect(without.mend).toBe(false);
});

test("what is still to come of the time out of reach is said in minutes", () => {
  const trouble = troubleOf({ server: "live", link, missing_s: 750 } as unknown as Live)!;

  expect(trouble.tone).toBe("neutral");
  expect(trouble.text).toContain("12 min");
});

test("what speaks against the axes is said whole, and a calibration is linked where it helps", () => {
  const objection = { kind: "up", text: "In 40 s of walking, up lay 80° off.", calibrate: true, total: true };
  const live = { server: "live", link, objections: [objection] };
  const trouble = troubleOf(live as unknown as Live)!;
  render(Notice, { trouble, retry: () => {}, mend: () => {} });

  expect(trouble.text).toContain("up lay 80° off");
  expect(document.querySelector("a.button")?.getAttribute("href")).toBe("#/sensors/calibration");
  const scale = { ...objection, kind: "scale", calibrate: false };
  expect(troubleOf({ ...live, objections: [scale] } as unknown as Live)!.calibrate).toBe(false);
});
