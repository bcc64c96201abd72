/** Half a minute of the soak; `npm run soak` goes on for as long as you like. */
import { expect, test } from "vitest";
import { sum } from "./findings.js";
import { describeSoak, soak } from "./soak.js";

const seed = Number(process.env["ROLLUPS_SEED"] ?? 32);

test(`crashes and deploys among writers break no law (ROLLUPS_SEED=${seed})`, async () => {
  const note = (text: string) => process.stderr.write(`[soak] ${text}\n`);
  const soaked = await soak(
    { seconds: 25, writers: 32, seed, calmMs: [2000, 5000], pushEveryMs: 14_000, pauseMsMax: 1200 },
    note,
  );
  note(describeSoak(soaked));
  const { counts, broken } = soaked.findings;
  expect(broken).toEqual([]);
  expect(soaked.consistency).toBe(1);
  // Far less than a quiet machine does: it must only be seen to have happened.
  expect(counts.kills).toBeGreaterThanOrEqual(2);
  expect(counts.pushes).toBeGreaterThanOrEqual(1);
  expect(counts.retries).toBeGreaterThan(0);
  expect(counts.answersPolled).toBeGreaterThan(5);
  expect(counts.answersPushed).toBeGreaterThan(5);
  expect(sum(counts.writes)).toBeGreaterThan(100);
  expect(soaked.cells).toBeGreaterThan(10_000);
});
