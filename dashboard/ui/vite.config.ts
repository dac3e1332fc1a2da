import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { icons } from "./icons.ts";

const backend = process.env.BACKWATCH_BACKEND ?? "http://127.0.0.1:8765";

export default defineConfig({
  plugins: [svelte(), svelteTesting(), icons(), licences()],
  build: {
    outDir: "../static",
    emptyOutDir: true,
    target: "es2023",
    assetsInlineLimit: 0, // data: addresses are refused by the page's content security policy
    modulePreload: { polyfill: false },
  },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": { target: backend, ws: true }, "/login": backend },
  },
  test: { environment: "jsdom", include: ["src/**/*.test.ts"] },
});

/** Writes the licence of every package whose code is in the page beside it. */
function licences(): Plugin {
  return {
    name: "licences",
    apply: "build",
    generateBundle() {
      const packages = [...this.getModuleIds()]
        .map((id) => /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(id)?.[0])
        .filter((folder) => folder !== undefined);
      const texts = [...new Set(packages)].sort().map((folder) => {
        const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
        return `${name} ${version}\n\n${licenceOf(folder)}`;
      });
      this.emitFile({
        type: "asset",
        fileName: "licences.txt",
        source: texts.join(`\n${"-".repeat(80)}\n\n`),
      });
    },
  };
}

function licenceOf(folder: string): string {
  for (const name of ["LICENSE", "LICENSE.md", "license", "LICENSE.txt"]) {
    try {
      return readFileSync(`${folder}/${name}`, "utf8");
    } catch {
      // the next name
    }
  }
  throw new Error(`${folder} says nothing about its licence`);
}
