/** Ratios: finished from the same statistics as their parts, by whichever route, and nothing where they cannot be. */
import { annotate } from "../../lib/cubeJson/annotate.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CubeDefinition } from "../../lib/model/cube.js";
import { validateCatalogue } from "../../lib/resolve/defineCube.js";
import { projectFact } from "../../lib/model/fact.js";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import { compileQuery } from "../../lib/query/compile.js";
import { HeldTail } from "../../lib/answer/heldTail.js";
import { planQuery } from "../../lib/planner/planQuery.js";
import { answerFromFacts } from "../../lib/answer/answerFromFacts.js";
import { answerFromTiles } from "../../lib/answer/answerFromTiles.js";
import { resolveRollup } from "../../lib/resolve/resolveRollup.js";
import { anySteps, sales, salesOracle } from "./fixtures/sales.js";
import { generationOf, play } from "./fixtures/world.js";
import { evaluate, type OracleQuery } from "./oracle/oracle.js";

const normalize = (json: unknown) => normalizeQuery({ sales }, json, { timezone: "UTC" });
const doc = { at: 0, shop: "a", tags: ["x"], size: 1, quantity: 2, price: 0.5 };

describe("a ratio", () => {
  it("is the same from tiles with a tail, from facts and from the oracle, and orders rows", async () => {
    await fc.assert(
      fc.asyncProperty(
        anySteps(40),
        fc.constantFrom("sales.unitPrice", "sales.perShop"),
        fc.constantFrom<string[][]>([], ["sales.shop"], ["sales.size"]),
        fc.constantFrom<"asc" | "desc">("asc", "desc"),
        fc.nat({ max: 40 }),
        fc.integer({ min: 1, max: 9 }),
        async (steps, measure, dimensions, direction, folded, size) => {
          const { changes, docs, facts } = play(sales, steps);
          const order: OracleQuery["order"] = [[measure, direction]];
          const query: OracleQuery = { measures: [measure], dimensions, order, timezone: "UTC" };
          const expected = evaluate(salesOracle, query, "UTC", docs);
          const normalized = normalize(query);
          expect(answerFromFacts(sales, normalized, "UTC", facts).rows).toEqual(expected);
          const generation = generationOf(sales, "byShop", "UTC", 4);
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

  it("is null where the denominator is 0 or either part is null", () => {
    const query = normalize({ measures: ["sales.unitPrice", "sales.giftShare", "sales.perShop"] });
    const answer = (...docs: Record<string, unknown>[]) => {
      const facts = docs.map((one) => projectFact(sales, one));
      return Object.values(answerFromFacts(sales, query, "UTC", facts).rows[0]!);
    };
    expect(answer()).toEqual([null, null, null]);
    expect(answer(doc, { ...doc, quantity: -2 })).toEqual([null, 1, 2]);
    expect(answer({ ...doc, price: null, shop: null })).toEqual([null, 1, null]);
    expect(answer(doc, { ...doc, tags: [], shop: "b" })).toEqual([0.5, 0.5, 1]);
  });

  it("needs what both of its parts need", () => {
    const refusalOf = (measure: string, measures: string[], dimensions: string[] = []) => {
      const rollups = { one: { dimensions, measures, levels: { day: "month" as const } } };
      const rollup = resolveRollup({ ...(sales as CubeDefinition), rollups }, "one", "UTC");
      return planQuery({
        compiled: compileQuery(sales, normalize({ measures: [measure] })),
        rollups: [{ rollup, generation: 1, status: "ready" }],
      }).considered[0]!.refusal?.code;
    };
    expect(refusalOf("sales.unitPrice", ["amount"])).toBe("MissingMeasure");
    expect(refusalOf("sales.unitPrice", ["quantity"])).toBe("MissingMeasure");
    expect(refusalOf("sales.unitPrice", ["amount", "quantity"])).toBe(undefined);
    expect(refusalOf("sales.unitPrice", ["unitPrice"])).toBe(undefined);
    expect(refusalOf("sales.perShop", ["count"])).toBe("MissingMeasure");
    expect(refusalOf("sales.perShop", ["count"], ["shop"])).toBe(undefined);
  });

  it("of a distinct count is kept only where the dimension is", () => {
    const rollups = {
      one: { dimensions: [], measures: ["perShop"], levels: { day: "month" as const } },
    };
    expect(validateCatalogue({ sales: { ...(sales as CubeDefinition), rollups } })).toEqual([
      {
        path: "sales.rollups.one.measures.0",
        message: "needs the dimension shop in this rollup",
      },
    ]);
  });

  it("is annotated with its own format", () => {
    const query = normalize({ measures: ["sales.unitPrice"] });
    expect(annotate(sales, query).measures["sales.unitPrice"]).toMatchObject({
      type: "number",
      format: "currency",
    });
  });
});
