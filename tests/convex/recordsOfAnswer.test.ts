// @vitest-environment edge-runtime
/**
 * However an answer comes to look at source records, at edges of one range or of several, for lost
 * extremes or in a scan: all together are no more than one scan may read. Scans of at most 100 here.
 */
import { expect, test } from "vitest";
import schema from "../../convex/schema.js";
import { api } from "../../convex/_generated/api.js";
import { foldAll, load, startBackend, tenantOf, watchRow } from "./harness.js";

const limits = () => ({ answers: { scanRecords: 100 } });

const HOUR = 3_600_000;
const noon = Date.UTC(2026, 1, 10, 12);

/** `each` records in the afternoon of the 10th, the morning of the 12th and the afternoon of the 14th. */
async function backendOf(each: number) {
  const t = startBackend(1, schema, { limits });
  const member = await tenantOf(t);
  await foldAll(t);
  const times = [noon + HOUR, noon + 43 * HOUR, noon + 97 * HOUR];
  const rows = times.flatMap((watchedAt) =>
    Array.from({ length: each }, () => watchRow({ channel: "A", watchedAt })),
  );
  await member.mutation(api.watch.recordBatch, { tenantId: "acme", rows });
  await foldAll(t);
  return { t, member };
}

const from12To12 = ["2026-02-10T12:00:00.000", "2026-02-12T11:59:59.999"];
const from14 = ["2026-02-14T12:00:00.000", "2026-02-16T23:59:59.999"];
const ask = (range: object) => ({
  measures: ["watch.count"],
  dimensions: ["watch.channel"],
  timeDimensions: [{ dimension: "watch.watchedAt", ...range }],
});
const refusal = (answer: Promise<unknown>) =>
  answer.then(
    () => null,
    (error: unknown) => (error as { data: { code: string; compareDateRange?: string } }).data,
  );
const code = async (answer: Promise<unknown>) => (await refusal(answer))?.code;

test("two edges of one range share what an answer may read", async () => {
  const { member } = await backendOf(50);
  const answer = await load(member, ask({ dateRange: from12To12 }));
  expect(answer).toMatchObject({ servedBy: "watch.by_channel@1" });
  expect(answer.data).toEqual([{ "watch.channel": "A", "watch.count": 100 }]);
  const { member: busy } = await backendOf(51);
  const refused = await refusal(load(busy, ask({ dateRange: from12To12 })));
  expect(refused).toMatchObject({ code: "EdgeTooLarge" });
  expect(refused).not.toHaveProperty("compareDateRange");
});

test("edges of all ranges of a comparison share it, and the one that goes without is named", async () => {
  const { member } = await backendOf(33);
  const compared = ask({ compareDateRange: [from12To12, from14] });
  const answer = await load(member, compared);
  expect(answer).toMatchObject({ servedBy: "watch.by_channel@1" });
  expect(answer.data.map((row) => row["watch.count"])).toEqual([66, 33]);
  const { member: busy } = await backendOf(34);
  const refused = await refusal(load(busy, compared));
  expect(refused).toMatchObject({
    code: "EdgeTooLarge",
    compareDateRange: "2026-02-14T12:00:00.000 - 2026-02-16T23:59:59.999",
  });
});

test("days that are read again for lost extremes share it", async () => {
  const lost = async (days: number) => {
    const t = startBackend(1, schema, { limits });
    const member = await tenantOf(t);
    await foldAll(t);
    const rows = Array.from({ length: days * 30 }, (_, i) =>
      watchRow({ durationSeconds: 100 + i, watchedAt: noon + (i % days) * 24 * HOUR }),
    );
    await member.mutation(api.watch.recordBatch, { tenantId: "acme", rows });
    await foldAll(t);
    const docs = await t.run((ctx) => ctx.db.query("watchRecords").collect());
    // The longest of each day goes, and nobody has folded that yet.
    for (const { _id: id, durationSeconds } of docs) {
      if (durationSeconds < 100 + days * 29) continue;
      await member.mutation(api.watch.remove, { tenantId: "acme", id });
    }
    const timeDimensions = [
      { dimension: "watch.watchedAt", dateRange: ["2026-02-01", "2026-03-31"] },
    ];
    return load(member, { measures: ["watch.longest"], timeDimensions });
  };
  expect(await lost(3)).toMatchObject({
    data: [{ "watch.longest": 100 + 3 * 29 - 1 }],
    servedBy: "watch.totals@1",
  });
  expect(await code(lost(4))).toBe("ExtremePending");
});
