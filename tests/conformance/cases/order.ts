/** Order: of all types in an index, of text by its bytes, and ranges over them. */
import { expect } from "vitest";
import { api, internal } from "../fixture/convex/_generated/api.js";
import type { Bound } from "../fixture/convex/bounds.js";
import { same, type Platform } from "../platform.js";

const bytes = (...values: number[]) => new Uint8Array(values).buffer;

/** One of each, in Convex's order. */
const ORDERED: unknown[] = [
  null,
  -(2n ** 63n),
  -1n,
  0n,
  2n ** 63n - 1n,
  -Infinity,
  -1.5,
  -0,
  0,
  Number.MIN_VALUE,
  1,
  2 ** 60,
  Infinity,
  NaN,
  false,
  true,
  "",
  "\u0000",
  "A",
  "a",
  "aa",
  "é",
  "\uffff",
  "😀",
  bytes(),
  bytes(0),
  bytes(0, 0),
  bytes(1),
  bytes(255),
  [],
  [null],
  [1],
  [1, 1],
  [2],
  ["a"],
  [[]],
  {},
  { a: 1 },
  { a: 1, b: 1 },
  { a: 2 },
  { b: 1 },
];

async function shuffled({ admin }: Platform): Promise<void> {
  const values = ORDERED.map((value, i) => ({ value, key: (i * 17) % ORDERED.length }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
  await admin.mutation(internal.values.put, { values });
}

const within = (platform: Platform, ...bounds: Bound[]): Promise<unknown[]> =>
  platform.nobody.query(api.values.inOrder, { bounds });

const ranks = (platform: Platform, ...bounds: Bound[]) =>
  platform.nobody.query(api.rows.ranks, { group: "g", bounds });

export const orderCases = [
  same("an index sorts every type in Convex's order", async (p) => {
    await shuffled(p);
    expect(await p.nobody.query(api.values.inOrder, {})).toEqual(ORDERED);
    const back = await p.nobody.query(api.values.inOrder, { order: "desc" });
    expect(back).toEqual([...ORDERED].reverse());
  }),

  same("text sorts by UTF-8 bytes, not by UTF-16 units", async (p) => {
    await p.admin.mutation(internal.values.put, { values: ["😀", "\uffff", "z", "\ud7ff"] });
    expect(await p.nobody.query(api.values.inOrder, {})).toEqual(["z", "\ud7ff", "\uffff", "😀"]);
    expect(await within(p, { op: "gt", value: "\uffff" })).toEqual(["😀"]);
    expect(await within(p, { op: "lt", value: "😀" })).toEqual(["z", "\ud7ff", "\uffff"]);
  }),

  same("ranges keep to the order of types", async (p) => {
    await shuffled(p);
    expect(await within(p, { op: "lt", value: -Infinity })).toEqual(ORDERED.slice(0, 5));
    expect(await within(p, { op: "gte", value: false }, { op: "lt", value: "" })).toEqual([
      false,
      true,
    ]);
    expect(await within(p, { op: "gt", value: bytes(255) })).toEqual(ORDERED.slice(29));
    expect(await within(p, { op: "eq", value: null })).toEqual([null]);
  }),

  same("zero and negative zero are two keys, NaN is the last float", async (p) => {
    await shuffled(p);
    expect(await within(p, { op: "eq", value: 0 })).toEqual([0]);
    expect(await within(p, { op: "eq", value: -0 })).toEqual([-0]);
    expect(await within(p, { op: "eq", value: NaN })).toEqual([NaN]);
    expect(await within(p, { op: "gt", value: Infinity }, { op: "lt", value: false })).toEqual([
      NaN,
    ]);
  }),

  same("int64 and float are different keys", async (p) => {
    await p.admin.mutation(internal.values.put, { values: [1, 1n] });
    expect(await within(p, { op: "eq", value: 1 })).toEqual([1]);
    expect(await within(p, { op: "eq", value: 1n })).toEqual([1n]);
  }),

  same("whole arrays and objects are found by equality", async (p) => {
    await shuffled(p);
    expect(await within(p, { op: "eq", value: [1, 1] })).toEqual([[1, 1]]);
    expect(await within(p, { op: "eq", value: { b: 1, a: 1 } })).toEqual([{ a: 1, b: 1 }]);
  }),

  same("bounds are exclusive and inclusive as they say", async (p) => {
    await p.admin.mutation(internal.rows.seed, { group: "g", ranks: [1, 2, 3, 4] });
    await p.admin.mutation(internal.rows.seed, { group: "h", ranks: [2] });
    expect(await ranks(p, { op: "gt", value: 2 })).toEqual([3, 4]);
    expect(await ranks(p, { op: "gte", value: 2 })).toEqual([2, 3, 4]);
    expect(await ranks(p, { op: "lt", value: 2 })).toEqual([1]);
    expect(await ranks(p, { op: "lte", value: 2 })).toEqual([1, 2]);
    expect(await ranks(p, { op: "gt", value: 1 }, { op: "lte", value: 3 })).toEqual([2, 3]);
    expect(await ranks(p, { op: "lt", value: 4 }, { op: "gte", value: 3 })).toEqual([3]);
    expect(await ranks(p, { op: "gt", value: 3 }, { op: "lt", value: 2 })).toEqual([]);
  }),

  same("a missing field sorts before all values, and undefined bounds it", async (p) => {
    await p.admin.mutation(internal.rows.seed, { group: "g", ranks: [1, null, -1] });
    expect(await ranks(p)).toEqual([null, -1, 1]);
    expect(await ranks(p, { op: "eq" })).toEqual([null]);
    expect(await ranks(p, { op: "gt" })).toEqual([-1, 1]);
    expect(await ranks(p, { op: "gte" })).toEqual([null, -1, 1]);
    expect(await ranks(p, { op: "lte" })).toEqual([null]);
    expect(await ranks(p, { op: "lt" })).toEqual([]);
    expect(await ranks(p, { op: "lt", value: 1 })).toEqual([null, -1]);
    expect(await ranks(p, { op: "gt" }, { op: "lt", value: 1 })).toEqual([-1]);
  }),

  same(
    "an index over a nested field reaches into objects, and finds what lacks them",
    async (p) => {
      await p.admin.mutation(internal.rows.seedDeep, { depths: [2, null, 1] });
      expect(await p.nobody.query(api.rows.byDeep, {})).toEqual([null, 1, 2]);
    },
  ),

  same("equal keys keep the order of creation, turned round by desc", async (p) => {
    const ids = await p.admin.mutation(internal.rows.seed, { group: "g", ranks: [5, 5, 5] });
    const asc = { index: "by_creation_time", order: "asc" } as const;
    expect(await p.nobody.query(api.rows.builtIn, asc)).toEqual(ids);
    const desc = { index: "by_creation_time", order: "desc" } as const;
    expect(await p.nobody.query(api.rows.builtIn, desc)).toEqual([...ids].reverse());
    const byId = await p.nobody.query(api.rows.builtIn, { index: "by_id" });
    expect(byId).toEqual([...ids].sort());
  }),
];
