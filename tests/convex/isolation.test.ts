// @vitest-environment edge-runtime
/** Law 11: no argument or id gives a caller another tenant's data, and refusals give no hint. */
import { ConvexError } from "convex/values";
import { describe, expect, test } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { load, startBackend, stockRow, tenantOf, watchRow } from "./harness.js";

const query = { measures: ["inventory.quantity"] };

type AnyCall = (reference: unknown, args: unknown) => Promise<unknown>;

async function refusal(promise: Promise<unknown>): Promise<unknown> {
  const error: unknown = await promise.then(
    () => "not refused",
    (thrown: unknown) => thrown,
  );
  return error instanceof ConvexError ? error.data : error;
}

async function twoTenants() {
  const t = startBackend();
  const ann = await tenantOf(t, "acme", { subject: "ann" });
  const bob = await tenantOf(t, "globex", { subject: "bob" });
  const { id } = await bob.mutation(api.inventory.record, {
    tenantId: "globex",
    row: stockRow({ quantity: 42 }),
  });
  return { t, ann, bob, id };
}

describe("every public function", () => {
  test("answers a stranger, another tenant's member and an unknown tenant alike", async () => {
    const { t, ann, id } = await twoTenants();
    const calls = (tenantId: string) => [
      [api.aggregates.load, { tenantId, query }],
      [api.aggregates.rows, { tenantId, query }],
      [api.aggregates.explain, { tenantId, query }],
      [api.aggregates.freshness, { tenantId }],
      [api.aggregates.health, { tenantId }],
      [api.flags.get, { tenantId }],
      [api.flags.differences, { tenantId }],
      [api.activity.recent, { tenantId }],
      [api.sources.head, { tenantId }],
      [api.sources.page, { tenantId, cube: "inventory", cursor: null }],
      [api.sources.changes, { tenantId, cube: "inventory", after: "0" }],
    ];
    const writes = (tenantId: string) => [
      [api.flags.set, { tenantId, mode: "off" }],
      [api.flags.move, { tenantId, stage: "shadow" }],
      [api.flags.clear, { tenantId }],
      [api.inventory.record, { tenantId, row: stockRow() }],
      [api.inventory.recordBatch, { tenantId, rows: [stockRow()] }],
      [api.inventory.update, { tenantId, id, patch: { quantity: 1 } }],
      [api.inventory.remove, { tenantId, id }],
      [api.watch.record, { tenantId, row: watchRow() }],
      [api.watch.recordBatch, { tenantId, rows: [watchRow()] }],
      [api.watch.update, { tenantId, id, patch: {} }],
      [api.watch.remove, { tenantId, id }],
    ];
    const expected = {
      code: "Forbidden",
      message: "You may not do this, or it does not exist.",
    };
    for (const tenantId of ["globex", "nowhere", "", "__proto__"]) {
      for (const caller of [ann, t]) {
        // The list mixes functions of different arguments; the calls are checked where they run.
        const query = caller.query as unknown as AnyCall;
        const mutation = caller.mutation as unknown as AnyCall;
        for (const [reference, args] of calls(tenantId)) {
          expect(await refusal(query(reference, args))).toEqual(expected);
        }
        for (const [reference, args] of writes(tenantId)) {
          expect(await refusal(mutation(reference, args))).toEqual(expected);
        }
      }
    }
  });

  test("a foreign record's id is refused like an unknown one", async () => {
    const { ann, bob, id } = await twoTenants();
    for (const foreign of [id, "not-an-id", ""]) {
      for (const write of [
        ann.mutation(api.inventory.update, {
          tenantId: "acme",
          id: foreign,
          patch: { quantity: 1 },
        }),
        ann.mutation(api.inventory.remove, { tenantId: "acme", id: foreign }),
        ann.mutation(api.watch.remove, { tenantId: "acme", id: foreign }),
      ]) {
        expect(await refusal(write)).toMatchObject({ code: "Forbidden" });
      }
    }
    expect((await load(bob, query, { tenantId: "globex" })).data).toEqual([
      { "inventory.quantity": 42 },
    ]);
    expect((await load(ann, query)).data).toEqual([{ "inventory.quantity": null }]);
  });

  test("tenants:mine lists only the caller's own", async () => {
    const { t, ann } = await twoTenants();
    expect((await ann.query(api.tenants.mine, {})).map(({ tenantId }) => tenantId)).toEqual([
      "acme",
    ]);
    expect(await t.query(api.tenants.mine, {})).toEqual([]);
  });
});

describe("roles", () => {
  test.each([
    ["viewer", false, false],
    ["editor", true, false],
    ["service", true, false],
    ["admin", true, true],
  ] as const)("%s: writes %s, administers %s", async (role, writes, administers) => {
    const t = startBackend();
    const member = await tenantOf(t, "acme", { role });
    await load(member, query);
    const write = await refusal(
      member.mutation(api.inventory.record, { tenantId: "acme", row: stockRow() }),
    );
    expect(write).toEqual(writes ? "not refused" : expect.objectContaining({ code: "Forbidden" }));
    const flag = await refusal(member.mutation(api.flags.set, { tenantId: "acme", mode: "off" }));
    expect(flag).toEqual(
      administers ? "not refused" : expect.objectContaining({ code: "Forbidden" }),
    );
  });
});
