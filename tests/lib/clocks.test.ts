/**
 * Hours of day and weekdays are those of the query's zone, by every route: stored, told by the time of
 * buckets, or counted from facts. Laws 4 and 10. What is right is said by `Intl` alone.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RollupsError } from "../../lib/errors.js";
import { defineCube } from "../../lib/resolve/defineCube.js";
import { resolveRollup } from "../../lib/resolve/resolveRollup.js";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import { compileQuery } from "../../lib/query/compile.js";
import { HeldTail } from "../../lib/answer/heldTail.js";
import { planQuery } from "../../lib/planner/planQuery.js";
import { answerFromFacts } from "../../lib/answer/answerFromFacts.js";
import { answerFromTiles } from "../../lib/answer/answerFromTiles.js";
import { instantOf } from "../../lib/time/calendar.js";
import { clockPart, nextClockPart, type ClockPart } from "../../lib/time/clock.js";
import { apartOver, showsDatesAgain } from "../../lib/time/zoneDifference.js";
import { anyDoc, sales, salesOracle } from "./fixtures/sales.js";
import { expectSameRows } from "./fixtures/sameRows.js";
import { Generation, play } from "./fixtures/world.js";
import { wallAt, weekdayOf } from "./oracle/clock.js";
import { evaluate, type OracleQuery } from "./oracle/oracle.js";

const QUARTER = 900_000;
const DAY = 86_400_000;

const cube = defineCube({
  ...sales,
  rollups: {
    quarters: {
      dimensions: ["shop"],
      measures: ["count", "quantity", "stock", "lowest", "highest", "nightly", "shopsApprox"],
      levels: { quarterHour: "day", hour: "day", day: "month", month: "year" },
    },
    days: {
      dimensions: ["shop"],
      measures: ["count", "quantity", "stock", "lowest"],
      levels: { day: "month", month: "year" },
    },
    stored: {
      dimensions: ["hour", "weekday", "shop"],
      measures: ["count", "quantity", "stock", "lowest", "nightly"],
      levels: { day: "month", month: "year" },
    },
    weekdays: {
      dimensions: ["weekday", "shop"],
      measures: ["count", "quantity", "lowest"],
      levels: { hour: "day", week: "week" },
    },
  },
});
type Name = keyof typeof cube.rollups;

/** Whole, half and quarter hours; set at midnight, at a minute past it, and by half an hour. */
const zones = [
  ...["UTC", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Europe/Berlin"],
  ...["America/St_Johns", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia"],
];
const rollupOf = (name: Name, zone: string, others: readonly string[] = []) =>
  resolveRollup(cube, name, zone, others);
const normalize = (json: unknown, timezone: string) =>
  normalizeQuery({ sales: cube }, json, { timezone });

describe("a part of the clock", () => {
  it("is what Intl says, and changes where Intl says so", () => {
    const at = fc.constantFrom(
      // Clocks are set, dates are skipped or come in two parts, local mean time ends.
      ...["2025-03-09", "2025-11-02", "2025-03-30", "2025-10-26", "2010-11-07", "2018-11-04"],
      ...["2011-12-30", "2025-04-06", "1919-12-31", "2025-06-15"],
    );
    fc.assert(
      fc.property(
        at,
        fc.constantFrom(...zones),
        fc.constantFrom<ClockPart>("hourOfDay", "weekday"),
        fc.integer({ min: -160, max: 160 }),
        fc.nat({ max: QUARTER - 1 }),
        (date, zone, part, quarters, ms) => {
          const shown = (t: number) => {
            const wall = wallAt(zone, t);
            return part === "hourOfDay" ? wall.hour : weekdayOf(wall);
          };
          const t = Date.parse(`${date}T00:00Z`) + quarters * QUARTER + ms;
          expect(clockPart(part, zone, t)).toBe(shown(t));
          const next = nextClockPart(part, zone, t);
          expect(shown(next)).not.toBe(shown(t));
          for (let one = t; one < next; one += 60_000) expect(shown(one)).toBe(shown(t));
          expect(shown(next - 1)).toBe(shown(t));
        },
      ),
      { numRuns: 400 },
    );
  });

  it("stays what it is through an hour that the clock repeats, and through half an hour taken back", () => {
    const next = (part: ClockPart, zone: string, t: string) =>
      new Date(nextClockPart(part, zone, Date.parse(t))).toISOString();
    expect(next("hourOfDay", "Europe/Berlin", "2025-10-26T00:00Z")).toBe(
      "2025-10-26T02:00:00.000Z",
    );
    expect(next("hourOfDay", "Europe/Berlin", "2025-03-30T00:00Z")).toBe(
      "2025-03-30T01:00:00.000Z",
    );
    // 01:59 is followed by 01:30.
    expect(next("hourOfDay", "Australia/Lord_Howe", "2025-04-05T14:00Z")).toBe(
      "2025-04-05T15:30:00.000Z",
    );
    // A minute of the 7th, then 59 more of the 6th.
    expect(next("weekday", "America/St_Johns", "2010-11-07T02:30:30Z")).toBe(
      "2010-11-07T02:31:00.000Z",
    );
    expect(next("weekday", "America/St_Johns", "2010-11-07T02:31:00Z")).toBe(
      "2010-11-07T03:30:00.000Z",
    );
    expect(showsDatesAgain("America/St_Johns")).toBe(true);
    expect(showsDatesAgain("Europe/Berlin")).toBe(false);
  });
});

describe("two clocks", () => {
  it("agree over a range where they show the same throughout", () => {
    const agree = (a: string, b: string, from: string, to: string) =>
      apartOver(a, b, Date.parse(from), Date.parse(to)).every(({ apartMs }) => apartMs === 0);
    expect(agree("Europe/Berlin", "Europe/Paris", "2025-01-01", "2026-01-01")).toBe(true);
    expect(agree("Europe/Berlin", "Europe/Paris", "1976-01-01", "1977-01-01")).toBe(false);
    expect(agree("Europe/London", "UTC", "2025-01-01", "2025-03-01")).toBe(true);
    expect(agree("Europe/London", "UTC", "2025-01-01", "2025-04-01")).toBe(false);
    // The range ends where London's clock is set.
    expect(agree("Europe/London", "UTC", "2025-01-01", "2025-03-30T01:00Z")).toBe(true);
    expect(agree("Europe/London", "UTC", "2025-01-01", "2025-03-30T01:00:00.001Z")).toBe(false);
    expect(agree("Asia/Kolkata", "Asia/Kathmandu", "2025-01-01", "2025-01-02")).toBe(false);
  });
});

describe("a plan", () => {
  const verdicts = (json: object, zone: string, home = "UTC", others: string[] = []) => {
    const query = normalize({ timezone: zone, ...json }, home);
    const names = Object.keys(cube.rollups) as Name[];
    return Object.fromEntries(
      names.map((name) => {
        const rollups = [
          { rollup: rollupOf(name, home, others), generation: 1, status: "ready" as const },
        ];
        const { plan, considered } = planQuery({
          compiled: compileQuery(cube, query),
          rollups,
          tenantZone: home,
        });
        const refusal = considered[0]?.refusal;
        return [name, plan === null ? refusal?.code : plan.derived.join(" ")];
      }),
    );
  };
  const march = [{ dimension: "sales.at", dateRange: ["2012-03-01", "2012-03-31"] }];
  const byHour = { measures: ["sales.count"], dimensions: ["sales.hour"], timeDimensions: march };
  const byWeekday = { ...byHour, dimensions: ["sales.weekday"] };

  it("tells hours by the buckets of another zone that hold one of them each, or says why it cannot", () => {
    expect(verdicts(byHour, "America/New_York")).toEqual({
      quarters: "sales.hour",
      days: "MissingDimension",
      stored: "ZoneMismatch",
      weekdays: "sales.hour",
    });
    expect(verdicts(byHour, "Asia/Kolkata")).toMatchObject({ quarters: "ZoneMismatch" });
    expect(verdicts(byHour, "Asia/Kolkata", "UTC", ["Asia/Kathmandu"])).toMatchObject({
      quarters: "sales.hour",
    });
    expect(verdicts(byHour, "Asia/Kathmandu", "UTC", ["Asia/Kathmandu"])).toMatchObject({
      quarters: "sales.hour",
    });
    // Of odd seconds, which no buckets of another zone are.
    const old = [{ dimension: "sales.at", dateRange: ["1919-03-01", "1919-03-31"] }];
    expect(
      verdicts({ ...byHour, timeDimensions: old }, "Asia/Kathmandu", "UTC", ["Asia/Kathmandu"]),
    ).toMatchObject({ quarters: "ZoneMismatch", stored: "ZoneMismatch" });
  });

  it("reads what is stored wherever the clocks agree over the range", () => {
    for (const zone of ["UTC", "Etc/UTC", "Africa/Abidjan"]) {
      expect(verdicts(byHour, zone), zone).toMatchObject({ quarters: "sales.hour", stored: "" });
    }
    expect(verdicts(byHour, "Europe/London")).toMatchObject({ stored: "ZoneMismatch" });
    const winter = [{ dimension: "sales.at", dateRange: ["2012-01-01", "2012-02-29"] }];
    expect(verdicts({ ...byHour, timeDimensions: winter }, "Europe/London")).toMatchObject({
      stored: "",
    });
    // Without a range, or with a balance of all that was before, nothing says so.
    expect(verdicts({ ...byHour, timeDimensions: [] }, "Africa/Abidjan")).toMatchObject({
      stored: "ZoneMismatch",
    });
    expect(
      verdicts({ ...byHour, timeDimensions: winter, measures: ["sales.stock"] }, "Europe/London"),
    ).toMatchObject({ stored: "ZoneMismatch" });
  });

  it("takes each member by itself: one may be stored that stands beside one that is told", () => {
    const both = { ...byHour, dimensions: ["sales.hour", "sales.weekday"] };
    expect(verdicts(both, "UTC").weekdays).toBe("sales.hour");
    expect(verdicts(both, "America/New_York").weekdays).toBe("sales.hour sales.weekday");
    const filtered = {
      ...byWeekday,
      filters: [{ member: "sales.hour", operator: "equals", values: ["9"] }],
    };
    expect(verdicts(filtered, "UTC").weekdays).toBe("sales.hour");
    expect(verdicts(filtered, "UTC").days).toBe("FilterNotCovered");
  });

  it("tells weekdays by days of the same clock, but where a date came in two parts", () => {
    expect(verdicts(byWeekday, "UTC")).toMatchObject({
      quarters: "sales.weekday",
      days: "sales.weekday",
      stored: "",
    });
    expect(verdicts(byWeekday, "America/New_York")).toMatchObject({
      quarters: "sales.weekday",
      days: "ZoneMismatch",
    });
    const newfoundland = (from: string, to: string) =>
      verdicts(
        { ...byWeekday, timeDimensions: [{ dimension: "sales.at", dateRange: [from, to] }] },
        "America/St_Johns",
        "America/St_Johns",
      );
    expect(newfoundland("2010-11-01", "2010-11-06")).toMatchObject({ days: "sales.weekday" });
    expect(newfoundland("2010-11-01", "2010-11-30")).toMatchObject({
      quarters: "sales.weekday",
      days: "ZoneMismatch",
      stored: "",
    });
    const always = { measures: ["sales.count"], dimensions: ["sales.weekday"] };
    expect(verdicts(always, "America/St_Johns", "America/St_Johns").days).toBe("ZoneMismatch");
    expect(verdicts(always, "Europe/Berlin", "Europe/Berlin").days).toBe("sales.weekday");
  });

  it("tells hours over ranges of any length, and without one by how clocks always differ", () => {
    const ages = [{ dimension: "sales.at", dateRange: ["1975-01-01", "2024-12-31"] }];
    const over = (zone: string, timeDimensions: object[]) =>
      verdicts({ ...byHour, timeDimensions }, zone).quarters;
    expect(over("America/New_York", ages)).toBe("sales.hour");
    expect(over("America/New_York", [])).toBe("sales.hour");
    // Behind by odd seconds until 1972.
    expect(over("Africa/Monrovia", ages)).toBe("sales.hour");
    expect(over("Africa/Monrovia", [])).toBe("ZoneMismatch");
    // Set at a minute past midnight until 2011, and half an hour apart for ever.
    expect(over("America/St_Johns", ages)).toBe("ZoneMismatch");
  });

  it("takes hours that measures filter by to be the tenant's, whatever zone asks", () => {
    const nightly = { measures: ["sales.nightly"], timeDimensions: march };
    expect(verdicts(nightly, "America/New_York")).toMatchObject({ quarters: "", stored: "" });
    const rollups = [
      { rollup: rollupOf("quarters", "UTC"), generation: 1, status: "ready" as const },
    ];
    const asked = { compiled: compileQuery(cube, normalize(nightly, "UTC")), rollups };
    expect(
      planQuery({ ...asked, tenantZone: "Europe/Berlin" }).considered[0]?.refusal,
    ).toMatchObject({
      code: "ZoneMismatch",
      member: "sales.nightly",
    });
  });
});

describe("an answer by hours of day and weekdays", () => {
  /** Records around clock changes of every zone, off the hour. */
  const anchors = [
    ...[Date.UTC(2012, 2, 11, 6), Date.UTC(2012, 10, 4, 5), Date.UTC(2012, 2, 25, 0)],
    ...[Date.UTC(2012, 9, 28, 0), Date.UTC(2012, 3, 1, 1), Date.UTC(2012, 11, 31, 18)],
  ];
  const anyAt = fc
    .tuple(fc.constantFrom(...anchors), fc.integer({ min: -120, max: 120 }), fc.nat({ max: 3 }))
    .map(([t, quarters, eighths]) => t + quarters * QUARTER + eighths * 112_500);
  const anySteps = fc.array(
    fc.record({
      op: fc.constant("insert" as const),
      doc: fc.tuple(anyDoc, anyAt).map(([doc, at]) => ({ ...doc, at })),
    }),
    { minLength: 1, maxLength: 40 },
  );
  const clocks = ["hour", "weekday"];
  const anyClockQuery: fc.Arbitrary<OracleQuery> = fc
    .record({
      measures: fc.uniqueArray(
        fc.constantFrom(
          "count",
          "quantity",
          "stock",
          "lowest",
          "highest",
          "nightly",
          "shopsApprox",
        ),
        { minLength: 1, maxLength: 3 },
      ),
      dimensions: fc.constantFrom(
        ...[["weekday"], ["weekday", "shop"], ["hour"], ["hour", "weekday"], ["shop"], []],
      ),
      filtered: fc.constantFrom([], ["weekday"], ["hour"], ["weekday", "hour"]),
      operator: fc.constantFrom("equals", "notIn"),
      granularity: fc.constantFrom(
        undefined,
        undefined,
        "hour",
        "day",
        "week",
        "month",
        "quarterHour",
      ),
      range: fc.option(fc.tuple(anyAt, anyAt), { nil: undefined, freq: 4 }),
      desc: fc.option(fc.boolean(), { nil: undefined }),
      timezone: fc.constantFrom(...zones, "UTC", "UTC", "Europe/Berlin"),
    })
    .filter(({ dimensions, filtered }) =>
      clocks.some((one) => [...dimensions, ...filtered].includes(one)),
    )
    .map(({ measures, dimensions, filtered, operator, granularity, range, desc, timezone }) => {
      const text = (t: number) => new Date(t).toISOString().slice(0, 23);
      // Hours that a clock may show twice are no ends of ranges.
      const [from, to] = (range ?? [0, 0])
        .sort((a, b) => a - b)
        .map((t) => text(t).replace(/T0[0-3]/, "T04"));
      const isShort = range !== undefined && range[1] - range[0] < 4 * DAY;
      const isFine = granularity === "quarterHour" || granularity === "hour";
      const of = isFine && !isShort ? "week" : granularity;
      return {
        measures: measures.map((name) => `sales.${name}`),
        dimensions: dimensions.map((name) => `sales.${name}`),
        timeDimensions: [
          {
            dimension: "sales.at",
            ...(of === undefined ? {} : { granularity: of }),
            ...(range === undefined || from! > to!
              ? {}
              : { dateRange: [from!, to!] as [string, string] }),
          },
        ].filter((one) => Object.keys(one).length > 1),
        filters: filtered.map((name) => ({
          member: `sales.${name}`,
          operator,
          values: name === "hour" ? [1, "2", 23, "05"].map(Number) : [7, 1],
        })),
        ...(desc === undefined
          ? {}
          : {
              order: [[`sales.${measures[0]!}`, desc ? "desc" : "asc"]] as [
                string,
                "asc" | "desc",
              ][],
            }),
        timezone,
      };
    });

  it("is the same from tiles that store them, from tiles that tell them, from facts, and by Intl", async () => {
    const routes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        anySteps,
        fc.array(anyClockQuery, { minLength: 3, maxLength: 6 }),
        fc.constantFrom("UTC", "UTC", "Europe/Berlin", "Asia/Kathmandu"),
        fc.integer({ min: 0, max: 100 }),
        async (steps, queries, home, foldedPercent) => {
          const { changes, docs, facts } = play(cube, steps);
          const end = Math.round((changes.length * foldedPercent) / 100);
          const generations = (Object.keys(cube.rollups) as Name[]).map((name) => {
            const generation = new Generation(rollupOf(name, home, zones), 4);
            generation.fold(changes.slice(0, end));
            return generation;
          });
          for (const query of queries) {
            const normalized = normalize(query, home);
            const expected = unlessTooMany(() => answerFromFacts(cube, normalized, home, facts));
            if (expected === null) continue;
            expectSameRows(expected.rows, evaluate(salesOracle, query, home, docs), salesOracle);
            for (const generation of generations) {
              const rollups = [
                { rollup: generation.rollup, generation: 1, status: "ready" as const },
              ];
              const { plan } = planQuery({
                compiled: compileQuery(cube, normalized),
                rollups,
                tenantZone: home,
              });
              if (plan === null) continue;
              const tail = changes.slice(end);
              const source = generation.source(facts);
              const answer = await answerFromTiles({
                compiled: compileQuery(cube, normalized),
                plan,
                source,
                tail: new HeldTail(() => tail),
              });
              expect(answer).toEqual(expected);
              const route = `${generation.rollup.name} ${plan.derived.length > 0 ? "derived" : "stored"}`;
              routes.set(route, (routes.get(route) ?? 0) + 1);
            }
          }
        },
      ),
      { numRuns: 500 },
    );
    for (const route of [
      ...["quarters derived", "days derived", "weekdays derived"],
      ...["stored stored", "weekdays stored"],
    ]) {
      expect(routes.get(route) ?? 0, route).toBeGreaterThan(10);
    }
  });

  it("counts distinct weekdays as the query's clock shows them", async () => {
    const counting = defineCube({
      ...cube,
      measures: { ...cube.measures, days: { type: "countDistinct", dimension: "weekday" } },
      rollups: {
        own: { dimensions: ["weekday"], measures: ["days"], levels: { day: "month" } },
        hours: { dimensions: [], measures: ["count"], levels: { hour: "day" } },
      },
    });
    // Sunday evening and Monday morning of UTC are one Sunday in New York.
    const docs = ["2012-05-06T22:00Z", "2012-05-07T02:00Z"].map((at) => ({
      ...{ at: Date.parse(at), shop: "a", tags: [], size: 1, quantity: 1, price: 1, weight: 1 },
    }));
    const { changes, facts } = play(
      counting,
      docs.map((doc) => ({ op: "insert", doc })),
    );
    const ask = async (timezone: string, name: "own" | "hours") => {
      const query = normalizeQuery(
        { sales: counting },
        {
          measures: ["sales.days"],
          timeDimensions: [{ dimension: "sales.at", dateRange: ["2012-05-01", "2012-05-31"] }],
        },
        { timezone },
      );
      const generation = new Generation(resolveRollup(counting, name, "UTC"), 4);
      generation.fold(changes);
      const rollups = [{ rollup: generation.rollup, generation: 1, status: "ready" as const }];
      const { plan, considered } = planQuery({
        compiled: compileQuery(counting, query),
        rollups,
        tenantZone: "UTC",
      });
      const { rows } = answerFromFacts(counting, query, "UTC", facts);
      if (plan === null) return [considered[0]?.refusal?.code, rows[0]?.["sales.days"]];
      const source = generation.source(facts);
      const told = await answerFromTiles({
        compiled: compileQuery(counting, query),
        plan,
        source,
        tail: new HeldTail(() => []),
      });
      return [told.rows[0]?.["sales.days"], rows[0]?.["sales.days"]];
    };
    expect(await ask("UTC", "own")).toEqual([2, 2]);
    expect(await ask("UTC", "hours")).toEqual([2, 2]);
    expect(await ask("America/New_York", "own")).toEqual(["ZoneMismatch", 1]);
    expect(await ask("America/New_York", "hours")).toEqual([1, 1]);
  });

  it("is refused rather than filtered by what a bucket from before the comparison of zones may not tell", async () => {
    const { changes, facts } = play(cube, [
      {
        op: "insert",
        doc: {
          ...{ at: instantOf("UTC", "1919-05-05T18:20"), shop: "a", tags: [], size: 1 },
          ...{ quantity: 1, price: 1, weight: 1 },
        },
      },
    ]);
    const generation = new Generation(rollupOf("quarters", "UTC", zones), 4);
    generation.fold(changes);
    const query = normalize(
      {
        measures: ["sales.count"],
        filters: [{ member: "sales.hour", operator: "equals", values: ["0"] }],
        timezone: "Asia/Kathmandu",
      },
      "UTC",
    );
    const rollups = [{ rollup: generation.rollup, generation: 1, status: "ready" as const }];
    const { plan } = planQuery({ compiled: compileQuery(cube, query), rollups, tenantZone: "UTC" });
    expect(plan?.derived).toEqual(["sales.hour"]);
    const source = generation.source(facts);
    await expect(
      answerFromTiles({
        compiled: compileQuery(cube, query),
        plan: plan!,
        source,
        tail: new HeldTail(() => []),
      }),
    ).rejects.toMatchObject({ code: "ZoneMismatch" });
    // 18:20 and 5:41:16 are 0:01:16.
    expect(answerFromFacts(cube, query, "UTC", facts).rows).toEqual([{ "sales.count": 1 }]);
  });
});

/** Null where a level by quarters of an hour would have more buckets than an answer may. */
function unlessTooMany<T>(answer: () => T): T | null {
  try {
    return answer();
  } catch (error) {
    if (error instanceof RollupsError && error.code === "TooManyBuckets") return null;
    throw error;
  }
}
