/** Measures with filters: laws 2 to 6 hold for each by itself, and a redefined one is not served from old tiles. */
import { annotate } from "../../lib/cubeJson/annotate.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CubeDefinition, MeasureFilter } from "../../lib/model/cube.js";
import { projectFact } from "../../lib/model/fact.js";
import { fingerprint, resolveRollup } from "../../lib/resolve/resolveRollup.js";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import { compileQuery } from "../../lib/query/compile.js";
import { HeldTail } from "../../lib/answer/heldTail.js";
import { planQuery } from "../../lib/planner/planQuery.js";
import { answerFromFacts } from "../../lib/answer/answerFromFacts.js";
import { answerFromTiles } from "../../lib/answer/answerFromTiles.js";
import { codeOf } from "./fixtures/codeOf.js";
import { anyDoc, anyQuery, anySteps, sales, salesOracle, zones } from "./fixtures/sales.js";
import { generationOf, play } from "./fixtures/world.js";
import { evaluate, type Doc } from "./oracle/oracle.js";

const filtered = ["gifts", "plain", "untagged", "fairPrice", "cheapest", "nightly"];
const catalogue = { sales };

const normalize = (json: unknown, zone = "UTC") =>
  normalizeQuery(catalogue, json, { timezone: zone });
const ask = (measures: string[]) =>
  normalize({ measures: measures.map((name) => `sales.${name}`) });

const doc: Doc = { at: 0, shop: "a", tags: ["x"], size: 1, quantity: 2, price: 0.5 };
const change = (from: Doc | null, to: Doc | null, i = 0) => ({
  cube: "sales",
  op: from === null ? ("insert" as const) : to === null ? ("delete" as const) : ("update" as const),
  docId: `d${i}`,
  docCreatedAt: i,
  before: from && projectFact(sales, from),
  after: to && projectFact(sales, to),
});

/** The cube with another filter for `gifts`. */
const redefined = (filters: MeasureFilter[]): CubeDefinition => ({
  ...sales,
  measures: { ...sales.measures, gifts: { type: "count", filters } },
});

describe("filtered measures", () => {
  it("give one answer from tiles, from tiles with a tail, from facts and from the oracle", async () => {
    let served = 0;
    await fc.assert(
      fc.asyncProperty(
        anySteps(30),
        anyQuery,
        fc.subarray(filtered, { minLength: 1, maxLength: 2 }),
        fc.boolean(),
        fc.constantFrom(...zones),
        fc.nat({ max: 30 }),
        fc.integer({ min: 1, max: 9 }),
        async (steps, query, measures, isPlain, zone, folded, size) => {
          const { changes, docs, facts } = play(sales, steps);
          const { order: _, limit: __, offset: ___, others: ____, ...rest } = query;
          const asked = {
            ...rest,
            ...(isPlain ? { dimensions: [], filters: [], timezone: zone } : {}),
            measures: measures.map((name) => `sales.${name}`),
          };
          const normalized = normalize(asked, zone);
          const expected = evaluate(salesOracle, asked, zone, docs);
          expect(answerFromFacts(sales, normalized, zone, facts).rows).toEqual(expected);
          for (const name of Object.keys(sales.rollups)) {
            const { rollup, ...generation } = build(name, zone, changes.slice(0, folded), size);
            const { plan } = planQuery({
              compiled: compileQuery(sales, normalized),
              rollups: [{ rollup, generation: 1, status: "ready" }],
            });
            if (plan === null) continue;
            served++;
            const { rows } = await answerFromTiles({
              compiled: compileQuery(sales, normalized),
              plan,
              source: generation.source(facts),
              tail: new HeldTail(() => changes.slice(folded)),
            });
            expect(rows).toEqual(expected);
          }
        },
      ),
      { numRuns: 200 },
    );
    expect(served).toBeGreaterThan(50);
  });

  it("do not need the filter's dimension in the rollup, and follow a record that comes to pass or ceases to", () => {
    const generation = generationOf(sales, "totals", "UTC");
    const index = generation.rollup.accumulators.findIndex(
      ({ column }) => column === "count_if_gifts",
    );
    const gifts = () => [...generation.cells("hour").values()].map(({ values }) => values[index]);
    generation.fold([change(null, doc)]);
    expect(gifts()).toEqual([1]);
    generation.fold([change(doc, { ...doc, tags: [] })]);
    expect(gifts()).toEqual([0]);
    generation.fold([change({ ...doc, tags: [] }, { ...doc, tags: ["z", "y", "x"] })]);
    expect(gifts()).toEqual([1]);
    generation.fold([change({ ...doc, tags: ["z", "y", "x"] }, null)]);
    expect(gifts()).toEqual([]);
  });

  it("touch nothing where only what they leave out changes, and know when their extreme is gone", () => {
    const generation = generationOf(sales, "byShop", "UTC");
    const index = generation.rollup.accumulators.findIndex(
      ({ column }) => column === "min_if_cheapest",
    );
    const other = { ...doc, shop: "b", price: 0 };
    generation.fold([change(null, doc), change(null, other, 1)]);
    const state = () =>
      [...generation.cells("day").values()].map(({ dimensions, values, pending }) => [
        dimensions[0],
        values[index],
        (pending & (1 << index)) !== 0,
      ]);
    expect(state()).toEqual([
      ["a", 50, false],
      ["b", null, false],
    ]);
    generation.fold([change(doc, { ...doc, price: null })]);
    expect(state()[0]).toEqual(["a", null, false]);
    generation.fold([change(null, doc, 2), change(null, { ...doc, price: 1.25 }, 3)]);
    generation.fold([change(doc, null, 2)]);
    expect(state()[0]).toEqual(["a", 50, true]);
  });

  it("find a lost extreme again among the records that pass", async () => {
    const generation = generationOf(sales, "totals", "UTC");
    const kept = [
      { ...doc, price: 2.5 },
      { ...doc, shop: "b", price: 0 },
    ];
    generation.fold([doc, ...kept].map((one, i) => change(null, one, i)));
    generation.fold([change(doc, null)]);
    const query = ask(["cheapest"]);
    const { plan } = planQuery({
      compiled: compileQuery(sales, query),
      rollups: [{ rollup: generation.rollup, generation: 1, status: "ready" }],
    });
    const facts = kept.map((one) => projectFact(sales, one));
    const source = generation.source(facts);
    const { rows } = await answerFromTiles({
      compiled: compileQuery(sales, query),
      plan: plan!,
      source,
      tail: new HeldTail(() => []),
    });
    expect(rows).toEqual([{ "sales.cheapest": 2.5 }]);
  });

  it("sum up to the whole with their complement", () => {
    const cube = redefined([{ dimension: "tag", operator: "equals", values: ["x"] }]);
    fc.assert(
      fc.property(fc.array(anyDoc, { maxLength: 20 }), (docs) => {
        const facts = docs.map((one) => projectFact(cube, one));
        const complement = redefined([{ dimension: "tag", operator: "notEquals", values: ["x"] }]);
        const count = (of: CubeDefinition) =>
          answerFromFacts(of, ask(["gifts"]), "UTC", facts).rows[0]!["sales.gifts"] as number;
        expect(count(cube) + count(complement)).toBe(docs.length);
      }),
    );
  });

  it("of nothing are null, counts 0", () => {
    const nothing = { ...doc, tags: [], shop: null, price: null, at: 12 * 3_600_000 };
    const query = ask(["gifts", "plain", "untagged", "fairPrice", "cheapest", "nightly"]);
    const expected = {
      "sales.gifts": 0,
      "sales.plain": 0,
      "sales.untagged": null,
      "sales.fairPrice": null,
      "sales.cheapest": null,
      "sales.nightly": null,
    };
    expect(answerFromFacts(sales, query, "UTC", []).rows).toEqual([expected]);
    expect(answerFromFacts(sales, query, "UTC", [projectFact(sales, nothing)]).rows).toEqual([
      expected,
    ]);
  });

  it("are refused by tiles that were built with another filter, and by clocks of another zone", () => {
    const rollup = resolveRollup(sales, "totals", "UTC");
    const cube = redefined([{ dimension: "tag", operator: "in", values: ["x", "z"] }]);
    const refusalOf = (of: CubeDefinition, measure: string, tenantZone = "UTC") =>
      planQuery({
        compiled: compileQuery(of, ask([measure])),
        rollups: [{ rollup, generation: 1, status: "ready" }],
        tenantZone,
      }).considered[0]!.refusal;
    expect(refusalOf(sales, "gifts")).toBe(null);
    expect(refusalOf(cube, "gifts")).toMatchObject({
      code: "DefinitionChanged",
      member: "sales.gifts",
    });
    expect(refusalOf(cube, "count")).toBe(null);
    expect(refusalOf(sales, "nightly", "Asia/Tokyo")).toMatchObject({
      code: "ZoneMismatch",
      member: "sales.nightly",
    });
    expect(refusalOf(sales, "gifts", "Asia/Tokyo")).toBe(null);
    const tags = {
      ...sales,
      fields: { ...sales.fields, tags: { type: "strings", from: "labels" } },
    };
    expect(refusalOf(tags as CubeDefinition, "gifts")?.code).toBe("DefinitionChanged");
    expect(fingerprint(resolveRollup(cube, "totals", "UTC"))).not.toBe(fingerprint(rollup));
    expect(fingerprint(JSON.parse(JSON.stringify(rollup)))).toBe(fingerprint(rollup));
  });

  it("refuse to lose more records than they hold", () => {
    const generation = generationOf(sales, "totals", "UTC");
    generation.fold([change(null, { ...doc, tags: [] }), change(null, { ...doc, tags: [] }, 1)]);
    expect(codeOf(() => generation.fold([change(doc, null)]))).toBe("InconsistentCell");
  });

  it("are annotated as numbers, like others", () => {
    expect(annotate(sales, ask(["gifts"])).measures["sales.gifts"]).toMatchObject({
      title: "Sales Gifts",
      shortTitle: "Gifts",
      type: "number",
    });
  });
});

function build(
  name: string,
  zone: string,
  changes: ReturnType<typeof play>["changes"],
  size: number,
) {
  const generation = generationOf(sales, name, zone, 4);
  for (let i = 0; i < changes.length; i += size) generation.fold(changes.slice(i, i + size));
  return { rollup: generation.rollup, source: generation.source.bind(generation) };
}
