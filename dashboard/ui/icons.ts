/** Draws public/icon.svg as PNG files, which installing a page and Apple's home screen ask for. */

import { readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import type { Plugin } from "vite";

type Rgb = readonly [number, number, number];
/** A horizontal stroke with round ends, in units of the drawing. */
type Stroke = { x: number; y: number; length: number; width: number; colour: Rgb };
type Drawing = { size: number; corner: number; ground: Rgb; strokes: Stroke[] };

/**
 * `shown` is how much of the width the drawing takes; `full` fills the square to its corners.
 * A launcher may cut a maskable icon to a circle of 80 % of the width (W3C, Web Application
 * Manifest), so its strokes are drawn smaller; Apple rounds the corners itself.
 */
const FILES = [
  { name: "icon-192.png", pixels: 192, shown: 1, full: false },
  { name: "icon-512.png", pixels: 512, shown: 1, full: false },
  { name: "icon-maskable-512.png", pixels: 512, shown: 0.8, full: true },
  { name: "apple-touch-icon.png", pixels: 180, shown: 1, full: true },
] as const;

export function icons(): Plugin {
  return {
    name: "icons",
    apply: "build",
    generateBundle() {
      const drawing = read(readFileSync(new URL("public/icon.svg", import.meta.url), "utf8"));
      for (const { name, pixels, shown, full } of FILES)
        this.emitFile({
          type: "asset",
          fileName: name,
          source: png(pixels, draw(drawing, pixels, shown, full)),
        });
    },
  };
}

/** The shapes of the drawing. Throws where it holds others than a rectangle and level strokes. */
export function read(svg: string): Drawing {
  const size = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)?.[1]);
  const rect = /<rect width="\d+" height="\d+" rx="(\d+)" fill="(#[\da-f]{6})"\/>/.exec(svg);
  const strokes: Stroke[] = [];
  let colour = "";
  let width = 0;
  for (const [tag] of svg.matchAll(/<(?:g|path)\b[^>]*>/g)) {
    colour = /stroke="(#[\da-f]+)"/.exec(tag)?.[1] ?? colour;
    width = Number(/stroke-width="(\d+)"/.exec(tag)?.[1] ?? width);
    const path = / d="M(\d+) (\d+)h(\d+)"/.exec(tag);
    if (path)
      strokes.push({
        x: Number(path[1]),
        y: Number(path[2]),
        length: Number(path[3]),
        width,
        colour: rgb(colour),
      });
  }
  const drawn = (svg.match(/<(path|rect|circle|polygon|line|ellipse)\b/g) ?? []).length;
  if (!size || !rect || strokes.length === 0 || drawn !== strokes.length + 1)
    throw new Error("public/icon.svg holds more than a rectangle and level strokes; draw those too");
  return { size, corner: Number(rect[1]), ground: rgb(rect[2]!), strokes };
}

/** Pixels, four bytes each, row by row; edges are as opaque as they are covered. */
export function draw(
  { size, corner, ground, strokes }: Drawing,
  pixels: number,
  shown: number,
  full: boolean,
): Uint8Array {
  const data = new Uint8Array(pixels * pixels * 4);
  const unit = (pixels * shown) / size; // pixels
  const edge = (pixels - unit * size) / 2;
  const half = size / 2;
  for (let row = 0; row < pixels; row++)
    for (let column = 0; column < pixels; column++) {
      const x = (column + 0.5 - edge) / unit;
      const y = (row + 0.5 - edge) / unit;
      // Distance to the rounded square, negative within it.
      const dx = Math.max(Math.abs(x - half) - half + corner, 0);
      const dy = Math.max(Math.abs(y - half) - half + corner, 0);
      const alpha = full ? 1 : covered((Math.hypot(dx, dy) - corner) * unit);
      let colour = ground;
      for (const one of strokes) {
        const along = x - Math.min(Math.max(x, one.x), one.x + one.length);
        const share = covered((Math.hypot(along, y - one.y) - one.width / 2) * unit);
        if (share > 0) colour = mix(colour, one.colour, share);
      }
      data.set([...colour.map(Math.round), Math.round(255 * alpha)], (row * pixels + column) * 4);
    }
  return data;
}

/** Of a pixel whose middle is so far outside of an edge [pixels]. */
const covered = (distance: number): number => Math.min(Math.max(0.5 - distance, 0), 1);

const mix = (under: Rgb, over: Rgb, share: number): Rgb => [
  under[0] + (over[0] - under[0]) * share,
  under[1] + (over[1] - under[1]) * share,
  under[2] + (over[2] - under[2]) * share,
];

function rgb(hex: string): Rgb {
  const long = hex.length === 4 ? hex.replace(/[\da-f]/g, "$&$&") : hex;
  const value = Number.parseInt(long.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** A PNG file of eight bits a channel with transparency (W3C, Portable Network Graphics). */
export function png(pixels: number, data: Uint8Array): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(pixels, 0);
  header.writeUInt32BE(pixels, 4);
  header.set([8, 6], 8); // bits a channel; colour with transparency
  const lines = Buffer.alloc(pixels * (pixels * 4 + 1)); // each begins with its filter: none
  for (let row = 0; row < pixels; row++)
    lines.set(data.subarray(row * pixels * 4, (row + 1) * pixels * 4), row * (pixels * 4 + 1) + 1);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(lines, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(name: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, "ascii"), content]);
  const framed = Buffer.alloc(named.length + 8);
  framed.writeUInt32BE(content.length, 0);
  framed.set(named, 4);
  framed.writeUInt32BE(crc32(named), named.length + 4);
  return framed;
}

/** ISO 3309, as PNG wants it. */
function crc32(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
  }
  return (rest ^ 0xffffffff) >>> 0;
}
