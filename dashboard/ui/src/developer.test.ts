import { expect, test } from "vitest";
import { delayWords, viewOf } from "./developer";

test("an address names a view, and any other shows the live path", () => {
  expect(viewOf(["recorded"])).toBe("recorded");
  expect(viewOf(["faults", "x"])).toBe("faults");
  expect(viewOf([])).toBe("live");
  expect(viewOf(["__proto__"])).toBe("live");
});

test("a delay is told as short as can be read", () => {
  expect(delayWords(0)).toBe("0 ms");
  expect(delayWords(240.4)).toBe("240 ms");
  expect(delayWords(1940)).toBe("1.9 s");
  expect(delayWords(660_000)).toBe("660.0 s");
});
