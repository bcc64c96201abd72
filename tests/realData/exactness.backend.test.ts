/**
 * Two public data sets, whole, through the documented import, and then every cell of every answer
 * held against the oracle: folded, with unfolded edits on top, while folding goes on, and folded
 * again. Nothing here knows how the product computes; it only knows what is true of the files.
 */
import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { pairsOf } from "../../examples/legacy/pairs.js";
import { announceData, realDataDir } from "../cli/realData.js";
import {
  TENANT,
  pause,
  readHealth,
  runNpm,
  setWorker,
  startWithApp,
  untilFolded,
  type Finished,
  type Started,
} from "./backend.js";
import {
  compareAll,
  expected,
  load,
  loadFunction,
  mustEqual,
  type Compared,
  type Loaded,
} from "./compare.js";
import { carryOut, carryOutAll, planEdits } from "./edits.js";
import { generateFiles } from "./generatedFiles.js";
import { asBag, readRecords, recordsAt, sourcesOf, type Records, type Written } from "./mirror.js";
import { stockQuestions, watchQuestions, type Asked } from "./questions.js";
import { dice } from "./random.js";
import { documented, readDemand, readRatings } from "./sourceFiles.js";
import { heavyProfile } from "../support/stage.js";

// A busy machine is slow, not wrong.
vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

const realFiles = realDataDir();
announceData("exactness", realFiles);
const directory = realFiles ?? generateFiles();
const what = realFiles === null ? "GENERATED data of the real files' shape" : "the real files";

const seed = Number(process.env["ROLLUPS_SEED"] ?? 20_161_016);
const editedShare = 0.05;
/** Fewer single edits than a live answer takes log rows of unfolded tail. */
const tailEdits = 30;

const askedWhileEditing = [
  "inventory, month × category × warehouse",
  "inventory, stock by month and category",
  "inventory, month × category, costs",
  "watch, weeks",
  "watch, topics",
];

const questions = [...watchQuestions(), ...stockQuestions()];

describe(`every cell of ${what} (ROLLUPS_SEED=${seed})`, () => {
  const random = dice(seed);
  const films = readRatings(directory);
  const demand = readDemand(directory);
  let backend: Started;
  let imports: Finished[];
  let records: Records;
  let written: Written[];
  /** What an operator would look at while this runs. */
  const note = (text: string) => process.stderr.write(`[exactness] ${text}\n`);

  beforeAll(async () => {
    backend = await startWithApp({ profile: heavyProfile });
    const started = Date.now();
    imports = [];
    for (const file of ["ratings", "demand"] as const) {
      const words = [...documented(file, directory), "--url", backend.process.url];
      imports.push(await runNpm("import", words));
    }
    const imported = Date.now();
    await untilFolded(backend.client);
    note(`imported in ${imported - started} ms, folded ${Date.now() - imported} ms later`);
  });

  afterAll(async () => {
    await backend?.process.stop();
    if (realFiles === null) rmSync(directory, { recursive: true });
  });

  test("every row is accepted, and stored as the file has it", async () => {
    expect(imports[0]!.stdout).toMatch(/100,004 rows, 100,004 accepted, 0 rejected/);
    expect(imports[1]!.stdout).toMatch(/21,999 rows, 21,999 accepted, 0 rejected/);
    records = await readRecords(backend.client);
    expect(asBag(records.watch.values())).toEqual(asBag(films));
    expect(asBag(records.inventory.values())).toEqual(asBag(demand));
  });

  test("a second import says that every row is already there, and changes nothing", async () => {
    for (const [file, count] of [
      ["ratings", "100,004"],
      ["demand", "21,999"],
    ] as const) {
      const words = [...documented(file, directory), "--url", backend.process.url];
      const again = await runNpm("import", words);
      expect(again.stdout).toContain(
        `${count} rows, 0 accepted, 0 rejected, ${count} already there, 0 replaced`,
      );
      expect(again.stdout).not.toContain("read differently");
    }
    expect(await readRecords(backend.client)).toEqual(records);
  });

  test("nothing was set aside on the way", async () => {
    const health = await readHealth(backend.client);
    expect(health).toMatchObject({ backlog: 0, backfills: [], deadLetters: 0, repairs: 0 });
    expect(health.rollups.every(({ status, degraded }) => status === "ready" && !degraded)).toBe(
      true,
    );
  });

  test("grand totals are those that the files are known for", async () => {
    const total = async (name: string) => {
      const asked = questions.find((one) => one.name === name)!;
      return (await load(backend.client, asked)).data;
    };
    const [views] = await total("watch, grand total");
    const [moves] = await total("inventory, grand total");
    const warehouses = await total("inventory, warehouses");
    expect(views).toMatchObject({ "watch.count": 100_004 });
    expect(moves).toMatchObject({ "inventory.count": 21_999 });
    if (realFiles !== null) {
      expect(moves).toMatchObject({
        "inventory.quantity": 309_555_756,
        "inventory.onHand": 309_555_756,
      });
      expect(warehouses).toContainEqual(
        expect.objectContaining({
          "inventory.warehouse": "Whse_J",
          "inventory.quantity": 134_632_570,
        }),
      );
    }
  });

  test("folded: every cell", async () => {
    const also = (loaded: Loaded) => expect(loaded).toMatchObject({ lagMs: 0, exact: true });
    tell("folded", await compareAll(backend.client, questions, sourcesOf(records), { also }));
  });

  test("the functions of the old way equal their queries, by rollups", async () => {
    const sources = sourcesOf(records);
    const first = { category: sources.watch[0]!.category, count: 10 };
    const warehouse = sources.inventory[0]!.warehouse;
    const ofCubes = [
      pairsOf({ ...first, warehouse, range: { from: "2015-03-01", to: "2016-02-29" } }).slice(
        0,
        12,
      ),
      pairsOf({ ...first, warehouse, range: { from: "2012-02-01", to: "2012-10-31" } }).slice(12),
    ];
    let answered = 0;
    for (const { name, before, query, after } of ofCubes.flat()) {
      const loaded = await backend.client.query(loadFunction, { tenantId: TENANT, query });
      expect(after(loaded.data), name).toEqual(before(sources));
      expect(loaded.servedBy, name).toMatch(/^(watch|inventory)\.\w+@1$/);
      answered += loaded.data.length;
    }
    note(`the old way: ${ofCubes.flat().length} functions, ${answered} rows`);
  });

  test("with edits in the unfolded tail: every cell", async () => {
    await setWorker(backend.process, "stop");
    const edits = planEdits(records, editedShare, random);
    written = [];
    for (const edit of edits.slice(0, tailEdits))
      written.push(await carryOut(backend.client, records, edit));
    const also = (loaded: Loaded) => {
      const newest = written.findLast(({ cube }) => loaded.servedBy.startsWith(`${cube}.`));
      expect(BigInt(loaded.watermark)).toBe(newest!.commitTs);
      expect(loaded.lagMs).toBeGreaterThan(0);
    };
    const edited = sourcesOf(recordsAt(records, written));
    tell("live", await compareAll(backend.client, questions, edited, { also }));
  });

  test("a folded answer meanwhile is as of the fold, and says so", async () => {
    const asked = questions.find(({ name }) => name === "inventory, day × category")!;
    const loaded = await load(backend.client, asked, { freshness: "folded" });
    expect(loaded.freshness).toBe("folded");
    expect(loaded.lagMs).toBeGreaterThan(0);
    expect(BigInt(loaded.watermark)).toBeLessThan(written[0]!.commitTs);
    mustEqual(asked, loaded.data, expected(asked, sourcesOf(records)));
  });

  test("while 5% of the records are edited and folded: every answer is that of its watermark", async () => {
    await setWorker(backend.process, "start");
    const edits = planEdits(records, editedShare, random);
    const known = new Set(written.map(({ id }) => id));
    const fresh = edits.filter(({ id }) => !known.has(id));
    let isEditing = true;
    const editing = carryOutAll(backend.client, records, fresh).finally(() => (isEditing = false));
    const seen: { asked: Asked; loaded: Loaded }[] = [];
    let refused = 0;
    for (let i = 0; isEditing; i++) {
      const name = askedWhileEditing[i % askedWhileEditing.length];
      const asked = questions.find((one) => one.name === name)!;
      try {
        seen.push({ asked, loaded: await load(backend.client, asked) });
      } catch (error) {
        // An extreme that was just removed is refused by name until it is found again.
        expect(String(error)).toContain("ExtremePending");
        refused++;
      }
      await pause(250);
    }
    written.push(...(await editing));
    const watermarks = new Set(seen.map(({ loaded }) => loaded.watermark));
    expect(watermarks.size).toBeGreaterThan(1);
    let cells = 0;
    for (const { asked, loaded } of random.shuffle(seen).slice(0, 30)) {
      const then = recordsAt(records, written, BigInt(loaded.watermark));
      cells += mustEqual(asked, loaded.data, expected(asked, sourcesOf(then)));
    }
    const live = seen.filter(({ loaded }) => loaded.freshness === "live").length;
    note(
      `${written.length} edits; ${seen.length} answers seen, ${live} of them live, ` +
        `${refused} refused; ${cells} cells equal`,
    );
  });

  test("folded again: every cell", async () => {
    const edited = recordsAt(records, written);
    const health = await untilFolded(backend.client);
    expect(health.deadLetters).toBe(0);
    const stored = await readRecords(backend.client);
    expect(asBag(stored.watch.values())).toEqual(asBag(edited.watch.values()));
    expect(asBag(stored.inventory.values())).toEqual(asBag(edited.inventory.values()));
    const also = (loaded: Loaded) => expect(loaded).toMatchObject({ lagMs: 0, exact: true });
    tell("folded again", await compareAll(backend.client, questions, sourcesOf(edited), { also }));
  });

  function tell(name: string, { questions, rows, cells }: Compared): void {
    expect(cells).toBeGreaterThan(200_000);
    note(`${name}: ${questions} questions, ${rows} rows, ${cells} cells equal`);
  }
});
