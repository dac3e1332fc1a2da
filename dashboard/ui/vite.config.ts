import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

const backend = process.env.BACKWATCH_BACKEND ?? "http://127.0.0.1:8765";

export default defineConfig({
  plugins: [svelte(), svelteTesting()],
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
