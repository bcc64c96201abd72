// @vitest-environment edge-runtime
/** What the advisor counts, on half of every limit of a transaction; and what anybody may send to it. */
import { makeFunctionReference } from "convex/server";
import { afterEach, describe, expect, test, vi } from "vitest";
import { DAY_MS, watchRows } from "../../bench/data/rows.js";
import { api } from "../../convex/_generated/api.js";
import type { Standing } from "../../lib/advisor/gather.js";
import type { RollupDefinition } from "../../lib/model/cube.js";
import { LevelCounter } from "../../lib/sampling/counts.js";
import type { LevelSample } from "../../lib/sampling/sample.js";
import { NOW, foldAll, shippedCubes, startBackend, tenantOf } from "../convex/harness.js";

afterEach(() => void vi.useRealTimers());

const RECORDS = 700;
const byCategory: RollupDefinition = {
  ...{ dimensions: ["category"], measures: ["count"], levels: { day: "month", month: "year" } },
};
/** As many rollups as one call counts, as wide as they get. */
const wide = Array.from({ length: 64 }, (_, i): RollupDefinition => {
  const dimensions = ["video", "title", "channel", "category", "topic", "viewer"].slice(i % 4);
  const measures = ["count", "durationSeconds", "viewersApprox", "medianDuration", "shortest"];
  return { dimensions, measures, levels: { hour: "day", day: i % 2 ? "week" : "month" } };
});

interface Page {
  levels: LevelSample[][];
  records: number;
  first: number;
  last: number;
  next: object | null;
}

async function world(share = 1) {
  const t = startBackend(share);
  const ann = await tenantOf(t);
  await foldAll(t);
  const call = async <Answer>(name: string, args: object): Promise<Answer> =>
    (await ann.query(makeFunctionReference<"query">(`advisor:${name}`), {
      ...{ tenantId: "acme", ...args },
    })) as Answer;
  const import_ = async (rows: readonly object[]) => {
    for (let from = 0; from < rows.length; from += 100)
      await ann.mutation(api.watch.recordBatch, {
        ...{ tenantId: "acme", rows: rows.slice(from, from + 100) as never },
      });
  };
  const pages = async (rollups: readonly RollupDefinition[]) => {
    const pages: Page[] = [];
    let from: object | null = null;
    do {
      const page: Page = await call("sample", { cube: "watch", rollups, from });
      pages.push(page);
      from = page.next;
    } while (from !== null && pages.length < 100);
    return pages;
  };
  return { t, ann, call, pages, import_ };
}

describe("pages", () => {
  test("hold every record once, in order of time, and fit half of every limit with the widest rollups", async () => {
    const { pages, import_, call } = await world(0.5);
    const rows = [...watchRows(RECORDS)].map((row) => ({
      ...row,
      title: row.title.padEnd(500, "!"),
    }));
    await import_(rows);
    const read = await pages(wide);
    expect(read.length).toBeGreaterThan(3);
    expect(read.reduce((sum, { records }) => sum + records, 0)).toBe(RECORDS);
    read.slice(1).forEach(({ first }, i) => expect(first).toBeGreaterThanOrEqual(read[i]!.last));
    const { changes, folds } = await call<{ changes: number; folds: number }>("written", {
      ...{ cube: "watch", rollups: wide },
    });
    expect(changes).toBeGreaterThan(0);
    expect(folds).toBeGreaterThan(0);
  }, 120_000);

  test("hold every record once where all are of one millisecond", async () => {
    const { pages, import_ } = await world();
    const rows = [...watchRows(1200)].map((row) => ({ ...row, watchedAt: NOW - DAY_MS }));
    await import_(rows);
    const read = await pages([byCategory]);
    expect(read.reduce((sum, { records }) => sum + records, 0)).toBe(1200);
    const counter = new LevelCounter({ granularity: "day", partition: "month" });
    for (const { levels } of read) counter.add(levels[0]![0]!);
    const categories = new Set(rows.map(({ category }) => category)).size;
    const { cells, partitions } = counter.count({ windowMs: 1, times: 1 });
    expect({ cells, partitions }).toEqual({ cells: categories, partitions: 1 });
  }, 60_000);

  test("of tiles add up to what is stored", async () => {
    const { t, call, import_ } = await world();
    await import_([...watchRows(300)]);
    await foldAll(t);
    const place = { rollup: "watch.totals", generation: 1, granularity: "day" };
    const sum = { documents: 0, records: 0, partitions: 0 };
    let after: object | null = null;
    do {
      const page: typeof sum & { next: object | null } = await call("stored", { ...place, after });
      for (const key of ["documents", "records", "partitions"] as const) sum[key] += page[key];
      after = page.next;
    } while (after !== null);
    expect(sum.records).toBe(300);
    expect(sum.documents).toBe(sum.partitions);
  }, 60_000);
});

describe("what was written", () => {
  type Written = {
    changes: number;
    folds: number;
    spanMs: number;
    touched: { series: number }[][];
  };

  test("is told by day where it is all of the log, and by its own span where it is cut", async () => {
    const { call, import_ } = await world();
    const rows = [...watchRows(400)].map((row) => ({ ...row, watchedAt: NOW - DAY_MS }));
    for (let from = 0; from < rows.length; from += 40) {
      vi.setSystemTime(NOW + from * 15_000);
      await import_(rows.slice(from, from + 40));
    }
    const few = await call<Written>("written", { cube: "watch", rollups: [byCategory] });
    expect(few).toMatchObject({ changes: 400, folds: 10, spanMs: DAY_MS });
    // Of 64 rollups some 50 changes are looked at: those of the last ten minutes and of now.
    const { changes, folds, spanMs } = await call<Written>("written", {
      ...{ cube: "watch", rollups: wide },
    });
    expect({ changes, folds }).toEqual({ changes: 80, folds: 2 });
    expect(spanMs).toBe(600_000);
  }, 60_000);

  test("of one large commit is looked at in part", async () => {
    const { call, import_ } = await world();
    const viewers = Array.from({ length: 100 }, (_, i) => `viewer ${i}`);
    await import_([...watchRows(100)].map((row, i) => ({ ...row, viewer: viewers[i] })));
    const byViewer = { ...byCategory, dimensions: ["viewer"], levels: { day: "month" } } as const;
    const rollups = [...wide.slice(1), byViewer];
    const { changes, touched } = await call<Written>("written", { cube: "watch", rollups });
    expect(changes).toBe(100);
    expect(touched.at(-1)![0]!.series).toBe(50);
  }, 60_000);
});

describe("what anybody may send", () => {
  test("is refused by a code, and names what is wrong", async () => {
    const { call } = await world();
    const refusal = async (name: string, args: object) =>
      await call(name, args).then(
        () => "answered",
        ({ data }: { data: Record<string, unknown> }) => ({
          code: data["code"],
          path: data["path"],
        }),
      );
    const from = null;
    for (const name of ["sample", "written"]) {
      const rest = name === "sample" ? { from } : {};
      const ask = (rollups: unknown[], cube = "watch") => refusal(name, { cube, rollups, ...rest });
      expect(await ask([], "memberships")).toMatchObject({ code: "UnknownCube" });
      expect(await ask(Array.from({ length: 65 }, () => byCategory))).toEqual({
        ...{ code: "InvalidQuery", path: "rollups" },
      });
      const bad = [
        ...[null, 1, "totals", [], {}, { ...byCategory, dimensions: ["nobody"] }],
        ...[
          { ...byCategory, levels: { day: "hour" } },
          { ...byCategory, measures: ["__proto__"] },
        ],
        { ...byCategory, levels: {} },
      ];
      for (const one of bad) {
        expect(await ask([byCategory, one]), JSON.stringify(one)).toEqual({
          ...{ code: "InvalidDefinition", path: "rollups.1" },
        });
      }
    }
    const none = { rollup: "memberships", generation: 1, granularity: "day", after: null };
    expect(await call("stored", none)).toMatchObject({ documents: 0, next: null });
  });
});

test("the cubes come with the targets of their rollups, which the component is not told", async () => {
  const freshness = { warn: 60_000, error: 600_000 };
  const { inventory } = shippedCubes;
  const totals = { ...inventory.rollups.totals, freshness };
  const cubes = {
    ...shippedCubes,
    inventory: { ...inventory, rollups: { ...inventory.rollups, totals } },
  };
  const t = startBackend(1, undefined, { cubes: () => cubes });
  const ann = await tenantOf(t);
  const standing = (await ann.query(makeFunctionReference<"query">("advisor:standing"), {
    tenantId: "acme",
  })) as Standing[];
  const rollups = Object.fromEntries(standing.map(({ cube }) => [cube.name, cube.rollups]));
  expect(rollups["inventory"]).toEqual({ ...inventory.rollups, totals });
  expect(rollups["watch"]).toEqual(shippedCubes.watch.rollups);
});
