/**
 * Three projects, because they differ in weight: `simulation` keeps both workers busy with worlds for
 * minutes, so it runs before all else, and without coverage, which would take a fifth more of its time
 * and is reached by the others; `unit` is everything else that runs inside one worker; `backend` starts
 * the local backend as a child process and therefore runs one file at a time.
 * A suite that needs Convex's runtime says so itself: `// @vitest-environment edge-runtime`.
 */
import { defineConfig } from "vitest/config";

/** Suites that start a backend of their own. */
const backendSuites = ["tests/**/*.backend.test.{ts,tsx}", "tests/local/**/*.test.{ts,tsx}"];

/** Random worlds: two halves, one for each worker, so that their time is their own. */
const worldSuites = ["tests/simulation/**/*.test.ts"];

const shared = {
  pool: "forks" as const,
  server: { deps: { inline: ["convex-test", "convex-helpers", /@convex-dev\//] } },
};

export default defineConfig({
  test: {
    // Two cores are what the smallest CI machines have.
    maxWorkers: 2,
    // What the suites inside one worker reach; the backend runs the same code in realms of its own.
    coverage: {
      provider: "v8",
      include: ["lib/**/*.ts", "convex/**/*.ts"],
      exclude: ["convex/_generated/**", "tests/**"],
      reporter: [["text", { skipFull: true }], "text-summary"],
      thresholds: { lines: 90, branches: 90 },
    },
    projects: [
      {
        test: {
          ...shared,
          name: "simulation",
          include: worldSuites,
          testTimeout: 900_000,
        },
      },
      {
        test: {
          ...shared,
          name: "unit",
          include: ["tests/**/*.test.{ts,tsx}"],
          exclude: ["tests/e2e/**", ...worldSuites, ...backendSuites],
          // Not beside the worlds, which would take their time.
          sequence: { groupOrder: 1 },
          // Far above what any takes on a quiet machine: a busy one must not fail them.
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          ...shared,
          name: "backend",
          include: backendSuites,
          exclude: ["tests/e2e/**"],
          fileParallelism: false,
          // After the unit tests, not beside them: a busy machine would make either time out.
          sequence: { groupOrder: 2 },
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
