// @vitest-environment edge-runtime
/** The log is trimmed where it is folded and old, and no answer changes by it. */
import { expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { foldAll, load, startBackend, stockRow, tenantOf, inside, inner } from "./harness.js";

const DAY = 86_400_000;
const query = { measures: ["inventory.quantity", "inventory.count"] };

test("only folded rows past their retention go, and never those of the tail", async () => {
  const t = startBackend();
  const ann = await tenantOf(t);
  await foldAll(t);
  const record = () => ann.mutation(api.inventory.record, { tenantId: "acme", row: stockRow() });
  const rows = () => inside(t, async (ctx) => (await ctx.db.query("changeLog").collect()).length);
  for (let i = 0; i < 300; i++) await record();
  await foldAll(t);
  expect(await rows()).toBe(300);
  const { asOf } = await ann.query(api.sources.head, { tenantId: "acme" });

  vi.setSystemTime(Date.now() + 31 * DAY);
  await record();
  // Old rows wait until the worker has nothing better to do; the new one is not old.
  await foldAll(t);
  expect(await rows()).toBe(1);
  expect((await load(ann, query)).data).toEqual([
    { "inventory.quantity": 301, "inventory.count": 301 },
  ]);
  await expect(
    ann.query(api.sources.changes, { tenantId: "acme", cube: "inventory", after: "1" }),
  ).rejects.toThrow("LogTrimmed");
  await expect(
    ann.query(api.sources.changes, { tenantId: "acme", cube: "inventory", after: asOf }),
  ).resolves.toMatchObject({ more: false });
});

test("an unfolded row stays however old it is", async () => {
  const t = startBackend();
  const ann = await tenantOf(t);
  await foldAll(t);
  await ann.mutation(api.inventory.record, { tenantId: "acme", row: stockRow() });
  vi.setSystemTime(Date.now() + 400 * DAY);
  const work = await t.query(inner.worker.nextWork.nextWork, { name: "fold:acme" });
  expect("batch" in work && work.batch.job).toMatchObject({ kind: "fold", trim: { rows: [] } });
  expect((await load(ann, query)).data).toEqual([
    { "inventory.quantity": 1, "inventory.count": 1 },
  ]);
});
