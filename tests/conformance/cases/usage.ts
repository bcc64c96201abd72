/** `getTransactionMetrics`: its keys, and how they grow. */
import { expect } from "vitest";
import { api, internal } from "../fixture/convex/_generated/api.js";
import { differs, same } from "../platform.js";

const KEYS = [
  "bytesRead",
  "bytesWritten",
  "databaseQueries",
  "documentsRead",
  "documentsWritten",
  "functionsScheduled",
  "scheduledFunctionArgsBytes",
];
const FILE_KEYS = ["fileReadBytes", "fileWriteBytes", "filesRead", "filesWritten"];
const MiB = 1024 * 1024;

export const usageCases = [
  same("the metrics count files too", async ({ nobody }) => {
    expect(await nobody.query(api.usage.keys, {})).toEqual([...KEYS, ...FILE_KEYS].sort());
  }),

  same("at the start the platform's limits are left", async ({ nobody }) => {
    expect(await nobody.query(api.usage.remaining, {})).toMatchObject({
      bytesRead: 16 * MiB,
      bytesWritten: 16 * MiB,
      databaseQueries: 4096,
      documentsRead: 32_000,
      documentsWritten: 16_000,
      functionsScheduled: 1000,
      scheduledFunctionArgsBytes: 16 * MiB,
    });
  }),

  same("an insert, a read and a scheduled function are counted", async ({ admin }) => {
    const { insert, get, schedule } = await admin.mutation(internal.usage.growth, {});
    expect(insert).toMatchObject({ documentsRead: 0, documentsWritten: 1, databaseQueries: 0 });
    expect(insert.bytesWritten).toBeGreaterThan(50);
    expect(get).toMatchObject({ documentsRead: 1, documentsWritten: 1, databaseQueries: 1 });
    expect(get.bytesRead).toBe(insert.bytesWritten);
    expect(schedule).toMatchObject({ functionsScheduled: 1, scheduledFunctionArgsBytes: 14 });
    expect(schedule.documentsWritten).toBe(1);
  }),

  differs("rows that a filter leaves out were read", {
    right: "local backend",
    holds: async ({ admin }) => {
      await admin.mutation(internal.rows.seed, { group: "g", ranks: [1, 2, 3, 4] });
      const used = await admin.query(internal.usage.filtered, { group: "g" });
      expect(used.documentsRead).toBe(4);
    },
    pinned: async ({ admin }) => {
      await admin.mutation(internal.rows.seed, { group: "g", ranks: [1, 2, 3, 4] });
      const used = await admin.query(internal.usage.filtered, { group: "g" });
      expect(used.documentsRead).toBe(1);
    },
  }),

  differs("the same range read again is one range, and its documents count again", {
    right: "local backend",
    holds: async ({ admin }) => {
      await admin.mutation(internal.rows.seed, { group: "g", ranks: [1, 2] });
      const used = await admin.query(internal.usage.sameRange, { group: "g", times: 3 });
      expect(used).toMatchObject({ databaseQueries: 1, documentsRead: 6 });
    },
    pinned: async ({ admin }) => {
      await admin.mutation(internal.rows.seed, { group: "g", ranks: [1, 2] });
      const used = await admin.query(internal.usage.sameRange, { group: "g", times: 3 });
      expect(used).toMatchObject({ databaseQueries: 3, documentsRead: 6 });
    },
  }),

  same("a query that stops early has read what it passed over", async ({ admin }) => {
    await admin.mutation(internal.rows.seed, { group: "g", ranks: [1, 2, 3, 4] });
    const used = await admin.query(internal.usage.taken, { group: "g", count: 2 });
    expect(used).toMatchObject({ databaseQueries: 1, documentsRead: 2 });
  }),
];
