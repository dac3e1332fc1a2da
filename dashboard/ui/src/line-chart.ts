/** Where the lines of a small chart go, in its own coordinates. */

export interface Scale {
  low: number;
  high: number;
}

const STEP_DEG = 20;

/** From 0 or below to 40 or above, in whole steps, with every value inside. */
export function degreeScale(values: readonly (number | null)[]): Scale {
  const known = values.filter((value) => value !== null);
  const low = Math.min(0, ...known);
  const high = Math.max(40, ...known);
  return { low: Math.floor(low / STEP_DEG) * STEP_DEG, high: Math.ceil(high / STEP_DEG) * STEP_DEG };
}

/** The marks of a scale. */
export function marks({ low, high }: Scale): number[] {
  const step = high - low > 120 ? 2 * STEP_DEG : STEP_DEG;
  const found: number[] = [];
  for (let deg = low; deg <= high; deg += step) found.push(deg);
  return found;
}

/** An SVG path; it is broken where a value is missing. */
export function path(
  x: readonly number[],
  y: readonly (number | null)[],
  place: (x: number, y: number) => readonly [number, number],
): string {
  let isDrawing = false;
  let drawn = "";
  x.forEach((at, i) => {
    const value = y[i] ?? null;
    if (value === null) {
      isDrawing = false;
      return;
    }
    const [left, top] = place(at, value);
    drawn += `${isDrawing ? "L" : "M"}${left.toFixed(1)} ${top.toFixed(1)}`;
    isDrawing = true;
  });
  return drawn;
}
