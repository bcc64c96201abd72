/** `.filter`: comparisons in value order, boolean and arithmetic expressions. */
import { expect } from "vitest";
import { api, internal } from "../fixture/convex/_generated/api.js";
import { differs, same, type Platform } from "../platform.js";
import { refused } from "../refusal.js";

type Op = "eq" | "neq" | "lt" | "lte" | "gt" | "gte";

const compare = ({ nobody }: Platform, op: Op, value: unknown): Promise<unknown[]> =>
  nobody.query(api.filters.compare, { op, value });

export const filterCases = [
  same("equality compares whole values", async (p) => {
    await p.admin.mutation(internal.values.put, { values: [1, 1n, "1", [1], { a: 1 }, null] });
    expect(await compare(p, "eq", [1])).toEqual([[1]]);
    expect(await compare(p, "eq", { a: 1 })).toEqual([{ a: 1 }]);
    expect(await compare(p, "eq", 1n)).toEqual([1n]);
    expect(await compare(p, "neq", 1)).toEqual([null, 1n, "1", [1], { a: 1 }]);
  }),

  same("order compares values of one type", async (p) => {
    await p.admin.mutation(internal.values.put, { values: [1, 2, 3] });
    expect(await compare(p, "lt", 2)).toEqual([1]);
    expect(await compare(p, "lte", 2)).toEqual([1, 2]);
    expect(await compare(p, "gt", 2)).toEqual([3]);
    expect(await compare(p, "gte", 2)).toEqual([2, 3]);
  }),

  differs("order compares values of all types, as an index does", {
    right: "local backend",
    holds: async (p) => {
      await p.admin.mutation(internal.values.put, { values: [null, 5n, 1, true, "0", [3]] });
      expect(await compare(p, "lt", 2)).toEqual([null, 5n, 1]);
      expect(await compare(p, "gt", 2)).toEqual([true, "0", [3]]);
    },
    pinned: async (p) => {
      // JavaScript's own operators: text and arrays turn into numbers, null is zero.
      await p.admin.mutation(internal.values.put, { values: [null, 5n, 1, true, "0", [3]] });
      expect(await compare(p, "lt", 2)).toEqual([null, 1, true, "0"]);
      expect(await compare(p, "gt", 2)).toEqual([5n, [3]]);
    },
  }),

  differs("text compares by UTF-8 bytes in a filter too", {
    right: "local backend",
    holds: async (p) => {
      await p.admin.mutation(internal.values.put, { values: ["\uffff", "😀"] });
      expect(await compare(p, "gt", "\uffff")).toEqual(["😀"]);
    },
    pinned: async (p) => {
      await p.admin.mutation(internal.values.put, { values: ["\uffff", "😀"] });
      expect(await compare(p, "gt", "\uffff")).toEqual([]);
    },
  }),

  same("and, or, not, arithmetic, chains and missing fields", async ({ admin, nobody }) => {
    await admin.mutation(internal.rows.seed, { group: "g", ranks: [1, 2] });
    await admin.mutation(internal.rows.seed, { group: "g", ranks: [3, 4], note: "n" });
    expect(await nobody.query(api.filters.combined, { group: "g" })).toEqual({
      and: [2, 3],
      or: [1, 4],
      not: [1, 3, 4],
      sum: [2],
      chained: [2, 3],
      missing: [1, 2],
    });
  }),

  differs("negation works", {
    right: "local backend",
    holds: async ({ admin, nobody }) => {
      await admin.mutation(internal.rows.seed, { group: "g", ranks: [1, 2] });
      expect(await nobody.query(api.filters.negated, { group: "g" })).toEqual([2]);
    },
    pinned: async ({ admin, nobody }) => {
      await admin.mutation(internal.rows.seed, { group: "g", ranks: [1, 2] });
      expect(await refused(nobody.query(api.filters.negated, { group: "g" }))).toContain(
        'not implemented: {"$neg":{"$field":"rank"}}',
      );
    },
  }),

  differs("a filter that gives no boolean is an error", {
    right: "local backend",
    holds: async ({ admin, nobody }) => {
      await admin.mutation(internal.rows.seed, { group: "g", ranks: [0, 1] });
      expect(await refused(nobody.query(api.filters.notBoolean, { group: "g" }))).toContain(
        "boolean",
      );
    },
    pinned: async ({ admin, nobody }) => {
      await admin.mutation(internal.rows.seed, { group: "g", ranks: [0, 1] });
      expect(await nobody.query(api.filters.notBoolean, { group: "g" })).toBe(1);
    },
  }),
];
