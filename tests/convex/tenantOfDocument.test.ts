// @vitest-environment edge-runtime
/**
 * A document gets a tenant, changes it or loses it: for each tenant that is an insert or a delete, in
 * the transaction of the write. An app that adds the field to a table of its own goes through all of it.
 */
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import type { Id } from "../../convex/_generated/dataModel.js";
import type { MutationCtx } from "../../convex/_generated/server.js";
import { rollups } from "../../convex/rollups.js";
import schema from "../../convex/schema.js";
import {
  foldAll,
  load,
  NOW,
  startBackend,
  stockRow,
  tenantOf,
  type Backend,
  inside,
  inner,
} from "./harness.js";

const { tables } = schema;

/** The shipped tables, but records need neither a tenant nor valid fields. */
const widened = defineSchema({
  ...tables,
  inventoryRecords: defineTable(v.any())
    .index("by_tenant", ["tenantId"])
    .index("by_tenant_and_time", ["tenantId", "occurredAt"])
    .index("by_tenant_and_key", ["tenantId", "key"]),
}) as unknown as typeof schema;

type RecordId = Id<"inventoryRecords">;
type Fields = Record<string, unknown>;

/** What a mutation may do to records; `db` captures. */
interface Writer {
  insert(fields?: Fields): Promise<RecordId>;
  patch(id: RecordId, fields: Fields): Promise<void>;
  replace(id: RecordId, fields: Fields): Promise<void>;
  remove(id: RecordId): Promise<void>;
}

const tenants = ["acme", "globex"];
type Member = Awaited<ReturnType<typeof tenantOf>>;

async function open() {
  const t = startBackend(1, widened);
  const members: Member[] = [];
  for (const tenant of tenants) members.push(await tenantOf(t, tenant));
  for (const tenant of tenants) await foldAll(t, tenant);
  return { t, members };
}

/** One mutation with capture, or past it. */
async function mutate<T>(
  t: Backend,
  body: (writer: Writer) => Promise<T>,
  { isCaptured = true } = {},
): Promise<T> {
  return await t.run(async (raw) => {
    const ctx = raw as unknown as MutationCtx;
    const captured = rollups.capturing(ctx);
    const db = isCaptured ? captured.db : ctx.db;
    const result = await body({
      insert: (fields = {}) => db.insert("inventoryRecords", stockRow(fields) as never),
      patch: (id, fields) => db.patch("inventoryRecords", id, fields as never),
      replace: (id, fields) => db.replace("inventoryRecords", id, stockRow(fields) as never),
      remove: (id) => db.delete("inventoryRecords", id),
    });
    await captured.flush();
    return result;
  });
}

const query = { measures: ["inventory.count", "inventory.quantity", "inventory.maxUnitCost"] };

/** Every tenant's answer, before and after folding, is that of the records that bear its name. */
async function expectExact({ t, members }: Awaited<ReturnType<typeof open>>): Promise<void> {
  const docs = await t.run(async (ctx) => await ctx.db.query("inventoryRecords").collect());
  const expected = tenants.map((tenant) => {
    const mine = docs.filter(({ tenantId }) => tenantId === tenant);
    const costs = mine.map(({ unitCost }) => unitCost);
    return {
      "inventory.count": mine.length,
      "inventory.quantity": mine.length === 0 ? null : mine.reduce((n, d) => n + d.quantity, 0),
      "inventory.maxUnitCost": mine.length === 0 ? null : Math.max(...costs),
    };
  });
  for (const isFolded of [false, true]) {
    for (const [i, tenantId] of tenants.entries()) {
      if (isFolded) await foldAll(t, tenantId);
      const answer = await load(members[i]!, query, { tenantId });
      expect(answer.servedBy).toBe("inventory.costs@1");
      expect([tenantId, isFolded, answer.data]).toEqual([tenantId, isFolded, [expected[i]]]);
    }
  }
  const letters = await inside(t, async (ctx) => await ctx.db.query("deadLetters").collect());
  expect(letters).toEqual([]);
}

/** Tenants that a field may hold without there being one. */
const noTenant: [string, Fields][] = [
  ["nothing", {}],
  ["undefined", { tenantId: undefined }],
  ["null", { tenantId: null }],
  ["an empty text", { tenantId: "" }],
  ["a number", { tenantId: 7 }],
];

describe.each(noTenant)("a document whose tenant is %s", (_, none) => {
  test("belongs to no log, whatever its other fields hold", async () => {
    const world = await open();
    await mutate(world.t, async ({ insert, patch, remove }) => {
      const id = await insert({ ...none, quantity: "many", occurredAt: null });
      await patch(id, { quantity: 0.5 });
      await remove(id);
      await insert(none);
    });
    expect(await inside(world.t, async (ctx) => await ctx.db.query("changeLog").collect())).toEqual(
      [],
    );
    await expectExact(world);
  });

  test("is inserted when it gets a tenant, deleted when it loses it, and counted between", async () => {
    const world = await open();
    const id = await mutate(world.t, ({ insert }) => insert({ ...none, quantity: 5 }));
    await expectExact(world);
    await mutate(world.t, ({ patch }) => patch(id, { tenantId: "acme" }));
    await expectExact(world);
    await mutate(world.t, ({ patch }) => patch(id, { tenantId: "globex", quantity: 9 }));
    await expectExact(world);
    await mutate(world.t, ({ patch }) => patch(id, { tenantId: undefined, ...none }));
    await expectExact(world);
    await mutate(world.t, ({ replace }) => replace(id, { tenantId: "acme", unitCost: 7 }));
    await expectExact(world);
    await mutate(world.t, ({ replace }) => replace(id, none));
    await expectExact(world);
  });
});

test("existing rows get their tenant by a migration, while the rollups serve", async () => {
  const world = await open();
  const ids = await mutate(
    world.t,
    async ({ insert }) =>
      await Promise.all(
        [1, 2, 3, 4, 5].map((quantity) => insert({ quantity, unitCost: quantity })),
      ),
    { isCaptured: false },
  );
  await mutate(world.t, async ({ patch }) => {
    for (const id of ids) await patch(id, { tenantId: "acme" });
  });
  const [row] = (await load(world.members[0]!, query)).data;
  expect(row).toMatchObject({ "inventory.count": 5, "inventory.quantity": 15 });
  await expectExact(world);
});

test("a backfill that is under way counts a document that gets its tenant once", async () => {
  const world = await open();
  const ids = await mutate(world.t, async ({ insert }) => {
    const made = [];
    for (let i = 0; i < 3; i++) made.push(await insert({ tenantId: "initech", quantity: 1 }));
    made.push(await insert({ quantity: 10 }));
    return made;
  });
  const member = await tenantOf(world.t, "initech");
  // The generations are started, and nothing is read yet.
  await world.t
    .query(inner.worker.nextWork.nextWork, { name: "fold:initech" })
    .then(async (work) => {
      if ("batch" in work) await world.t.mutation(inner.worker.worker.work, work.batch);
    });
  await mutate(world.t, ({ patch }) => patch(ids[3]!, { tenantId: "initech" }));
  await mutate(world.t, ({ patch }) => patch(ids[0]!, { tenantId: null }));
  await foldAll(world.t, "initech");
  const answer = await load(member, query, { tenantId: "initech" });
  expect(answer.servedBy).toBe("inventory.costs@1");
  expect(answer.data).toMatchObject([{ "inventory.count": 3, "inventory.quantity": 12 }]);
});

describe("several changes in one mutation", () => {
  test.each<[string, (writer: Writer) => Promise<void>]>([
    [
      "there and back",
      async ({ insert, patch }) => {
        const id = await insert({ tenantId: "acme", quantity: 3, unitCost: 9 });
        await patch(id, { tenantId: "globex" });
        await patch(id, { tenantId: "acme" });
      },
    ],
    [
      "in without a tenant, gets one and is deleted",
      async ({ insert, patch, remove }) => {
        const id = await insert();
        await patch(id, { tenantId: "acme" });
        await remove(id);
      },
    ],
    [
      "through both tenants to none and back",
      async ({ insert, patch }) => {
        const id = await insert({ quantity: 2 });
        await patch(id, { tenantId: "acme", quantity: 4 });
        await patch(id, { tenantId: "globex" });
        await patch(id, { tenantId: null, quantity: 8 });
        await patch(id, { tenantId: "globex", unitCost: 11 });
      },
    ],
    [
      "out of a tenant and back with other fields",
      async ({ insert, patch, replace }) => {
        const id = await insert({ tenantId: "globex", quantity: 1 });
        await patch(id, { tenantId: undefined });
        await replace(id, { tenantId: "globex", quantity: 6, occurredAt: NOW - 40 * 86_400_000 });
      },
    ],
  ])("a document that goes %s counts where it ends", async (_, body) => {
    const world = await open();
    await mutate(world.t, async ({ insert }) => {
      for (const tenantId of tenants) await insert({ tenantId, quantity: 100, unitCost: 4 });
    });
    await mutate(world.t, body);
    await expectExact(world);
  });
});

describe("a document that would be no fact of the tenant it gets", () => {
  const bad = { quantity: 0.5 };

  test("is refused with the field, and the mutation leaves no trace", async () => {
    const world = await open();
    const id = await mutate(world.t, ({ insert }) => insert(bad));
    await expect(
      mutate(world.t, ({ patch }) => patch(id, { tenantId: "acme" })),
    ).rejects.toMatchObject({ data: { code: "InvalidFact", field: "quantity" } });
    await expectExact(world);
    const doc = await world.t.run((ctx) => ctx.db.get("inventoryRecords", id));
    expect(doc).toMatchObject({ quantity: 0.5 });
    expect(doc?.tenantId).toBeUndefined();
    await mutate(world.t, ({ patch }) => patch(id, { tenantId: "acme", quantity: 5 }));
    await expectExact(world);
  });

  test("keeps what it was where the mutation catches the refusal and goes on", async () => {
    const world = await open();
    const ids = await mutate(world.t, async ({ insert }) => [
      await insert({ tenantId: "acme", quantity: 1 }),
      await insert({ quantity: 2 }),
    ]);
    await mutate(world.t, async ({ insert, patch }) => {
      await patch(ids[0]!, bad).catch(() => undefined);
      await patch(ids[1]!, { tenantId: "globex", occurredAt: Infinity }).catch(() => undefined);
      await insert({ tenantId: "acme", ...bad }).catch(() => undefined);
      await insert({ tenantId: "acme", quantity: 30 });
    });
    const docs = await world.t.run(async (ctx) => await ctx.db.query("inventoryRecords").collect());
    expect(docs.map(({ quantity }) => quantity)).toEqual([1, 2, 30]);
    await expectExact(world);
  });

  test("leaves its tenant although it was no fact there", async () => {
    const world = await open();
    const id = await mutate(world.t, ({ insert }) => insert({ tenantId: "acme", ...bad }), {
      isCaptured: false,
    });
    await mutate(world.t, ({ patch }) => patch(id, { tenantId: "globex", quantity: 4 }));
    await expectExact(world);
    await mutate(world.t, ({ patch }) => patch(id, { tenantId: null }));
    await expectExact(world);
  });
});
