/** `.paginate`: cursors, end cursors, and what may not be done with them. */
import { expect } from "vitest";
import { api, internal } from "../fixture/convex/_generated/api.js";
import { differs, same, type Platform } from "../platform.js";
import { refused } from "../refusal.js";

interface Options {
  numItems: number;
  cursor: string | null;
  endCursor?: string;
  maximumRowsRead?: number;
}

const page = (
  { nobody }: Platform,
  paginationOpts: Options,
  more: { order?: "desc"; even?: boolean } = {},
) => nobody.query(api.rows.page, { group: "g", paginationOpts, ...more });

const seed = ({ admin }: Platform, ...ranks: number[]) =>
  admin.mutation(internal.rows.seed, { group: "g", ranks });

/** Pages until done, at most ten. */
async function pages(p: Platform, numItems: number, more: { order?: "desc"; even?: boolean } = {}) {
  const found: number[][] = [];
  let cursor: string | null = null;
  for (let i = 0; i < 10; i++) {
    const result = await page(p, { numItems, cursor }, more);
    found.push(result.page);
    if (result.isDone) return found;
    cursor = result.continueCursor;
  }
  throw new Error("The pages do not end");
}

export const pageCases = [
  same("pages cover a range once, in either order", async (p) => {
    await seed(p, 1, 2, 3, 4, 5);
    expect(await pages(p, 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(await pages(p, 2, { order: "desc" })).toEqual([[5, 4], [3, 2], [1]]);
    expect(await pages(p, 10)).toEqual([[1, 2, 3, 4, 5]]);
  }),

  same("an empty range is one page that is done", async (p) => {
    expect(await pages(p, 3)).toEqual([[]]);
  }),

  differs("a page that the last row fills is not done yet", {
    right: "local backend",
    holds: async (p) => {
      await seed(p, 1, 2, 3, 4);
      expect(await pages(p, 2)).toEqual([[1, 2], [3, 4], []]);
    },
    pinned: async (p) => {
      await seed(p, 1, 2, 3, 4);
      expect(await pages(p, 2)).toEqual([
        [1, 2],
        [3, 4],
      ]);
    },
  }),

  same("a filter leaves rows out of a page without ending it", async (p) => {
    await seed(p, 1, 2, 3, 4, 5, 6, 7);
    expect((await pages(p, 2, { even: true })).flat()).toEqual([2, 4, 6]);
    expect((await page(p, { numItems: 2, cursor: null }, { even: true })).page).toEqual([2, 4]);
  }),

  same("a cursor stays where it was when rows come and go", async (p) => {
    await seed(p, 1, 2, 3, 4);
    const first = await page(p, { numItems: 2, cursor: null });
    await seed(p, 0, 1.5, 2.5);
    const next = await page(p, { numItems: 2, cursor: first.continueCursor });
    expect(next.page).toEqual([2.5, 3]);
  }),

  same("with an end cursor a page is what lies between, however much that is", async (p) => {
    await seed(p, 1, 2, 3, 4);
    const first = await page(p, { numItems: 2, cursor: null });
    await seed(p, 0, 1.5, 2.5);
    const again = await page(p, { numItems: 1, cursor: null, endCursor: first.continueCursor });
    expect(again.page).toEqual([0, 1, 1.5, 2]);
    expect(again.continueCursor).toBe(first.continueCursor);
    expect(again.isDone).toBe(false);
  }),

  same("the end of the query as end cursor includes rows that come later", async (p) => {
    await seed(p, 1, 2);
    const last = await page(p, { numItems: 5, cursor: null });
    expect(last.isDone).toBe(true);
    await seed(p, 3);
    const again = await page(p, { numItems: 1, cursor: null, endCursor: last.continueCursor });
    expect(again.page).toEqual([1, 2, 3]);
    expect(again.isDone).toBe(true);
  }),

  same("a page stops at maximumRowsRead and asks to be split", async (p) => {
    await seed(p, 1, 2, 3, 4, 5, 6);
    const cut = await page(p, { numItems: 5, cursor: null, maximumRowsRead: 3 });
    expect(cut.page).toEqual([1, 2, 3]);
    expect(cut.pageStatus).toBe("SplitRequired");
    expect(cut.isDone).toBe(false);
    const next = await page(p, { numItems: 5, cursor: cut.continueCursor });
    expect(next.page).toEqual([4, 5, 6]);
  }),

  differs("a split cursor lies in the middle of a page of more than two rows", {
    right: "local backend",
    holds: async (p) => {
      await seed(p, 1, 2, 3, 4);
      const whole = await page(p, { numItems: 4, cursor: null });
      const half = { cursor: null, endCursor: whole.splitCursor!, numItems: 1 };
      expect((await page(p, half)).page).toEqual([1, 2, 3]);
      expect((await page(p, { numItems: 2, cursor: null })).splitCursor).toBeNull();
    },
    pinned: async (p) => {
      // Only pages that should be split get one.
      await seed(p, 1, 2, 3, 4);
      expect((await page(p, { numItems: 4, cursor: null })).splitCursor).toBeNull();
      const cut = await page(p, { numItems: 9, cursor: null, maximumRowsRead: 4 });
      const half = { cursor: null, endCursor: cut.splitCursor!, numItems: 1 };
      expect((await page(p, half)).page).toEqual([1, 2]);
    },
  }),

  differs("an end cursor outranks maximumRowsRead", {
    right: "local backend",
    holds: async (p) => {
      await seed(p, 1, 2, 3, 4);
      const { continueCursor } = await page(p, { numItems: 4, cursor: null });
      const limited = { numItems: 1, cursor: null, endCursor: continueCursor, maximumRowsRead: 2 };
      expect((await page(p, limited)).page).toEqual([1, 2, 3, 4]);
    },
    pinned: async (p) => {
      await seed(p, 1, 2, 3, 4, 5);
      const { continueCursor } = await page(p, { numItems: 4, cursor: null });
      const limited = { numItems: 1, cursor: null, endCursor: continueCursor, maximumRowsRead: 2 };
      expect((await page(p, limited)).page).toEqual([1, 2]);
    },
  }),

  differs("a page ends where the transaction may read no more, and asks to be split before", {
    right: "local backend",
    holds: async ({ admin }) => {
      const bytes = 1000 * 1024;
      await admin.mutation(internal.usage.writeMany, { count: 14, bytes });
      const some = { paginationOpts: { numItems: 100, cursor: null } };
      expect(await admin.query(internal.values.page, some)).toMatchObject({
        rows: 14,
        isDone: true,
        status: "SplitRecommended",
      });
      await admin.mutation(internal.usage.writeMany, { count: 4, bytes });
      const cut = await admin.query(internal.values.page, some);
      expect(cut).toMatchObject({ rows: 16, isDone: false, status: "SplitRequired" });
      const rest = { paginationOpts: { numItems: 100, cursor: cut.cursor } };
      expect(await admin.query(internal.values.page, rest)).toMatchObject({
        rows: 2,
        isDone: true,
        status: null,
      });
    },
    pinned: async ({ admin }) => {
      const bytes = 1000 * 1024;
      await admin.mutation(internal.usage.writeMany, { count: 14, bytes });
      const some = { paginationOpts: { numItems: 100, cursor: null } };
      expect(await admin.query(internal.values.page, some)).toMatchObject({
        rows: 14,
        isDone: true,
        status: null,
      });
      await admin.mutation(internal.usage.writeMany, { count: 4, bytes });
      expect(await refused(admin.query(internal.values.page, some))).toContain(
        "Read too much data",
      );
    },
  }),

  differs("a page of no rows is refused", {
    right: "local backend",
    holds: async (p) => {
      await seed(p, 1);
      expect(await refused(page(p, { numItems: 0, cursor: null }))).toContain(
        "Must request at least 1 document while paginating",
      );
    },
    pinned: async (p) => {
      await seed(p, 1);
      expect((await page(p, { numItems: 0, cursor: null })).page).toEqual([1]);
    },
  }),

  differs("a cursor of another query is refused", {
    right: "local backend",
    holds: async (p) => {
      await seed(p, 1, 2, 3);
      const { continueCursor } = await page(p, { numItems: 1, cursor: null });
      const other = page(p, { numItems: 1, cursor: continueCursor }, { order: "desc" });
      expect(await refused(other)).toContain("InvalidCursor");
    },
    pinned: async (p) => {
      await seed(p, 1, 2, 3);
      const { continueCursor } = await page(p, { numItems: 1, cursor: null });
      const other = page(p, { numItems: 1, cursor: continueCursor }, { order: "desc" });
      expect((await other).page).toEqual([]);
    },
  }),

  same("a function may paginate once", async ({ nobody }) => {
    expect(await refused(nobody.query(api.rows.twoPages, {}))).toMatch(/single paginated query/);
  }),
];
