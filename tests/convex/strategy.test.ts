// @vitest-environment edge-runtime
/**
 * Every question of the catalogue is served by the rollup that the strategy names, and its answer is
 * what a look at every record gives: from folded tiles alone, and with a tail of inserts, edits and
 * removals on top of them.
 */
import { beforeAll, describe, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { catalogue } from "../../convex/cubes.js";
import { FOURTEEN_MONTHS, LAST_DAY, batches, stockRows, watchRows } from "../../bench/data/rows.js";
import { answer, type Question, type Row } from "../oracle/answer.js";
import { asCloseAs, withinOf } from "../oracle/asCloseAs.js";
import { inventory, watch, type StockRow, type WatchRow } from "../oracle/cubes.js";
import { foldAll, load, startBackend, tenantOf, type Backend } from "./harness.js";
import { patterns, type Pattern } from "./patterns.js";

const ROWS = 2400;
/** Records of each cube that are added, edited and removed after the last fold. */
const ADDED = 100;
const EDITED = 7;

type Member = Awaited<ReturnType<typeof tenantOf>>;

let t: Backend;
let member: Member;
let watched: WatchRow[];
let moved: StockRow[];

beforeAll(async () => {
  t = startBackend();
  member = await tenantOf(t);
  await foldAll(t);
  // In order of time, as records come; a fold then touches few partitions.
  watched = [...watchRows(ROWS)].sort((a, b) => a.watchedAt - b.watchedAt);
  moved = [...stockRows(ROWS)].sort((a, b) => a.occurredAt - b.occurredAt);
  for (const rows of batches(watched, 800)) {
    await member.mutation(api.watch.recordBatch, { tenantId: "acme", rows });
  }
  for (const rows of batches(moved, 800)) {
    await member.mutation(api.inventory.recordBatch, { tenantId: "acme", rows });
  }
  await foldAll(t);
  return () => {
    vi.useRealTimers();
  };
}, 120_000);

/** What a look at every record gives. */
function expected({ rollup, query }: Pattern, watched: WatchRow[], moved: StockRow[]) {
  const question = query as unknown as Question;
  return rollup.startsWith("watch.")
    ? answer(watch, watched, question)
    : answer(inventory, moved, question);
}

const measuresOf = ({ query }: Pattern) => query.measures as string[];

const isExact = (pattern: Pattern) => withinOf(measuresOf(pattern)).every((share) => share === 0);

function expectRows(pattern: Pattern, rows: readonly Row[], wanted: readonly Row[]): void {
  expect(asCloseAs(measuresOf(pattern), rows, wanted)).toEqual(wanted);
}

describe("every common question has its rollup", () => {
  const asked = patterns(LAST_DAY);

  test("the catalogue asks at least 20 questions, and at least one of every rollup", () => {
    const declared = Object.values(catalogue).flatMap(({ name, rollups }) =>
      Object.keys(rollups).map((rollup) => `${name}.${rollup}`),
    );
    expect(asked.length).toBeGreaterThanOrEqual(20);
    expect(new Set(asked.map(({ rollup }) => rollup))).toEqual(new Set(declared));
  });

  test.each(asked)("from tiles: $name", async (pattern) => {
    const { data, servedBy, exact } = await load(member, pattern.query, { freshness: "folded" });
    expect({ servedBy, exact }).toEqual({
      servedBy: `${pattern.rollup}@1`,
      exact: isExact(pattern),
    });
    expect(data.length).toBeGreaterThan(0);
    expectRows(pattern, data, expected(pattern, watched, moved));
  });
});

describe("and keeps it while records change", () => {
  let watchedNow: WatchRow[];
  let movedNow: StockRow[];

  beforeAll(async () => {
    const stored = await t.run(async (ctx) => ({
      watched: await ctx.db
        .query("watchRecords")
        .order("desc")
        .take(2 * EDITED),
      moved: await ctx.db
        .query("inventoryRecords")
        .order("desc")
        .take(2 * EDITED),
    }));
    const tenantId = "acme";
    const late = { ...FOURTEEN_MONTHS, seed: 77 };
    const added = { watch: [...watchRows(ADDED, late)], inventory: [...stockRows(ADDED, late)] };
    await member.mutation(api.watch.recordBatch, { tenantId, rows: added.watch });
    await member.mutation(api.inventory.recordBatch, { tenantId, rows: added.inventory });
    for (const [i, { _id: id }] of stored.watched.entries()) {
      if (i < EDITED) await member.mutation(api.watch.remove, { tenantId, id });
      else {
        const patch = { category: "Film", durationSeconds: i + 0.125, topics: ["Topic 1"] };
        await member.mutation(api.watch.update, { tenantId, id, patch });
      }
    }
    for (const [i, { _id: id }] of stored.moved.entries()) {
      if (i < EDITED) await member.mutation(api.inventory.remove, { tenantId, id });
      else {
        const patch = { product: "Product 1", quantity: i, unitCost: i / 16 };
        await member.mutation(api.inventory.update, { tenantId, id, patch });
      }
    }
    watchedNow = await t.run((ctx) => ctx.db.query("watchRecords").collect());
    movedNow = await t.run((ctx) => ctx.db.query("inventoryRecords").collect());
  });

  test.each(patterns(LAST_DAY))("from tiles and tail: $name", async (pattern) => {
    const { data, servedBy, lagMs } = await load(member, pattern.query);
    expect(servedBy).toBe(`${pattern.rollup}@1`);
    expect(lagMs).toBeGreaterThan(0);
    expectRows(pattern, data, expected(pattern, watchedNow, movedNow));
  });
});
