/** The algebra of every stored statistic, on its stored form: what tiles hold obeys the laws, to the last character. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accumulatorKinds, mergeStored } from "../../lib/measures/accumulators.js";
import type { StoredKindName } from "../../lib/model/rollup.js";
import type { Statistic } from "../../lib/tiles/tile.js";
import { codeOf } from "./fixtures/codeOf.js";

type Input = string | number | null;

const whole = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.maxSafeInteger());
const double = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  fc.constantFrom(0, 0.1, -0.1, 5e-324, -5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** -1022),
);
const nullable = (value: fc.Arbitrary<Input>) => fc.option(value, { nil: null, freq: 6 });

const inputs: Record<StoredKindName, fc.Arbitrary<Input>> = {
  count: fc.constant(null),
  n: nullable(whole),
  sum: nullable(fc.integer({ min: -1e15, max: 1e15 })),
  sumSq: nullable(fc.integer({ min: -1e8, max: 1e8 })),
  min: nullable(fc.oneof(whole, double)),
  max: nullable(fc.oneof(whole, double)),
  floatSum: nullable(double),
  floatSumSq: nullable(double),
  hll: nullable(fc.oneof(fc.string(), whole, fc.constantFrom("a", "b", "1", 1))),
  ddSketch: nullable(whole),
};

const kinds = Object.keys(inputs) as StoredKindName[];

describe.each(kinds)("a statistic of kind %s", (kind) => {
  const { add, remove, merge, absorb, store, empty, isPossible, removable, additive } =
    accumulatorKinds[kind];
  const some = fc.array(inputs[kind], { maxLength: 12 });
  const collect = (values: readonly Input[]) =>
    values.reduce<ReturnType<typeof add>>((state, value) => add(state, value), empty);
  const stored = (values: readonly Input[]) => store(collect(values));
  const nothing = store(empty);

  it("has an identity, and is merged in any order and grouping", () => {
    fc.assert(
      fc.property(some, some, some, (x, y, z) => {
        const [a, b, c] = [stored(x), stored(y), stored(z)];
        expect(mergeStored(kind, a, nothing)).toBe(a);
        expect(mergeStored(kind, nothing, a)).toBe(a);
        expect(mergeStored(kind, a, b)).toBe(mergeStored(kind, b, a));
        expect(mergeStored(kind, mergeStored(kind, a, b), c)).toBe(
          mergeStored(kind, a, mergeStored(kind, b, c)),
        );
      }),
    );
  });

  it("of parts merged is that of the whole, whatever the order of records", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(inputs[kind], fc.nat({ max: 3 }), fc.nat()), { maxLength: 30 }),
        (records) => {
          const values = records.map(([value]) => value);
          const shuffled = [...records].sort(([, , a], [, , b]) => a - b).map(([value]) => value);
          const parts = [0, 1, 2, 3].map((part) =>
            stored(records.filter((record) => record[1] === part).map(([value]) => value)),
          );
          const merged = parts.reduce<Statistic | null>(
            (all, part) => mergeStored(kind, all, part),
            nothing,
          );
          expect(merged).toBe(stored(values));
          expect(stored(shuffled)).toBe(stored(values));
        },
      ),
    );
  });

  it("forgets what is removed, or declares that it cannot", () => {
    expect(removable).toBe(additive);
    fc.assert(
      fc.property(some, some, (kept, gone) => {
        const state = gone.reduce((at, value) => remove(at, value), collect([...gone, ...kept]));
        expect(store(state)).toBe(removable ? stored(kept) : stored([...gone, ...kept]));
      }),
    );
  });

  it("is stored in one form, from which it is read again", () => {
    fc.assert(
      fc.property(some, some, (x, y) => {
        const a = stored(x);
        expect(store(absorb(empty, a))).toBe(a);
        expect(store(absorb(null, a))).toBe(a);
        expect(store(absorb(collect(y), a))).toBe(store(merge(collect(y), collect(x))));
        expect(Object.is(a, -0)).toBe(false);
      }),
    );
  });

  it("that is merged into another stays as it is", () => {
    fc.assert(
      fc.property(some, some, some, (x, y, z) => {
        const other = collect(y);
        const merged = merge(collect(x), other);
        z.reduce((state, value) => add(state, value), merge(null, other));
        z.reduce((state, value) => add(state, value), merged);
        expect(store(other)).toBe(stored(y));
      }),
    );
  });

  it("is possible for as many records as it has, and for no fewer where it can tell", () => {
    fc.assert(
      fc.property(some, (values) => {
        expect(isPossible(collect(values), values.length)).toBe(true);
        const counted = values.filter((value) => value !== null);
        const isCounting = ["n", "hll", "ddSketch"].includes(kind);
        if (isCounting && counted.length > 0) {
          expect(isPossible(collect(counted), counted.length - 1)).toBe(false);
        }
        if (removable && counted.some((value) => value !== 0)) {
          const owing = counted.reduce((state, value) => remove(state, value), empty);
          if (store(owing) !== nothing) expect(isPossible(owing, 0)).toBe(false);
        }
      }),
    );
  });

  it("refuses what another kind stores", () => {
    const isText = kind === "hll" || kind === "ddSketch";
    const isWhole = !isText && !["min", "max"].includes(kind) && !kind.startsWith("float");
    const aliens = isText ? [1, 2n ** 60n, "!", ""] : ["5*2", "!", "", NaN, Infinity];
    for (const alien of isWhole ? [...aliens, 1.5] : aliens) {
      expect(codeOf(() => absorb(null, alien))).toBe("CorruptTile");
    }
  });
});
