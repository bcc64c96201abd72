/** The one evaluator, as a browser uses it: over blocks of texts that many questions share. Laws 4 and 10. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerFromFacts } from "../../lib/answer/answerFromFacts.js";
import { evaluate } from "../../lib/answer/evaluate.js";
import { HeldTail } from "../../lib/answer/heldTail.js";
import { readsOf } from "../../lib/answer/reads.js";
import { RollupsError } from "../../lib/errors.js";
import type { Change } from "../../lib/fold/change.js";
import { planQuery, type Candidate } from "../../lib/planner/planQuery.js";
import { compileQuery } from "../../lib/query/compile.js";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import type { TileRead } from "../../lib/tiles/cover.js";
import type { DecodedTile } from "../../lib/tiles/decodedTile.js";
import { codeOf } from "./fixtures/codeOf.js";
import { Held } from "./fixtures/heldBlocks.js";
import { anySteps, sales, zones } from "./fixtures/sales.js";
import { generationOf, play, type Generation } from "./fixtures/world.js";

const NOW = Date.UTC(2012, 9, 10);

function candidateOf({ rollup }: Generation): Candidate {
  return { rollup, generation: 1, status: "ready" };
}

function planned(generation: Generation, json: unknown, zone: string) {
  const compiled = compileQuery(sales, normalizeQuery({ sales }, json, { timezone: zone }));
  const { plan } = planQuery({ compiled, rollups: [candidateOf(generation)] });
  return { compiled, plan };
}

/** Questions that a rollup covers: over all of history, from a day on, or between two, now and then within hours. */
function questionsTo(name: keyof typeof sales.rollups): fc.Arbitrary<object> {
  const { measures, dimensions } = sales.rollups[name];
  const day = fc.integer({ min: 0, max: 500 }).map((d) => Date.UTC(2012, 0, 1 + d));
  const end = fc.tuple(day, fc.constantFrom("", "", "", "T07:30")).map(([t, time]) => {
    return `${new Date(t).toISOString().slice(0, 10)}${time}`;
  });
  const dateRange = fc.option(fc.tuple(end, end).map((ends) => [...ends].sort()));
  return fc
    .record({
      measures: fc.subarray([...measures] as string[], { minLength: 1, maxLength: 4 }),
      dimensions: fc.subarray([...dimensions] as string[], {
        maxLength: Math.min(2, dimensions.length),
      }),
      granularity: fc.constantFrom(undefined, "day", "month", "year"),
      dateRange,
      limit: fc.constantFrom(3, 1000),
    })
    .map(({ measures, dimensions, granularity, dateRange, limit }) => ({
      measures: measures.map((one) => `sales.${one}`),
      dimensions: dimensions.map((one) => `sales.${one}`),
      timeDimensions:
        dateRange === null && granularity === undefined
          ? []
          : [
              {
                dimension: "sales.at",
                ...(granularity && { granularity }),
                ...(dateRange && { dateRange }),
              },
            ],
      ...{ limit, total: true },
    }));
}

const names = Object.keys(sales.rollups) as (keyof typeof sales.rollups)[];

const anyAsking = fc.constantFrom(...names).chain((rollup) =>
  fc.record({
    rollup: fc.constant(rollup),
    queries: fc.array(questionsTo(rollup), { minLength: 6, maxLength: 12 }),
  }),
);

describe("an answer from held blocks", () => {
  it("trap 1: equals the one from the facts, whatever blocks other questions have left", () => {
    let answered = 0;
    let shared = 0;
    const refused = new Set<string>();
    fc.assert(
      fc.property(
        anySteps(40),
        anyAsking,
        fc.constantFrom(...zones),
        fc.constantFrom(1, 2, 16),
        fc.tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 100 })),
        (steps, { rollup, queries }, zone, perBlock, percents) => {
          const { changes, facts } = play(sales, steps);
          const [first, end] = percents
            .map((percent) => Math.round((changes.length * percent) / 100))
            .sort((a, b) => a - b);
          const tail = new HeldTail(() => changes.slice(end));
          const generation = generationOf(sales, rollup, zone, 4);
          generation.fold(changes.slice(0, first));
          generation.fold(changes.slice(first, end));
          const held = new Held(generation, perBlock, NOW);
          for (const query of queries) {
            const { compiled, plan } = planned(generation, query, zone);
            if (plan === null) continue;
            const before = held.blocks.size;
            try {
              const answer = evaluate({
                ...{ compiled, plan, tail },
                tiles: (read) => held.tiles(read),
              });
              expect(answer).toEqual(answerFromFacts(sales, compiled.query, zone, facts));
              answered++;
              if (before > 0 && held.blocks.size === before) shared++;
            } catch (error) {
              if (!(error instanceof RollupsError)) throw error;
              refused.add(error.code);
            }
          }
        },
      ),
      { numRuns: 600 },
    );
    expect(answered).toBeGreaterThan(1000);
    expect(shared).toBeGreaterThan(300);
    expect(refused).toContain("EdgeNotHeld");
    expect(["EdgeNotHeld", "ExtremePending"]).toEqual(expect.arrayContaining([...refused]));
  });
});

const day = (d: number, hour = 0) => Date.UTC(2012, 2, d, hour);
const doc = { shop: "a", tags: [], size: 1, quantity: 1, price: 1.25, weight: null };
const insert = (at: number, quantity = 1) => ({
  ...{ op: "insert" as const, doc: { ...doc, at, quantity } },
});

const ask = (measures: string[], dateRange: unknown, granularity?: string) => ({
  measures,
  timeDimensions: [{ dimension: "sales.at", dateRange, ...(granularity && { granularity }) }],
});

describe("what is not at hand", () => {
  const generation = generationOf(sales, "totals", "UTC");
  generation.fold(play(sales, [insert(day(1)), insert(day(2))]).changes);
  const held = new Held(generation, 16, NOW);
  const nothing = new HeldTail(() => []);
  const asked = (json: unknown, tiles: (read: TileRead) => DecodedTile[] | null) => {
    const { compiled, plan } = planned(generation, json, "UTC");
    return codeOf(() => evaluate({ compiled, plan: plan!, tail: nothing, tiles }));
  };

  it("is said by name: facts at an edge, and tiles of the plan", () => {
    const hours = ["2012-03-01T07:30", "2012-03-02T16:14"];
    expect(asked(ask(["sales.count"], hours), (read) => held.tiles(read))).toBe("EdgeNotHeld");
    const days = ["2012-03-01", "2012-03-02"];
    expect(asked(ask(["sales.count"], days), () => null)).toBe("TilesNotHeld");
  });

  it("is looked for in finer tiles where these are held, for an extreme that was lost", () => {
    const steps = [insert(day(1, 1), 1), insert(day(1, 5), 2), { op: "delete" as const, pick: 0 }];
    const finest = generationOf(sales, "totals", "UTC");
    const { changes } = play(sales, steps);
    finest.fold(changes.slice(0, 2));
    finest.fold(changes.slice(2));
    expect([...finest.cells("month").values()].map(({ pending }) => pending)).not.toEqual([0]);
    const { compiled, plan } = planned(
      finest,
      ask(["sales.smallest"], ["2012-01-01", "2012-12-31"]),
      "UTC",
    );
    const store = new Held(finest, 16, NOW);
    const all = (read: TileRead) => store.tiles(read);
    // The hour that lost its extreme holds no record any more, so hours tell those of their day.
    expect(evaluate({ compiled, plan: plan!, tail: nothing, tiles: all }).rows).toEqual([
      { "sales.smallest": 2 },
    ]);
    const planOnly = (read: TileRead) =>
      readsOf(plan!).some(({ level }) => level.granularity === read.level.granularity)
        ? all(read)
        : null;
    expect(codeOf(() => evaluate({ compiled, plan: plan!, tail: nothing, tiles: planOnly }))).toBe(
      "ExtremePending",
    );
  });
});

describe("a held tail", () => {
  it("is netted once per generation and level, for all questions", () => {
    const { changes } = play(sales, [insert(day(1)), insert(day(2))]);
    const looked: string[] = [];
    const tail = new HeldTail(({ rollup, generation }): Change[] => {
      looked.push(`${rollup.name}@${generation}`);
      return changes;
    });
    const generation = generationOf(sales, "totals", "UTC");
    for (const measure of ["sales.count", "sales.quantity", "sales.amount"]) {
      for (const granularity of ["day", "hour"]) {
        const json = ask([measure], ["2012-03-01", "2012-03-02"], granularity);
        const { compiled, plan } = planned(generation, json, "UTC");
        const { rows } = evaluate({ compiled, plan: plan!, tail, tiles: () => [] });
        expect(rows).toHaveLength(2);
      }
    }
    expect(looked).toEqual(["totals@1", "totals@1"]);
  });

  it("is of one generation each: what one lacks another may have", () => {
    const { changes } = play(sales, [insert(day(1)), insert(day(1))]);
    const tail = new HeldTail(({ generation }) => changes.slice(generation - 1));
    const { compiled, plan } = planned(
      generationOf(sales, "totals", "UTC"),
      ask(["sales.count"], ["2012-03-01", "2012-03-01"]),
      "UTC",
    );
    const counts = [1, 2].map((generation) => {
      const of = { ...plan!, generation };
      return evaluate({ compiled, plan: of, tail, tiles: () => [] }).rows[0]!["sales.count"];
    });
    expect(counts).toEqual([2, 1]);
  });
});

describe("the planner's cost", () => {
  it("is the reader's, where it has one", () => {
    const generations = ["totals", "byShop"].map((name) => generationOf(sales, name, "UTC"));
    const query = normalizeQuery({ sales }, ask(["sales.count"], ["2012-03-01", "2012-03-31"]), {
      timezone: "UTC",
    });
    const asked = {
      compiled: compileQuery(sales, query),
      rollups: generations.map(candidateOf),
    };
    expect(planQuery(asked).plan?.rollup.name).toBe("totals");
    const costOf = ({ rollup }: Pick<Candidate, "rollup">) => (rollup.name === "totals" ? 7 : 3);
    const { plan, considered } = planQuery({ ...asked, costOf });
    expect([plan?.rollup.name, plan?.cost]).toEqual(["byShop", 3]);
    expect(considered.map(({ cost }) => cost)).toEqual([3, 7]);
  });
});
