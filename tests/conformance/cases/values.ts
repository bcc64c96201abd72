/** Values: what survives the way in and out, and what is refused. */
import { expect } from "vitest";
import { api, internal } from "../fixture/convex/_generated/api.js";
import { differs, same, type Platform } from "../platform.js";
import { refused } from "../refusal.js";

const bytes = (...values: number[]) => new Uint8Array(values).buffer;

const SAMPLES: Record<string, unknown> = {
  null: null,
  "largest int64": 2n ** 63n - 1n,
  "smallest int64": -(2n ** 63n),
  "zero int64": 0n,
  "negative zero": -0,
  "not a number": NaN,
  infinities: [Infinity, -Infinity],
  "smallest float": Number.MIN_VALUE,
  "largest safe integer": Number.MAX_SAFE_INTEGER,
  booleans: [true, false],
  "empty things": ["", [], {}, bytes()],
  "text beyond the BMP": "a\u0000é\uffff😀",
  "text that looks like a value": ['{"$commitTs":null}', "\\ud800", '{"$integer":"AAAAAAAAAAA="}'],
  bytes: bytes(0, 1, 127, 128, 255),
  nested: { a: [{ b: [1n, { c: null }] }, [[]]], "spaced key": 1, _inner: 2 },
  "numeric keys": { 10: "ten", 2: "two", b: 1 },
};

const field = (platform: Platform, name: string) =>
  platform.admin.mutation(internal.values.putField, { field: name });

export const valueCases = [
  same("every value comes back from storage as it was", async ({ nobody }) => {
    for (const [name, value] of Object.entries(SAMPLES)) {
      const back: unknown = await nobody.mutation(api.values.roundTrip, { value });
      expect(back, name).toEqual(value);
      expect(Object.is(back, -0), name).toBe(Object.is(value, -0));
    }
  }),

  same("every value comes back from a function as it was", async ({ nobody }) => {
    for (const [name, value] of Object.entries(SAMPLES)) {
      const back: unknown = await nobody.query(api.values.echo, { value });
      expect(back, name).toEqual(value);
      expect(Object.is(back, -0), name).toBe(Object.is(value, -0));
    }
  }),

  same("values keep through an action, a mutation and a query", async ({ nobody }) => {
    const value = { n: 2n ** 60n, z: [NaN, -0], b: bytes(9) };
    expect(await nobody.action(api.values.throughAction, { value })).toEqual(value);
  }),

  same("undefined fields are left out, at any depth", async ({ nobody }) => {
    const value = { a: undefined, b: { c: undefined, d: 1 } };
    const back = (await nobody.mutation(api.values.roundTrip, { value })) as object;
    expect(JSON.stringify(back)).toBe('{"b":{"d":1}}');
  }),

  same("functions get bytes and arrays of their own realm", async ({ nobody }) => {
    const kinds = await nobody.query(api.values.kinds, { bytes: bytes(1), list: [1] });
    expect(kinds).toEqual([true, true, true]);
  }),

  same("what is no value is refused, with the path to it", async ({ admin }) => {
    const messages = await admin.mutation(internal.values.refusals, {});
    expect(messages.dollarField).toContain("starts with a '$', which is reserved");
    expect(messages.setValue).toContain("Set[1] is not a supported Convex type");
    expect(messages.dateValue).toContain("Date");
    expect(messages.bigInteger).toContain("does not fit into a 64-bit signed integer");
    expect(messages.undefinedElement).toContain("undefined is not a valid Convex value");
    expect(messages.undefinedElement).toContain("at path .value[0]");
  }),

  differs("half a surrogate pair is refused in a document", {
    right: "local backend",
    holds: async ({ admin }) => {
      await expect(
        refused(admin.mutation(internal.values.putLoneSurrogate, {})),
      ).resolves.toContain("surrogate");
    },
    pinned: async ({ admin }) => {
      expect(await admin.mutation(internal.values.putLoneSurrogate, {})).toBe(6);
    },
  }),

  differs("half a surrogate pair is refused in a result", {
    right: "local backend",
    holds: async ({ nobody }) => {
      expect(await refused(nobody.query(api.values.returnLoneSurrogate, {}))).toContain(
        "surrogate",
      );
    },
    pinned: async ({ nobody }) => {
      expect(await nobody.query(api.values.returnLoneSurrogate, {})).toBe("half \ud83d");
    },
  }),

  differs("half a surrogate pair is refused in an argument", {
    right: "local backend",
    holds: async ({ nobody }) => {
      const call = nobody.query(api.values.echo, { value: ["\ud83d"] });
      expect(await refused(call)).toContain("surrogate");
    },
    pinned: async ({ nobody }) => {
      const value = ["\ud83d"];
      expect(await nobody.query(api.values.echo, { value })).toEqual(value);
    },
  }),

  same(
    "field names may have spaces and dots, but neither control characters nor accents",
    async (p) => {
      expect(await refused(field(p, "é"))).toContain("non-control ASCII");
      expect(await refused(field(p, "\n"))).toContain("non-control ASCII");
      expect(await refused(field(p, "$x"))).toContain("starts with a '$'");
      expect(await refused(field(p, "x".repeat(1025)))).toContain("maximum field name length");
      const value = { "a b": 1, "a.b": 2, [`${"x".repeat(1024)}`]: 3 };
      expect(await p.nobody.mutation(api.values.roundTrip, { value })).toEqual(value);
    },
  ),

  differs("a document's own field names have 64 characters, and no underscore in front", {
    right: "local backend",
    holds: async (p) => {
      const longest = "x".repeat(64);
      expect(await field(p, longest)).toEqual(["_creationTime", "_id", longest]);
      expect(await refused(field(p, "x".repeat(65)))).toContain("exceeds maximum length 64");
      expect(await refused(field(p, "_private"))).toContain(
        "Field '_private' starts with an underscore, which is only allowed for system fields",
      );
    },
    pinned: async (p) => {
      const long = "x".repeat(65);
      expect(await field(p, long)).toEqual(["_creationTime", "_id", long]);
      expect(await field(p, "_private")).toEqual(["_creationTime", "_id", "_private"]);
    },
  }),

  differs("arrays nest sixteen levels in a document, and no deeper", {
    right: "local backend",
    holds: async ({ admin }) => {
      // The document itself is the first level.
      await admin.mutation(internal.values.putNested, { depth: 15 });
      expect(await refused(admin.mutation(internal.values.putNested, { depth: 16 }))).toContain(
        "too nested",
      );
    },
    pinned: async ({ admin }) => {
      await admin.mutation(internal.values.putNested, { depth: 40 });
      expect(await admin.query(internal.values.countAll, {})).toBe(1);
    },
  }),

  differs("a document holds 1 MiB, 8,192 elements in an array and 1,024 fields", {
    right: "local backend",
    holds: async ({ admin }) => {
      const put = (of: "bytes" | "elements" | "fields", size: number) =>
        admin.mutation(internal.values.putLarge, { of, size });
      await put("bytes", 1024 * 1024 - 200);
      await put("elements", 8192);
      await put("fields", 1024);
      expect(await refused(put("bytes", 1024 * 1024))).toContain("too large");
      expect(await refused(put("elements", 8193))).toContain("Array length is too long");
      expect(await refused(put("fields", 1025))).toContain("too many fields");
    },
    pinned: async ({ admin }) => {
      await admin.mutation(internal.values.putLarge, { of: "bytes", size: 2 * 1024 * 1024 });
      await admin.mutation(internal.values.putLarge, { of: "elements", size: 9000 });
      await admin.mutation(internal.values.putLarge, { of: "fields", size: 1100 });
      expect(await admin.query(internal.values.countAll, {})).toBe(3);
    },
  }),
];
