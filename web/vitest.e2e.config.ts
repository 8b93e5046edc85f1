import { defineConfig } from "vitest/config";

// The journeys run a browser against a running binary: ORIEL_URL=http://127.0.0.1:8420 npm run e2e
export default defineConfig({
  test: {
    include: ["e2e/**/*.e2e.ts"],
    environment: "node",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
