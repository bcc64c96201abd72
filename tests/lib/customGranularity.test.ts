/** An app's own granularities: what is a bucket, on which tiles it is made, how it is named and refused. */
import { toQueryJson } from "../../lib/cubeJson/queryJson.js";
import { annotate } from "../../lib/cubeJson/annotate.js";
import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import { compileQuery } from "../../lib/query/compile.js";
import { planQuery } from "../../lib/planner/planQuery.js";
import type { CubeDefinition } from "../../lib/model/cube.js";
import { customGranularity } from "../../lib/model/granularities.js";
import { cubeIssues } from "../../lib/resolve/validateCube.js";
import { resolveRollup } from "../../lib/resolve/resolveRollup.js";
import type { QueryOf } from "../../lib/query/queryOf.js";
import {
  TIME_MAX,
  TIME_MIN,
  bucketCeiling,
  bucketLabel,
  bucketStart,
  divides,
  instantOf,
  nextBucket,
} from "../../lib/time/calendar.js";
import {
  grainOf,
  meanIntervalMs,
  type CustomGranularity,
} from "../../lib/time/customGranularity.js";
import { codeOf, errorOf } from "./fixtures/codeOf.js";
import { sales } from "./fixtures/sales.js";
import { lengths, truncated, wallAt, wallText } from "./oracle/clock.js";

const zones = [
  ...["UTC", "America/New_York", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"],
  ...["Europe/Berlin", "Pacific/Apia", "America/Sao_Paulo", "Africa/Casablanca", "Pacific/Chatham"],
  ...["America/Havana", "Antarctica/Troll", "Europe/Dublin", "Asia/Tehran", "Africa/Monrovia"],
];

const { granularities } = sales.dimensions.at;
const own = Object.entries(granularities).map(([name, definition]) =>
  customGranularity(name, definition),
);
const named = (name: keyof typeof granularities) => customGranularity(name, granularities[name]);

const anyInterval = fc
  .oneof(
    fc.tuple(
      fc.integer({ min: 1, max: 400 }).map((n) => n * 15),
      fc.constant("minute"),
    ),
    fc.tuple(fc.integer({ min: 1, max: 500 }), fc.constantFrom("hour", "day")),
    fc.tuple(fc.integer({ min: 1, max: 40 }), fc.constantFrom("week", "month", "quarter", "year")),
  )
  .map(([count, unit]) => `${count} ${unit}${count > 1 ? "s" : ""}`);

const anyOrigin = fc
  .integer({ min: Date.UTC(1900, 0, 1) / 900_000, max: Date.UTC(2100, 0, 1) / 900_000 })
  .chain((quarter) => {
    const text = new Date(quarter * 900_000).toISOString();
    return fc.constantFrom(text.slice(0, 10), text.slice(0, 16), `${text.slice(0, 8)}01`);
  });

const anyOwn = fc
  .tuple(anyInterval, anyOrigin)
  .map(([interval, origin]) => customGranularity("own", { interval, origin }));

describe("a bucket of an app's own granularity", () => {
  it("has the name that counting from its origin on the wall clock gives", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: Date.UTC(2012, 0, 1), max: Date.UTC(2037, 0, 1) }),
        (zone, t) => {
          for (const granularity of own) {
            const start = bucketStart(granularity, zone, t);
            expect(bucketLabel(granularity, zone, start), granularity.name).toBe(
              truncated(granularity.name, wallAt(zone, t)),
            );
          }
        },
      ),
      { numRuns: 400 },
    );
    expect(own.map(({ name }) => name).sort()).toEqual(Object.keys(lengths).sort());
  });

  it("holds an instant between its start and the next one's, starts itself, and begins on its grain", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: Date.UTC(1800, 0, 1), max: Date.UTC(2160, 0, 1) }),
        anyOwn,
        (zone, t, granularity) => {
          const start = bucketStart(granularity, zone, t);
          const next = nextBucket(granularity, zone, start);
          expect(start).toBeLessThanOrEqual(t);
          expect(next).toBeGreaterThan(t);
          expect(bucketStart(granularity, zone, start)).toBe(start);
          expect(bucketStart(granularity, zone, next - 1)).toBe(start);
          expect(bucketStart(granularity, zone, next)).toBe(next);
          expect(bucketCeiling(granularity, zone, next - 1)).toBe(
            start === next - 1 ? start : next,
          );
          const grain = grainOf(granularity);
          expect(bucketStart(grain, zone, start)).toBe(start);
          expect(divides(grain, granularity)).toBe(true);
          expect(divides("quarterHour", granularity)).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("lasts about as long as its interval says", () => {
    fc.assert(
      fc.property(anyOwn, fc.integer({ min: 0, max: 4e12 }), (granularity, t) => {
        const start = bucketStart(granularity, "UTC", t);
        const length = nextBucket(granularity, "UTC", start) - start;
        expect(length / meanIntervalMs(granularity)).toBeGreaterThan(0.9);
        expect(length / meanIntervalMs(granularity)).toBeLessThan(1.1);
      }),
    );
  });

  it("exists to the limits of time", () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), anyOwn, (zone, granularity) => {
        for (const t of [TIME_MIN, TIME_MAX - 1]) {
          const start = bucketStart(granularity, zone, t);
          const next = nextBucket(granularity, zone, start);
          expect(next).toBeGreaterThan(t);
          expect(nextBucket(granularity, zone, next)).toBeGreaterThan(next);
          for (const at of [start, next]) {
            expect(bucketLabel(granularity, zone, at)).toMatch(/^\d{4}-\d\d-\d\dT/);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  const startsOf = (granularity: CustomGranularity, zone: string, from: string, count: number) => {
    const starts = [bucketStart(granularity, zone, instantOf(zone, from))];
    while (starts.length < count) starts.push(nextBucket(granularity, zone, starts.at(-1)!));
    return starts;
  };

  it("of hours is cut where the clock is set, and both parts have one name", () => {
    const zone = "Europe/Berlin";
    const nights = (day: string) => {
      const starts = startsOf(named("shift"), zone, `${day}T23:00`, 4);
      return starts.map((start) => [
        wallText(zone, start).slice(5, 16),
        bucketLabel(named("shift"), zone, start).slice(5, 16),
      ]);
    };
    expect(nights("2012-03-24")).toEqual([
      ["03-24T22:00", "03-24T22:00"],
      ["03-25T03:00", "03-24T22:00"],
      ["03-25T06:00", "03-25T06:00"],
      ["03-25T14:00", "03-25T14:00"],
    ]);
    expect(nights("2012-10-27")).toEqual([
      ["10-27T22:00", "10-27T22:00"],
      ["10-28T02:00", "10-27T22:00"],
      ["10-28T06:00", "10-28T06:00"],
      ["10-28T14:00", "10-28T14:00"],
    ]);
    // The change lies far enough back to be in an earlier table of offsets.
    const long = customGranularity("long", { interval: "3000 hours" });
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 2e12 }), (at, t) => {
        const start = bucketStart(long, at, t);
        expect(bucketStart(long, at, nextBucket(long, at, start) - 1)).toBe(start);
      }),
    );
  });

  it("of parts of an hour comes twice where the hour does, under the same names", () => {
    const zone = "America/New_York";
    const starts = startsOf(named("halfHour"), zone, "2012-11-04T00:30", 6);
    expect(
      starts.map((start) => bucketLabel(named("halfHour"), zone, start).slice(11, 16)),
    ).toEqual([...["00:30", "01:00", "01:30", "01:00", "01:30", "02:00"]]);
    const skipped = startsOf(named("halfHour"), zone, "2012-03-11T01:30", 2);
    expect(wallText(zone, skipped[1]!)).toBe("2012-03-11T03:00:00.000");
  });

  it("of days begins with the first instant that shows its time, or follows a gap that swallows it", () => {
    const zone = "Australia/Lord_Howe";
    // 02:00 to 02:30 is skipped on 7 October, 01:30 to 02:00 comes twice on 1 April.
    const early = customGranularity("early", { interval: "1 day", origin: "2024-01-01T02:15" });
    const spring = startsOf(early, zone, "2012-10-06T12:00", 2);
    expect(wallText(zone, spring[1]!)).toBe("2012-10-07T02:30:00.000");
    expect(bucketLabel(early, zone, spring[1]!)).toBe("2012-10-07T02:15:00.000");
    const late = customGranularity("late", { interval: "1 day", origin: "2024-01-01T01:45" });
    const [, autumn = 0, after = 0] = startsOf(late, zone, "2012-03-31T12:00", 3);
    expect(new Date(autumn).toISOString()).toBe("2012-03-31T14:45:00.000Z");
    expect(after - autumn).toBe(24.5 * 3_600_000);
    // Pacific/Apia went from 29 December 2011 straight to the 31st.
    const apia = startsOf(named("workday"), "Pacific/Apia", "2011-12-29T12:00", 2);
    expect(apia.map((start) => bucketLabel(named("workday"), "Pacific/Apia", start))).toEqual([
      "2011-12-29T06:30:00.000",
      "2011-12-30T06:30:00.000",
    ]);
    expect(wallText("Pacific/Apia", apia[1]!)).toBe("2011-12-31T00:00:00.000");
  });

  it("of months takes the last day of a month that lacks the origin's", () => {
    const labels = startsOf(named("monthEnd"), "UTC", "2012-01-31", 5).map((start) =>
      bucketLabel(named("monthEnd"), "UTC", start).slice(0, 10),
    );
    expect(labels).toEqual(["2012-01-31", "2012-02-29", "2012-03-31", "2012-04-30", "2012-05-31"]);
    const leap = customGranularity("leap", { interval: "1 year", origin: "2012-02-29" });
    const years = startsOf(leap, "UTC", "2011-06-01", 3);
    expect(years.map((start) => bucketLabel(leap, "UTC", start).slice(0, 10))).toEqual([
      ...["2011-02-28", "2012-02-29", "2013-02-28"],
    ]);
  });

  it("is counted from a Monday and a first of January unless it says, never from now", () => {
    const label = (definition: { interval: string; offset?: string }, date: string) => {
      const granularity = customGranularity("own", definition);
      const start = bucketStart(granularity, "UTC", Date.parse(`${date}T12:00Z`));
      return bucketLabel(granularity, "UTC", start).slice(0, 16);
    };
    expect(label({ interval: "1 week" }, "2013-01-02")).toBe("2012-12-31T00:00");
    expect(label({ interval: "2 weeks" }, "2001-01-14")).toBe("2001-01-01T00:00");
    expect(label({ interval: "1 quarter" }, "2012-05-05")).toBe("2012-04-01T00:00");
    expect(label({ interval: "10 years" }, "2012-05-05")).toBe("2011-01-01T00:00");
    expect(label({ interval: "1 year", offset: "3 months" }, "2012-03-31")).toBe(
      "2011-04-01T00:00",
    );
    expect(label({ interval: "1 day", offset: "-6 hours" }, "2012-03-31")).toBe("2012-03-30T18:00");
  });
});

const cube = sales as CubeDefinition;
const normalize = (json: unknown, timezone = "UTC") =>
  normalizeQuery({ sales: cube }, json, { timezone });
const by = (granularity: string, dateRange?: [string, string]) => ({
  measures: ["sales.count"],
  timeDimensions: [{ dimension: "sales.at", granularity, ...(dateRange && { dateRange }) }],
});

describe("a query by an app's own granularity", () => {
  it("is answered from the coarsest tiles whose buckets its boundaries respect", () => {
    const grains = own.map((granularity) => [granularity.name, grainOf(granularity)]);
    expect(Object.fromEntries(grains)).toEqual({
      halfHour: "quarterHour",
      shift: "hour",
      workday: "quarterHour",
      fortnight: "week",
      midweek: "day",
      monthEnd: "day",
      third: "month",
      fiscalYear: "quarter",
    });
    const yearly = customGranularity("yearly", { interval: "24 months" });
    const daily = customGranularity("daily", { interval: "24 hours" });
    const summer = customGranularity("summer", { interval: "12 months", origin: "2012-06-01" });
    expect([yearly, daily, summer].map(grainOf)).toEqual(["year", "hour", "month"]);

    const rollup = resolveRollup(
      {
        ...cube,
        rollups: {
          all: {
            dimensions: [],
            measures: ["count"],
            levels: { hour: "day", day: "month", week: "week", month: "year", quarter: "year" },
          },
        },
      },
      "all",
      "UTC",
    );
    const levels = (granularity: string) => {
      const { plan, considered } = planQuery({
        compiled: compileQuery(cube, normalize(by(granularity))),
        rollups: [{ rollup, generation: 1, status: "ready" }],
      });
      const segments = plan?.segments.map((one) =>
        one.kind === "facts" ? "facts" : one.level.granularity,
      );
      return segments ?? considered[0]?.refusal?.code;
    };
    expect(levels("halfHour")).toBe("GranularityTooCoarse");
    expect(levels("shift")).toEqual(["hour"]);
    expect(levels("midweek")).toEqual(["day"]);
    expect(levels("fortnight")).toEqual(["week"]);
    expect(levels("third")).toEqual(["month"]);
    expect(levels("fiscalYear")).toEqual(["quarter"]);
  });

  it("names it wherever a calendar's granularity may be named, and is annotated as Cube does", () => {
    const query = normalize({
      dimensions: ["sales.at.fiscalYear"],
      order: { "sales.at.fiscalYear": "desc" },
    });
    expect(query.time!.granularity).toMatchObject({ name: "fiscalYear" });
    expect(query.order).toEqual([{ id: "sales.at", desc: true }]);
    expect(toQueryJson(query).timeDimensions).toEqual([
      { dimension: "sales.at", granularity: "fiscalYear" },
    ]);
    const { rowLimit: _, ...again } = toQueryJson(query);
    expect(normalize(again)).toEqual(query);
    const annotated = (name: string) =>
      annotate(sales, normalize(by(name))).timeDimensions[`sales.at.${name}`]?.granularity;
    expect(annotated("fiscalYear")).toEqual({
      ...{ name: "fiscalYear", title: "Fiscal year", interval: "1 year", offset: "3 months" },
    });
    expect(annotated("fortnight")).toEqual({
      ...{ name: "fortnight", title: "Fortnight", interval: "2 weeks", origin: "2012-01-02" },
    });
    expect(annotated("quarterHour")).toEqual({
      ...{ name: "quarterHour", title: "Quarter Hour", interval: "15 minutes" },
    });
  });

  it("is refused where there is none of that name, with the nearest one", () => {
    const refusal = (json: unknown) => errorOf(() => normalize(json));
    expect(refusal(by("fortnigth"))).toMatchObject({
      code: "InvalidQuery",
      message: expect.stringContaining("did you mean fortnight?") as unknown,
      details: { path: "timeDimensions.0.granularity" },
    });
    expect(refusal({ dimensions: ["sales.at.quarterhour"] })?.message).toContain(
      "did you mean quarterHour?",
    );
    for (const name of ["toString", "__proto__", 7, { name: "fortnight" }]) {
      expect(codeOf(() => normalize(by(name as string)))).toBe("InvalidQuery");
    }
    expect(
      codeOf(() => normalize({ dimensions: ["sales.at.fortnight", "sales.at.fortnight"] })),
    ).toBe(null);
  });

  it("has its names checked by the compiler", () => {
    type Sales = QueryOf<typeof sales>;
    type Time = NonNullable<Sales["timeDimensions"]>[number];
    type Dimension = NonNullable<Sales["dimensions"]>[number];
    expectTypeOf<{ dimension: "sales.at"; granularity: "fortnight" }>().toExtend<Time>();
    expectTypeOf<{ dimension: "sales.at"; granularity: "quarterHour" }>().toExtend<Time>();
    expectTypeOf<{ dimension: "sales.at"; granularity: "decade" }>().not.toExtend<Time>();
    expectTypeOf<"sales.at.shift">().toExtend<Dimension>();
    expectTypeOf<"sales.at.shifts">().not.toExtend<Dimension>();
    expectTypeOf<{ dimension: `${string}.${string}`; granularity: string }>().toExtend<
      NonNullable<QueryOf<CubeDefinition>["timeDimensions"]>[number]
    >();
  });
});

describe("a definition of a granularity", () => {
  const issues = (granularities: unknown, patch: Record<string, unknown> = {}) =>
    cubeIssues(
      {
        ...cube,
        dimensions: {
          ...cube.dimensions,
          at: { type: "time", field: "at", granularities, ...patch },
        },
      },
      "sales",
    ).map(
      ({ path, message }) => `${path.replace("sales.dimensions.at.granularities", "")}: ${message}`,
    );
  const issuesOf = (definition: unknown) => issues({ own: definition });

  it("is checked, and every issue named", () => {
    expect(issuesOf({ interval: "40 years", title: "Own" })).toEqual([]);
    expect(issuesOf({ interval: "45 minutes", offset: "-15 minutes" })).toEqual([]);
    const one =
      'a count from 1 to 9999 and one unit (minute, hour, day, week, month, quarter, year), as "2 weeks"';
    expect(issuesOf({ interval: "1 week 2 days" })).toEqual([
      `.own.interval: mixes units; it must be ${one}`,
    ]);
    for (const interval of [
      undefined,
      7,
      "",
      "0 days",
      "week",
      "1.5 days",
      "30 seconds",
      "1 fortnight",
    ]) {
      expect(issuesOf({ interval })).toEqual([`.own.interval: must be ${one}`]);
    }
    expect(issuesOf({ interval: "10 minutes" })).toEqual([
      ".own.interval: must be a multiple of 15 minutes",
    ]);
    expect(issuesOf({ interval: "-1 day" })).toEqual([".own.interval: must not be negative"]);
    expect(issuesOf({ interval: "41 years" })).toEqual([
      ".own.interval: must not be longer than 40 years",
    ]);
    expect(issuesOf({ interval: "1 day", offset: "5 minutes" })).toEqual([
      ".own.offset: must be a multiple of 15 minutes",
    ]);
    expect(issuesOf({ interval: "1 day", offset: "1 hour", origin: "2024-01-01" })).toEqual([
      ".own.offset: must not be given beside origin",
    ]);
    for (const [origin, message] of [
      ["2024-02-30", 'must be a date or time, as "2024-01-01"'],
      ["2024-01-01T00:10", "must lie on a quarter of an hour"],
      ["0001-01-01", "must lie in the years 100 to 9899"],
    ]) {
      expect(issuesOf({ interval: "1 day", origin })).toEqual([`.own.origin: ${message}`]);
    }
    expect(issuesOf({ interval: "1 day", orign: "2024-01-01", title: 1 })).toEqual([
      ".own.orign: is not a part of a granularity; did you mean origin?",
      ".own.title: must be a text",
    ]);
    expect(issuesOf("1 day")).toEqual([".own: must be an object"]);
    expect(issues([])).toEqual([": must be an object"]);
    for (const name of ["week", "quarterHour", "minute", "second"]) {
      expect(issues({ [name]: { interval: "1 day" } })).toEqual([
        `.${name}: is the name of a calendar granularity`,
      ]);
    }
    expect(issues({ "a.b": { interval: "1 day" } })).toEqual([
      ".a.b: must be letters, digits and _, starting with a letter",
    ]);
    const many = Array.from({ length: 51 }, (_, i) => [`g${i}`, { interval: "1 day" }]);
    expect(issues(Object.fromEntries(many))).toEqual([": must not be more than 50"]);
    expect(issues({}, { type: "weekday" })[0]).toBe(": apply to time dimensions only");
  });

  it("that is invalid is no granularity", () => {
    for (const definition of [
      { interval: "1 week 2 days" },
      { interval: "10 minutes" },
      { interval: "1 day", origin: "soon" },
      { interval: "1 day", offset: "soon" },
    ]) {
      expect(codeOf(() => customGranularity("own", definition))).toBe("InvalidDefinition");
    }
  });
});
