/**
 * Quarters of an hour: kept only where zones need them, and then any zone's questions are answered from
 * any other's tiles. Laws 4 and 10, over zones of whole, half and quarter hours.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineCube } from "../../lib/resolve/defineCube.js";
import type { CubeDefinition } from "../../lib/model/cube.js";
import { projectFact } from "../../lib/model/fact.js";
import { fingerprint, resolveRollup } from "../../lib/resolve/resolveRollup.js";
import { cubeIssues } from "../../lib/resolve/validateCube.js";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import { compileQuery } from "../../lib/query/compile.js";
import { HeldTail } from "../../lib/answer/heldTail.js";
import { planQuery } from "../../lib/planner/planQuery.js";
import { answerFromFacts } from "../../lib/answer/answerFromFacts.js";
import { answerFromTiles } from "../../lib/answer/answerFromTiles.js";
import {
  bucketLabel,
  bucketStart,
  divides,
  instantOf,
  nextBucket,
  partitionSlots,
} from "../../lib/time/calendar.js";
import { HOUR_MS } from "../../lib/time/civil.js";
import {
  COMPARED_FROM,
  COMPARED_TO,
  isPartOfHourApart,
  zoneDifference,
} from "../../lib/time/zoneDifference.js";
import { anyDoc, sales, salesOracle } from "./fixtures/sales.js";
import { Generation, play } from "./fixtures/world.js";
import { wallAt, wallText } from "./oracle/clock.js";
import { evaluate, type Doc, type OracleQuery } from "./oracle/oracle.js";

const zones = [
  ...["Asia/Kathmandu", "Asia/Kolkata", "America/St_Johns", "Australia/Lord_Howe"],
  ...["Pacific/Chatham", "Europe/Berlin", "America/New_York", "UTC"],
];

const cube = defineCube({
  ...sales,
  rollups: {
    quarters: {
      dimensions: ["shop"],
      measures: ["count", "quantity", "stock", "lowest", "shops"],
      levels: { quarterHour: "day", hour: "day", day: "month", month: "year", year: "year" },
    },
  },
});
const rollupOf = (zone: string, others: readonly string[]) =>
  resolveRollup(cube, "quarters", zone, others);
const normalize = (json: unknown, timezone = "UTC") =>
  normalizeQuery({ sales: cube }, json, { timezone });
const finest = (zone: string, ...others: string[]) => rollupOf(zone, others).levels[0]?.granularity;

describe("quarters of an hour", () => {
  it("are kept only for tenants whose zones show other minutes than theirs", () => {
    expect(finest("UTC")).toBe("hour");
    expect(finest("Asia/Kathmandu")).toBe("hour");
    expect(finest("Asia/Kathmandu", "Asia/Kathmandu", "Asia/Katmandu")).toBe("hour");
    expect(finest("UTC", "Europe/Berlin", "America/New_York")).toBe("hour");
    expect(finest("UTC", "Europe/Berlin", "Asia/Kathmandu")).toBe("quarterHour");
    expect(finest("Asia/Kolkata", "UTC")).toBe("quarterHour");
    expect(finest("Asia/Kolkata", "Asia/Kathmandu")).toBe("quarterHour");
    expect(finest("America/St_Johns", "America/New_York")).toBe("quarterHour");
    // Half an hour apart in winter only.
    expect(finest("Australia/Lord_Howe", "Australia/Sydney")).toBe("quarterHour");
    // Half an hour apart until 1982.
    expect(finest("Asia/Singapore", "UTC")).toBe("quarterHour");
    const print = (...others: string[]) => fingerprint(rollupOf("UTC", others));
    expect(print()).toBe(print("Europe/Berlin"));
    expect(print()).not.toBe(print("Asia/Kolkata"));
    expect(print("Asia/Kolkata")).toBe(print("Asia/Kathmandu", "Europe/Berlin"));
  });

  it("are never all that a rollup keeps, nor too many for a partition", () => {
    const issues = (levels: Record<string, string>) =>
      cubeIssues(
        {
          ...(cube as CubeDefinition),
          rollups: { q: { dimensions: [], measures: ["count"], levels } },
        },
        "sales",
      ).map(({ path, message }) => `${path}: ${message}`);
    expect(issues({ quarterHour: "day", hour: "day" })).toEqual([]);
    expect(issues({ quarterHour: "week", day: "month" })).toEqual([]);
    expect(issues({ quarterHour: "day" })).toEqual([
      "sales.rollups.q.levels: must keep more than quarterHour, which most tenants do without",
    ]);
    expect(issues({ quarterHour: "month", day: "month" })).toEqual([
      "sales.rollups.q.levels.quarterHour: a month has too many quarterHours; at most 800",
    ]);
  });

  it("of a day are 92, 96 or 100, and fewer or more where the clock moves by half an hour", () => {
    const count = (zone: string, day: string) =>
      partitionSlots(
        "quarterHour",
        "day",
        zone,
        bucketStart("day", zone, instantOf(zone, `${day}T12:00`)),
      ).length;
    expect(count("Europe/Berlin", "2025-03-30")).toBe(92);
    expect(count("Europe/Berlin", "2025-03-31")).toBe(96);
    expect(count("Europe/Berlin", "2025-10-26")).toBe(100);
    expect(count("Australia/Lord_Howe", "2025-10-05")).toBe(94);
    expect(count("Australia/Lord_Howe", "2025-04-06")).toBe(98);
    expect(count("Asia/Kathmandu", "2025-04-06")).toBe(96);
  });

  it("go by the clock where it had odd seconds", () => {
    // Monrovia: 44 minutes and 30 seconds behind until 7 January 1972.
    const zone = "Africa/Monrovia";
    const start = bucketStart("quarterHour", zone, Date.UTC(1971, 5, 1, 12));
    expect(wallText(zone, start)).toBe("1971-06-01T11:15:00.000");
    expect(new Date(start).toISOString()).toBe("1971-06-01T11:59:30.000Z");
    expect(nextBucket("quarterHour", zone, start) - start).toBe(HOUR_MS / 4);
    expect(bucketLabel("quarterHour", zone, start + 1)).toBe("1971-06-01T11:15:00.000");
    // Berlin's local mean time: 53 minutes and 28 seconds ahead.
    const old = bucketStart("quarterHour", "Europe/Berlin", Date.UTC(1890, 0, 1));
    expect(wallText("Europe/Berlin", old)).toBe("1890-01-01T00:45:00.000");
  });
});

describe("the difference of two zones", () => {
  it("divides what Intl shows, and is what buckets of one zone begin on in the other", () => {
    let aligned = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(
          ...zones,
          "Africa/Casablanca",
          "Asia/Singapore",
          "America/Goose_Bay",
          "America/Sao_Paulo",
          "America/Havana",
        ),
        fc.constantFrom(...zones, "Pacific/Apia"),
        fc.integer({ min: COMPARED_FROM, max: COMPARED_TO }),
        (a, b, t) => {
          const { clocks, dates, hours } = zoneDifference(a, b);
          const apart = Date.parse(`${wallText(a, t)}Z`) - Date.parse(`${wallText(b, t)}Z`);
          if (clocks === 0) expect(apart).toBe(0);
          else expect(Math.abs(apart) % clocks).toBe(0);
          for (const [step, all] of [
            [hours, ["quarterHour", "hour", "day"]],
            [dates, ["day", "week", "month"]],
          ] as const) {
            const level = step % HOUR_MS === 0 ? "hour" : "quarterHour";
            if (step % (HOUR_MS / 4) !== 0) continue;
            for (const granularity of all) {
              if (!divides(level, granularity)) continue;
              const start = bucketStart(granularity, a, t);
              if (start < COMPARED_FROM) continue;
              expect(bucketStart(level, b, start)).toBe(start);
              aligned++;
            }
          }
        },
      ),
      { numRuns: 3000 },
    );
    expect(aligned).toBeGreaterThan(3000);
  });

  it("is known by kind", () => {
    const steps = (a: string, b: string) => {
      const { clocks, dates, hours } = zoneDifference(a, b);
      return [clocks, dates, hours].map((ms) => ms / 60_000);
    };
    expect(steps("Asia/Calcutta", "Asia/Kolkata")).toEqual([0, 0, 0]);
    expect(steps("Europe/Berlin", "America/New_York")).toEqual([60, 60, 60]);
    expect(isPartOfHourApart("UTC", "Africa/Monrovia")).toBe(true);
    // Whole hours apart, but until 2011 set at a minute past midnight: that cuts an hour, and no day.
    expect(steps("America/Goose_Bay", "UTC")).toEqual([60, 60, 1]);
    expect(steps("UTC", "America/Goose_Bay")).toEqual([60, 60, 60]);
    // Set from midnight to one o'clock: the day begins with the change.
    expect(steps("America/Sao_Paulo", "UTC")).toEqual([60, 60, 60]);
    expect(steps("America/Sao_Paulo", "Asia/Kolkata")).toEqual([30, 30, 30]);
  });
});

/** Around days of 23, 24½ and 25 hours and the ends of ISO years, some of them just before and after. */
const anchors = [
  ...[Date.UTC(2025, 2, 9, 7), Date.UTC(2025, 2, 30, 1), Date.UTC(2025, 3, 5, 14)],
  ...[Date.UTC(2025, 3, 5, 15), Date.UTC(2025, 8, 27, 14), Date.UTC(2025, 9, 4, 15, 30)],
  ...[Date.UTC(2025, 9, 26, 1), Date.UTC(2025, 10, 2, 6), Date.UTC(2025, 10, 2, 4, 30)],
  ...[Date.UTC(2024, 11, 30), Date.UTC(2025, 0, 1), Date.UTC(2025, 11, 29), Date.UTC(2026, 0, 1)],
];
const anyAt = fc
  .tuple(fc.constantFrom(...anchors), fc.integer({ min: -120, max: 120 }), fc.nat({ max: 2 }))
  .map(([anchor, quarters, odd]) => anchor + quarters * 900_000 + odd * 449_999);
const anyInsert = fc
  .tuple(anyDoc, anyAt)
  .map(([doc, at]): { op: "insert"; doc: Doc } => ({ op: "insert", doc: { ...doc, at } }));

const granularities = [
  ...["quarterHour", "hour", "day", "week", "month", "quarter", "year"],
  ...["halfHour", "shift", "workday", "fortnight", "monthEnd", "fiscalYear"],
];
/** Whole days around the anchors: their ends lie on quarters in every zone. */
const anyDays = fc
  .tuple(fc.constantFrom(...anchors), fc.integer({ min: 0, max: 2 }))
  .map(([anchor, days]): [string, string] => {
    const from = new Date(anchor - 86_400_000).toISOString().slice(0, 10);
    const to = new Date(anchor + days * 86_400_000).toISOString().slice(0, 10);
    return [`${from}T00:00:00.000`, `${to}T23:59:59.999`];
  });
const years: [string, string] = ["2024-01-01T00:00:00.000", "2026-12-31T23:59:59.999"];

describe("an answer in another zone", () => {
  it("comes from the tiles of any zone, and equals plain evaluation and the oracle's", async () => {
    const pairs = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyInsert, { minLength: 1, maxLength: 30 }),
        fc.constantFrom(...zones),
        fc.constantFrom(...zones),
        fc.constantFrom(...granularities, undefined),
        fc.option(anyDays, { nil: years }),
        fc.constantFrom<string[]>(["count", "quantity"], ["stock"], ["lowest", "shops"]),
        fc.boolean(),
        async (steps, tenantZone, zone, granularity, dateRange, measures, byShop) => {
          // Three years by quarters of an hour are more buckets than a balance fills.
          const isFine =
            granularity === "quarterHour" || granularity === "halfHour" || granularity === "hour";
          if (
            dateRange === years &&
            (isFine || granularity === "shift" || granularity === "workday")
          )
            return;
          const query: OracleQuery = {
            measures: measures.map((name) => `sales.${name}`),
            dimensions: byShop ? ["sales.shop"] : [],
            timeDimensions: [
              {
                dimension: "sales.at",
                ...(granularity === undefined ? {} : { granularity }),
                dateRange,
              },
            ],
            timezone: zone,
          };
          const { changes, docs, facts } = play(cube, steps);
          const generation = new Generation(rollupOf(tenantZone, zones), 4);
          const end = Math.floor(changes.length / 2);
          generation.fold(changes.slice(0, end));
          const normalized = normalize(query, tenantZone);
          const { plan, considered } = planQuery({
            compiled: compileQuery(cube, normalized),
            rollups: [{ rollup: generation.rollup, generation: 1, status: "ready" }],
          });
          expect(considered[0]!.refusal).toBe(null);
          expect(plan!.segments.some(({ kind }) => kind === "facts")).toBe(false);
          const answer = await answerFromTiles({
            compiled: compileQuery(cube, normalized),
            plan: plan!,
            source: generation.source([]),
            tail: new HeldTail(() => changes.slice(end)),
          });
          expect(answer).toEqual(answerFromFacts(cube, normalized, tenantZone, facts));
          expect(answer.rows).toEqual(evaluate(salesOracle, query, tenantZone, docs));
          const pair = `${tenantZone} ${zone}`;
          pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
        },
      ),
      { numRuns: 1000 },
    );
    expect(pairs.size).toBe(zones.length ** 2);
  }, 120_000);

  const count = (granularity: string) => ({
    measures: ["sales.count"],
    timeDimensions: [{ dimension: "sales.at", granularity }],
  });
  const doc = (at: string) => ({
    ...{ at: Date.parse(at), shop: "a", tags: [], size: 1, quantity: 1, price: 1 },
  });

  /** Counts without a date range, by days of `zone`, from tiles of `tenantZone`. */
  async function days(docs: Doc[], tenantZone: string, zone: string) {
    const facts = docs.map((one) => projectFact(cube, one));
    const generation = new Generation(rollupOf(tenantZone, [zone]));
    generation.fold(
      facts.map((after, i) => ({
        ...{ cube: "sales", op: "insert" as const, docId: `d${i}`, docCreatedAt: i },
        ...{ before: null, after },
      })),
    );
    const query = normalize({ ...count("day"), timezone: zone });
    const { plan } = planQuery({
      compiled: compileQuery(cube, query),
      rollups: [{ rollup: generation.rollup, generation: 1, status: "ready" }],
    });
    const answer = await answerFromTiles({
      compiled: compileQuery(cube, query),
      plan: plan!,
      source: generation.source([]),
      tail: new HeldTail(() => []),
    });
    expect(answer).toEqual(answerFromFacts(cube, query, tenantZone, facts));
    return {
      rows: answer.rows,
      level: plan!.segments.map((one) => one.kind === "tiles" && one.level.granularity),
    };
  }

  it("needs no date range where the clocks are always whole hours or quarters apart", async () => {
    const docs = [
      doc("1985-01-01T18:29:59.999Z"),
      doc("1985-01-01T18:30Z"),
      doc("2025-07-01T18:14:59Z"),
    ];
    expect(await days(docs, "UTC", "Europe/Berlin")).toMatchObject({
      level: ["hour"],
      rows: [{ "sales.count": 2 }, { "sales.count": 1 }],
    });
    // Kathmandu went from +05:30 to +05:45 in 1986.
    expect(await days(docs, "UTC", "Asia/Kathmandu")).toEqual({
      level: ["quarterHour"],
      rows: [
        { "sales.at.day": "1985-01-01T00:00:00.000", "sales.count": 1 },
        { "sales.at.day": "1985-01-02T00:00:00.000", "sales.count": 1 },
        { "sales.at.day": "2025-07-01T00:00:00.000", "sales.count": 1 },
      ],
    });
    expect((await days(docs, "Asia/Calcutta", "Asia/Kolkata")).level).toEqual(["day"]);
  });

  it("without a date range is refused by name where records are older than clocks can be compared, or lie far ahead", async () => {
    for (const at of ["1969-12-31T23:30Z", "1880-01-01T00:00Z", "2049-06-01T00:00Z"]) {
      await expect(
        days([doc("2025-01-01T00:00Z"), doc(at)], "UTC", "Asia/Kathmandu"),
      ).rejects.toMatchObject({
        code: "ZoneMismatch",
      });
    }
    expect((await days([doc("1970-01-01T00:00Z")], "UTC", "Asia/Kathmandu")).rows).toHaveLength(1);
  });

  it("is refused by name where the clocks do not allow it", () => {
    const verdict = (tenantZone: string, zone: string, ...others: string[]) =>
      planQuery({
        compiled: compileQuery(cube, normalize({ ...count("hour"), timezone: zone })),
        rollups: [{ rollup: rollupOf(tenantZone, others), generation: 1, status: "ready" }],
      }).considered[0]!.refusal?.code ?? "served";
    expect(verdict("UTC", "Asia/Kathmandu")).toBe("ZoneMismatch");
    expect(verdict("UTC", "Asia/Kathmandu", "Asia/Kathmandu")).toBe("served");
    // Was set at a minute past midnight until 2011: an hour began then that no quarter of UTC knows.
    expect(verdict("UTC", "America/St_Johns", "America/St_Johns")).toBe("ZoneMismatch");
    const since = (year: number) => ({
      ...{ measures: ["sales.count"], timezone: "America/St_Johns" },
      timeDimensions: [
        {
          ...{ dimension: "sales.at", granularity: "hour" },
          dateRange: [`${year}-10-01`, `${year}-11-30`],
        },
      ],
    });
    const inRange = (year: number) =>
      planQuery({
        compiled: compileQuery(cube, normalize(since(year))),
        rollups: [
          { rollup: rollupOf("UTC", ["America/St_Johns"]), generation: 1, status: "ready" },
        ],
      }).considered[0]!.refusal?.code ?? "served";
    expect(inRange(2009)).toBe("ZoneMismatch");
    expect(inRange(2012)).toBe("served");
    expect(wallAt("America/St_Johns", Date.UTC(2009, 10, 1, 2, 31)).hour).toBe(23);
  });
});
