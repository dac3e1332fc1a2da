/** The 30 second angle chart: uPlot, wrapped. */

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Zone } from "./api";
import { CHART, zoneName } from "./strings";
import { type Trace, TRACE_SPAN_MS, zoneIndex } from "./trace";

const STALL_REDRAW_MS = 250;
const FONT_PX = 12;
const ZONE_NAMES_PX = 68; // beside the plot, where the line never runs through them
const FALLBACK_RANGE_DEG: [number, number] = [-30, 120];

export interface StripChart {
  /** New points are in the trace. */
  moved(): void;
  zones(zones: readonly Zone[]): void;
  /** A frozen chart stops its axis: what it shows is not live. */
  frozen(frozen: boolean): void;
  destroy(): void;
}

/** `end_ms` is where the axis ends now; it moves on even if the trace does not. */
export function stripChart(host: HTMLElement, trace: Trace, end_ms: () => number): StripChart {
  let zones: readonly Zone[] = [];
  let frozenAt_ms: number | null = null;
  let frame = 0;
  let colours = palette(host);

  const stop_ms = (): number => frozenAt_ms ?? end_ms();
  const isCurrent = (): boolean => trace.last_ms === end_ms();
  const range = (): [number, number] =>
    zones.length ? [zones[0]!.from_deg, zones.at(-1)!.to_deg] : FALLBACK_RANGE_DEG;
  const edges = (): number[] => [0, ...zones.slice(1).map((zone) => zone.from_deg), range()[1]];

  const font = `${FONT_PX}px ${getComputedStyle(host).fontFamily}`;
  const plot = new uPlot(
    {
      width: host.clientWidth || 300,
      height: host.clientHeight || 200,
      padding: [8, ZONE_NAMES_PX, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      pxAlign: 0,
      scales: {
        x: { time: false, range: () => [stop_ms() - TRACE_SPAN_MS, stop_ms()] },
        y: { range: () => range() },
      },
      series: [{}, { stroke: () => colours.ink, width: 2.5, points: { show: false } }],
      axes: [
        {
          stroke: () => colours.dim,
          font,
          size: 28,
          gap: 8,
          grid: { show: false },
          ticks: { show: false },
          splits: (_plot, _axis, min, max) => [min, min + 10_000, min + 20_000, max],
          values: (_plot, splits) =>
            splits.map((_split, i) => (i === 3 ? CHART.now : CHART.ago(30 - 10 * i))),
        },
        {
          stroke: () => colours.dim,
          font,
          size: 44,
          gap: 6,
          grid: { stroke: () => colours.line, width: 1 },
          ticks: { show: false },
          splits: () => edges(),
          values: (_plot, splits) => splits.map((deg) => CHART.degrees(deg)),
        },
      ],
      hooks: {
        drawClear: [(u) => drawBands(u, zones, colours)],
        draw: [(u) => drawHead(u, trace, zones, colours, frozenAt_ms === null && isCurrent())],
      },
    },
    [[], []],
    host,
  );

  const redraw = (): void => {
    frame = 0;
    const [t_ms, angle_deg] = trace.points;
    plot.setData([t_ms as number[], angle_deg as (number | null)[]]);
  };
  const redrawSoon = (): void => {
    frame ||= requestAnimationFrame(redraw);
  };
  const recolour = (): void => {
    colours = palette(host);
    redrawSoon();
  };

  const resized = new ResizeObserver(() => {
    if (host.clientWidth && host.clientHeight)
      plot.setSize({ width: host.clientWidth, height: host.clientHeight });
  });
  resized.observe(host);
  const themed = new MutationObserver(recolour);
  themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", recolour);
  const stall = window.setInterval(() => {
    if (frozenAt_ms === null && !isCurrent()) redrawSoon();
  }, STALL_REDRAW_MS);
  redraw();

  return {
    moved: redrawSoon,
    zones(next) {
      zones = next;
      redrawSoon();
    },
    frozen(frozen) {
      frozenAt_ms = frozen ? (frozenAt_ms ?? end_ms()) : null;
      redrawSoon();
    },
    destroy() {
      window.clearInterval(stall);
      cancelAnimationFrame(frame);
      resized.disconnect();
      themed.disconnect();
      system.removeEventListener("change", recolour);
      plot.destroy();
    },
  };
}

interface Palette {
  ink: string;
  dim: string;
  line: string;
  surface: string;
  band: Record<Zone["level"], string>;
  solid: Record<Zone["level"], string>;
}

/** A canvas knows no custom properties and no light-dark(), so they are resolved on the host. */
function palette(host: HTMLElement): Palette {
  const colour = (name: string): string => {
    host.style.setProperty("color", `var(${name})`);
    const resolved = getComputedStyle(host).color;
    host.style.removeProperty("color");
    return resolved;
  };
  return {
    ink: colour("--ink"),
    dim: colour("--dim"),
    line: colour("--line"),
    surface: colour("--surface"),
    band: {
      neutral: colour("--neutral-tint"),
      caution: colour("--caution-tint"),
      high: colour("--high-tint"),
    },
    solid: {
      neutral: colour("--neutral-solid"),
      caution: colour("--caution-solid"),
      high: colour("--high-solid"),
    },
  };
}

function drawBands(u: uPlot, zones: readonly Zone[], colours: Palette): void {
  const { ctx, bbox } = u;
  const scale = devicePixelRatio;
  ctx.save();
  ctx.font = `${FONT_PX * scale}px ${getComputedStyle(u.root).fontFamily}`;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  for (const zone of zones) {
    const bottom = u.valToPos(zone.from_deg, "y", true);
    const top = u.valToPos(zone.to_deg, "y", true);
    ctx.fillStyle = colours.band[zone.level];
    ctx.fillRect(bbox.left, top, bbox.width, bottom - top);
    ctx.fillStyle = colours.dim;
    ctx.fillText(zoneName(zone), bbox.left + bbox.width + 14 * scale, (top + bottom) / 2);
  }
  ctx.restore();
}

/** A dot where the line is now, while it is going on. */
function drawHead(
  u: uPlot,
  trace: Trace,
  zones: readonly Zone[],
  colours: Palette,
  isCurrent: boolean,
): void {
  const [t_ms, angle_deg] = trace.points;
  const deg = angle_deg.at(-1);
  if (!isCurrent || deg === null || deg === undefined) return;
  const scale = devicePixelRatio;
  const zone = zones[zoneIndex(zones, deg)];
  const x = u.valToPos(t_ms.at(-1)!, "x", true);
  const { ctx } = u;
  ctx.save();
  ctx.beginPath();
  ctx.arc(x, u.valToPos(deg, "y", true), 6 * scale, 0, 2 * Math.PI);
  ctx.fillStyle = zone ? colours.solid[zone.level] : colours.ink;
  ctx.strokeStyle = colours.ink;
  ctx.lineWidth = 2 * scale;
  ctx.fill();
  ctx.stroke();
  ctx.restore();
}
