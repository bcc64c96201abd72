/** The limits of a transaction and of nested calls, and how they are refused. */
import { expect } from "vitest";
import { internal } from "../fixture/convex/_generated/api.js";
import { differs, same, type Platform } from "../platform.js";
import { refused } from "../refusal.js";

const KiB = 1024;

const writeMany = ({ admin }: Platform, count: number, bytes = 0) =>
  admin.mutation(internal.usage.writeMany, { count, bytes });

const MESSAGES = {
  documentsWritten: /TooManyWrites|Wrote too many documents/,
  bytesWritten: /TooManyBytesWritten|Wrote too much data/,
  bytesRead: /TooManyBytesRead|Read too much data/,
  databaseQueries: /TooManyReads|Too many index ranges/,
  functionsScheduled: /TooManyFunctionsScheduled|Scheduled too many functions/,
  documentsRead: /TooManyDocumentsRead|Scanned too many documents/,
};

export const limitCases = [
  same("16,000 documents are written, and not one more", async (p) => {
    expect(await refused(writeMany(p, 16_001))).toMatch(MESSAGES.documentsWritten);
    expect(await p.admin.query(internal.values.countAll, {})).toBe(0);
    await writeMany(p, 16_000);
  }),

  same("16 MiB are written, and no more", async (p) => {
    expect(await refused(writeMany(p, 17, 1000 * KiB))).toMatch(MESSAGES.bytesWritten);
    await writeMany(p, 16, 1000 * KiB);
  }),

  same("16 MiB are read, and no more", async (p) => {
    await writeMany(p, 10, 1000 * KiB);
    expect(await p.admin.query(internal.usage.readAllValues, {})).toBe(10);
    await writeMany(p, 8, 1000 * KiB);
    expect(await refused(p.admin.query(internal.usage.readAllValues, {}))).toMatch(
      MESSAGES.bytesRead,
    );
  }),

  same("4,096 index ranges are read, and not one more", async ({ admin }) => {
    await admin.query(internal.usage.manyRanges, { count: 4096 });
    expect(await refused(admin.query(internal.usage.manyRanges, { count: 4097 }))).toMatch(
      MESSAGES.databaseQueries,
    );
  }),

  same("more than 1,000 functions are not scheduled", async ({ admin }) => {
    expect(await refused(admin.mutation(internal.usage.scheduleMany, { count: 1001 }))).toMatch(
      MESSAGES.functionsScheduled,
    );
  }),

  same("a nested call's budget counts from what is used already", async ({ admin }) => {
    await admin.mutation(internal.rows.seed, { group: "g", ranks: [1, 2, 3] });
    const read = (before: number, documentsRead: number) =>
      admin.mutation(internal.usage.budgetedRead, {
        group: "g",
        before,
        limits: { documentsRead },
      });
    expect((await read(0, 3)).outcome).toBe("read 3");
    expect((await read(4, 3)).outcome).toBe("read 3");
    expect((await read(4, 2)).outcome).toMatch(MESSAGES.documentsRead);
  }),

  same("what a refused nested call has read still counts", async ({ admin }) => {
    await admin.mutation(internal.rows.seed, { group: "g", ranks: [1, 2, 3] });
    const { documentsRead } = await admin.mutation(internal.usage.budgetedRead, {
      group: "g",
      before: 1,
      limits: { documentsRead: 1 },
    });
    expect(documentsRead).toBe(5);
  }),

  same(
    "a nested mutation over its budget is undone, and its writes no longer count",
    async ({ admin }) => {
      const write = (count: number) =>
        admin.mutation(internal.usage.budgetedWrite, { count, limits: { documentsWritten: 3 } });
      const over = await write(4);
      expect(over.outcome).toMatch(MESSAGES.documentsWritten);
      expect(over).toMatchObject({ stored: 1, documentsWritten: 1 });
      expect(await write(3)).toEqual({ outcome: "written", stored: 5, documentsWritten: 4 });
    },
  ),

  same("bytes and ranges have budgets too", async ({ admin }) => {
    await admin.mutation(internal.rows.seed, { group: "g", ranks: [1, 2, 3] });
    const within = async (limits: Record<string, number>) =>
      (await admin.mutation(internal.usage.budgetedRead, { group: "g", before: 0, limits }))
        .outcome;
    expect(await within({ bytesRead: 10 })).toMatch(MESSAGES.bytesRead);
    expect(await within({ databaseQueries: 0 })).toMatch(MESSAGES.databaseQueries);
    expect(await within({ databaseQueries: 1, bytesRead: 1000 })).toBe("read 3");
  }),

  same("a nested call sees its own budget as what is left", async ({ admin }) => {
    const left = await admin.mutation(internal.usage.remainingNested, {
      limits: { documentsRead: 7, databaseQueries: 1_000_000 },
    });
    expect(left).toMatchObject({
      documentsRead: 7,
      databaseQueries: 4096,
      documentsWritten: 16_000,
    });
  }),

  differs("limits are refused under the platform's names", {
    right: "local backend",
    holds: async (p) => {
      const { outcome } = await p.admin.mutation(internal.usage.budgetedWrite, {
        count: 2,
        limits: { documentsWritten: 1 },
      });
      expect(outcome).toContain("Too many writes in a single function execution (limit: 2)");
      expect(outcome).toContain("TooManyWrites");
    },
    pinned: async (p) => {
      const { outcome } = await p.admin.mutation(internal.usage.budgetedWrite, {
        count: 2,
        limits: { documentsWritten: 1 },
      });
      expect(outcome).toContain(
        "Wrote too many documents in a single function execution (limit: 2)",
      );
    },
  }),
];
