import { compareValues, convexToJson, type Value } from "convex/values";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IntervalSet } from "../../local/database/intervals.js";
import { newId, tableNumberOf } from "../../local/values/ids.js";
import { encodeKey } from "../../local/values/indexKey.js";
import { type Json, resolveCommitTs } from "../../local/values/json.js";
import { Watchers } from "../../local/sync/watchers.js";

const scalar: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.string({ unit: "grapheme", maxLength: 6 }),
  fc.constantFrom("a", "a\0", "a\0b", "a\x01", ""),
  fc.uint8Array({ maxLength: 4 }).map((bytes) => new Uint8Array(bytes).buffer),
);
const value: fc.Arbitrary<Value> = fc.letrec<{ any: Value }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "ab"), tie("any"), { maxKeys: 3 }),
  ),
})).any;

const sign = (n: number) => (n < 0 ? -1 : n > 0 ? 1 : 0);
const keyOf = (each: Value | undefined) =>
  encodeKey(each === undefined ? undefined : (convexToJson(each) as Json));

describe("index keys", () => {
  it("sort as Convex compares values, whatever follows them in the key", () => {
    fc.assert(
      fc.property(value, value, scalar, scalar, (a, b, x, y) => {
        const expected = sign(compareValues(a, b));
        const [left, right] = [keyOf(a) + keyOf(x), keyOf(b) + keyOf(y)];
        const actual = left < right ? -1 : left > right ? 1 : 0;
        expect(actual).toBe(expected === 0 ? sign(compareValues(x, y)) : expected);
      }),
      { numRuns: 2000 },
    );
  });

  it("put missing fields first, and pending timestamps after all real ones", () => {
    expect(keyOf(undefined) < keyOf(null)).toBe(true);
    expect(encodeKey({ $commitTs: null }) > keyOf(1_800_000_000_000_000_000n)).toBe(true);
    expect(encodeKey({ $commitTs: null }) < keyOf(0.5)).toBe(true);
  });

  it("bound a prefix from above", () => {
    expect(keyOf("a") + "\xff" > keyOf("a") + keyOf({ z: 1 })).toBe(true);
    expect(keyOf("a") + "\xff" < keyOf("a\0")).toBe(true);
  });
});

describe("ids", () => {
  it("carry their table number and refuse a changed character", () => {
    for (const number of [2, 127, 128, 10_001, 16_384]) {
      const id = newId(number);
      expect(id.length).toBeGreaterThanOrEqual(31);
      expect(id.length).toBeLessThanOrEqual(37);
      expect(tableNumberOf(id)).toBe(number);
      const broken = (id[5] === "0" ? "1" : "0") + id.slice(1);
      if (broken !== id) expect(tableNumberOf(broken)).not.toBe(number);
    }
    expect(tableNumberOf("not an id")).toBeNull();
  });
});

describe("intervals", () => {
  const interval = fc
    .tuple(fc.nat(40), fc.integer({ min: 1, max: 12 }))
    .map(([start, length]): [number, number] => [start, start + length]);
  const key = (n: number) => String.fromCharCode(n + 1);

  it("are the disjoint union of what was added", () => {
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 12 }), (added) => {
        const set = new IntervalSet();
        let size = 0;
        const covered = new Array<boolean>(60).fill(false);
        for (const [start, end] of added) {
          size += set.add(key(start), key(end));
          covered.fill(true, start, end);
        }
        const runs = covered.filter((is, at) => is && covered[at - 1] !== true).length;
        expect(set.size).toBe(runs);
        expect(size).toBe(runs);
        for (let at = 0; at < 60; at++) expect(set.overlaps([key(at)])).toBe(covered[at]);
        const all = covered.map((_, at) => key(at));
        expect(set.overlaps(all)).toBe(runs > 0);
      }),
    );
  });

  it("are found by the keys inside them and by no others", () => {
    fc.assert(
      fc.property(fc.array(interval, { minLength: 1, maxLength: 10 }), fc.nat(55), (all, at) => {
        const watchers = new Watchers<number>();
        const prefix = "tenant/";
        const removers = all.map(([start, end], owner) => {
          const set = new IntervalSet();
          set.add(prefix + key(start), prefix + key(end));
          return watchers.add(owner, new Map([[1, set]]));
        });
        const touched = new Map([[1, [prefix + key(at)]]]);
        const inside = all.flatMap(([start, end], owner) =>
          at >= start && at < end ? [owner] : [],
        );
        expect([...watchers.touched(touched)].sort()).toEqual(inside.sort());
        removers[0]!();
        removers[0]!();
        expect([...watchers.touched(touched)].sort()).toEqual(
          inside.filter((owner) => owner !== 0).sort(),
        );
      }),
    );
  });
});

describe("commit timestamps in text", () => {
  it("are resolved everywhere but inside strings", () => {
    const text = JSON.stringify({ at: { $commitTs: null }, note: '{"$commitTs":null}' });
    const resolved = JSON.parse(resolveCommitTs(text, 5n)) as Record<string, unknown>;
    expect(resolved).toEqual({ at: { $integer: "BQAAAAAAAAA=" }, note: '{"$commitTs":null}' });
  });
});
