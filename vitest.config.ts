/**
 * Two projects, because they differ in weight: `unit` is everything that runs inside one worker,
 * `backend` starts the local backend as a child process and therefore runs one file at a time.
 * A suite that needs Convex's runtime says so itself: `// @vitest-environment edge-runtime`.
 */
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { defineConfig } from "vitest/config";

/** Suites that start a backend of their own. */
const backendSuites = ["tests/**/*.backend.test.{ts,tsx}", "tests/local/**/*.test.{ts,tsx}"];

/** The simulation's two halves take longest: both workers begin with them and share the rest. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => moduleId.includes("/tests/simulation/");
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

const shared = {
  pool: "forks" as const,
  server: { deps: { inline: ["convex-test", "convex-helpers", /@convex-dev\//] } },
};

export default defineConfig({
  test: {
    // Two cores are what the smallest CI machines have.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
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
          name: "unit",
          include: ["tests/**/*.test.{ts,tsx}"],
          exclude: ["tests/e2e/**", ...backendSuites],
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
          sequence: { groupOrder: 1 },
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
