/** Sums of plain doubles: nothing is rounded but the answer, and that once, to the nearest double. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accumulatorKinds } from "../../lib/measures/accumulators.js";
import { nearest } from "../../lib/numbers/exact.js";
import type { CubeDefinition } from "../../lib/model/cube.js";
import { projectFact } from "../../lib/model/fact.js";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import { answerFromFacts } from "../../lib/answer/answerFromFacts.js";
import { codeOf } from "./fixtures/codeOf.js";
import { sales } from "./fixtures/sales.js";
import { generationOf } from "./fixtures/world.js";

/** A fraction whose denominator is a power of two; every double is one, its binary digits say which. */
interface Fraction {
  units: bigint;
  halvings: number;
}

function exactly(value: number): Fraction {
  const [, sign, whole = "", part = ""] = /^(-?)([01]*)\.?([01]*)$/.exec(value.toString(2))!;
  const units = BigInt(`0b${whole}${part}`);
  return { units: sign === "-" ? -units : units, halvings: part.length };
}

function sumOf(fractions: readonly Fraction[]): Fraction {
  const halvings = Math.max(0, ...fractions.map((one) => one.halvings));
  const units = fractions.reduce(
    (sum, one) => sum + (one.units << BigInt(halvings - one.halvings)),
    0n,
  );
  return { units, halvings };
}

/** All decimals of the fraction; parsing them rounds correctly. */
function rounded({ units, halvings }: Fraction): number {
  const digits = (units < 0n ? -units : units) * 5n ** BigInt(halvings);
  const text = digits.toString().padStart(halvings + 1, "0");
  const at = text.length - halvings;
  return Number(`${units < 0n ? "-" : ""}${text.slice(0, at)}.${text.slice(at)}`) + 0;
}

const anyDouble = fc
  .oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.double({ min: -1000, max: 1000, noNaN: true }),
    fc.constantFrom(0, 0.1, 0.2, 0.3, 1e16, -1e16, 5e-324, -5e-324, 2 ** -1022, 1e300, -1e300),
  )
  .map((value) => value + 0);

const { add, store } = accumulatorKinds.floatSum;
const stored = (values: readonly number[]) =>
  store(values.reduce<ReturnType<typeof add>>((state, value) => add(state, value), null));

const doc = (weight: unknown) => ({
  ...{ at: 0, shop: "a", tags: [], size: 1, quantity: 1, price: null },
  weight,
});
const cube: CubeDefinition = {
  ...sales,
  measures: {
    ...sales.measures,
    lightest: { type: "min", field: "weight" },
    spread: { type: "ratio", numerator: "heaviest", denominator: "lightest" },
  },
};
const ask = (values: readonly (number | null)[], ...measures: string[]) => {
  const names = measures.map((name) => `sales.${name}`);
  const query = normalizeQuery({ sales: cube }, { measures: names }, { timezone: "UTC" });
  const facts = values.map((value) => projectFact(cube, doc(value)));
  const [row] = answerFromFacts(cube, query, "UTC", facts).rows;
  return names.map((name) => row![name]!);
};

describe("a sum of floats", () => {
  it("is the double nearest to the true sum", () => {
    fc.assert(
      fc.property(fc.array(anyDouble, { minLength: 1, maxLength: 30 }), (values) => {
        const truth = rounded(sumOf(values.map(exactly)));
        if (!Number.isFinite(truth)) {
          expect(codeOf(() => ask(values, "weight"))).toBe("SumOverflow");
        } else expect(ask(values, "weight")).toEqual([truth]);
      }),
      { numRuns: 1000 },
    );
  });

  it("loses nothing to large numbers, and rounds ties to even", () => {
    expect(ask([1e16, 0.1, -1e16], "weight", "averageWeight")).toEqual([0.1, 0.1 / 3]);
    expect(ask([1e308, 1e308, -1e308], "weight")).toEqual([1e308]);
    expect(ask([2 ** 53, 1], "weight")).toEqual([2 ** 53]);
    expect(ask([2 ** 53, 3], "weight")).toEqual([2 ** 53 + 4]);
    expect(ask([2 ** 53, 1, 5e-324], "weight")).toEqual([2 ** 53 + 2]);
    expect(ask([5e-324, 5e-324, 5e-324], "averageWeight")).toEqual([5e-324]);
    expect(ask([5e-324, 0], "averageWeight")).toEqual([0]);
    expect(ask([5e-324, 5e-324, 5e-324, 0], "averageWeight")).toEqual([5e-324]);
  });

  it("beyond the range of doubles is refused by name, but only where it is shown", () => {
    expect(codeOf(() => ask([1e308, 1e308], "weight"))).toBe("SumOverflow");
    expect(codeOf(() => ask([1e308, -1e308], "balance"))).toBe("SumOverflow");
    expect(ask([1e308, 1e308], "averageWeight", "heaviest")).toEqual([1e308, 1e308]);
    expect(ask([6, 4], "spread")).toEqual([1.5]);
    expect(codeOf(() => ask([1e300, 1e-300], "spread"))).toBe("SumOverflow");
    const generation = generationOf(sales, "totals", "UTC");
    const change = (weight: number, i: number) => ({
      ...{ cube: "sales", op: "insert" as const, docId: `f${i}`, docCreatedAt: i, before: null },
      after: projectFact(sales, doc(weight)),
    });
    generation.fold([1e308, 1e308].map(change));
    expect(generation.cells("year").size).toBe(0);
    expect([...generation.cells("month").values()]).toHaveLength(1);
  });

  it("is stored as a double where it is one, else as the text of its one form", () => {
    expect(stored([])).toBe(0);
    expect(stored([12.5, -0.25])).toBe(12.25);
    expect(stored([1e16, -1e16])).toBe(0);
    expect(stored([0.1, 0.2])).toBe("26666666666667p-55");
    expect(stored([2 ** 53, 1])).toBe("20000000000001p0");
    expect(stored([-(2 ** 53), -1])).toBe("-20000000000001p0");
    expect(stored([1e308, 1e308])).toMatch(/^[0-9a-f]*[13579bdf]p\d+$/);
  });

  it("that nobody wrote is refused", () => {
    for (const text of ["", "p1", "1p", "0x1p1", "1.5p1", "1p123456", "1P1", NaN, Infinity]) {
      expect(
        codeOf(() => accumulatorKinds.floatSum.absorb(null, text)),
        `${text}`,
      ).toBe("CorruptTile");
    }
  });
});

describe("variance of floats", () => {
  it("is the double nearest to the true one", () => {
    const moderate = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => value + 0);
    fc.assert(
      fc.property(fc.array(moderate, { minLength: 1, maxLength: 8 }), (values) => {
        const fractions = values.map(exactly);
        const { units, halvings } = sumOf(fractions);
        const squares = sumOf(
          fractions.map((one) => ({ units: one.units ** 2n, halvings: 2 * one.halvings })),
        );
        const n = BigInt(values.length);
        const deep = Math.max(2 * halvings, squares.halvings);
        const numerator =
          n * (squares.units << BigInt(deep - squares.halvings)) -
          ((units ** 2n) << BigInt(deep - 2 * halvings));
        expect(ask(values, "balance")).toEqual([closest(numerator, n * n * 2n ** BigInt(deep))]);
      }),
      { numRuns: 300 },
    );
  });

  it("does not cancel, and of one value is 0", () => {
    expect(ask([1e9 + 0.25, 1e9 + 0.75], "balance")).toEqual([0.0625]);
    expect(ask([0.1, null], "balance")).toEqual([0]);
    expect(ask([1e-200, 3e-200], "balance")).toEqual([0]);
    expect(ask([null], "balance", "weight", "averageWeight", "heaviest")).toEqual([
      ...[null, null, null, null],
    ]);
  });
});

describe("rounding a quotient", () => {
  it("gives the nearest double, near 0 too", () => {
    const magnitude = fc.bigInt({ min: 0n, max: 2n ** 200n });
    const divisor = fc.bigInt({ min: 1n, max: 2n ** 100n });
    fc.assert(
      fc.property(magnitude, divisor, fc.integer({ min: -1300, max: 700 }), (a, b, exponent) => {
        const shift = BigInt(Math.abs(exponent));
        const [above, below] = exponent < 0 ? [a, b << shift] : [a << shift, b];
        expect(nearest(a, b, exponent)).toBe(closest(above, below));
        expect(nearest(-a, b, exponent)).toBe(0 - closest(above, below));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("a float at the door", () => {
  it("is any finite double, never -0", () => {
    for (const value of [NaN, Infinity, -Infinity, "1", 1n, true]) {
      expect(codeOf(() => projectFact(sales, doc(value)))).toBe("InvalidFact");
    }
    expect(Object.is(projectFact(sales, doc(-0)).weight, 0)).toBe(true);
    expect(projectFact(sales, doc(0.1)).weight).toBe(0.1);
    expect(projectFact(sales, doc(null)).weight).toBe(null);
    const strict = { ...sales, fields: { ...sales.fields, weight: { type: "float" as const } } };
    expect(codeOf(() => projectFact(strict, doc(null)))).toBe("InvalidFact");
  });
});

/** The double nearest to a fraction, ties to even, found by bisection among all doubles. */
function closest(numerator: bigint, denominator: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  const double = (bits: bigint) => {
    view.setBigUint64(0, bits);
    return view.getFloat64(0);
  };
  /** The sign of double − fraction. */
  const compare = ({ units, halvings }: Fraction) => {
    const difference = units * denominator - (numerator << BigInt(halvings));
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  };
  let [low, high] = [0n, 0x7fefffffffffffffn];
  if (compare(exactly(double(high))) < 0) throw new Error("beyond the range of doubles");
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (compare(exactly(double(middle))) <= 0) low = middle;
    else high = middle;
  }
  const sum = sumOf([exactly(double(low)), exactly(double(high))]);
  const side = compare({ units: sum.units, halvings: sum.halvings + 1 });
  if (compare(exactly(double(low))) === 0) return double(low);
  if (side === 0) return double(low % 2n === 0n ? low : high);
  return double(side < 0 ? high : low);
}
