// @vitest-environment edge-runtime
/**
 * A new rollup after records have expired, its history taken from the tiles of another one: exact to the
 * last record that was ever there, while others write, edit and remove on both sides of the boundary.
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api.js";
import type { CubeOptions } from "../../src/client/cubes/cubeOptions.js";
import { answer, type Question } from "../oracle/answer.js";
import { inventory, type StockRow } from "../oracle/cubes.js";
import {
  BOUNDARY,
  DAY,
  deploy,
  expectAnswers,
  expireAll,
  health,
  history,
  pass,
  recorded,
  records,
  refusal,
  sourceFrom,
  states,
  step,
  stock,
  type Member,
} from "./expiring.js";
import { hourlyTotals, foldAll, foldOnce, load, NOW, type Backend, inside } from "./harness.js";

const shipped = (cube: CubeOptions) => cube;
afterEach(() => deploy(shipped));

/** Other partitions than those of the rollup that it is taken from, and a level that that one lacks. */
const byName = (cube: CubeOptions): CubeOptions => ({
  ...cube,
  rollups: {
    ...cube.rollups,
    by_product_name: {
      dimensions: ["product"],
      measures: ["count", "quantity", "value", "onHand"],
      levels: { day: "week", quarter: "year" },
    },
  },
});

const byProduct = {
  measures: ["inventory.count", "inventory.quantity", "inventory.onHand"],
  dimensions: ["inventory.product"],
  timeDimensions: [
    {
      dimension: "inventory.occurredAt",
      granularity: "quarter",
      dateRange: ["2023-04-01", "2026-03-31"],
    },
  ],
} satisfies Question;

async function expired(share = 1) {
  const ever = history();
  const world = await recorded(ever, share);
  await expireAll(world.t);
  await foldAll(world.t, "acme", 400);
  return { ...world, ever };
}

async function lives(t: Backend, rollup: string): Promise<string[]> {
  const mine = (await states(t)).filter((state) => state.rollup === rollup);
  return mine.map(({ generation, status, failure }) =>
    [generation, status, ...(failure === undefined ? [] : [failure.code])].join(" "),
  );
}

const sorted = (rows: readonly Record<string, unknown>[]) =>
  rows
    .map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))))
    .sort();

/** The answer is that of everything ever recorded; returns what served it. */
async function exactly(ann: Member, ever: StockRow[], question: Question): Promise<string> {
  const given = await load(ann, question);
  expect(sorted(given.data)).toEqual(sorted(answer(inventory, ever, question)));
  return given.servedBy;
}

/** Every rollup but the one that is looked at is out of the way. */
async function only(t: Backend, rollup: string): Promise<void> {
  await inside(t, async (ctx) => {
    for (const state of await ctx.db.query("rollupStates").collect()) {
      if (state.rollup === rollup || state.status !== "ready") continue;
      await ctx.db.patch("rollupStates", state._id, { degraded: true });
    }
  });
}

test("a narrower rollup of other levels is derived, and is right before and after the boundary", async () => {
  const { t, ann, ever } = await expired();
  deploy(byName);
  await foldAll(t);
  expect(await lives(t, "by_product_name")).toEqual(["1 ready"]);
  expect(await inside(t, (ctx) => ctx.db.query("backfills").collect())).toEqual([]);
  await only(t, "by_product_name");
  expect(await exactly(ann, ever, byProduct)).toBe("inventory.by_product_name@1");
  const weeks: Question = {
    measures: ["inventory.count", "inventory.quantity", "inventory.value"],
    timeDimensions: [{ dimension: "inventory.occurredAt", granularity: "week" }],
  };
  expect(await exactly(ann, ever, weeks)).toBe("inventory.by_product_name@1");
  await pass(t);
  expect(await health(ann)).toMatchObject({ drifts: 0, verification: { consistency: 1 } });
});

test("nothing is derived from a rollup whose finest tiles are kept for a limited time, once they went", async () => {
  const { t, ann, ever } = await expired();
  const limited = (cube: CubeOptions): CubeOptions => {
    const { by_product } = cube.rollups;
    const retain = { day: "1 month" };
    return { ...cube, rollups: { ...cube.rollups, by_product: { ...by_product!, retain } } };
  };
  deploy(limited);
  await foldAll(t);
  vi.setSystemTime(NOW + 8 * DAY);
  await foldAll(t);
  deploy((cube) => byName(limited(cube)));
  await foldAll(t);
  expect(await lives(t, "by_product_name")).toEqual(["1 failed SourceExpired"]);
  expect(await exactly(ann, ever, byProduct)).toBe("inventory.by_product@1");
});

test.each([
  ["", {}, { more: 0, folds: 1 }],
  [" more than an iteration folds", { fold: { workUs: 40_000 } }, { more: 15, folds: 2 }],
] as const)(
  "while others write%s: every answer on the way is exact, and so is the rollup in the end",
  async (_, limits, { more, folds }) => {
    const { t, ann, ever } = await expired();
    // One partition of the source at a time is a stretch: the new code derives eight an iteration.
    deploy(byName, limits);
    const ids = new Map<StockRow, string>();
    for (const doc of await records(t)) {
      const row = ever.find((one) => one.occurredAt === doc.occurredAt);
      if (row !== undefined) ids.set(row, doc._id);
    }
    const write = async (row: StockRow) => {
      const { id } = await ann.mutation(api.inventory.record, { tenantId: "acme", row });
      ids.set(row, id);
      ever.push(row);
    };
    const update = async (row: StockRow, patch: Partial<StockRow>) => {
      await ann.mutation(api.inventory.update, { tenantId: "acme", id: ids.get(row)!, patch });
      Object.assign(row, patch);
    };
    const remove = async (row: StockRow) => {
      await ann.mutation(api.inventory.remove, { tenantId: "acme", id: ids.get(row)! });
      ids.delete(row);
      ever.splice(ever.indexOf(row), 1);
    };
    // The same dice every time.
    let seed = 7;
    const below = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n;
    const anywhere = () => NOW - below(1100) * DAY - below(86_400_000);
    const served = new Set<string>();
    for (let i = 0; !served.has("inventory.by_product_name@1"); i++) {
      expect(i).toBeLessThan(60);
      for (let extra = 0; extra < more; extra++) {
        await write(stock({ product: `Product ${below(7)}`, occurredAt: anywhere() }));
      }
      const left = [...ids.keys()];
      const some = () => left[below(left.length)]!;
      await write(
        stock({ product: `Product ${below(7)}`, quantity: below(50), occurredAt: anywhere() }),
      );
      await update(some(), { occurredAt: anywhere() });
      await update(some(), { quantity: below(90), product: `Product ${below(7)}` });
      if (i % 2 === 1) await remove(some());
      // Around the boundary, and just before the end of its week.
      await write(stock({ quantity: 1, occurredAt: BOUNDARY + (below(6) - 3) * DAY }));
      if (i % 3 === 2) {
        // Upkeep itself waits while something is built.
        const before = (await records(t)).length;
        await step(t);
        expect((await records(t)).length).toBe(before);
      }
      served.add(await exactly(ann, ever, byProduct));
      for (let fold = 0; fold < folds; fold++) await foldOnce(t);
      served.add(await exactly(ann, ever, byProduct));
    }
    await foldAll(t);
    await expectAnswers(
      ann,
      ever,
      "UTC",
      ({ measures }) => measures[1] !== "inventory.minUnitCost",
    );
    await pass(t);
    expect(await health(ann)).toMatchObject({ drifts: 0, deadLetters: 0 });
    await expireAll(t);
    await foldAll(t);
    await only(t, "by_product_name");
    expect(await exactly(ann, ever, byProduct)).toBe("inventory.by_product_name@1");
  },
);

test("with a tenth of the limits it is derived in many stretches, and just as right", async () => {
  const { t, ann, ever } = await expired(0.1);
  deploy(byName);
  const reached = new Set<number | null>();
  await foldAll(t, "acme", 400, async () => {
    const backfill = await inside(t, (ctx) => ctx.db.query("backfills").first());
    if (backfill !== null) reached.add(backfill.generations[0]?.derive?.to ?? null);
  });
  expect(reached.size).toBeGreaterThan(3);
  await only(t, "by_product_name");
  expect(await exactly(ann, ever, byProduct)).toBe("inventory.by_product_name@1");
});

test("from buckets that reach across the boundary, of which neither side is counted twice", async () => {
  // Of months and nothing finer.
  const monthly = (cube: CubeOptions): CubeOptions => ({
    ...cube,
    rollups: {
      ...cube.rollups,
      monthly: {
        dimensions: ["kind"],
        measures: ["count", "quantity"],
        levels: { month: "year" },
      },
    },
  });
  deploy(monthly);
  const ever = history();
  const { t, ann } = await recorded(ever);
  vi.setSystemTime(NOW + 9 * DAY);
  await expireAll(t);
  const boundary = BOUNDARY + 9 * DAY;
  expect(await sourceFrom(t)).toBe(boundary);
  deploy((cube) => {
    const { rollups } = monthly(cube);
    const quarterly = {
      ...rollups.monthly!,
      levels: { quarter: "year" },
    };
    return { ...cube, rollups: { ...rollups, quarterly } as CubeOptions["rollups"] };
  });
  await foldOnce(t);
  const started = await inside(t, (ctx) => ctx.db.query("backfills").first());
  expect(started?.generations[0]?.derive).toMatchObject({
    rollup: "monthly",
    before: Date.UTC(2025, 3, 1),
  });
  // On either side of the boundary within its month, before the page and the tiles have come.
  for (const days of [-40, -2, 3, 40]) {
    const row = stock({ occurredAt: boundary + days * DAY, quantity: 100, kind: "return" });
    await ann.mutation(api.inventory.record, { tenantId: "acme", row });
    ever.push(row);
  }
  await foldAll(t);
  for (const days of [-41, -1, 2, 39]) {
    const row = stock({ occurredAt: boundary + days * DAY, quantity: 1000, kind: "return" });
    await ann.mutation(api.inventory.record, { tenantId: "acme", row });
    ever.push(row);
  }
  await foldAll(t);
  await only(t, "quarterly");
  const question: Question = {
    measures: ["inventory.count", "inventory.quantity"],
    dimensions: ["inventory.kind"],
    timeDimensions: [{ dimension: "inventory.occurredAt", granularity: "quarter" }],
  };
  expect(await exactly(ann, ever, question)).toBe("inventory.quarterly@1");
  await pass(t);
  expect(await health(ann)).toMatchObject({ drifts: 0, verification: { consistency: 1 } });
});

describe("from a rollup whose hours are kept for a limited time", () => {
  type Rollups = CubeOptions["rollups"];
  /** Hours are swept before the grace is over; `more` is declared later. */
  const limited = (hour: string, more: (rollups: Rollups) => object = () => ({})) => {
    return (cube: CubeOptions): CubeOptions => {
      const totals = { ...hourlyTotals, retain: { hour } };
      return { ...cube, rollups: { totals, ...more({ totals }) } as Rollups };
    };
  };
  const world = async (version: (cube: CubeOptions) => CubeOptions) => {
    deploy(version);
    const ever = history();
    const { t, ann } = await recorded(ever);
    vi.setSystemTime(NOW + 8 * DAY);
    await foldAll(t, "acme", 400);
    await expireAll(t);
    await foldAll(t, "acme", 400);
    return { t, ann, ever };
  };
  const all = { measures: ["inventory.count", "inventory.quantity"] } satisfies Question;
  const by = (granularity: string, dateRange: [string, string]): Question => ({
    ...all,
    timeDimensions: [{ dimension: "inventory.occurredAt", granularity, dateRange }],
  });
  const hourTiles = (t: Backend, rollup: string) =>
    inside(t, async (ctx) =>
      (await ctx.db.query("rollupTiles").collect())
        .filter((tile) => tile.rollup === `inventory.${rollup}` && tile.granularity === "hour")
        .map(({ partitionStart }) => partitionStart)
        .sort((a, b) => a - b),
    );

  test("what was swept is taken from coarser levels, and nothing is lost", async () => {
    const { t, ann, ever } = await world(limited("90 day"));
    deploy(
      limited("90 day", () => ({
        daily: {
          measures: all.measures.map((name) => name.slice(10)),
          dimensions: [],
          levels: { day: "month", month: "year" },
        },
      })),
    );
    await foldAll(t, "acme", 400);
    await only(t, "daily");
    expect(await exactly(ann, ever, all)).toBe("inventory.daily@1");
    expect(await exactly(ann, ever, by("day", ["2023-06-01", "2026-02-28"]))).toBe(
      "inventory.daily@1",
    );
    await pass(t);
    expect(await health(ann)).toMatchObject({ drifts: 0, verification: { consistency: 1 } });
  });

  test("hours come along where they are still stored, and only there", async () => {
    // Records of a year, hours of two.
    const { t, ann, ever } = await world(limited("2 year"));
    const oldest = (await hourTiles(t, "totals"))[0]!;
    expect(oldest).toBeLessThan(BOUNDARY - 300 * DAY);
    expect(oldest).toBeGreaterThan(BOUNDARY - 400 * DAY);
    deploy(limited("2 year", ({ totals }) => ({ again: { ...totals! } })));
    await foldAll(t, "acme", 400);
    expect(await lives(t, "again")).toEqual(["1 ready"]);
    expect(await hourTiles(t, "again")).toEqual(await hourTiles(t, "totals"));
    await only(t, "again");
    const served = "inventory.again@1";
    expect(await exactly(ann, ever, all)).toBe(served);
    expect(await exactly(ann, ever, by("day", ["2023-06-01", "2026-02-28"]))).toBe(served);
    expect(await exactly(ann, ever, by("hour", ["2024-07-01", "2025-04-30"]))).toBe(served);
    await pass(t);
    expect(await health(ann)).toMatchObject({ drifts: 0, verification: { consistency: 1 } });
  });

  test("none are stored where the new one does not keep them", async () => {
    const plain = (cube: CubeOptions, more: Partial<Rollups> = {}) =>
      ({ ...cube, rollups: { totals: cube.rollups.totals!, ...more } }) as CubeOptions;
    const { t, ann, ever } = await world(plain);
    deploy((cube) => plain(cube, { again: { ...hourlyTotals, retain: { hour: "90 day" } } }));
    await foldAll(t, "acme", 400);
    const [state] = (await states(t)).filter(({ rollup }) => rollup === "again");
    const from = state!.coverage![0]!.storedFrom!;
    expect(from).toBeGreaterThan(BOUNDARY);
    expect(await hourTiles(t, "again")).toEqual(
      (await hourTiles(t, "totals")).filter((start) => start >= from),
    );
    await only(t, "again");
    expect(await exactly(ann, ever, all)).toBe("inventory.again@1");
  });

  test("hours that are nowhere are refused, and what there is goes on serving", async () => {
    const { t, ann, ever } = await world(limited("90 day"));
    deploy(
      limited("90 day", ({ totals }) => ({
        forever: { ...totals!, retain: undefined },
      })),
    );
    await foldAll(t, "acme", 400);
    expect(await lives(t, "forever")).toEqual(["1 failed SourceExpired"]);
    expect(await exactly(ann, ever, all)).toBe("inventory.totals@1");
  });
});

describe("a rollup that served", () => {
  test("under another name goes on under the new one, and the old one goes then", async () => {
    const { t, ann, ever } = await expired();
    deploy((cube) => {
      const { costs, ...rollups } = cube.rollups;
      return { ...cube, rollups: { ...rollups, prices: costs! } };
    });
    const question: Question = {
      measures: ["inventory.count", "inventory.minUnitCost", "inventory.maxUnitCost"],
      dimensions: ["inventory.category"],
    };
    const served: string[] = [];
    do served.push(await exactly(ann, ever, question));
    while (await foldOnce(t));
    served.push(await exactly(ann, ever, question));
    expect([...new Set(served)]).toEqual(["inventory.costs@1", "inventory.prices@1"]);
    expect([await lives(t, "costs"), await lives(t, "prices")]).toEqual([[], ["1 ready"]]);
  });

  test("with a dimension more is refused until another one holds it", async () => {
    const { t, ann, ever } = await expired();
    const wider = (cube: CubeOptions): CubeOptions => ({
      ...cube,
      rollups: {
        ...cube.rollups,
        by_category: { ...cube.rollups.by_category!, dimensions: ["category", "kind"] },
      },
    });
    // `by_kind` holds both: it is enough.
    deploy(wider);
    await foldAll(t);
    expect(await lives(t, "by_category")).toEqual(["2 ready"]);
    await expectAnswersOf(ann, ever, /@[12]$/);
    // Of what no rollup holds together there is nothing to take.
    deploy((cube) => ({
      ...cube,
      rollups: {
        ...cube.rollups,
        by_category: { ...cube.rollups.by_category!, dimensions: ["kind", "weekday"] },
      },
    }));
    await foldAll(t);
    expect(await lives(t, "by_category")).toEqual(["2 ready", "3 failed SourceExpired"]);
    await expectAnswersOf(ann, ever, /@[12]$/);
  });
});

async function expectAnswersOf(ann: Member, ever: StockRow[], route: RegExp): Promise<void> {
  expect(await exactly(ann, ever, { measures: ["inventory.count", "inventory.quantity"] })).toMatch(
    route,
  );
}

describe("a source that does not serve any more", () => {
  test("fails what is derived from it by name; it is begun anew when it serves again", async () => {
    const { t, ann, ever } = await expired();
    deploy(byName);
    await foldOnce(t);
    expect(await lives(t, "by_product_name")).toEqual(["1 building"]);
    const degrade = (degraded: boolean) =>
      inside(t, async (ctx) => {
        for (const state of await ctx.db.query("rollupStates").collect()) {
          if (state.rollup === "by_product") {
            await ctx.db.patch("rollupStates", state._id, { degraded });
          }
        }
        // The worker does it, which then looks on.
        const awake = await ctx.db.query("awake").unique();
        if (awake !== null) await ctx.db.patch("awake", awake._id, { isSettled: false });
      });
    await degrade(true);
    await foldAll(t);
    expect(await lives(t, "by_product_name")).toEqual(["1 failed SourceExpired"]);
    expect(await refusal(load(ann, byProduct))).toBe("SourceExpired");
    await degrade(false);
    await foldAll(t);
    expect(await lives(t, "by_product_name")).toEqual(["2 ready"]);
    await only(t, "by_product_name");
    expect(await exactly(ann, ever, byProduct)).toBe("inventory.by_product_name@2");
  });
});

test("a rollup that cannot be mended from records is built anew from others that hold it", async () => {
  const { t, ann, ever } = await expired();
  await inside(t, async (ctx) => {
    for (const state of await ctx.db.query("rollupStates").collect()) {
      if (state.rollup !== "by_category") continue;
      const failure = { code: "Unrestorable", message: "A bucket differs" };
      await ctx.db.patch("rollupStates", state._id, { status: "failed", failure });
    }
  });
  const rebuild = (rollup?: string) =>
    ann.mutation(api.rollups.rebuild, {
      tenantId: "acme",
      cube: "inventory",
      ...(rollup === undefined ? {} : { rollup }),
    });
  // Nothing else keeps hours, or products.
  expect(await refusal(rebuild())).toBe("SourceExpired");
  expect(await refusal(rebuild("totals"))).toBe("SourceExpired");
  expect(await rebuild("by_category")).toEqual({ rollups: ["inventory.by_category"] });
  await foldAll(t);
  expect(await lives(t, "by_category")).toEqual(["2 ready"]);
  await only(t, "by_category");
  const question: Question = {
    measures: ["inventory.count", "inventory.quantity", "inventory.onHand"],
    dimensions: ["inventory.category"],
    timeDimensions: [
      {
        dimension: "inventory.occurredAt",
        granularity: "month",
        dateRange: ["2023-06-01", "2026-02-28"],
      },
    ],
  };
  expect(await exactly(ann, ever, question)).toBe("inventory.by_category@2");
});

test("tiles that are kept for a limited time only are no history to derive from", async () => {
  const { t, ann } = await expired();
  await inside(t, async (ctx) => {
    for (const state of await ctx.db.query("rollupStates").collect()) {
      if (state.rollup !== "by_product") continue;
      const from = NOW - 400 * DAY;
      const day = {
        ...{ granularity: "day" as const, servedFrom: from, storedFrom: from, retain: null },
        ...{ since: NOW, sweptTo: from, hold: null, archived: null },
      };
      await ctx.db.patch("rollupStates", state._id, { coverage: [day] });
    }
  });
  deploy(byName);
  await foldAll(t);
  expect(await lives(t, "by_product_name")).toEqual(["1 failed SourceExpired"]);
  expect((await health(ann)).backfills).toEqual([]);
});

test("a lost extreme stays lost in what is derived, and is refused there by name", async () => {
  const { t, ann, ever } = await expired();
  const old = { occurredAt: NOW - 500 * DAY, category: "Category 1" };
  const { id } = await ann.mutation(api.inventory.record, {
    tenantId: "acme",
    row: stock({ ...old, unitCost: 0.25 }),
  });
  await foldAll(t);
  await ann.mutation(api.inventory.remove, { tenantId: "acme", id });
  await foldAll(t);
  deploy((cube) => {
    const { costs, ...rollups } = cube.rollups;
    return { ...cube, rollups: { ...rollups, prices: costs! } };
  });
  await foldAll(t);
  expect([await lives(t, "costs"), await lives(t, "prices")]).toEqual([[], ["1 ready"]]);
  const lowest = { measures: ["inventory.minUnitCost"], dimensions: ["inventory.category"] };
  expect(await refusal(load(ann, lowest))).toBe("SourceExpired");
  const highest: Question = {
    measures: ["inventory.count", "inventory.maxUnitCost"],
    dimensions: ["inventory.category"],
  };
  expect(await exactly(ann, ever, highest)).toBe("inventory.prices@1");
  expect(await health(ann)).toMatchObject({ repairs: 0 });
});
