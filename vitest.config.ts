/**
 * Nine projects, because they differ in weight. `npm test` runs `unit`, `component` and a hundred worlds
 * of `simulation`, and answers in minutes; `npm run test:all` runs everything. `simulation` keeps both
 * workers busy with worlds, without coverage, which would take a fifth more of its time and is reached
 * by the others; `component` runs under convex-test, `unit` is everything that does not and takes little
 * time, in workers that load a module once for all suites; `long` is what takes more; `backend` starts the
 * local backend as a child process; `alone` is those of them that bear no other beside them,
 * and `full` those of minutes: they run in `npm run test:all`, not in CI.
 * `adoption` installs the packed package in apps of its own, packed once for all of them.
 * `servers` needs servers that are installed beside Node.
 * A suite that needs Convex's runtime says so itself: `// @vitest-environment edge-runtime`.
 */
import { defineConfig } from "vitest/config";
import { quickScans } from "./tests/support/quickScans.js";

/** Suites that start a backend of their own. */
const backendSuites = ["tests/**/*.backend.test.{ts,tsx}", "tests/local/**/*.test.{ts,tsx}"];

/** Suites that adopt the package as it would be published. */
const adoptionSuites = ["tests/adoption/*.backend.test.ts"];

/** Those of them that a second suite beside them would make wrong: they assert times, or calls within a time. */
const lonelySuites = [
  "tests/capture/roundTrips.backend.test.ts",
  "tests/freshness/longTail.backend.test.ts",
  "tests/local/stopwatch.test.ts",
  "tests/work/coldFolds.backend.test.ts",
];

/**
 * Suites that fill a deployment with whole data sets and measure what it costs, and those of more than half
 * a minute of which CI has shorter ones for the same law.
 */
const fullSuites = [
  "tests/alerts/webhook.backend.test.ts",
  "tests/cli/importAgain.backend.test.ts",
  "tests/cli/importFuzz.test.ts",
  "tests/cli/{largeFiles,realDemand}.backend.test.ts",
  "tests/contention/orderStatistics.backend.test.ts",
  "tests/convex/{corruptSketches,expiryDefinitions,expiryDerivation,largeDays,orderEdits,zones}.test.ts",
  "tests/expiry/expiry.backend.test.ts",
  "tests/gateway/{restarts,slowStream}.backend.test.ts",
  "tests/lib/{quarterHours,rollingWindow}.test.ts",
  "tests/prefetch/{hooks,replay}.backend.test.tsx",
  "tests/recovery/{archive,crashDuringImport,scatteredEdits}.backend.test.ts",
  "tests/realData/{exactness.backend.test.ts,liveHook.backend.test.tsx}",
  "tests/rollout/comparisons.backend.test.ts",
  "tests/size/hundredThousand.backend.test.ts",
  "tests/soak/soak.backend.test.ts",
  "tests/upkeep/{cost,turns}.backend.test.ts",
  "tests/verification/{largeDay,rawInserts}.backend.test.ts",
];

/** Suites of more than three seconds, or of the speed of TypeScript. `npm test` has shorter ones of each law. */
const longSuites = [
  "tests/advisor/{demoDay,pages,sampling}.test.ts",
  "tests/alerts/evaluation.test.ts",
  "tests/cli/{cases,csvRecords,demoData,pushBundle}.test.ts",
  "tests/cli/rollups/**/*.test.ts",
  "tests/convex/{archive,board,clocks,coarseRollups,commits,comparison}.test.ts",
  "tests/convex/{cubeLogs,customGranularity,expiry,explore}.test.ts",
  "tests/convex/{failure,freshness,generations,held,knownRows,looks,mcp}.test.ts",
  "tests/convex/{orderStatistics,orderVerification,ownTenants,pace,queryCost}.test.ts",
  "tests/convex/{records,recordsOfAnswer,retention,rolling,rollout,rolloutSources}.test.ts",
  "tests/convex/{screens,sketches,strategy}.test.ts",
  "tests/convex/{tenantOfDocument,tileRetention,unreadableRecords,verification}.test.ts",
  "tests/convex/{verificationChain,writesTogether}.test.ts",
  "tests/cost/health.test.ts",
  "tests/embedding/language.test.ts",
  "tests/examples/legacy.test.ts",
  "tests/held/{percentile,store}.test.ts",
  "tests/hostile/{limits,requests,viewKeys}.test.ts",
  "tests/language/language.test.ts",
  "tests/metrics/metrics.test.ts",
  "tests/cube/model/**/*.test.ts",
  "tests/patterns/patterns.test.ts",
  "tests/lib/{clockWalk,clocks,comparison,followedAnswer}.test.ts",
  "tests/lib/{retention,route,sketchErrors,sketches}.test.ts",
  "tests/src/client/diagnostics.test.ts",
  "tests/work/{answers,folds,plans,repairs}.test.ts",
];

/** Suites under convex-test, or with state of a process: each needs modules of its own. */
const componentSuites = [
  "tests/{conformance,convex,embedding,held,hostile,regressions,work}/**/*.test.{ts,tsx}",
];

/** Random worlds: two halves, one for each worker, so that their time is their own. */
const worldSuites = ["tests/simulation/**/*.test.ts"];

/** Suites that drive servers of Debian's, such as Prometheus: `.ci/run` installs them. */
const serverSuites = ["tests/**/*.servers.test.ts"];

/** Browser tests have a configuration of their own, apps of the adoption tests run their tests by themselves. */
const outside = ["tests/e2e/**", "tests/adoption/apps/**", "tests/**/*.servers.test.ts"];

const shared = {
  pool: "forks" as const,
  // Most of what these suites make is gone at once: a larger nursery collects it seldom.
  execArgv: ["--max-semi-space-size=64"],
  server: { deps: { inline: ["convex-test", "convex-helpers", /@convex-dev\//] } },
};

export default defineConfig({
  test: {
    // Two cores are what the smallest CI machines have.
    maxWorkers: 2,
    // What the suites inside one worker reach; the backend runs the same code in realms of its own.
    coverage: {
      provider: "v8",
      include: ["lib/**/*.ts", "convex/**/*.ts", "src/client/**/*.ts"],
      exclude: ["**/_generated/**", "tests/**"],
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
          isolate: false,
          include: ["tests/**/*.test.{ts,tsx}"],
          exclude: [
            ...outside,
            ...worldSuites,
            ...longSuites,
            ...fullSuites,
            ...backendSuites,
            ...componentSuites,
          ],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        plugins: [quickScans()],
        test: {
          ...shared,
          name: "component",
          include: componentSuites,
          exclude: [...outside, ...longSuites, ...fullSuites, ...backendSuites],
          // Far above what any takes on a quiet machine: a busy one must not fail them.
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        plugins: [quickScans()],
        test: {
          ...shared,
          name: "long",
          include: longSuites,
          exclude: [...outside, ...backendSuites],
          // Up to a minute each on a quiet machine.
          testTimeout: 600_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          ...shared,
          name: "backend",
          include: backendSuites,
          exclude: [...outside, ...adoptionSuites, ...lonelySuites, ...fullSuites],
          // After the unit tests, not beside them: a busy machine would make either time out.
          sequence: { groupOrder: 1 },
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          ...shared,
          name: "adoption",
          include: adoptionSuites,
          globalSetup: ["tests/adoption/packOnce.ts"],
          sequence: { groupOrder: 2 },
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          ...shared,
          name: "alone",
          include: lonelySuites,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        plugins: [quickScans()],
        test: {
          ...shared,
          name: "full",
          include: fullSuites,
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          ...shared,
          name: "servers",
          include: serverSuites,
          maxWorkers: 1,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
