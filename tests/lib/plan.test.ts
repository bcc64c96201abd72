/** Planning: the cheapest rollup wins, every other one says why not; covers are exact; reads are few. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RollupsError } from "../../lib/errors.js";
import { projectFact } from "../../lib/model/fact.js";
import { resolveRollup } from "../../lib/resolve/resolveRollup.js";
import type { Level } from "../../lib/model/rollup.js";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import { compileQuery } from "../../lib/query/compile.js";
import { HeldTail } from "../../lib/answer/heldTail.js";
import { planQuery, type Candidate } from "../../lib/planner/planQuery.js";
import { answerFromFacts } from "../../lib/answer/answerFromFacts.js";
import { answerFromTiles, type AnswerLimits } from "../../lib/answer/answerFromTiles.js";
import { coverRange } from "../../lib/tiles/cover.js";
import { bucketStart, instantOf, wallClock } from "../../lib/time/calendar.js";
import { sales, zones } from "./fixtures/sales.js";
import { generationOf, type Generation } from "./fixtures/world.js";

const zone = "America/New_York";
const normalize = (json: unknown, timezone = zone) => normalizeQuery({ sales }, json, { timezone });

const candidates = (patch: Partial<Candidate> = {}): Candidate[] =>
  Object.keys(sales.rollups).map((name) => ({
    rollup: resolveRollup(sales, name, zone),
    generation: 1,
    status: "ready",
    ...patch,
  }));

const plan = (json: unknown, rollups = candidates(), timezone = zone) =>
  planQuery({ compiled: compileQuery(sales, normalize(json, timezone)), rollups });

/** Rollup → refusal code, or "cost". */
const verdicts = (json: unknown, rollups?: Candidate[], timezone?: string) =>
  Object.fromEntries(
    plan(json, rollups, timezone).considered.map(({ rollup, refusal, cost }) => {
      expect(refusal === null).toBe(cost !== null);
      return [rollup, refusal?.code ?? "cost"];
    }),
  );

const march = (granularity?: string) => [
  { dimension: "sales.at", granularity, dateRange: ["2012-03-01", "2012-03-31"] },
];

describe("a plan", () => {
  it("names for each rollup why it cannot serve", () => {
    expect(verdicts({ measures: ["sales.quantity"], timeDimensions: march("day") })).toEqual({
      totals: "cost",
      byShop: "cost",
      byTag: "FanOut",
      byTags: "cost",
      byWeekday: "cost",
      monthly: "FanOut",
    });
    expect(verdicts({ measures: ["sales.highest"], dimensions: ["sales.shop"] })).toEqual({
      totals: "MissingDimension",
      byShop: "cost",
      byTag: "MissingMeasure",
      byTags: "cost",
      byWeekday: "MissingDimension",
      monthly: "MissingMeasure",
    });
    const filters = [{ member: "sales.shop", operator: "set" }];
    expect(verdicts({ measures: ["sales.count"], filters, timeDimensions: march("hour") })).toEqual(
      {
        totals: "FilterNotCovered",
        byShop: "GranularityTooCoarse",
        byTag: "FanOut",
        byTags: "GranularityTooCoarse",
        byWeekday: "FilterNotCovered",
        monthly: "FanOut",
      },
    );
    expect(
      verdicts({
        measures: ["sales.count"],
        dimensions: ["sales.tag"],
        timeDimensions: march("week"),
      }),
    ).toMatchObject({
      byTag: "cost",
      monthly: "GranularityTooCoarse",
    });
  });

  it("takes the cheapest, and among equals the first by name", () => {
    const choose = (json: unknown) => plan(json).plan?.rollup.name;
    expect(choose({ measures: ["sales.count"], timeDimensions: march("day") })).toBe("totals");
    expect(
      choose({
        measures: ["sales.count"],
        dimensions: ["sales.shop"],
        timeDimensions: march("day"),
      }),
    ).toBe("byShop");
    expect(choose({ measures: ["sales.count"], dimensions: ["sales.tag"] })).toBe("byTag");
    const { totals } = sales.rollups;
    const twins = ["b", "a"].map((name): Candidate => ({
      rollup: resolveRollup({ ...sales, rollups: { [name]: totals } }, name, zone),
      generation: 1,
      status: "ready",
    }));
    expect(plan({ measures: ["sales.count"] }, twins).plan?.rollup.name).toBe("a");
  });

  it("leaves out generations that are not ready, but prefers to say what is missing", () => {
    const count = { measures: ["sales.count"] };
    for (const [status, code] of [
      ["building", "Building"],
      ["retiring", "Retiring"],
      ["failed", "Failed"],
    ] as const) {
      expect(verdicts(count, candidates({ status }))).toMatchObject({
        totals: code,
        byTag: "FanOut",
      });
      expect(plan(count, candidates({ status })).plan).toBe(null);
    }
  });

  it("does not read tiles that were built from other definitions of the fields", () => {
    const price = { type: "decimal", scale: 3, nullable: true } as const;
    const rescaled = { ...sales, fields: { ...sales.fields, price } };
    const query = normalize({ measures: ["sales.highest", "sales.count"] });
    const { considered } = planQuery({
      compiled: compileQuery(rescaled, query),
      rollups: candidates(),
    });
    expect(considered.find(({ rollup }) => rollup === "totals")?.refusal?.code).toBe(
      "DefinitionChanged",
    );
    const renamed = { ...sales.dimensions, shop: { type: "number", field: "size" } as const };
    const moved = planQuery({
      compiled: compileQuery(
        { ...sales, dimensions: renamed },
        normalize({ measures: ["sales.count"], dimensions: ["sales.shop"] }),
      ),
      rollups: candidates(),
    });
    expect(moved.considered.find(({ rollup }) => rollup === "byShop")?.refusal?.code).toBe(
      "MissingDimension",
    );
  });

  it("allows a multi-valued dimension to be pinned to one value, and nothing less", () => {
    const verdict = (...filters: [string, ...(string | null)[]][]) =>
      verdicts({
        measures: ["sales.count"],
        filters: filters.map(([operator, ...values]) => ({
          member: "sales.tag",
          operator,
          values,
        })),
      }).byTag;
    expect(verdict(["equals", "x"])).toBe("cost");
    expect(verdict(["in", "x", "x"])).toBe("cost");
    expect(verdict(["equals", null])).toBe("cost");
    expect(verdict(["notSet"])).toBe("cost");
    expect(verdict(["equals", "x", "y"])).toBe("FanOut");
    expect(verdict(["notEquals", "x"])).toBe("FanOut");
    expect(verdict(["set"])).toBe("FanOut");
    expect(verdict(["equals", "x"], ["equals", "y"])).toBe("FanOut");
    const counted = {
      measures: ["sales.tags"],
      filters: [{ member: "sales.tag", operator: "equals", values: ["x"] }],
    };
    expect(verdicts(counted).byTag).toBe("FanOut");
  });

  it("allows any filter on a multi-valued dimension whose values are kept together, and does not count its values", () => {
    const verdict = (json: object) => verdicts(json).byTags;
    const count = { measures: ["sales.count"] };
    expect(verdict(count)).toBe("cost");
    for (const [operator, ...values] of [
      ["equals", "x", "y"],
      ["notEquals", "x"],
      ["set"],
    ] as const) {
      expect(verdict({ ...count, filters: [{ member: "sales.tag", operator, values }] })).toBe(
        "cost",
      );
    }
    expect(verdict({ ...count, dimensions: ["sales.tag"] })).toBe("cost");
    expect(verdict({ measures: ["sales.tags"] })).toBe("MissingMeasure");
  });

  it("serves other zones only from buckets that fit theirs", () => {
    const days = { measures: ["sales.count"], timeDimensions: march("day") };
    expect(verdicts(days, undefined, "Europe/Berlin")).toMatchObject({
      totals: "cost",
      byShop: "ZoneMismatch",
    });
    expect(verdicts(days, undefined, "America/Detroit")).toMatchObject({
      totals: "cost",
      byShop: "cost",
    });
    expect(verdicts(days, undefined, "Asia/Kathmandu")).toMatchObject({ totals: "ZoneMismatch" });
    const always = { measures: ["sales.count"], dimensions: ["sales.at.day"] };
    // Always whole hours apart, so days there are made of hours here, but not of days.
    expect(verdicts(always, undefined, "Europe/Berlin")).toMatchObject({
      totals: "cost",
      byShop: "ZoneMismatch",
    });
    expect(verdicts(always, undefined, "Asia/Kathmandu")).toMatchObject({ totals: "ZoneMismatch" });
    const ages = (granularity: string, years: number) => ({
      measures: ["sales.count"],
      timeDimensions: [
        { dimension: "sales.at", granularity, dateRange: ["2000-01-01", `${2000 + years}-01-01`] },
      ],
    });
    expect(verdicts(ages("hour", 3), undefined, "Europe/Berlin").totals).toBe("cost");
    // Had a clock of odd seconds until 1972, so its hours are looked at one by one.
    expect(verdicts(ages("hour", 1), undefined, "Africa/Monrovia").totals).toBe("cost");
    expect(verdicts(ages("hour", 3), undefined, "Africa/Monrovia").totals).toBe("TooManyBuckets");
    expect(verdicts(ages("hour", 3)).totals).toBe("cost");
    const stock = { ...ages("day", 40), measures: ["sales.stock"] };
    expect(verdicts(stock).byShop).toBe("TooManyBuckets");
  });
});

describe("a cover", () => {
  const levels = (...names: Level["granularity"][]): Level[] =>
    names.map((granularity) => ({
      granularity,
      partition: granularity === "week" ? "week" : "year",
    }));

  it("has neither gaps nor overlaps, and its tiles end on their own boundaries", () => {
    const time = fc.integer({ min: Date.UTC(2010, 0, 1), max: Date.UTC(2014, 0, 1) });
    const side = fc.option(time, { freq: 4 });
    const choice = fc.subarray(levels("hour", "day", "week", "month", "year"));
    fc.assert(
      fc.property(side, side, choice, fc.constantFrom(...zones), (from, to, chosen, at) => {
        const segments = coverRange(chosen, at, from, to);
        if (from !== null && to !== null && from >= to) {
          expect(segments).toEqual([]);
          return;
        }
        if (chosen.length === 0) {
          expect(segments.map(({ kind }) => kind)).toEqual(["facts"]);
          return;
        }
        expect([segments[0]!.from, segments.at(-1)!.to]).toEqual([from, to]);
        segments.forEach((segment, i) => {
          if (i > 0) expect(segment.from).toBe(segments[i - 1]!.to);
          if (segment.kind === "facts") return;
          for (const end of [segment.from, segment.to]) {
            if (end !== null) expect(bucketStart(segment.level.granularity, at, end)).toBe(end);
          }
        });
      }),
      { numRuns: 1000 },
    );
  });

  it("takes the coarsest buckets inside, finer ones at the edges, facts at the very ends", () => {
    const at = (text: string) => instantOf("UTC", text);
    const shape = (from: string | null, to: string | null, ...names: Level["granularity"][]) =>
      coverRange(
        levels(...names),
        "UTC",
        from === null ? null : at(from),
        to === null ? null : at(to),
      ).map((segment) => (segment.kind === "facts" ? "facts" : segment.level.granularity));
    expect(shape("2010-11-20", "2013-02-03", "day", "month", "year")).toEqual([
      ...["day", "month", "year", "month", "day"],
    ]);
    expect(shape("2012-01-01", "2013-01-01", "day", "month", "year")).toEqual(["year"]);
    expect(shape("2012-03-05", "2012-03-09", "day", "month", "year")).toEqual(["day"]);
    expect(shape("2012-03-05T12:30", "2012-03-09T01:00", "hour", "day")).toEqual([
      ...["facts", "hour", "day", "hour"],
    ]);
    expect(shape(null, "2012-03-09", "day", "month", "year")).toEqual(["year", "month", "day"]);
    expect(shape("2012-03-09", null, "day", "month")).toEqual(["day", "month"]);
    expect(shape(null, null, "day", "month")).toEqual(["month"]);
    expect(shape("2012-03-09T12:00", "2012-03-09T13:30", "day", "month")).toEqual(["facts"]);
  });
});

describe("reading", () => {
  const doc = (at: string, patch: Record<string, unknown> = {}) => ({
    ...{ at: instantOf(zone, at), shop: "a", tags: [], size: 1, quantity: 1, price: 1, ...patch },
  });
  const insertion = (document: Record<string, unknown>, i: number) => ({
    cube: "sales",
    op: "insert" as const,
    docId: `d${i}`,
    docCreatedAt: i,
    before: null,
    after: projectFact(sales, document),
  });
  const removal = (document: Record<string, unknown>, i: number) => ({
    ...insertion(document, i),
    op: "delete" as const,
    before: projectFact(sales, document),
    after: null,
  });

  function ask(
    generation: Generation,
    json: unknown,
    options: {
      limits?: AnswerLimits;
      tailMode?: "live" | "folded";
      docs?: Record<string, unknown>[];
    },
  ) {
    const query = normalize(json);
    const rollups = [{ rollup: generation.rollup, generation: 1, status: "ready" as const }];
    const { plan } = planQuery({ compiled: compileQuery(sales, query), rollups });
    const facts = (options.docs ?? []).map((one) => projectFact(sales, one));
    generation.reads = [];
    return answerFromTiles({
      compiled: compileQuery(sales, query),
      plan: plan!,
      source: generation.source(facts),
      tail: new HeldTail(() => []),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      ...(options.tailMode === undefined ? {} : { tailMode: options.tailMode }),
    });
  }

  const refusalOf = async (answer: Promise<unknown>) =>
    answer.then(
      () => null,
      (error: unknown) => (error instanceof RollupsError ? error.code : String(error)),
    );

  it("takes one range per stretch of a level, opening balances included", async () => {
    const generation = generationOf(sales, "byShop", zone);
    await ask(
      generation,
      {
        measures: ["sales.count", "sales.stock"],
        timeDimensions: [
          { dimension: "sales.at", granularity: "day", dateRange: ["2012-03-10", "2012-04-20"] },
        ],
      },
      {},
    );
    // All years before, the months of 2012 before March, and days from March on: those before the
    // range and those in it lie in the same partitions.
    const reads = generation.reads.map(({ level, fromPartition, toPartition }) => [
      level.granularity,
      fromPartition === null ? null : wallClock(zone, fromPartition).slice(0, 10),
      toPartition === null ? null : wallClock(zone, toPartition).slice(0, 10),
    ]);
    expect(reads).toEqual([
      ["day", "2012-03-01", "2012-05-01"],
      ["month", "2012-01-01", "2013-01-01"],
      ["year", null, "2012-01-01"],
    ]);
  });

  it("looks a lost extreme up in finer tiles, and in the source only at the finest", async () => {
    const docs = [
      doc("2012-03-05T01:00", { price: 0.5 }),
      doc("2012-03-05T01:30", { price: 2 }),
      doc("2012-03-07T01:00", { price: 1 }),
    ];
    const generation = generationOf(sales, "totals", zone);
    generation.fold(docs.map(insertion));
    generation.fold([removal(docs[0]!, 0)]);
    const left = docs.slice(1);
    const month = { measures: ["sales.lowest", "sales.highest"], timeDimensions: march("month") };
    const answer = await ask(generation, month, { docs: left });
    expect(answer.rows).toEqual([
      { "sales.at.month": "2012-03-01T00:00:00.000", "sales.lowest": 1, "sales.highest": 2 },
    ]);
    expect(generation.reads.map(({ level }) => level.granularity)).toEqual([
      "month",
      "day",
      "hour",
    ]);
    const unaffected = { ...month, measures: ["sales.highest", "sales.count"] };
    await ask(generation, unaffected, { tailMode: "folded" });
    expect(generation.reads).toHaveLength(1);
  });

  it("is refused by name where a lost extreme or an edge would need too much of the source", async () => {
    const docs = [doc("2012-03-05T01:00", { price: 0.5 }), doc("2012-03-05T01:30", { price: 2 })];
    const generation = generationOf(sales, "totals", zone);
    generation.fold(docs.map(insertion));
    generation.fold([removal(docs[0]!, 0)]);
    const lowest = { measures: ["sales.lowest"], timeDimensions: march() };
    const left = docs.slice(1);
    expect(await refusalOf(ask(generation, lowest, { docs: left }))).toBe(null);
    expect(await refusalOf(ask(generation, lowest, { docs: left, tailMode: "folded" }))).toBe(
      "ExtremePending",
    );
    expect(await refusalOf(ask(generation, lowest, { docs: left, limits: { factsMax: 0 } }))).toBe(
      "ExtremePending",
    );
    expect(
      await refusalOf(ask(generation, lowest, { docs: left, limits: { rereadsMax: 0 } })),
    ).toBe("ExtremePending");
    const edged = {
      measures: ["sales.count"],
      timeDimensions: [
        { dimension: "sales.at", dateRange: ["2012-03-05T01:15", "2012-03-08T00:00"] },
      ],
    };
    expect((await ask(generation, edged, { docs: left })).rows).toEqual([{ "sales.count": 1 }]);
    expect(await refusalOf(ask(generation, edged, { docs: left, limits: { factsMax: 0 } }))).toBe(
      "EdgeTooLarge",
    );
    expect(await refusalOf(ask(generation, edged, { docs: left, tailMode: "folded" }))).toBe(
      "EdgeNotFolded",
    );
  });

  it("does not care for extremes lost before the range, of which only balances are wanted", async () => {
    const docs = [doc("2012-03-05T01:00", { price: 0.5 }), doc("2012-03-05T01:30", { price: 2 })];
    const generation = generationOf(sales, "byShop", zone);
    generation.fold([...docs, doc("2012-03-09T01:00")].map(insertion));
    generation.fold([removal(docs[0]!, 0)]);
    const query = {
      measures: ["sales.stock", "sales.lowest"],
      timeDimensions: [{ dimension: "sales.at", dateRange: ["2012-03-06", "2012-03-20"] }],
    };
    const answer = await ask(generation, query, { tailMode: "folded" });
    expect(answer.rows).toEqual([{ "sales.stock": 2, "sales.lowest": 1 }]);
  });

  it("refuses tiles that do not have the form of their rollup", async () => {
    const generation = generationOf(sales, "totals", zone);
    generation.fold([insertion(doc("2012-03-05T01:00"), 0)]);
    const tile = [...generation.tiles.get("month")!.values()][0]!.get(0)!;
    const { count: _, ...columns } = tile.columns;
    tile.columns = columns;
    expect(await refusalOf(ask(generation, { measures: ["sales.count"] }, {}))).toBe("CorruptTile");
  });
});

describe("a level over time", () => {
  it("carries on through buckets without records, opens with everything before, and ignores what follows", () => {
    const at = (day: number) => Date.UTC(2012, 2, day, 12);
    const facts = [
      { at: at(1), shop: "a", quantity: 5 },
      { at: at(3), shop: "b", quantity: 2 },
      { at: at(4), shop: "a", quantity: -5 },
      { at: at(9), shop: "a", quantity: 99 },
    ].map((doc) => projectFact(sales, { tags: [], size: null, price: null, ...doc }));
    const query = normalize(
      {
        measures: ["sales.stock", "sales.count", "sales.quantity"],
        dimensions: ["sales.shop"],
        timeDimensions: [
          { dimension: "sales.at", granularity: "day", dateRange: ["2012-03-02", "2012-03-05"] },
        ],
      },
      "UTC",
    );
    const rows = answerFromFacts(sales, query, "UTC", facts).rows.map((row) => [
      row["sales.at.day"]!.toString().slice(8, 10),
      ...["shop", "stock", "count", "quantity"].map((name) => row[`sales.${name}`]),
    ]);
    expect(rows).toEqual([
      ["02", "a", 5, 0, null],
      ["03", "a", 5, 0, null],
      ["03", "b", 2, 1, 2],
      ["04", "a", 0, 1, -5],
      ["04", "b", 2, 0, null],
      ["05", "a", 0, 0, null],
      ["05", "b", 2, 0, null],
    ]);
  });

  it("closes an hour that the clock repeats with the balance at its second end", () => {
    const facts = [0, 1, 2].map((hour) =>
      projectFact(sales, {
        ...{ shop: "a", tags: [], size: 1, price: null, quantity: 10 ** hour },
        at: Date.UTC(2012, 10, 4, 4 + hour, 30),
      }),
    );
    const query = normalize({
      measures: ["sales.stock", "sales.quantity"],
      timeDimensions: [
        {
          dimension: "sales.at",
          granularity: "hour",
          dateRange: ["2012-11-04T00:00", "2012-11-04T02:59"],
        },
      ],
    });
    const { rows } = answerFromFacts(sales, query, zone, facts);
    expect(rows.map((row) => Object.values(row))).toEqual([
      ["2012-11-04T00:00:00.000", 1, 1],
      ["2012-11-04T01:00:00.000", 111, 110],
      ["2012-11-04T02:00:00.000", 111, null],
    ]);
  });

  it("is refused where it would take more rows or buckets than make sense", () => {
    const fact = projectFact(sales, { at: 0, shop: "a", tags: [], size: 1, quantity: 1, price: 1 });
    const query = normalize({
      measures: ["sales.stock"],
      timeDimensions: [
        { dimension: "sales.at", granularity: "hour", dateRange: ["1970-01-01", "1975-01-01"] },
      ],
    });
    let code: unknown;
    try {
      answerFromFacts(sales, query, zone, [fact]);
    } catch (error) {
      code = (error as RollupsError).code;
    }
    expect(code).toBe("TooManyBuckets");
  });
});
