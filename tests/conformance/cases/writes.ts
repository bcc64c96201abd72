/** Inserts, patches, replacements and deletes; ids; creation times. */
import { expect } from "vitest";
import { internal } from "../fixture/convex/_generated/api.js";
import { differs, same } from "../platform.js";

export const writeCases = [
  same("a patch merges at the top, and undefined removes a field", async ({ admin }) => {
    const result = await admin.mutation(internal.writes.patched, {
      before: { group: "g", rank: 1, note: "old", nested: { deep: 1 } },
      patch: { note: "new", nested: { deep: 2 } },
      drop: ["rank"],
    });
    expect(result).toEqual({ group: "g", note: "new", nested: { deep: 2 } });
  }),

  same("removing a field that is not there changes nothing", async ({ admin }) => {
    const before = { group: "g" };
    const result = await admin.mutation(internal.writes.patched, {
      before,
      patch: {},
      drop: ["rank", "note"],
    });
    expect(result).toEqual(before);
  }),

  same("a replacement keeps the id and the creation time, and nothing else", async ({ admin }) => {
    const result = await admin.mutation(internal.writes.replaced, {
      before: { group: "g", rank: 1, note: "n" },
      after: { group: "h" },
    });
    expect(result).toEqual({ fields: { group: "h" }, sameId: true, sameTime: true });
  }),

  same("a patch may repeat the system fields, but not change them", async ({ admin }) => {
    const result = await admin.mutation(internal.writes.patchSystemFields, {});
    expect(result.own).toBe(true);
    expect(result.otherId).toMatch(/`?_id`?|'_id'/);
    expect(result.otherTime).toContain("_creationTime");
    expect(result.otherId).not.toBe("patched");
  }),

  same("a deleted row reads as null and takes no writes", async ({ admin }) => {
    const result = await admin.mutation(internal.writes.deleted, {});
    expect(result.read).toBeNull();
    for (const message of [result.patch, result.replace, result.remove]) {
      expect(message).toMatch(/non-?existent/);
    }
  }),

  same("an id of another table is refused where the table is named", async ({ admin }) => {
    const result = await admin.mutation(internal.writes.foreignIds, {});
    expect(result.namedRight).toBe('"row"');
    expect(result.namedWrong).toMatch(/rows.*values/);
    expect(result.unnamed).toBe('"value"');
    expect(result.patchWrong).toMatch(/rows.*values/);
  }),

  differs("text that is no id is refused, not read as null", {
    right: "local backend",
    holds: async ({ admin }) => {
      const { junk } = await admin.mutation(internal.writes.foreignIds, {});
      expect(junk).toContain("Unable to decode ID");
    },
    pinned: async ({ admin }) => {
      const { junk } = await admin.mutation(internal.writes.foreignIds, {});
      expect(junk).toBe("null");
    },
  }),

  same(
    "normalizeId knows the table's ids, deleted or not, and gives null for others",
    async ({ admin }) => {
      expect(await admin.mutation(internal.writes.normalize, {})).toEqual({
        own: true,
        foreign: true,
        junk: true,
        empty: true,
      });
    },
  ),

  differs("a write that changes nothing is no write", {
    right: "local backend",
    holds: async ({ admin }) => {
      expect(await admin.mutation(internal.writes.noOps, {})).toEqual({
        samePatch: 0,
        emptyPatch: 0,
        sameReplace: 0,
        realPatch: 1,
        delete: 1,
      });
    },
    pinned: async ({ admin }) => {
      expect(await admin.mutation(internal.writes.noOps, {})).toEqual({
        samePatch: 1,
        emptyPatch: 1,
        sameReplace: 1,
        realPatch: 1,
        delete: 1,
      });
    },
  }),

  same("creation times rise within a mutation, from the time it started", async ({ admin }) => {
    const { times, now } = await admin.mutation(internal.writes.creationTimes, { count: 20 });
    for (let i = 1; i < times.length; i++) expect(times[i]).toBeGreaterThan(times[i - 1]!);
    expect(Math.abs(times[0]! - now)).toBeLessThan(100);
    expect(times.at(-1)! - times[0]!).toBeLessThan(100);
  }),

  same("a document that was read is the reader's own copy", async ({ admin }) => {
    expect(await admin.mutation(internal.writes.aliasing, {})).toEqual([[1, 3], [1]]);
  }),

  same("a document's fields come in the order of their names", async ({ admin }) => {
    const names = await admin.mutation(internal.writes.fieldOrder, {});
    expect(names).toEqual(["_creationTime", "_id", "group", "note", "rank"]);
  }),
];
