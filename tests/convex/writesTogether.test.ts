// @vitest-environment edge-runtime
/**
 * Writes that a mutation issues together: whatever their order turns out to be, the log ends with what is
 * stored, and answers from tiles and tail are those of the stored records.
 */
import type { ConvexError } from "convex/values";
import { describe, expect, test } from "vitest";
import type { Id } from "../../convex/_generated/dataModel.js";
import type { MutationCtx } from "../../convex/_generated/server.js";
import { rollups } from "../../convex/rollups.js";
import { fromStored } from "../../lib/fold/changeColumns.js";
import {
  foldAll,
  inside,
  load,
  startBackend,
  stockRow,
  tenantOf,
  type Backend,
} from "./harness.js";

type Db = MutationCtx["db"];
type RecordId = Id<"inventoryRecords">;

const row = (fields: Record<string, unknown> = {}) =>
  ({ ...stockRow(fields), tenantId: "acme" }) as never;
const query = { measures: ["inventory.count", "inventory.quantity", "inventory.maxUnitCost"] };

async function mutate<T>(t: Backend, body: (db: Db, raw: Db) => Promise<T>): Promise<T> {
  return await t.run(async (raw) => {
    const ctx = raw as unknown as MutationCtx;
    const { db, flush } = rollups.capturing(ctx);
    const result = await body(db, ctx.db);
    await flush();
    return result;
  });
}

async function open() {
  const t = startBackend();
  const ann = await tenantOf(t);
  await foldAll(t);
  const expectExact = async () => {
    const docs = await t.run((ctx) => ctx.db.query("inventoryRecords").collect());
    const costs = docs.map(({ unitCost }) => unitCost);
    const expected = {
      "inventory.count": docs.length,
      "inventory.quantity": docs.length === 0 ? null : docs.reduce((n, d) => n + d.quantity, 0),
      "inventory.maxUnitCost": docs.length === 0 ? null : Math.max(...costs),
    };
    for (const isFolded of [false, true]) {
      if (isFolded) await foldAll(t);
      const answer = await load(ann, query);
      expect([isFolded, answer.servedBy, answer.data]).toEqual([
        isFolded,
        "inventory.costs@1",
        [expected],
      ]);
    }
    expect(await inside(t, (ctx) => ctx.db.query("deadLetters").collect())).toEqual([]);
    return docs.length;
  };
  return { t, expectExact };
}

/** What a settled write was refused with; null for one that was made. */
function codeOf(settled: PromiseSettledResult<unknown>): string | null {
  if (settled.status === "fulfilled") return null;
  return (settled.reason as ConvexError<{ code: string }>).data.code;
}

const operations = (t: Backend) =>
  inside(t, async (ctx) =>
    (await ctx.db.query("changeLog").collect()).flatMap(({ changes }) =>
      fromStored(changes).map(({ op, docId, docCreatedAt }) => ({ op, docId, docCreatedAt })),
    ),
  );

describe("writes that are issued together", () => {
  test("inserts are logged with the time at which each was created", async () => {
    const { t, expectExact } = await open();
    await mutate(t, (db) =>
      Promise.all([1, 2, 3, 4].map((quantity) => db.insert("inventoryRecords", row({ quantity })))),
    );
    const docs = await t.run((ctx) => ctx.db.query("inventoryRecords").collect());
    const logged = await operations(t);
    expect(new Map(logged.map(({ docId, docCreatedAt }) => [docId, docCreatedAt]))).toEqual(
      new Map(docs.map(({ _id, _creationTime }) => [_id as string, _creationTime])),
    );
    expect(await expectExact()).toBe(4);
  });

  test("a record that is inserted and removed in one mutation counts as nothing", async () => {
    const { t, expectExact } = await open();
    await mutate(t, async (db) => {
      const id = await db.insert("inventoryRecords", row({ unitCost: 99 }));
      await db.patch("inventoryRecords", id, { quantity: 7 });
      await db.delete("inventoryRecords", id);
    });
    expect((await operations(t)).map(({ op }) => op)).toEqual(["insert", "update", "delete"]);
    expect(await expectExact()).toBe(0);
  });

  test("a record that a query finds while its insert is under way is removed after the insert", async () => {
    const { t, expectExact } = await open();
    await mutate(t, async (db) => {
      const inserted = db.insert("inventoryRecords", row());
      const removed = (async () => {
        for await (const { _id } of db.query("inventoryRecords")) {
          await db.delete("inventoryRecords", _id);
        }
      })();
      await Promise.all([inserted, removed]);
    });
    expect((await operations(t)).map(({ op }) => op)).toEqual(["insert", "delete"]);
    expect(await expectExact()).toBe(0);
  });

  test("updates of one record follow each other, whichever form they are written in", async () => {
    const { t, expectExact } = await open();
    const id = await mutate(t, (db) => db.insert("inventoryRecords", row({ quantity: 1 })));
    await mutate(t, (db) =>
      Promise.all([
        db.patch("inventoryRecords", id, { quantity: 2 }),
        db.patch(id, { quantity: 3 }),
        db.replace("inventoryRecords", id, row({ quantity: 4, unitCost: 5 })),
        db.replace(id, row({ quantity: 6, unitCost: 5 })),
      ]).then(() => null),
    );
    expect(await t.run((ctx) => ctx.db.get("inventoryRecords", id))).toMatchObject({ quantity: 6 });
    expect(await expectExact()).toBe(1);
    await mutate(t, (db) => db.delete(id));
    expect(await expectExact()).toBe(0);
  });

  test("a field that is set to undefined is gone, and one that is not named stays", async () => {
    const { t, expectExact } = await open();
    const id = await mutate(t, (db) => db.insert("inventoryRecords", row({ key: "k" })));
    await mutate(t, (db) => db.patch("inventoryRecords", id, { key: undefined, quantity: 8 }));
    const stored = await t.run((ctx) => ctx.db.get("inventoryRecords", id));
    expect(stored).not.toHaveProperty("key");
    expect(await expectExact()).toBe(1);
  });

  test("a refused write is taken back and the others stay", async () => {
    const { t, expectExact } = await open();
    const kept = await mutate(t, (db) => db.insert("inventoryRecords", row({ quantity: 1 })));
    const outcomes = await mutate(t, (db) =>
      Promise.allSettled([
        db.insert("inventoryRecords", row({ quantity: 0.5 })),
        db.insert("inventoryRecords", row({ quantity: 2 })),
        db.patch("inventoryRecords", kept, { quantity: 0.25 }),
        db.patch("inventoryRecords", kept, { quantity: 3 }),
      ]).then((settled) => settled.map(codeOf)),
    );
    expect(outcomes).toEqual(["InvalidFact", null, "InvalidFact", null]);
    expect(await t.run((ctx) => ctx.db.get("inventoryRecords", kept))).toMatchObject({
      quantity: 3,
    });
    expect(await expectExact()).toBe(2);
  });

  test("a write to another table goes past capture", async () => {
    const { t } = await open();
    await mutate(t, async (db) => {
      const id = await db.insert("tenants", { tenantId: "other", name: "A", timezone: "UTC" });
      await db.patch("tenants", id, { name: "B" });
      await db.delete(id);
    });
    expect(await operations(t)).toEqual([]);
    const missing = mutate(t, async (db) => {
      const id: RecordId = await db.insert("inventoryRecords", row());
      await db.delete("inventoryRecords", id);
      await db.patch("inventoryRecords", id, { quantity: 1 });
    });
    await expect(missing).rejects.toThrow(/non-?existent/i);
  });
});
