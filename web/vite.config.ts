import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// ORIEL_URL names the binary that answers /api while the pages are served from source.
const backend = process.env.ORIEL_URL ?? "http://127.0.0.1:8420";

export default defineConfig({
  // Relative, so that the pages work below any path prefix.
  base: "./",
  plugins: [react()],
  server: { proxy: { "/api": backend } },
  build: {
    target: "es2023",
    // Nothing inline: the pages are served with a strict content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: true,
    chunkSizeWarningLimit: 400,
  },
  worker: { format: "es" },
  test: {
    include: ["src/**/*.test.{ts,tsx}"],
    environment: "node",
    css: { modules: { classNameStrategy: "non-scoped" } },
  },
});
