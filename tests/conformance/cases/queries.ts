/** Queries: the ways to end one, what they see of the caller's own writes, and mistakes. */
import { expect } from "vitest";
import { api, internal } from "../fixture/convex/_generated/api.js";
import { same } from "../platform.js";
import { refused } from "../refusal.js";

export const queryCases = [
  same("first, take, collect and iteration end a query", async ({ admin, nobody }) => {
    await admin.mutation(internal.rows.seed, { group: "g", ranks: [4, 2, 3, 1] });
    expect(await nobody.query(api.rows.endings, { group: "g" })).toEqual({
      first: 1,
      take: [1, 2],
      takeNone: 0,
      collect: [1, 2, 3, 4],
      iterated: [1, 2],
      scanned: 4,
    });
    expect(await nobody.query(api.rows.endings, { group: "none" })).toEqual({
      first: null,
      take: [],
      takeNone: 0,
      collect: [],
      iterated: [],
      scanned: 4,
    });
  }),

  same("unique gives one row or null, and refuses two", async ({ admin, nobody }) => {
    expect(await nobody.query(api.rows.unique, { group: "g" })).toBeNull();
    await admin.mutation(internal.rows.seed, { group: "g", ranks: [1] });
    expect(await nobody.query(api.rows.unique, { group: "g" })).toBe(1);
    await admin.mutation(internal.rows.seed, { group: "g", ranks: [2] });
    expect(await refused(nobody.query(api.rows.unique, { group: "g" }))).toContain(
      "unique() query returned more than one result",
    );
  }),

  same("a mutation's queries see its own writes", async ({ admin, nobody }) => {
    await admin.mutation(internal.rows.seed, { group: "g", ranks: [1, 5] });
    expect(await nobody.mutation(api.rows.ownWrites, { group: "g" })).toEqual([0, 5, 9]);
  }),

  same("rows may be deleted while a query walks over them", async ({ admin, nobody }) => {
    await admin.mutation(internal.rows.seed, { group: "g", ranks: [1, 2, 3, 4, 5] });
    const result = await nobody.mutation(api.rows.deleteWhileIterating, { group: "g" });
    expect(result).toEqual({ seen: 5, left: 0 });
  }),

  same("an unknown index is refused", async ({ nobody }) => {
    expect(await refused(nobody.query(api.rows.unknownIndex, {}))).toMatch(
      /rows.*by_nothing|by_nothing.*rows/,
    );
  }),

  same("index fields must be used in order", async ({ nobody }) => {
    expect(await refused(nobody.query(api.rows.wrongField, {}))).toContain("rank");
  }),
];
