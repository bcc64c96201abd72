/** Exact arithmetic: sums beyond 2^53, correct rounding at the very end, facts that are exact or refused. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addExact,
  compareExact,
  negateExact,
  normalizeExact,
  ratio,
  unscale,
} from "../../lib/numbers/exact.js";
import { defineCube } from "../../lib/resolve/defineCube.js";
import { projectFact, sameFact } from "../../lib/model/fact.js";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import { answerFromFacts } from "../../lib/answer/answerFromFacts.js";
import { codeOf, errorOf } from "./fixtures/codeOf.js";
import { generationOf } from "./fixtures/world.js";

const int64 = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n });

describe("an exact sum", () => {
  it("equals the sum of integers of any size, a number while safe and a bigint beyond", () => {
    fc.assert(
      fc.property(int64, int64, (a, b) => {
        const sum = addExact(normalizeExact(a), normalizeExact(b));
        expect(BigInt(sum)).toBe(a + b);
        expect(typeof sum).toBe(Number.isSafeInteger(Number(a + b)) ? "number" : "bigint");
        expect(Object.is(sum, -0)).toBe(false);
        expect(addExact(sum, negateExact(normalizeExact(b)))).toBe(normalizeExact(a));
        expect(Math.sign(compareExact(normalizeExact(a), normalizeExact(b)))).toBe(
          a < b ? -1 : a > b ? 1 : 0,
        );
      }),
      { numRuns: 500 },
    );
    expect(addExact(Number.MAX_SAFE_INTEGER, 1)).toBe(2n ** 53n);
    expect(addExact(2n ** 53n, -1)).toBe(Number.MAX_SAFE_INTEGER);
    expect(Object.is(negateExact(0), 0)).toBe(true);
  });

  it("is refused by name beyond int64", () => {
    expect(addExact(2n ** 63n - 2n, 1)).toBe(2n ** 63n - 1n);
    expect(codeOf(() => addExact(2n ** 63n - 1n, 1))).toBe("SumOverflow");
    expect(codeOf(() => addExact(-(2n ** 63n), -1))).toBe("SumOverflow");
  });

  it("becomes the nearest double, ties to even", () => {
    fc.assert(
      fc.property(
        int64,
        fc.bigInt({ min: 1n, max: 2n ** 40n }),
        fc.nat({ max: 20 }),
        (a, n, scale) => {
          const denominator = n * 10n ** BigInt(scale);
          const result = ratio(normalizeExact(a), normalizeExact(n), scale);
          const error = distance(a, denominator, result);
          for (const other of [nextDouble(result, 1), nextDouble(result, -1)]) {
            const [x, y] = [error, distance(a, denominator, other)];
            // x.num / x.den ≤ y.num / y.den
            expect(x.numerator * y.denominator <= y.numerator * x.denominator).toBe(true);
          }
        },
      ),
      { numRuns: 1000 },
    );
    expect(unscale(1n + 2n ** 53n, 0)).toBe(2 ** 53);
    expect(unscale(3n + 2n ** 53n, 0)).toBe(2 ** 53 + 4);
    expect(unscale(9_007_199_254_740_993n, 4)).toBe(900719925474.0993);
    expect(unscale(-30, 2)).toBe(-0.3);
    expect(ratio(1, 3, 0)).toBe(1 / 3);
  });
});

const money = defineCube({
  name: "money",
  table: "money",
  time: "at",
  fields: {
    at: { type: "time", from: "occurredAt" },
    tags: { type: "strings" },
    amount: { type: "integer" },
    rate: { type: "decimal", scale: 4, nullable: true },
    product: { type: "product", of: ["amount", "rate"] },
    name: { type: "string", nullable: true },
  },
  dimensions: { at: { type: "time", field: "at" }, rate: { type: "number", field: "rate" } },
  measures: {
    total: { type: "sum", field: "amount" },
    mean: { type: "avg", field: "amount" },
    product: { type: "sum", field: "product" },
  },
  rollups: {
    all: { dimensions: [], measures: ["total", "mean"], levels: { day: "month", month: "year" } },
  },
});

const document = { occurredAt: 5, tags: [], amount: 1, rate: 0.5, name: "n" };

describe("sums beyond 2^53", () => {
  it("are exact in tiles and answers, and return to numbers when records go", () => {
    const big = Number.MAX_SAFE_INTEGER;
    const facts = [big, big, 3].map((amount) =>
      projectFact(money, { ...document, amount, rate: null }),
    );
    const changes = facts.map((after, i) => ({
      cube: "money",
      op: "insert" as const,
      docId: `d${i}`,
      docCreatedAt: i,
      before: null,
      after,
    }));
    const generation = generationOf(money, "all", "UTC");
    generation.fold(changes);
    const index = generation.rollup.accumulators.findIndex(({ kind }) => kind === "sum");
    const sum = () => [...generation.cells("month").values()][0]!.values[index];
    expect(sum()).toBe(2n * BigInt(big) + 3n);
    const query = normalizeQuery(
      { money },
      { measures: ["money.total", "money.mean"] },
      { timezone: "UTC" },
    );
    expect(answerFromFacts(money, query, "UTC", facts).rows).toEqual([
      { "money.total": Number(2n * BigInt(big) + 3n), "money.mean": 6004799503160662 },
    ]);
    generation.fold([{ ...changes[1]!, op: "delete", before: facts[1]!, after: null }]);
    expect(sum()).toBe(BigInt(big) + 3n);
    generation.fold([{ ...changes[0]!, op: "delete", before: facts[0]!, after: null }]);
    expect(sum()).toBe(3);
  });
});

describe("a fact", () => {
  it("holds decimals as scaled integers, products exactly, texts sorted and distinct", () => {
    expect(
      projectFact(money, {
        ...document,
        occurredAt: 1.9,
        tags: ["b", "a", "b"],
        amount: -3n,
        rate: 0.1235,
      }),
    ).toEqual({ at: 1, tags: ["a", "b"], amount: -3, rate: 1235, product: -3705, name: "n" });
    expect(projectFact(money, { ...document, rate: null, name: undefined })).toMatchObject({
      rate: null,
      product: null,
      name: null,
    });
    expect(Object.is(projectFact(money, { ...document, amount: -0 }).amount, 0)).toBe(true);
    expect(projectFact(money, { ...document, name: false })).toMatchObject({ name: "false" });
  });

  it("scales every decimal text of up to 15 digits without error", () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 15) + 1, max: 10 ** 15 - 1 }), (units) => {
        const text = (BigInt(Math.abs(units)) + 10n ** 5n * 10n ** 15n).toString();
        const value = Number(
          `${units < 0 ? "-" : ""}${text.slice(0, -4)}.${text.slice(-4)}`.replace(
            /^(-?)100000/,
            "$1",
          ),
        );
        expect(projectFact(money, { ...document, amount: 0, rate: value }).rate).toBe(units + 0);
      }),
      { numRuns: 2000 },
    );
  });

  it("is refused, naming the field, where a value is missing, of another type or not exact", () => {
    const cases: [Record<string, unknown>, string][] = [
      [{ rate: 0.12345 }, "rate"],
      [{ rate: Number.NaN }, "rate"],
      [{ rate: "1" }, "rate"],
      [{ rate: 1e15 }, "rate"],
      [{ amount: 1.5 }, "amount"],
      [{ amount: 2 ** 53 }, "amount"],
      [{ amount: 2n ** 53n }, "amount"],
      [{ amount: null }, "amount"],
      [{ amount: 2 ** 50, rate: 900 }, "product"],
      [{ occurredAt: undefined }, "at"],
      [{ occurredAt: Infinity }, "at"],
      [{ occurredAt: 1e15 }, "at"],
      [{ tags: ["a", 1] }, "tags"],
      [{ tags: "a" }, "tags"],
      [{ name: 5 }, "name"],
    ];
    for (const [patch, field] of cases) {
      const error = errorOf(() => projectFact(money, { ...document, ...patch }));
      expect([error?.code, error?.details.field], JSON.stringify(Object.keys(patch))).toEqual([
        "InvalidFact",
        field,
      ]);
    }
  });

  it("equals another with the same values in any order", () => {
    const a = projectFact(money, { ...document, tags: ["x", "y"] });
    const b = projectFact(money, { ...document, tags: ["y", "x", "y"] });
    expect(sameFact(a, b)).toBe(true);
    expect(sameFact(a, projectFact(money, { ...document, tags: ["x"] }))).toBe(false);
    expect(sameFact(a, projectFact(money, { ...document, tags: ["x", "y"], rate: null }))).toBe(
      false,
    );
  });
});

/** |a/denominator − double| as a fraction of positive bigints. */
function distance(a: bigint, denominator: bigint, double: number) {
  const shift = 2n ** 200n;
  const exact = scaledBig(double);
  const difference = a * shift - exact * denominator;
  return {
    numerator: difference < 0n ? -difference : difference,
    denominator: denominator * shift,
  };
}

/** double × 2^200, exactly. */
function scaledBig(double: number): bigint {
  let value = double;
  let exponent = 200;
  while (!Number.isInteger(value)) {
    value *= 2;
    exponent--;
  }
  return BigInt(value) * 2n ** BigInt(exponent);
}

function nextDouble(value: number, direction: 1 | -1): number {
  if (value === 0) return direction * 2 ** -190;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const step = (value > 0 ? 1n : -1n) * BigInt(direction);
  view.setBigInt64(0, view.getBigInt64(0) + step);
  return view.getFloat64(0);
}
