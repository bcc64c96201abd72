/** `suggest` on the functions of examples/legacy: what it proposes gives what they give. */
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { inventoryLedger } from "../../../../cli/demo/inventoryLedger.js";
import { demoTenants } from "../../../../cli/demo/tenants.js";
import { watchLedger } from "../../../../cli/demo/watchLedger.js";
import { projectRoot } from "../../../../cli/demo/backendProcess.js";
import { propose, type Told } from "../../../../cli/rollups/suggest/propose.js";
import * as inventory from "../../../../examples/legacy/inventory.js";
import * as watch from "../../../../examples/legacy/watch.js";
import { proposedCube, type Doc } from "./proposed.js";

const folder = join(projectRoot, "examples/legacy");
const proposals = {
  watch: propose(ts, { functions: folder }, join(folder, "watch.ts")),
  inventory: propose(ts, { functions: folder }, join(folder, "inventory.ts")),
};

/** The tables as an app has them: numbers are `v.number()`. */
const schema = defineSchema({
  watch: defineTable({
    ...{ watchedAt: v.number(), durationSeconds: v.number(), topics: v.array(v.string()) },
    ...{ videoId: v.string(), title: v.string(), channel: v.string() },
    ...{ category: v.string(), viewer: v.string() },
  }),
  inventory: defineTable({
    ...{ occurredAt: v.number(), quantity: v.number(), unitCost: v.number() },
    ...{ product: v.string(), category: v.string(), warehouse: v.string(), kind: v.string() },
  }),
});

const END = Date.UTC(2026, 2, 1);
const tenant = demoTenants[0]!;
const rowsOf = (ledger: { groups: number; group(i: number): readonly object[] }) =>
  Array.from({ length: ledger.groups }, (_, i) => ledger.group(i)).flat() as Doc[];

const args: Record<string, unknown[]> = {
  range: [{ from: "2025-10-01", to: "2026-02-20" }],
  date: ["2026-01-15"],
  count: [7],
  category: ["Music"],
  warehouse: ["Hudson"],
};

describe.each(["watch", "inventory"] as const)("of examples/legacy/%s.ts", (name) => {
  const proposal = proposals[name];
  const functions = (name === "watch" ? watch : inventory) as unknown as Record<
    string,
    (records: readonly Doc[], ...args: unknown[]) => unknown
  >;
  const told = proposal.functions.filter((one): one is Told => one.told);

  test.each(["a", "b", "c"])(
    "all that is told equals the functions, on ledger %s",
    async (seed) => {
      const ledger = (name === "watch" ? watchLedger : inventoryLedger)(tenant, 900, END, seed);
      const docs = rowsOf(ledger);
      const ask = proposedCube(schema, proposal, name, docs);
      for (const one of told) {
        const given = one.parameters.flatMap((parameter) => args[parameter]!);
        const wanted = functions[one.name]!(docs, ...given);
        expect(wanted, one.name).not.toEqual(functions[one.name]!([], ...given));
        expect(await ask(one, given), one.name).toEqual(wanted);
      }
    },
  );

  test("all that is told equals the functions where there are no records", async () => {
    const ask = proposedCube(schema, proposal, name, []);
    for (const one of told) {
      const given = one.parameters.flatMap((parameter) => args[parameter]!);
      expect(await ask(one, given), one.name).toEqual(functions[one.name]!([], ...given));
    }
  });
});

test("fourteen of the eighteen functions are told, and the others named with the reason", () => {
  const all = [...proposals.watch.functions, ...proposals.inventory.functions];
  expect(all.filter((one) => one.told)).toHaveLength(14);
  const others = all.flatMap((one) => (one.told ? [] : [[one.name, one.reason]]));
  expect(Object.fromEntries(others)).toEqual({
    computeRetention: expect.stringContaining("rows are looked at together with other rows"),
    computeLongestStreak: expect.stringContaining("one by one, as for a streak"),
    computeStockByMonth: expect.stringContaining("a loop that counts or waits"),
    computeValueByCategory: expect.stringContaining("a sum of products"),
  });
});
