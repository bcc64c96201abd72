/** Period over period: one question over several ranges is each of them answered by itself, one after the other. */
import { toQuestionJson } from "../../lib/cubeJson/queryJson.js";
import { annotate } from "../../lib/cubeJson/annotate.js";
import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import { normalizeQuestion } from "../../lib/query/normalizeQuery.js";
import { compileQuery } from "../../lib/query/compile.js";
import { HeldTail } from "../../lib/answer/heldTail.js";
import { planQuery } from "../../lib/planner/planQuery.js";
import { joinAnswers, rangeLabel } from "../../lib/query/question.js";
import { answerFromFacts } from "../../lib/answer/answerFromFacts.js";
import { answerFromTiles } from "../../lib/answer/answerFromTiles.js";
import type { QueryOf } from "../../lib/query/queryOf.js";
import { errorOf } from "./fixtures/codeOf.js";
import { anyQuery, anySteps, fewDays, sales, salesOracle, zones } from "./fixtures/sales.js";
import { expectSameRows } from "./fixtures/sameRows.js";
import { generationOf, play } from "./fixtures/world.js";
import { isWithinHour } from "./oracle/clock.js";
import { cutRows, evaluate, type OracleQuery, type OracleRow } from "./oracle/oracle.js";

const catalogue = { sales };
const normalize = (json: unknown, timezone = "UTC") =>
  normalizeQuestion(catalogue, json, { timezone });
const count = { measures: ["sales.count"] };
const compare = (...compareDateRange: unknown[]) => ({
  ...count,
  timeDimensions: [{ dimension: "sales.at", granularity: "day", compareDateRange }],
});
const january = ["2012-01-01T00:00:00.000", "2012-01-31T23:59:59.999"];
const newYear = ["2011-01-01T00:00:00.000", "2011-01-01T23:59:59.999"];

describe("a comparison", () => {
  it("is one query per range, and echoes all of them in Cube's form", () => {
    const question = normalize(compare(["2012-01-01", "2012-01-31"], "2011-01-01"), "Asia/Tokyo");
    expect(question.isComparison).toBe(true);
    expect(question.queries.map(rangeLabel)).toEqual([january.join(" - "), newYear.join(" - ")]);
    expect(question.queries.map(({ time }) => time!.from)).toEqual([
      Date.UTC(2011, 11, 31, 15),
      Date.UTC(2010, 11, 31, 15),
    ]);
    expect(toQuestionJson(question)).toMatchObject({
      timeDimensions: [
        { dimension: "sales.at", granularity: "day", compareDateRange: [january, newYear] },
      ],
      timezone: "Asia/Tokyo",
    });
    const { rowLimit: _, ...again } = toQuestionJson(question);
    expect(normalize(again)).toEqual(question);
    expect(Object.keys(annotate(sales, question.queries[0]).timeDimensions)).toEqual([
      "sales.at.day",
      "sales.at",
    ]);
  });

  it("may name its granularity elsewhere, and is one question without it", () => {
    const named = normalize({
      ...count,
      dimensions: ["sales.at.month"],
      timeDimensions: [{ dimension: "sales.at", compareDateRange: ["2012-01-01", "2011-01-01"] }],
    });
    expect(named.queries.map(({ time }) => time!.granularity)).toEqual(["month", "month"]);
    const one = normalize(count);
    expect(one).toMatchObject({ isComparison: false });
    expect(one.queries).toHaveLength(1);
    expect(joinAnswers(one, [{ rows: [{ "sales.count": 1 }], total: null }])).toEqual({
      rows: [{ "sales.count": 1 }],
      total: null,
    });
  });

  it("that is malformed is refused, naming the place", () => {
    const at = "timeDimensions.0.compareDateRange";
    const many = Array.from({ length: 25 }, () => "2012-01-01");
    const beside = { dimension: "sales.at", dateRange: "2012-01-01" };
    const ranges = { compareDateRange: ["2012-01-01", "2011-01-01"] };
    const refusals: [unknown, string, string][] = [
      [compare(), "InvalidQuery", at],
      [compare("2012-01-01"), "InvalidQuery", at],
      [compare(...many), "InvalidQuery", at],
      [compare("2012-01-01", 7), "InvalidQuery", `${at}.1`],
      [compare("2012-01-01", ["2012-01-02", "2012-01-01"]), "InvalidQuery", `${at}.1`],
      [compare("2012-02-30", "2012-01-01"), "InvalidQuery", `${at}.0`],
      [compare("2012-01-01", "last month"), "UnsupportedQuery", `${at}.1`],
      [{ ...count, timeDimensions: [{ ...beside, ...ranges }] }, "InvalidQuery", at],
      [
        { ...count, timeDimensions: [{ dimension: "sales.at", compareDateRange: {} }] },
        "InvalidQuery",
        at,
      ],
      [
        { ...count, timeDimensions: [beside, { dimension: "sales.at", ...ranges }] },
        "UnsupportedQuery",
        "timeDimensions",
      ],
      [
        {
          ...compare(...ranges.compareDateRange),
          filters: [{ member: "sales.at", operator: "afterDate", values: ["2012-01-01"] }],
        },
        "UnsupportedQuery",
        "timeDimensions",
      ],
      [
        {
          ...count,
          timeDimensions: [1, 2].map(() => ({ dimension: "sales.at", ...ranges })),
        },
        "UnsupportedQuery",
        "timeDimensions",
      ],
    ];
    for (const [json, code, path] of refusals) {
      const error = errorOf(() => normalize(json));
      expect([error?.code, error?.details.path], JSON.stringify(json)).toEqual([code, path]);
    }
    expect(normalize(compare(...many.slice(1))).queries).toHaveLength(24);
  });

  it("names either one range or several, by its types", () => {
    type Time = NonNullable<QueryOf<typeof sales>["timeDimensions"]>[number];
    expectTypeOf<{
      dimension: "sales.at";
      compareDateRange: [string, [string, string]];
    }>().toExtend<Time>();
    expectTypeOf<{
      dimension: "sales.at";
      dateRange: string;
      compareDateRange: string[];
    }>().not.toExtend<Time>();
  });

  it("answers every range as the oracle does, from facts and from every rollup that serves it", async () => {
    let served = 0;
    await fc.assert(
      fc.asyncProperty(
        anySteps(30),
        anyQuery,
        fc.array(anyQuery, { minLength: 2, maxLength: 3 }),
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 100 }),
        async (steps, query, others, zone, foldedPercent) => {
          const granularity = query.timeDimensions?.[0]?.granularity;
          const isFine = granularity !== undefined && isWithinHour(granularity);
          const ranges = others.map(({ timeDimensions }): [string, string] => {
            const range = timeDimensions?.[0]?.dateRange;
            if (isFine) return fewDays(range);
            return range ?? ["2012-03-01T00:00:00.000", "2012-11-30T23:59:59.999"];
          });
          const time = {
            dimension: "sales.at",
            ...(granularity === undefined ? {} : { granularity }),
          };
          const json = { ...query, timeDimensions: [{ ...time, compareDateRange: ranges }] };
          const { changes, docs, facts } = play(sales, steps);
          const question = normalize(json, zone);

          let total = 0;
          const expected = ranges.flatMap((dateRange): OracleRow[] => {
            const one: OracleQuery = { ...query, timeDimensions: [{ ...time, dateRange }] };
            const rows = evaluate(salesOracle, one, zone, docs);
            total += rows.length;
            const compareDateRange = dateRange.join(" - ");
            const cut = cutRows(salesOracle, one, zone, docs, rows);
            return cut.map((row) => ({ ...row, compareDateRange }));
          });

          const plain = joinAnswers(
            question,
            question.queries.map((one) => answerFromFacts(sales, one, zone, facts)),
          );
          expectSameRows(plain.rows, expected, salesOracle);
          expect(plain.total).toBe(query.total ? total : null);
          const end = Math.round((changes.length * foldedPercent) / 100);
          for (const rollup of ["totals", "byShop"]) {
            const generation = generationOf(sales, rollup, zone, 4);
            generation.fold(changes.slice(0, end));
            const candidate = {
              rollup: generation.rollup,
              generation: 1,
              status: "ready" as const,
            };
            const answers = await Promise.all(
              question.queries.map((one) => {
                const { plan } = planQuery({
                  compiled: compileQuery(sales, one),
                  rollups: [candidate],
                });
                if (plan === null) return answerFromFacts(sales, one, zone, facts);
                served++;
                return answerFromTiles({
                  compiled: compileQuery(sales, one),
                  plan,
                  source: generation.source(facts),
                  tail: new HeldTail(() => changes.slice(end)),
                });
              }),
            );
            expect(joinAnswers(question, answers)).toEqual(plain);
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(served).toBeGreaterThan(60);
  });
});
