/** Law 4 (route), with 1 (prefix), 6 (empty) and 10 (refusal): every way to an answer gives the same answer. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RollupsError } from "../../lib/errors.js";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import { compileQuery } from "../../lib/query/compile.js";
import { HeldTail } from "../../lib/answer/heldTail.js";
import { planQuery } from "../../lib/planner/planQuery.js";
import { answerFromFacts } from "../../lib/answer/answerFromFacts.js";
import { answerFromTiles } from "../../lib/answer/answerFromTiles.js";
import { anyQuery, anySteps, sales, salesOracle, zones } from "./fixtures/sales.js";
import { expectSameRows } from "./fixtures/sameRows.js";
import { generationOf, play } from "./fixtures/world.js";
import { cutRows, evaluate, type OracleQuery } from "./oracle/oracle.js";

const catalogue = { sales };

describe("an answer", () => {
  it("from the facts equals the oracle's", () => {
    fc.assert(
      fc.property(anySteps(25), anyQuery, fc.constantFrom(...zones), (steps, query, zone) => {
        const { docs, facts } = play(sales, steps);
        const normalized = normalizeQuery(catalogue, query, { timezone: zone });
        const { rows, total } = answerFromFacts(sales, normalized, zone, facts);
        const all = evaluate(salesOracle, query, zone, docs);
        expectSameRows(rows, cutRows(salesOracle, query, zone, docs, all), salesOracle);
        expect(total).toBe(query.total ? all.length : null);
      }),
      { numRuns: 1000 },
    );
  });

  it("from the tiles of each eligible rollup, plus the tail, equals the one from the facts and the oracle's", async () => {
    let asked = 0;
    const routes = new Map<string, number>();
    const refused = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        anySteps(40),
        fc.array(anyQuery, { minLength: 4, maxLength: 8 }),
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 100 }),
        fc.nat({ max: 5 }),
        async (steps, queries, zone, foldedPercent, batches) => {
          const { changes, docs, facts } = play(sales, steps);
          const end = Math.round((changes.length * foldedPercent) / 100);
          const generations = Object.keys(sales.rollups).map((rollup) => {
            const generation = generationOf(sales, rollup, zone, 4);
            const size = Math.max(1, Math.ceil(end / (batches + 1)));
            for (let i = 0; i < end; i += size) {
              generation.fold(changes.slice(i, Math.min(end, i + size)));
            }
            return generation;
          });
          for (const query of queries) {
            const normalized = normalizeQuery(catalogue, query, { timezone: zone });
            const expected = answerFromFacts(sales, normalized, zone, facts);
            const plain = evaluate(salesOracle, query, zone, docs);
            const wanted = cutRows(salesOracle, query, zone, docs, plain);
            expectSameRows(expected.rows, wanted, salesOracle);
            asked++;
            for (const generation of generations) {
              const candidate = {
                rollup: generation.rollup,
                generation: 1,
                status: "ready" as const,
              };
              const { plan, considered } = planQuery({
                compiled: compileQuery(sales, normalized),
                rollups: [candidate],
              });
              if (plan === null) {
                const code = considered[0]!.refusal!.code;
                refused.set(code, (refused.get(code) ?? 0) + 1);
                continue;
              }
              const answer = await answerFromTiles({
                compiled: compileQuery(sales, normalized),
                plan,
                source: generation.source(facts),
                tail: new HeldTail(() => changes.slice(end)),
              });
              expect(answer).toEqual(expected);
              const { name } = generation.rollup;
              routes.set(name, (routes.get(name) ?? 0) + 1);
            }
          }
        },
      ),
      { numRuns: 880 },
    );
    expect(asked).toBeGreaterThanOrEqual(5000);
    // A property over plans that never come about would hold for nothing.
    for (const rollup of Object.keys(sales.rollups)) {
      expect(routes.get(rollup) ?? 0, rollup).toBeGreaterThan(5);
    }
    for (const code of [
      ...["MissingDimension", "MissingMeasure", "FilterNotCovered", "FanOut"],
      ...["GranularityTooCoarse", "ZoneMismatch", "Ungrouped"],
    ]) {
      expect(refused.get(code) ?? 0, code).toBeGreaterThan(5);
    }
  });

  it("shows true extremes, whichever of them removals took away and wherever the fold stands", async () => {
    const instants = [0, 5, 24, 24 * 9, 24 * 40].map((hours) => Date.UTC(2012, 0, 1, 6 + hours));
    const crowded = fc.array(
      fc.record({
        op: fc.constantFrom(
          "insert" as const,
          "insert" as const,
          "delete" as const,
          "update" as const,
        ),
        pick: fc.nat({ max: 1000 }),
        doc: fc.record({
          at: fc.constantFrom(...instants),
          shop: fc.constantFrom("a", "b"),
          tags: fc.constantFrom([], ["x"], ["x", "y"]),
          size: fc.constant(1),
          quantity: fc.constantFrom(1, 2, 3),
          price: fc.constantFrom(null, 1, 2, 3, 4),
        }),
      }),
      { minLength: 5, maxLength: 50 },
    );
    let lost = 0;
    await fc.assert(
      fc.asyncProperty(
        crowded,
        fc.constantFrom("totals", "byShop", "byTag"),
        fc.constantFrom(undefined, "day", "month", "year"),
        fc.constantFrom<string[][]>([], ["sales.shop"]),
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 1, max: 9 }),
        async (steps, rollup, granularity, dimensions, foldedPercent, size) => {
          const { changes, facts, docs } = play(sales, steps);
          const end = Math.round((changes.length * foldedPercent) / 100);
          const generation = generationOf(sales, rollup, "UTC", 4);
          for (let i = 0; i < end; i += size) {
            generation.fold(changes.slice(i, Math.min(end, i + size)));
          }
          const query: OracleQuery = {
            measures: [
              "sales.lowest",
              ...(rollup === "byTag" ? [] : ["sales.highest", "sales.smallest"]),
            ],
            dimensions: rollup === "totals" ? [] : dimensions,
            timeDimensions:
              granularity === undefined ? [] : [{ dimension: "sales.at", granularity }],
            filters:
              rollup === "byTag"
                ? [{ member: "sales.tag", operator: "equals", values: ["x"] }]
                : [],
            timezone: "UTC",
          };
          const normalized = normalizeQuery(catalogue, query, { timezone: "UTC" });
          const { plan } = planQuery({
            compiled: compileQuery(sales, normalized),
            rollups: [{ rollup: generation.rollup, generation: 1, status: "ready" }],
          });
          const source = generation.source(facts);
          const { rows } = await answerFromTiles({
            compiled: compileQuery(sales, normalized),
            plan: plan!,
            source: {
              ...source,
              facts: (from, to, limit) => {
                lost++;
                return source.facts(from, to, limit);
              },
            },
            tail: new HeldTail(() => changes.slice(end)),
          });
          expectSameRows(rows, evaluate(salesOracle, query, "UTC", docs), salesOracle);
        },
      ),
      { numRuns: 400 },
    );
    expect(lost).toBeGreaterThan(50);
  });

  it("as of the fold position leaves out the tail, or is refused where the source would be needed", async () => {
    await fc.assert(
      fc.asyncProperty(anySteps(30), anyQuery, fc.nat({ max: 30 }), async (steps, query, end) => {
        const { changes, facts } = play(sales, steps);
        const before = play(sales, steps.slice(0, end));
        const generation = generationOf(sales, "byShop", "UTC", 4);
        generation.fold(before.changes);
        const normalized = normalizeQuery(catalogue, query, { timezone: "UTC" });
        const { plan } = planQuery({
          compiled: compileQuery(sales, normalized),
          rollups: [{ rollup: generation.rollup, generation: 1, status: "ready" }],
        });
        if (plan === null) return;
        const question = {
          compiled: compileQuery(sales, normalized),
          plan,
          source: generation.source(facts),
          tail: new HeldTail(() => []),
          tailMode: "folded" as const,
        };
        try {
          const answer = await answerFromTiles(question);
          expect(answer).toEqual(answerFromFacts(sales, normalized, "UTC", before.facts));
        } catch (error) {
          if (!(error instanceof RollupsError)) throw error;
          expect(["ExtremePending", "EdgeNotFolded"]).toContain(error.code);
        }
        expect(changes.length).toBeGreaterThanOrEqual(before.changes.length);
      }),
      { numRuns: 300 },
    );
  });
});
