import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { convexToJson, getConvexSize, jsonToConvex, type Value } from "convex/values";
import {
  countStored,
  fromStored,
  toStored,
  type ChangeColumns,
} from "../../lib/fold/changeColumns.js";
import type { Change } from "../../lib/fold/change.js";
import type { Fact } from "../../lib/model/cube.js";

const value = fc.oneof(
  fc.constant(null),
  fc.constantFrom(0, -0, 0.1, Number.MAX_SAFE_INTEGER, -Number.MAX_VALUE, 5e-324),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom("", "a", "b", "é𝄞"),
  fc.string(),
  fc.array(fc.constantFrom("", "x", "y"), { maxLength: 3 }),
);
const names = ["at", "name", "tags", "amount"] as const;
/** Any fields, so some facts lack what others hold as null. */
const anyFact = fc.dictionary(fc.constantFrom(...names), value, { noNullPrototype: true });
/** All fields, as a cube's facts have them. */
const fullFact = fc
  .tuple(...names.map(() => value))
  .map((values): Fact => Object.fromEntries(names.map((name, i) => [name, values[i]!])));
const change = (fact: fc.Arbitrary<Fact>): fc.Arbitrary<Change> =>
  fc
    .record({
      cube: fc.constantFrom("watch", "watch", "watch", "inventory"),
      op: fc.constantFrom("insert", "update", "update", "delete", "expire"),
      docId: fc.stringMatching(/^[a-z0-9]{31,32}$/),
      docCreatedAt: fc.double({ min: 0, max: 2e12, noNaN: true }),
      facts: fc.tuple(fact, fact),
      kept: fc.subarray([...names]),
    })
    .map(({ facts: [before, other], kept, op, ...rest }): Change => {
      // Updates leave some fields as they were.
      const same = Object.fromEntries(
        Object.entries(before).filter(([name]) => kept.includes(name as never)),
      );
      const after = { ...other, ...same };
      return {
        ...{ ...rest, op },
        before: op === "insert" ? null : before,
        after: op === "delete" || op === "expire" ? null : after,
      };
    });
const changes = fc.oneof(
  fc.array(change(fullFact), { maxLength: 30 }),
  fc.array(change(anyFact), { maxLength: 30 }),
  fc.array(change(fc.oneof(anyFact, fullFact)), { maxLength: 30 }),
);

/** Through a database, which keeps no `undefined` and tells zeros apart. */
const kept = <T>(stored: T): T => jsonToConvex(convexToJson(stored as Value)) as T;

describe("changes in a row of the log", () => {
  test("come back exactly as they were: every value, its zero, what is null and what is missing", () => {
    fc.assert(
      fc.property(changes, (all) => {
        const stored = kept(toStored(all));
        const back = fromStored(stored);
        expect(back).toStrictEqual(all);
        const missing = (list: Change[]) =>
          list.map(({ before, after }) =>
            [before, after].map((fact) => fact && Object.keys(fact).sort()),
          );
        expect(missing(back)).toEqual(missing(all));
        expect(countStored(stored)).toBe(all.length);
      }),
    );
  });

  test("never take more room than one by one", () => {
    const size = (list: unknown) => getConvexSize(list as Value);
    fc.assert(
      fc.property(changes, (all) => {
        expect(size(toStored(all))).toBeLessThanOrEqual(size(all));
      }),
    );
  });

  test("are read as they are where they were stored one by one", () => {
    fc.assert(
      fc.property(changes, changes, (old, more) => {
        expect(fromStored(kept(old))).toStrictEqual(old);
        // A row of before that is completed, and one of both kinds.
        expect(fromStored(kept([...old, ...toStored(more)]))).toStrictEqual([...old, ...more]);
      }),
    );
  });
});

const inserted = (i: number): Change => ({
  ...{ cube: "watch", op: "insert", docId: `id${i}`, docCreatedAt: 1e12 + i, before: null },
  after: { at: i, name: `n${i % 3}`, tags: i % 2 ? ["x"] : [], amount: null },
});

describe("columns", () => {
  test("hold what alike changes share once, and a list per field", () => {
    expect(toStored([inserted(0), inserted(1)])).toEqual([
      {
        ...{ cube: "watch", op: "insert", docIds: ["id0", "id1"], docCreatedAts: [1e12, 1e12 + 1] },
        before: null,
        after: { at: [0, 1], name: ["n0", "n1"], tags: [[], ["x"]], amount: [null, null] },
      } satisfies ChangeColumns,
    ]);
  });

  test("of updates leave out after what none of them changes", () => {
    const updated = [0, 1, 2].map((i): Change => {
      const { after: before, ...rest } = inserted(i);
      return { ...rest, op: "update", before, after: { ...before, amount: i } };
    });
    const [columns, ...others] = toStored(updated) as ChangeColumns[];
    expect(others).toEqual([]);
    expect(Object.keys(columns!.before!)).toEqual(["at", "name", "tags", "amount"]);
    expect(columns!.after).toEqual({ amount: [0, 1, 2] });
  });

  test("end where a fact lacks a field that others hold as null", () => {
    const { amount: _, ...less } = inserted(2).after as { amount: null };
    const lacking: Change = { ...inserted(2), after: less };
    const all = [inserted(0), inserted(1), lacking, inserted(3)];
    expect(toStored(all).slice(1)).toEqual([lacking, inserted(3)]);
    const back = fromStored(toStored(all));
    expect(back.map(({ after }) => Object.hasOwn(after!, "amount"))).toEqual([
      true,
      true,
      false,
      true,
    ]);
  });

  test("of a single update tell what it changes", () => {
    const before = inserted(0).after as Fact;
    const update: Change = { ...inserted(0), op: "update", before, after: { ...before, at: 7 } };
    expect(toStored([update])).toMatchObject([{ docIds: ["id0"], after: { at: [7] } }]);
    const other = { at: 7, name: "other", tags: ["y"], amount: null };
    expect(toStored([{ ...update, after: other }])).toEqual([{ ...update, after: other }]);
  });

  test("are not made of a single insert, nor of updates that add or drop a field", () => {
    expect(toStored([inserted(0)])).toEqual([inserted(0)]);
    const dropping = [0, 1].map((i): Change => {
      const { after } = inserted(i);
      const { name: _, ...less } = after as { name: string };
      return { ...inserted(i), op: "update", before: after, after: less };
    });
    expect(toStored(dropping)).toEqual(dropping);
  });

  test("halve what many changes take", () => {
    const size = (list: unknown) => getConvexSize(list as Value);
    const all = Array.from({ length: 250 }, (_, i) => ({
      ...inserted(i),
      docId: `j57${"x".repeat(28)}`,
    }));
    expect(size(toStored(all))).toBeLessThan(size(all) / 2);
  });
});
