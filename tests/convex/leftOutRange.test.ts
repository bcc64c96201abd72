// @vitest-environment edge-runtime
/** A filter that leaves out a stretch of the range: no bucket that reaches over one of its ends is counted whole. */
import { expect, test } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { foldAll, load, startBackend, tenantOf, watchRow } from "./harness.js";

const tenantId = "acme";
const on = (day: string) => Date.parse(`2024-${day}T12:00:00Z`);

test("a range that is left out is cut out of the buckets around it", async () => {
  const t = startBackend();
  const ann = await tenantOf(t);
  for (const day of ["02-10", "03-01", "03-05", "03-07", "03-10", "03-20", "04-02"]) {
    await ann.mutation(api.watch.record, { tenantId, row: watchRow({ watchedAt: on(day) }) });
  }
  await foldAll(t);
  const ask = (filters: object[]) =>
    load(ann, {
      measures: ["watch.count"],
      timeDimensions: [{ dimension: "watch.watchedAt", dateRange: ["2024-01-01", "2024-12-31"] }],
      filters,
    });
  const leftOut = {
    member: "watch.watchedAt",
    operator: "notInDateRange",
    values: ["2024-03-05", "2024-03-10"],
  };
  const whole = await ask([]);
  expect(whole.data).toEqual([{ "watch.count": 7 }]);
  const answer = await ask([leftOut]);
  expect(answer.data).toEqual([{ "watch.count": 4 }]);
  expect(answer.servedBy).toBe(whole.servedBy);
  expect(answer.servedBy).not.toBe("scan");
});
