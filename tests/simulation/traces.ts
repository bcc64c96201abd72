/** A suite of random traces: run, counted, and on failure shrunk and printed with its replay command. */
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Coverage, eventNames } from "./coverage.js";
import { runTrace } from "./runner.js";
import { shrink } from "./shrink.js";
import { generateTrace } from "./world/generate.js";

const STEPS = Number(process.env.STEPS ?? 200);
const GROUP = 50;

/** Seeds from `first` on, or so many behind OFFSET. With SEED set only that one is run, or SEEDS of them. */
export function traceSuite(first: number, count: number): void {
  const from = Number(process.env.SEED ?? first + Number(process.env.OFFSET ?? 0));
  const seeds = Number(process.env.SEEDS ?? (process.env.SEED === undefined ? count : 1));
  const coverage = new Coverage();
  const startedAt = { wall: performance.now(), cpu: process.cpuUsage() };

  describe(`${seeds} worlds of ${STEPS} steps`, () => {
    for (let group = from; group < from + seeds; group += GROUP) {
      const last = Math.min(group + GROUP, from + seeds) - 1;
      test(`seeds ${group} to ${last}`, { timeout: 900_000 }, async () => {
        for (let seed = group; seed <= last; seed++) await runSeed(seed, coverage);
      });
    }

    test("every pair of circumstances came together, and the worker did everything it can do", () => {
      const { user, system } = process.cpuUsage(startedAt.cpu);
      report(coverage, performance.now() - startedAt.wall, (user + system) / 1000);
      // The worker reads nothing that writers write, so it never loses against one either.
      expect(coverage.counts.get("conflicted") ?? 0).toBe(0);
      // A short run does not get around.
      if (coverage.worlds < 200) return;
      expect(coverage.missing()).toEqual([]);
      for (const name of eventNames)
        expect(coverage.counts.get(name) ?? 0, name).toBeGreaterThan(coverage.worlds / 20);
      for (const name of ["live rollup", "live scan", "folded rollup"]) {
        expect(coverage.counts.get(name), name).toBeGreaterThan(coverage.steps / 20);
      }
    });
  });
}

async function runSeed(seed: number, coverage: Coverage): Promise<void> {
  const trace = generateTrace(seed, STEPS);
  const broken = await runTrace(trace, coverage);
  if (broken === null) return;
  if (process.env.SHRINK === "no") throw new Error(`Seed ${seed}: ${broken.message}`);
  const shrunk = await shrink(trace, broken, (candidate) => runTrace(candidate));
  const directory = join(tmpdir(), "traces");
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${process.env.KEEP ?? `seed-${seed}`}.json`);
  const [broke] = shrunk.breakage.message.split("\n    at ");
  const kept = { broke, ...shrunk.trace };
  writeFileSync(file, `${JSON.stringify(kept, null, 1)}\n`);
  throw new Error(
    [
      `Seed ${seed} breaks at step ${broken.step + 1}: ${broken.message}`,
      `Replay: SEED=${seed} STEPS=${STEPS} npx vitest run tests/simulation/trace.test.ts`,
      `Shrunk to ${shrunk.trace.steps.length} steps (${file}): ${shrunk.breakage.message}`,
      ...shrunk.trace.steps.map((step) => JSON.stringify(step)),
    ].join("\n"),
  );
}

function report(coverage: Coverage, ms: number, cpuMs: number): void {
  const { worlds, steps, counts, pairCount } = coverage;
  const each = (total: number) => (total / Math.max(1, steps)).toFixed(2);
  const list = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, n]) => `${name} ${n}`);
  console.log(
    `${worlds} worlds, ${steps} steps, ${each(ms)} ms each, ${each(cpuMs)} of a processor; ` +
      `${pairCount - coverage.missing().length} of ${pairCount} pairs; ${list.join(", ")}`,
  );
}
