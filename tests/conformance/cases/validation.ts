/** The schema, argument and return validators, and who may call what. */
import { expect } from "vitest";
import type { FunctionArgs } from "convex/server";
import { api, internal } from "../fixture/convex/_generated/api.js";
import { differs, same, type Platform } from "../platform.js";
import { refused } from "../refusal.js";

const put = ({ admin }: Platform, document: Record<string, unknown>) =>
  admin.mutation(internal.strict.put, { document });

const groups = ({ admin }: Platform) => admin.query(internal.writes.groups, {});

const arbitrary = <T>(value: unknown) => value as T;

async function everyTypeArgs({ admin }: Platform) {
  const [id] = await admin.mutation(internal.rows.seed, { group: "g", ranks: [1] });
  return {
    id: id!,
    int64: 1n,
    float: 1,
    literal: "a" as const,
    list: ["x"],
    record: { k: 1 },
    nullable: null,
  };
}

export const validationCases = [
  same("a document of each member of a union is stored", async (p) => {
    const [row] = await p.admin.mutation(internal.rows.seed, { group: "g", ranks: [1] });
    await put(p, { kind: "link", row, counts: { a: 1 } });
    await put(p, { kind: "plain", size: 1n, parts: [true] });
  }),

  same("missing, extra and wrong fields are refused", async (p) => {
    const plain = { kind: "plain", size: 1n, parts: [] };
    for (const document of [
      { kind: "plain", size: 1n },
      { ...plain, extra: 1 },
      { ...plain, size: 1 },
      { ...plain, parts: [1] },
      { ...plain, kind: "other" },
    ]) {
      expect(await refused(put(p, document)), JSON.stringify(document.kind)).toMatch(
        /does not match|Validator error/,
      );
    }
  }),

  same("a patch is held to the schema as a whole document", async (p) => {
    const id = await put(p, { kind: "plain", size: 1n, parts: [] });
    const spoil = (patch: Record<string, unknown>) =>
      p.admin.mutation(internal.strict.spoil, { id, patch });
    expect(await refused(spoil({ kind: "link" }))).toMatch(/does not match|Validator error/);
    await spoil({ size: 2n });
  }),

  same("an id of another table does not fit v.id", async (p) => {
    const [value] = await p.admin.mutation(internal.values.put, { values: [1] });
    expect(await refused(p.admin.mutation(internal.strict.linkTo, { id: value! }))).toMatch(
      /does not match|Validator error/,
    );
    const wants = p.nobody.query(api.strict.wantsRow, { id: arbitrary<never>(value) });
    expect(await refused(wants)).toMatch(/ArgumentValidationError|Validator error/);
  }),

  differs("records are held to their value type", {
    right: "local backend",
    holds: async ({ nobody }) => {
      const bad = nobody.query(api.strict.anyRecord, { record: arbitrary<never>({ k: "text" }) });
      expect(await refused(bad)).toContain("ArgumentValidationError");
    },
    pinned: async ({ nobody }) => {
      const bad = nobody.query(api.strict.anyRecord, { record: arbitrary<never>({ k: "text" }) });
      expect(await bad).toBe(1);
    },
  }),

  same("a refused document can be caught, and leaves nothing", async ({ admin }) => {
    const result = await admin.mutation(internal.strict.putAndGoOn, {});
    expect(result).toEqual({ caught: true, stored: 0 });
  }),

  same("arguments of every type are accepted", async (p) => {
    const args = await everyTypeArgs(p);
    expect(await p.nobody.query(api.strict.everyType, args)).toBe(
      "float,id,int64,list,literal,nullable,record",
    );
    const more = { ...args, optional: true, literal: 1 as const, nullable: new ArrayBuffer(2) };
    expect(await p.nobody.query(api.strict.everyType, more)).toContain("optional");
  }),

  same("arguments of the wrong type, missing and unknown ones are refused", async (p) => {
    const good = await everyTypeArgs(p);
    const { list: _, ...withoutList } = good;
    for (const args of [
      { ...good, int64: 1 },
      { ...good, float: 1n },
      { ...good, literal: "b" },
      { ...good, list: [1] },
      { ...good, id: "junk" },
      { ...good, optional: null },
      { ...good, unknown: 1 },
      withoutList,
    ]) {
      const call = p.nobody.query(
        api.strict.everyType,
        arbitrary<FunctionArgs<typeof api.strict.everyType>>(args),
      );
      expect(await refused(call)).toMatch(/ArgumentValidationError|Validator error/);
    }
  }),

  same("a result that breaks its promise is refused", async ({ nobody }) => {
    expect(await nobody.query(api.strict.promisesString, { value: "yes" })).toBe("yes");
    expect(await refused(nobody.query(api.strict.promisesString, { value: 1 }))).toMatch(
      /ReturnsValidationError|Return value validation failed/,
    );
  }),

  differs("a mutation whose result breaks its promise does not commit", {
    right: "local backend",
    holds: async (p) => {
      await refused(p.nobody.mutation(api.strict.writesAndBreaksPromise, { group: "g" }));
      expect(await groups(p)).toEqual([]);
    },
    pinned: async (p) => {
      // The result is looked at after the commit.
      await refused(p.nobody.mutation(api.strict.writesAndBreaksPromise, { group: "g" }));
      expect(await groups(p)).toEqual(["g"]);
    },
  }),

  same("a function that returns nothing gives null", async ({ nobody }) => {
    expect(await nobody.query(api.strict.returnsNothing, {})).toBeNull();
  }),

  same("a function without validators takes what it is given", async ({ nobody }) => {
    const args = { a: 1n, b: [null] };
    expect(await nobody.query(api.strict.unchecked, args)).toEqual(args);
  }),

  differs("internal functions are out of reach for users", {
    right: "local backend",
    holds: async ({ nobody, user, admin }) => {
      for (const calls of [nobody, user]) {
        expect(await refused(calls.query(internal.calls.secretQuery, {}))).toContain(
          "Could not find public function for 'calls:secretQuery'",
        );
        expect(await refused(calls.action(internal.calls.secretAction, {}))).toContain(
          "Could not find public function",
        );
      }
      expect(await admin.query(internal.calls.secretQuery, {})).toBe("secret");
    },
    pinned: async ({ nobody, user }) => {
      expect(await nobody.query(internal.calls.secretQuery, {})).toBe("secret");
      expect(await user.action(internal.calls.secretAction, {})).toBe("secret");
    },
  }),

  same("public functions reach internal ones", async ({ nobody }) => {
    expect(await nobody.query(api.calls.openQuery, {})).toBe("secret");
  }),

  same("a function is called as what it is", async ({ admin }) => {
    const asQuery = admin.query(arbitrary<typeof api.rows.unique>(api.rows.ownWrites), {
      group: "g",
    });
    expect(await refused(asQuery)).toMatch(/mutation|not a query/);
  }),

  same("an unknown function is refused", async ({ nobody }) => {
    const unknown = (api.rows as unknown as { nothing: typeof api.rows.unique }).nothing;
    expect(await refused(nobody.query(unknown, { group: "g" }))).toContain("nothing");
  }),
];
