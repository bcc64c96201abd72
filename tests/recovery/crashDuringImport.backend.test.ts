/**
 * The backend dies while a file comes in. After a restart the same import runs again, as the importer
 * itself advises; every row must then count exactly once, in the source and in every rollup.
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import { pause, readHealth, startNpm, runNpm, untilFolded } from "../realData/backend.js";
import { compareAll } from "../realData/compare.js";
import { asBag, readRecords } from "../realData/mirror.js";
import { stockQuestions } from "../realData/questions.js";
import { dice } from "../realData/random.js";
import { startCrashing, type CrashingBackend } from "./crash.js";
import { demandFile } from "./demandFile.js";

// A busy machine is slow, not wrong.
vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

const seed = Number(process.env["ROLLUPS_SEED"] ?? 22);
const file = demandFile("crash during import");
const rows = file.rows.length;
const count = rows.toLocaleString("en");

describe(`kill -9 during an import of ${file.title} (ROLLUPS_SEED=${seed})`, () => {
  const random = dice(seed);
  let backend: CrashingBackend | undefined;

  afterEach(async () => {
    await backend?.remove();
    backend = undefined;
  });

  test("the import died too: run again, it completes the file and counts nothing twice", async () => {
    backend = await startCrashing();
    await backend.client();
    const first = startNpm("import", file.command(backend.url));
    await untilImported(backend, 0.1 * rows + random.below(0.5 * rows));
    await backend.kill();
    first.kill();
    await first.finished;

    await backend.restart();
    const client = await backend.client();
    const survived = (await readRecords(client)).inventory.size;
    expect(survived).toBeGreaterThanOrEqual(0.1 * rows);
    expect(survived).toBeLessThan(file.rows.length);
    await runNpm("import", file.command(backend.url));
    await mustHoldTheFile(client);

    const again = await runNpm("import", file.command(backend.url));
    expect(again.stdout).toContain(`0 accepted, 0 rejected, ${count} already there`);
    await mustHoldTheFile(client);
  });

  test("the import goes on by itself when the backend comes back, killed twice", async () => {
    backend = await startCrashing();
    await backend.client();
    const importing = startNpm("import", file.command(backend.url));
    for (const share of [0.05, 0.4]) {
      await untilImported(backend, share * rows + random.below(0.25 * rows));
      await backend.kill();
      await pause(random.below(800));
      await backend.restart();
    }
    const { status, stdout, stderr } = await importing.finished;
    expect(stderr + stdout).toContain(`${count} accepted, 0 rejected`);
    expect(status).toBe(0);
    await mustHoldTheFile(await backend.client());
  });

  /** Waits until at least so many rows are stored. */
  async function untilImported(crashing: CrashingBackend, wanted: number): Promise<void> {
    for (;;) {
      if ((await storedRecords(crashing)) >= wanted) return;
      await pause(20);
    }
  }

  async function storedRecords({ url, adminKey }: CrashingBackend): Promise<number> {
    const headers = { Authorization: `Convex ${adminKey}` };
    const answered = await fetch(`${url}/local/stats`, { headers });
    const { documents } = (await answered.json()) as { documents: Record<string, number> };
    return documents["inventoryRecords"] ?? 0;
  }

  async function mustHoldTheFile(client: Awaited<ReturnType<CrashingBackend["client"]>>) {
    const health = await untilFolded(client);
    expect(health.deadLetters).toBe(0);
    const { inventory } = await readRecords(client);
    expect(asBag(inventory.values())).toEqual(asBag(file.rows));
    const compared = await compareAll(client, stockQuestions(), {
      watch: [],
      inventory: file.rows,
    });
    expect(compared.cells).toBeGreaterThan(2 * rows);
    expect((await readHealth(client)).rollups.every(({ degraded }) => !degraded)).toBe(true);
  }
});
