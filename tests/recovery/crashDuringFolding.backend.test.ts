/**
 * The backend dies between two folds, again and again, with changes waiting to be folded. A fold and
 * its position commit together, so nothing may be missing afterwards and nothing counted twice; and
 * the worker has to find its way back to work by itself.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { isFolded, pause, readHealth, runNpm, untilFolded } from "../realData/backend.js";
import { compareAll } from "../realData/compare.js";
import { carryOutAll, planEdits } from "../realData/edits.js";
import { readRecords, recordsAt, sourcesOf } from "../realData/mirror.js";
import { stockQuestions } from "../realData/questions.js";
import { dice } from "../realData/random.js";
import { startCrashing, type CrashingBackend } from "./crash.js";
import { demandFile } from "./demandFile.js";

// A busy machine is slow, not wrong.
vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

const seed = Number(process.env["ROLLUPS_SEED"] ?? 7);
const file = demandFile("crash during folding");
const kills = 4;
/** Folding what the edits changed takes several folds at this rate, and a kill falls between two of them. */
const writeBytesPerSecond = 4 * 1024 * 1024;

describe(`kill -9 between folds of ${file.title} (ROLLUPS_SEED=${seed})`, () => {
  const random = dice(seed);
  let backend: CrashingBackend;

  beforeAll(async () => {
    backend = await startCrashing(writeBytesPerSecond);
    await backend.client();
    await runNpm("import", file.command(backend.url));
  });

  afterAll(async () => {
    await backend?.remove();
  });

  test(`after ${kills} kills with changes unfolded, every cell is right`, async () => {
    let client = await backend.client();
    const stored = await readRecords(client);
    const edits = planEdits(stored, 0.08, random);
    const size = Math.ceil(edits.length / kills);
    const written = [];
    let interrupted = 0;
    for (let kill = 0; kill < kills; kill++) {
      const some = edits.slice(kill * size, (kill + 1) * size);
      written.push(...(await carryOutAll(client, stored, some)));
      await pause(random.below(1500));
      if (!isFolded(await readHealth(client))) interrupted++;
      await backend.kill();
      await backend.restart();
      client = await backend.client();
    }
    expect(interrupted).toBe(kills);

    const health = await untilFolded(client);
    expect(health.deadLetters).toBe(0);
    const sources = sourcesOf(recordsAt(stored, written));
    const compared = await compareAll(client, stockQuestions(), sources);
    expect(compared.cells).toBeGreaterThan(2 * file.rows.length);
  });
});
