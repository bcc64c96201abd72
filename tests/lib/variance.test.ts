/** Variance and standard deviation: laws of their statistics, one rounding, and refusal where squares do not fit. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accumulatorKinds } from "../../lib/measures/accumulators.js";
import { deviationOf, normalizeExact, varianceOf, type Exact } from "../../lib/numbers/exact.js";
import { projectFact } from "../../lib/model/fact.js";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import { compileQuery } from "../../lib/query/compile.js";
import { HeldTail } from "../../lib/answer/heldTail.js";
import { planQuery } from "../../lib/planner/planQuery.js";
import { answerFromFacts } from "../../lib/answer/answerFromFacts.js";
import { answerFromTiles } from "../../lib/answer/answerFromTiles.js";
import { codeOf } from "./fixtures/codeOf.js";
import { anySteps, sales, salesOracle } from "./fixtures/sales.js";
import { generationOf, play } from "./fixtures/world.js";
import { evaluate } from "./oracle/oracle.js";

const { sumSq } = accumulatorKinds;
const value = fc.option(fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }), { nil: null });
const state = fc.bigInt({ min: 0n, max: 2n ** 61n }).map(normalizeExact);
const measures = ["sales.spread", "sales.deviation"];

const momentsOf = (values: readonly bigint[], scale = 0) => ({
  n: values.length,
  sum: normalizeExact(values.reduce((a, b) => a + b, 0n)),
  sumSq: normalizeExact(values.reduce((a, b) => a + b * b, 0n)),
  scale,
  exponent: 0,
});

describe("a sum of squares", () => {
  it("has an identity, merges in any order and grouping, and forgets what is removed", () => {
    fc.assert(
      fc.property(state, state, state, value, (a, b, c, one) => {
        expect(sumSq.merge(a, sumSq.empty)).toBe(a);
        expect(sumSq.merge(a, b)).toBe(sumSq.merge(b, a));
        expect(sumSq.merge(sumSq.merge(a, b), 0)).toBe(sumSq.merge(a, sumSq.merge(b, 0)));
        const [x, y, z] = [a, b, c].map((big) => normalizeExact(BigInt(big) / 4n));
        expect(sumSq.merge(sumSq.merge(x!, y!), z!)).toBe(sumSq.merge(x!, sumSq.merge(y!, z!)));
        expect(sumSq.remove(sumSq.add(a, one), one)).toBe(a);
        expect(BigInt(sumSq.add(a, one) as Exact)).toBe(BigInt(a) + BigInt(one ?? 0) ** 2n);
      }),
      { numRuns: 300 },
    );
  });

  it("is refused beyond int64 by name, in tiles and from facts", () => {
    const facts = [5e9, 4e9].map((quantity) =>
      projectFact(sales, { at: 0, shop: "a", tags: [], size: 1, quantity, price: null }),
    );
    const query = normalizeQuery({ sales }, { measures }, { timezone: "UTC" });
    expect(codeOf(() => answerFromFacts(sales, query, "UTC", facts))).toBe("SumOverflow");
    const generation = generationOf(sales, "totals", "UTC");
    expect(codeOf(() => generation.fold(facts.map(insertion)))).toBe("SumOverflow");
  });
});

describe("variance and standard deviation", () => {
  it("are exact where a naive difference would cancel", () => {
    const large = [1n, 2n, 3n].map((i) => 1_000_000_000n + i);
    expect(varianceOf(momentsOf(large))).toBe(2 / 3);
    expect(varianceOf(momentsOf(large, 2))).toBe(0.00006666666666666667);
    expect(deviationOf(momentsOf(large))).toBe(0.816496580927726);
    expect(deviationOf(momentsOf([5n, 5n], 20))).toBe(0);
    expect(deviationOf(momentsOf([2n, 4n, 4n, 4n, 5n, 5n, 7n, 9n], 1))).toBe(0.2);
  });

  it("do not change when all values are shifted, and scale with them", () => {
    const values = fc.array(fc.bigInt({ min: -1000n, max: 1000n }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(values, fc.bigInt({ min: 0n, max: 10n ** 8n }), (list, shift) => {
        const moments = momentsOf(list, 2);
        const shifted = momentsOf(
          list.map((one) => one + shift),
          2,
        );
        expect(varianceOf(shifted)).toBe(varianceOf(moments));
        expect(deviationOf(shifted)).toBe(deviationOf(moments));
        expect(deviationOf(momentsOf(list.map((one) => one * 4n)))).toBe(
          4 * deviationOf(momentsOf(list)),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("are the same from tiles with a tail, from facts and from the oracle", async () => {
    await fc.assert(
      fc.asyncProperty(
        anySteps(40),
        fc.constantFrom(undefined, "day", "month", "year"),
        fc.nat({ max: 40 }),
        fc.integer({ min: 1, max: 9 }),
        async (steps, granularity, folded, size) => {
          const { changes, docs, facts } = play(sales, steps);
          const timeDimensions = granularity ? [{ dimension: "sales.at", granularity }] : [];
          const query = { measures, timeDimensions, timezone: "UTC" };
          const expected = evaluate(salesOracle, query, "UTC", docs);
          const normalized = normalizeQuery({ sales }, query, { timezone: "UTC" });
          expect(answerFromFacts(sales, normalized, "UTC", facts).rows).toEqual(expected);
          const generation = generationOf(sales, "totals", "UTC", 4);
          const early = changes.slice(0, folded);
          for (let i = 0; i < early.length; i += size) generation.fold(early.slice(i, i + size));
          const { plan } = planQuery({
            compiled: compileQuery(sales, normalized),
            rollups: [{ rollup: generation.rollup, generation: 1, status: "ready" }],
          });
          const source = generation.source(facts);
          const tail = changes.slice(folded);
          const question = {
            compiled: compileQuery(sales, normalized),
            plan: plan!,
            source,
            tail: new HeldTail(() => tail),
          };
          expect((await answerFromTiles(question)).rows).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("of nothing are null, of one value 0", () => {
    const query = normalizeQuery({ sales }, { measures }, { timezone: "UTC" });
    const one = { at: 0, shop: "a", tags: [], size: 1, quantity: 7, price: null };
    expect(answerFromFacts(sales, query, "UTC", []).rows).toEqual([
      { "sales.spread": null, "sales.deviation": null },
    ]);
    expect(answerFromFacts(sales, query, "UTC", [projectFact(sales, one)]).rows).toEqual([
      { "sales.spread": null, "sales.deviation": 0 },
    ]);
  });
});

function insertion(after: ReturnType<typeof projectFact>, i: number) {
  const change = { cube: "sales", op: "insert" as const, docId: `f${i}`, docCreatedAt: i };
  return { ...change, before: null, after };
}
