/** Commit timestamps and snapshots. */
import { expect } from "vitest";
import { api, internal } from "../fixture/convex/_generated/api.js";
import { differs, same } from "../platform.js";
import { refused } from "../refusal.js";

const MAX_INT64 = 2n ** 63n - 1n;

/** Outside its mutation a timestamp is always a number. */
function resolved(at: unknown): bigint {
  if (typeof at !== "bigint") throw new Error("The commit timestamp is not resolved");
  return at;
}

export const stampCases = [
  same(
    "all rows of a mutation share one timestamp, which is also returned",
    async ({ admin, nobody }) => {
      const { at, again } = await admin.mutation(internal.stamps.put, { names: ["a", "b"] });
      expect(typeof at).toBe("bigint");
      expect(again).toEqual([at, at]);
      const row = { at, history: [{ at }, "text"] };
      expect(await nobody.query(api.stamps.list, {})).toEqual([
        { name: "a", ...row },
        { name: "b", ...row },
      ]);
    },
  ),

  same("timestamps are nanoseconds and rise from commit to commit", async ({ admin }) => {
    let last = BigInt(Date.now() - 60_000) * 1_000_000n;
    for (let i = 0; i < 5; i++) {
      const { at } = await admin.mutation(internal.stamps.put, { names: ["x"] });
      expect(at).toBeGreaterThan(last);
      last = resolved(at);
    }
    expect(last).toBeLessThan(BigInt(Date.now() + 60_000) * 1_000_000n);
  }),

  same(
    "inside its mutation the timestamp sorts last, is found, and is no number",
    async ({ admin }) => {
      expect(await admin.mutation(internal.stamps.inside, {})).toEqual({
        same: true,
        found: ["mine"],
        last: "mine",
        above: ["mine"],
        below: ["future"],
        arithmetic: "refused",
        text: expect.stringContaining("ommit") as string,
      });
    },
  ),

  same("a patch stamps a row anew", async ({ admin, nobody }) => {
    await admin.mutation(internal.stamps.putAt, { name: "r", at: 5n });
    const at = await admin.mutation(internal.stamps.restamp, { name: "r" });
    expect((await nobody.query(api.stamps.list, {})).map((row) => row.at)).toEqual([at]);
  }),

  same("the placeholder goes into a nested mutation and comes back", async ({ admin, nobody }) => {
    const { at, same: isSame } = await admin.mutation(internal.stamps.throughNested, {});
    expect(isSame).toBe(true);
    expect((await nobody.query(api.stamps.list, {})).map((row) => row.at)).toEqual([at]);
  }),

  same("the placeholder is no argument for a scheduled function", async ({ admin }) => {
    expect(await refused(admin.mutation(internal.stamps.schedule, {}))).toMatch(
      /placeholder|\$commitTs/,
    );
  }),

  same("v.commitTs takes any int64, and nothing else", async ({ admin }) => {
    await admin.mutation(internal.stamps.takesStamp, { name: "old", at: 1n });
    await admin.mutation(internal.stamps.takesStamp, { name: "max", at: MAX_INT64 });
    const number = admin.mutation(internal.stamps.takesStamp, { name: "n", at: 1 as never });
    expect(await refused(number)).toMatch(/ArgumentValidationError|Validator error/);
  }),

  same(
    "a snapshot is at or above what was committed, and below what will be",
    async ({ admin, nobody }) => {
      const { at } = await admin.mutation(internal.stamps.put, { names: ["a"] });
      const snapshot = await nobody.query(api.stamps.snapshot, {});
      expect(snapshot).toBeGreaterThanOrEqual(resolved(at));
      const next = await admin.mutation(internal.stamps.put, { names: ["b"] });
      expect(next.at).toBeGreaterThan(snapshot);
    },
  ),

  same("a mutation's snapshot stands still, below its own commit", async ({ admin }) => {
    const { before, after, at } = await admin.mutation(internal.stamps.snapshotInMutation, {});
    expect(after).toBe(before);
    expect(at).toBeGreaterThan(before);
  }),

  same("draining up to the snapshot takes every row once", async ({ admin }) => {
    const seen: string[] = [];
    let after = 0n;
    for (const names of [["a"], ["b", "c"], [], ["d"]]) {
      await admin.mutation(internal.stamps.put, { names });
      const batch = await admin.mutation(internal.stamps.drain, { after });
      seen.push(...batch.names);
      after = batch.upTo;
    }
    expect(seen).toEqual(["a", "b", "c", "d"]);
  }),

  differs("a query bounded by its snapshot may be answered from the cache", {
    right: "local backend",
    holds: async ({ admin }) => {
      const { upTo: after } = await admin.query(internal.stamps.drainQuery, { after: 0n });
      const before = await admin.query(internal.stamps.drainQuery, { after });
      await admin.mutation(internal.stamps.put, { names: ["late"] });
      // The new row lies beyond what was read: nothing told the cache.
      expect(await admin.query(internal.stamps.drainQuery, { after })).toEqual(before);
    },
    pinned: async ({ admin }) => {
      const { upTo: after } = await admin.query(internal.stamps.drainQuery, { after: 0n });
      await admin.mutation(internal.stamps.put, { names: ["late"] });
      const { names } = await admin.query(internal.stamps.drainQuery, { after });
      expect(names).toEqual(["late"]);
    },
  }),

  differs("a mutation that writes nothing takes no timestamp", {
    right: "local backend",
    holds: async ({ admin, nobody }) => {
      const before = await nobody.query(api.stamps.snapshot, {});
      await admin.mutation(internal.stamps.put, { names: [] });
      expect(await nobody.query(api.stamps.snapshot, {})).toBe(before);
    },
    pinned: async ({ admin, nobody }) => {
      const before = await nobody.query(api.stamps.snapshot, {});
      await admin.mutation(internal.stamps.put, { names: [] });
      expect(await nobody.query(api.stamps.snapshot, {})).toBeGreaterThan(before);
    },
  }),
];
