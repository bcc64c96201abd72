// @vitest-environment edge-runtime
/** The old way beside the new one, over the demo's records: the same values, and each by a rollup. */
import { beforeAll, expect, test, vi } from "vitest";
import { inventoryLedger } from "../../cli/demo/inventoryLedger.js";
import type { Ledger } from "../../cli/demo/record.js";
import { demoTenants } from "../../cli/demo/tenants.js";
import { watchLedger } from "../../cli/demo/watchLedger.js";
import { api } from "../../convex/_generated/api.js";
import { pairsOf, type Records } from "../../examples/legacy/pairs.js";
import { foldAll, startBackend, tenantOf } from "../convex/harness.js";

const screen = {
  range: { from: "2025-10-01", to: "2026-02-20" },
  category: "Music",
  warehouse: "Hudson",
  count: 7,
};
const END = Date.UTC(2026, 2, 1);
const RECORDS = 3000;

const rowsOf = <Row>(ledger: Ledger<Row>) =>
  Array.from({ length: ledger.groups }, (_, i) => ledger.group(i)).flat();

let records: Records;
let ann: Awaited<ReturnType<typeof tenantOf>>;

beforeAll(async () => {
  const t = startBackend();
  ann = await tenantOf(t, "acme", { timezone: "UTC" });
  const tenant = demoTenants[0]!;
  const watch = rowsOf(watchLedger(tenant, RECORDS, END, "legacy"));
  const inventory = rowsOf(inventoryLedger(tenant, RECORDS, END, "legacy"));
  records = { watch, inventory };
  for (let i = 0; i < watch.length; i += 500) {
    await ann.mutation(api.watch.recordBatch, { tenantId: "acme", rows: watch.slice(i, i + 500) });
  }
  for (let i = 0; i < inventory.length; i += 500) {
    const rows = inventory.slice(i, i + 500);
    await ann.mutation(api.inventory.recordBatch, { tenantId: "acme", rows });
  }
  await foldAll(t);
  return () => {
    vi.useRealTimers();
  };
});

test("there are eighteen functions, of which none answers with nothing", () => {
  const pairs = pairsOf(screen);
  expect(pairs).toHaveLength(18);
  const empty = JSON.stringify(pairs.map(({ before }) => before({ watch: [], inventory: [] })));
  expect(JSON.stringify(pairs.map(({ before }) => before(records)))).not.toBe(empty);
});

test.each(pairsOf(screen))("$name equals its query, by a rollup", async (pair) => {
  const loaded = await ann.query(api.aggregates.load, {
    tenantId: "acme",
    query: pair.query as never,
  });
  const wanted = pair.before(records);
  expect(pair.after(loaded.data)).toEqual(wanted);
  expect(wanted).not.toEqual(pair.before({ watch: [], inventory: [] }));
  expect(loaded.servedBy).toMatch(/^(watch|inventory)\.\w+@1$/);
});
