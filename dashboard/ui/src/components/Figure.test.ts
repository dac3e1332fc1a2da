import { render, screen } from "@testing-library/svelte";
import { expect, test } from "vitest";
import Figure from "./Figure.svelte";

const base = {
  activity: "stand",
  posture: "neutral",
  lean_deg: 40,
  forwardKnown: true,
  level: "caution",
  stateWords: "Standing",
  angleText: "40° forward",
} as const;

const trunkOf = (): string =>
  (document.querySelector("g.turn") as SVGGElement).style.transform;

test("the trunk leans by the angle", () => {
  render(Figure, base);

  expect(trunkOf()).toBe("rotate(40deg)");
  expect(screen.getByRole("img").getAttribute("aria-label")).toContain("Standing, trunk 40° forward");
});

test("a sway of less than a degree moves nothing", async () => {
  const { rerender } = render(Figure, base);
  const before = document.body.innerHTML;

  await rerender({ ...base, lean_deg: 40.4 });

  expect(document.body.innerHTML).toBe(before);
});

test("it leans no way while the direction is unknown", () => {
  render(Figure, { ...base, forwardKnown: false });

  expect(trunkOf()).toBe("rotate(0deg)");
});

test("it does not lean without a live angle", () => {
  render(Figure, { ...base, lean_deg: null, angleText: null });

  expect(trunkOf()).toBe("rotate(0deg)");
  expect(document.querySelector(".arc")).toBeNull();
});

test("every activity has a drawing of its own", () => {
  const drawings = (["sit", "stand", "upright", "recline", "walk", "lie", "not_worn", "unknown"] as const).map(
    (activity) => {
      const { container, unmount } = render(Figure, { ...base, activity, lean_deg: null });
      const html = container.innerHTML.replace(/aria-label="[^"]*"/, "");
      unmount();
      return html;
    },
  );

  expect(new Set(drawings).size).toBe(8);
});
