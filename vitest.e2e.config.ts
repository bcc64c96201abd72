/**
 * Browser tests, `npm run e2e`: one demo for all suites, a real Chromium against it. Needs Debian's
 * chromium package, or CHROMIUM_PATH.
 */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/e2e/**/*.test.ts"],
    globalSetup: ["tests/e2e/support/globalSetup.ts"],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 300_000,
  },
});
