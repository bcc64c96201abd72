/** Levels that are kept for a limited time: the definition, the clock, covers, plans and answers. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RollupsError } from "../../lib/errors.js";
import { defineCube } from "../../lib/resolve/defineCube.js";
import type { CubeDefinition } from "../../lib/model/cube.js";
import { fingerprint, resolveRollup } from "../../lib/resolve/resolveRollup.js";
import type { Level } from "../../lib/model/rollup.js";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import { compileQuery } from "../../lib/query/compile.js";
import { HeldTail } from "../../lib/answer/heldTail.js";
import { planQuery } from "../../lib/planner/planQuery.js";
import { answerFromFacts } from "../../lib/answer/answerFromFacts.js";
import { answerFromTiles } from "../../lib/answer/answerFromTiles.js";
import { coverRange, isUncovered } from "../../lib/tiles/cover.js";
import { servedFrom, type Coverage } from "../../lib/tiles/coverage.js";
import {
  archivedWith,
  firstCoverage,
  mayBeArchived,
  servedCoverage,
  sweepableTo,
  type KeptLevel,
} from "../../lib/tiles/retention.js";
import { bucketStart, instantOf } from "../../lib/time/calendar.js";
import { codeOf } from "./fixtures/codeOf.js";
import { anyQuery, anySteps, sales, zones } from "./fixtures/sales.js";
import { generationOf, play } from "./fixtures/world.js";

const DAY = 86_400_000;

/** The sales cube with one rollup's retention. */
const withRetain = (retain: unknown, rollup: "totals" | "byShop" = "totals") =>
  ({
    ...sales,
    rollups: { ...sales.rollups, [rollup]: { ...sales.rollups[rollup], retain } },
  }) as CubeDefinition;

describe("a declared retention", () => {
  const issuesOf = (retain: unknown) => {
    try {
      defineCube(withRetain(retain));
      return [];
    } catch (error) {
      const { issues } = (error as RollupsError).details;
      return (issues as { path: string; message: string }[]).map(
        ({ path, message }) => `${path.replace("sales.rollups.totals.", "")} ${message}`,
      );
    }
  };

  it("limits declared levels but the coarsest, none shorter than a finer one", () => {
    expect(issuesOf({ hour: "90 day", day: "3 year" })).toEqual([]);
    expect(issuesOf({ hour: "90 day" })).toEqual([]);
    expect(issuesOf({ hour: "12 month", day: "1 year" })).toEqual([]);
    expect(issuesOf({ hour: "2 year", day: "1 year" })).toEqual([
      "retain.day must not be shorter than a finer level's",
    ]);
    expect(issuesOf({ day: "1 year" })).toEqual([
      "retain.day must not be shorter than a finer level's",
    ]);
    expect(issuesOf({ month: "1 year", hour: "1 day", day: "1 day" })).toEqual([
      "retain.month is the coarsest level, which is kept for ever",
    ]);
    expect(issuesOf({ week: "1 year" })).toEqual(["retain.week is not a level of this rollup"]);
    expect(issuesOf({ hour: "soon" })[0]).toMatch(/^retain\.hour must be a count/);
    expect(issuesOf({ hour: 90 })[0]).toMatch(/^retain\.hour must be a count/);
    expect(issuesOf("90 day")).toEqual(["retain must be an object"]);
    const archive = { ...sales.rollups.totals, archive: "yes" };
    const odd = { ...sales, rollups: { totals: archive } } as unknown as CubeDefinition;
    expect(codeOf(() => defineCube(odd))).toBe("InvalidDefinition");
  });

  it("is no part of what a generation holds: changing it rebuilds nothing", () => {
    const of = (cube: CubeDefinition) => fingerprint(resolveRollup(cube, "totals", "UTC"));
    expect(of(withRetain({ hour: "90 day" }))).toBe(of(sales));
  });
});

describe("the coverage of a level", () => {
  const at = (text: string) => instantOf("America/New_York", text);
  const rollup = resolveRollup(sales, "totals", "America/New_York");
  const clock = (text: string) => ({ now: at(text), graceDays: 7 });
  const hours = (retain: string | undefined, known: KeptLevel[], text: string) =>
    servedCoverage(rollup, retain === undefined ? {} : { hour: retain }, known, clock(text));

  it("ends with the last partition that is wholly older, on the clocks of the rollup's zone", () => {
    const from = (retain: string, text: string) => hours(retain, [], text)[0]?.servedFrom;
    expect(from("1 day", "2012-03-12T00:00")).toBe(at("2012-03-11"));
    expect(from("1 day", "2012-03-11T23:59")).toBe(at("2012-03-10"));
    // A month before the 31st of March is the last of February.
    expect(from("1 month", "2012-03-31T12:00")).toBe(at("2012-02-29"));
    expect(from("9999 year", "2012-03-31T12:00")).toBeNull();
    const [, day] = servedCoverage(
      rollup,
      { hour: "1 day", day: "40 day" },
      [],
      clock("2012-03-12"),
    );
    // Days are stored by the month: that of 2012-02-01 is the first to be needed.
    expect(day).toMatchObject({ granularity: "day", servedFrom: at("2012-02-01") });
  });

  it("stays stored through the grace, which begins when the retention was declared", () => {
    const [fresh] = hours("10 day", [], "2012-05-01");
    expect(fresh).toMatchObject({ storedFrom: null, since: at("2012-05-01") });
    expect(sweepableTo(rollup, fresh!, clock("2012-05-07T23:59"))).toBeNull();
    expect(sweepableTo(rollup, fresh!, clock("2012-05-08"))).toBe(at("2012-04-21"));
    const [later] = hours("10 day", [fresh!], "2012-06-01");
    expect(later).toMatchObject({ servedFrom: at("2012-05-22"), since: at("2012-05-01") });
    expect(sweepableTo(rollup, later!, clock("2012-06-01"))).toBe(at("2012-05-15"));
    const [shorter] = hours("5 day", [later!], "2012-06-01");
    expect(shorter).toMatchObject({ servedFrom: at("2012-05-27"), since: at("2012-06-01") });
    expect(sweepableTo(rollup, shorter!, clock("2012-06-01"))).toBeNull();
  });

  it("goes back as far as tiles are stored when the retention is longer, or gone", () => {
    const stored = { storedFrom: at("2012-04-01"), sweptTo: at("2012-04-01") };
    const known = hours("10 day", [], "2012-05-01").map((one) => ({ ...one, ...stored }));
    expect(hours("20 day", known, "2012-05-01")[0]?.servedFrom).toBe(at("2012-04-11"));
    expect(hours("90 day", known, "2012-05-01")[0]?.servedFrom).toBe(at("2012-04-01"));
    const [forever] = hours(undefined, known, "2012-05-01");
    expect(forever).toMatchObject({ retain: null, servedFrom: at("2012-04-01"), ...stored });
    expect(sweepableTo(rollup, forever!, clock("2013-05-01"))).toBeNull();
    // Where nothing was deleted nothing is left to say.
    expect(hours(undefined, hours("10 day", [], "2012-05-01"), "2012-05-02")).toEqual([]);
  });

  it("is held until the hold ends", () => {
    const hold = { from: at("2012-03-01"), until: at("2012-05-08") };
    const stored = { storedFrom: at("2012-03-01"), sweptTo: at("2012-03-01"), hold };
    const known = hours("10 day", [], "2012-04-01").map((one) => ({ ...one, ...stored }));
    const [held] = hours("10 day", known, "2012-05-07");
    expect(held).toMatchObject({ servedFrom: at("2012-03-01"), hold });
    expect(sweepableTo(rollup, held!, clock("2012-05-07"))).toBe(at("2012-03-01"));
    const [after] = hours("10 day", known, "2012-05-08");
    expect(after).toMatchObject({ servedFrom: at("2012-04-28"), hold: null });
    expect(sweepableTo(rollup, after!, clock("2012-05-08"))).toBe(at("2012-04-21"));
  });

  it("says of which partitions there are archives, without those that went without", () => {
    const [kept] = hours("10 day", [], "2012-05-01");
    const first = archivedWith(kept!, at("2012-03-01"), at("2012-03-02"));
    expect(first).toEqual({ from: null, to: at("2012-03-02") });
    const swept = { ...kept!, archived: first, storedFrom: at("2012-03-02") };
    expect(mayBeArchived(swept, at("1990-01-01"))).toBe(true);
    expect(mayBeArchived(swept, at("2012-03-02"))).toBe(false);
    const second = archivedWith(swept, at("2012-03-02"), at("2012-03-03"));
    expect(second).toEqual({ from: null, to: at("2012-03-03") });
    // From the 2nd to the 8th tiles were deleted without.
    const later = { ...swept, storedFrom: at("2012-03-08") };
    const third = archivedWith(later, at("2012-03-08"), at("2012-03-09"));
    expect(third).toEqual({ from: at("2012-03-08"), to: at("2012-03-09") });
    // One of them was restored from the source.
    const back = { ...later, archived: third, storedFrom: at("2012-03-07") };
    expect(archivedWith(back, at("2012-03-07"), at("2012-03-08"))).toEqual({
      from: at("2012-03-07"),
      to: at("2012-03-09"),
    });
  });

  it("of a new generation begins past retention and grace, and with what is held", () => {
    const retain = { hour: "10 day" };
    const first = firstCoverage(rollup, retain, [], clock("2012-05-01"));
    expect(first).toEqual([
      {
        granularity: "hour",
        retain: "10 day",
        since: at("2012-05-01"),
        servedFrom: at("2012-04-21"),
        storedFrom: at("2012-04-14"),
        sweptTo: at("2012-04-14"),
        hold: null,
        archived: null,
      },
    ]);
    const hold = { from: at("2012-03-01"), until: at("2012-05-08") };
    const replaced = first.map((one) => ({ ...one, since: 5, hold }));
    expect(firstCoverage(rollup, retain, replaced, clock("2012-05-02"))).toMatchObject([
      { since: 5, servedFrom: at("2012-03-01"), storedFrom: at("2012-03-01"), hold },
    ]);
    expect(firstCoverage(rollup, {}, replaced, clock("2012-05-02"))).toEqual([]);
  });
});

const partitions: Record<string, Level["partition"]> = {
  hour: "day",
  day: "month",
  week: "week",
  month: "year",
  quarter: "year",
  year: "year",
};

describe("a cover", () => {
  it("has no gaps or overlaps, takes what levels cover only, and leaves facts what none does", () => {
    const time = fc.integer({ min: Date.UTC(2010, 0, 1), max: Date.UTC(2014, 0, 1) });
    const side = fc.option(time, { freq: 4 });
    const choice = fc.subarray(["hour", "day", "week", "month", "year"] as const, { minLength: 1 });
    const starts = fc.array(fc.option(time, { freq: 2 }), { minLength: 5, maxLength: 5 });
    let uncovered = 0;
    fc.assert(
      fc.property(
        ...([side, side, choice, starts, fc.constantFrom(...zones)] as const),
        (from, to, chosen, limits, zone) => {
          fc.pre(from === null || to === null || from < to);
          const levels = chosen.map((granularity) => ({
            granularity,
            partition: partitions[granularity]!,
          }));
          const coverage: Coverage = levels.flatMap(({ granularity, partition }, i) => {
            const limit = limits[i] ?? null;
            const start = limit === null ? null : bucketStart(partition, zone, limit);
            return start === null ? [] : [{ granularity, servedFrom: start, storedFrom: start }];
          });
          const segments = coverRange(levels, zone, from, to, coverage);
          const [first] = segments;
          expect(segments.at(-1)!.to).toBe(to);
          if (from !== null || first!.kind === "tiles") expect(first!.from).toBe(from);
          segments.forEach((segment, i) => {
            if (i > 0) expect(segment.from).toBe(segments[i - 1]!.to);
            if (segment.kind === "tiles") {
              const start = segment.from ?? -Infinity;
              expect(start).toBeGreaterThanOrEqual(servedFrom(coverage, segment.level));
              return;
            }
            if (isUncovered(levels, zone, segment)) uncovered++;
            // No level that covers the segment has a whole bucket in it.
            for (const level of levels) {
              if (servedFrom(coverage, level) > segment.from) continue;
              expect(isUncovered([level], zone, segment)).toBe(false);
            }
          });
        },
      ),
      { numRuns: 1000 },
    );
    expect(uncovered).toBeGreaterThan(100);
  });
});

describe("a plan", () => {
  const zone = "America/New_York";
  const at = (text: string) => instantOf(zone, text);
  const kept = (granularity: Level["granularity"], date: string) => ({
    granularity,
    servedFrom: at(date),
    storedFrom: at(date),
  });
  const planned = (
    json: Record<string, unknown>,
    coverage: Coverage,
    rollup = "totals",
    timezone = zone,
  ) => {
    const query = { measures: ["sales.count"], ...json };
    const { plan, considered } = planQuery({
      compiled: compileQuery(sales, normalizeQuery({ sales }, query, { timezone })),
      rollups: [
        { rollup: resolveRollup(sales, rollup, zone), generation: 1, status: "ready", coverage },
      ],
    });
    const refusal = considered[0]!.refusal;
    const route = plan?.segments.map((one) =>
      one.kind === "facts" ? "facts" : one.level.granularity,
    );
    return { refusal, route };
  };
  const range = (from: string, to: string, granularity?: string) => ({
    timeDimensions: [{ dimension: "sales.at", granularity, dateRange: [from, to] }],
  });

  it("is refused by name where no level that is kept has the buckets of the query", () => {
    const coverage = [kept("hour", "2012-08-01"), kept("day", "2012-04-01")];
    expect(planned(range("2012-07-31", "2012-08-05", "hour"), coverage).refusal).toEqual({
      code: "NotCovered",
      message: "keeps hour buckets from 2012-08-01 on",
    });
    expect(planned(range("2012-08-01", "2012-08-05", "hour"), coverage).route).toEqual(["hour"]);
    expect(planned(range("2012-03-31", "2012-08-05", "day"), coverage).refusal).toEqual({
      code: "NotCovered",
      message: "keeps day buckets from 2012-04-01 on",
    });
    expect(planned(range("2012-03-01", "2012-08-05", "month"), coverage)).toMatchObject({
      refusal: null,
      route: ["month", "day"],
    });
    // An open range has every day there ever was.
    const open = { timeDimensions: [{ dimension: "sales.at", granularity: "day" }] };
    expect(planned(open, coverage).refusal?.code).toBe("NotCovered");
    expect(planned({}, coverage)).toMatchObject({ refusal: null, route: ["month"] });
  });

  it("reads an edge from the source within a day, and no more", () => {
    const coverage = [kept("hour", "2012-08-01"), kept("day", "2012-04-01")];
    const total = (from: string, to: string) => planned(range(from, to), coverage);
    expect(total("2012-06-05T10:30", "2012-08-02T10:29:59.999").route).toEqual([
      ...["facts", "day", "month", "day", "hour", "facts"],
    ]);
    expect(total("2012-03-31T10:30", "2012-06-30").route).toEqual(["facts", "month"]);
    expect(total("2012-03-30T10:30", "2012-06-30").refusal?.code).toBe("NotCovered");
    // Only edges: there were tiles for this once.
    expect(total("2012-06-05T10:00", "2012-06-05T11:59:59.999").refusal?.code).toBe("NotCovered");
    expect(total("2012-06-05T10:00", "2012-06-05T10:29:59.999").refusal?.code).toBe(
      "GranularityTooCoarse",
    );
  });

  it("needs the hours where days of another zone are asked for", () => {
    const coverage = [kept("hour", "2012-08-01")];
    const days = (from: string) =>
      planned(range(from, "2012-08-20", "day"), coverage, "totals", "Europe/Berlin");
    expect(days("2012-08-02").route).toEqual(["hour"]);
    expect(days("2012-07-02").refusal?.code).toBe("NotCovered");
  });

  it("looks at what lies before the range too", () => {
    const coverage = [kept("day", "2012-08-01")];
    const stock = (from: string, years: Coverage = []) =>
      planned(
        { measures: ["sales.stock"], ...range(from, "2012-09-10", "day") },
        [...coverage, ...years],
        "byShop",
      );
    expect(stock("2012-08-03").route).toEqual(["year", "month", "day", "day"]);
    expect(stock("2012-07-03").refusal?.code).toBe("NotCovered");
    expect(stock("2012-08-03", [kept("month", "2012-08-01")]).refusal?.code).toBe("NotCovered");
  });
});

describe("an answer", () => {
  it("from a rollup that keeps less equals the one from the facts, or is refused", async () => {
    const served = new Map<string, number>();
    const refused = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        anySteps(40),
        fc.array(anyQuery, { minLength: 4, maxLength: 8 }),
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 100 }),
        fc.array(fc.integer({ min: -20, max: 330 }), { minLength: 3, maxLength: 3 }),
        async (steps, queries, zone, foldedPercent, days) => {
          const { changes, facts } = play(sales, steps);
          const end = Math.round((changes.length * foldedPercent) / 100);
          for (const name of Object.keys(sales.rollups)) {
            const generation = generationOf(sales, name, zone, 4);
            const { levels } = generation.rollup;
            // Finer levels begin later, the coarsest has everything.
            const starts = [...days].sort((a, b) => b - a);
            generation.coverage = levels.slice(0, -1).map(({ granularity, partition }, i) => {
              const start = (grace: number) =>
                bucketStart(partition, zone, Date.UTC(2012, 1, 1) + (starts[i]! - grace) * DAY);
              return { granularity, servedFrom: start(0), storedFrom: start(7) };
            });
            generation.fold(changes.slice(0, end));
            for (const json of queries) {
              const query = normalizeQuery({ sales }, json, { timezone: zone });
              const { plan, considered } = planQuery({
                compiled: compileQuery(sales, query),
                rollups: [
                  {
                    rollup: generation.rollup,
                    generation: 1,
                    status: "ready",
                    coverage: generation.coverage,
                  },
                ],
              });
              if (plan === null) {
                const { code } = considered[0]!.refusal!;
                refused.set(code, (refused.get(code) ?? 0) + 1);
                continue;
              }
              const source = generation.source(facts);
              const tail = changes.slice(end);
              const answer = await answerFromTiles({
                compiled: compileQuery(sales, query),
                plan,
                source,
                tail: new HeldTail(() => tail),
              });
              expect(answer).toEqual(answerFromFacts(sales, query, zone, facts));
              served.set(name, (served.get(name) ?? 0) + 1);
            }
          }
        },
      ),
      { numRuns: 800 },
    );
    expect(refused.get("NotCovered")).toBeGreaterThan(100);
    for (const rollup of ["totals", "byShop", "byTag", "byWeekday"]) {
      expect(served.get(rollup) ?? 0, rollup).toBeGreaterThan(10);
    }
  });
});
