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
  render(Notice, { trouble: trouble!, retry: () => {} });

  expect(document.querySelector(".notice")?.textContent).toContain("times since then may be wrong");
});

test("an empty battery is more important", () => {
  const live = { server: "live", link: { ...link, battery_percent: 3, remarks: ["It is charging."] } };

  expect(troubleOf(live as unknown as Live)?.title).toContain("3 %");
});
