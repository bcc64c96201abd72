/** What the advisor proposes and what it withholds, of counted facts. */
import { describe, expect, test } from "vitest";
import { FOURTEEN_MONTHS, watchRows } from "../../bench/data/rows.js";
import { watch as shipped } from "../../convex/cubes.js";
import {
  advise,
  countedRollups,
  type Advice,
  type Counted,
  type Subject,
} from "../../lib/advisor/advise.js";
import { PROFESSIONAL } from "../../lib/cost/prices.js";
import type { CubeDefinition, FreshnessTarget, RollupDefinition } from "../../lib/model/cube.js";
import { projectFact } from "../../lib/model/fact.js";
import type { Pattern } from "../../lib/patterns/pattern.js";
import { planQuery } from "../../lib/planner/planQuery.js";
import { compileQuery } from "../../lib/query/compile.js";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import { defineCube } from "../../lib/resolve/defineCube.js";
import { resolveRollup } from "../../lib/resolve/resolveRollup.js";
import { onlyIn } from "../../lib/advisor/cover.js";
import { keptAs } from "../../lib/advisor/kept.js";
import { questionsOf } from "../../lib/advisor/questions.js";
import { countedOf, patternOf, servingOf } from "./counted.js";

const facts = [...watchRows(3000, { ...FOURTEEN_MONTHS, categories: 8 })]
  .sort((a, b) => a.watchedAt - b.watchedAt)
  .map((row) => projectFact(shipped, row));

const range = ["2026-01-01", "2026-02-20"];
const time = (granularity?: string) => [
  { dimension: "watch.watchedAt", dateRange: range, ...(granularity && { granularity }) },
];
const byCategory = {
  measures: ["watch.count", "watch.durationSeconds"],
  dimensions: ["watch.category"],
  timeDimensions: time("day"),
};
const total = { measures: ["watch.count"], timeDimensions: time() };
const totals = { dimensions: [], measures: ["count"], levels: { day: "month" } } as const;

function cubeWith(rollups: Record<string, RollupDefinition>, rest: object = {}): CubeDefinition {
  return defineCube({ ...shipped, ...rest, rollups } as CubeDefinition);
}

function subjectWith(cube: CubeDefinition, patterns: readonly Pattern[]): Subject {
  return { cube, clocks: { timezone: "UTC" }, patterns, serving: servingOf(cube) };
}

function adviceFor(
  rollups: Record<string, RollupDefinition>,
  queries: readonly object[],
  {
    as = {},
    rest = {},
    counted = {},
  }: {
    as?: Parameters<typeof patternOf>[2];
    rest?: object;
    counted?: Partial<Counted>;
  } = {},
): Advice {
  const cube = cubeWith(rollups, rest);
  const subject = subjectWith(
    cube,
    queries.map((query) => patternOf(cube, query, as)),
  );
  return advise(subject, countedOf(subject, facts, facts.slice(-20), counted), PROFESSIONAL);
}

describe("what is scanned", () => {
  const { proposals, withheld } = adviceFor({ totals }, [byCategory, total]);

  test("is proposed as a rollup, with what it costs and saves", () => {
    expect(withheld).toEqual([]);
    expect(proposals).toHaveLength(1);
    const [{ kind, before, after, saves, serves, confidence }] = proposals as [
      Advice["proposals"][0],
    ];
    expect({ kind, confidence }).toEqual({ kind: "add", confidence: "high" });
    expect(saves).toBeCloseTo(before.dollars - after.dollars, 9);
    expect(saves).toBeGreaterThan(0);
    expect(before.upkeep.bytes).toBe(0);
    expect(after.upkeep.bytes).toBeGreaterThan(0);
    expect(after.stored.documents).toBeGreaterThan(1);
    expect(serves.map(({ monthly }) => monthly)).toEqual([3000]);
    expect(before.reads.bytes).toBeGreaterThan(2 * after.reads.bytes);
  });

  test("is served by what is proposed, as the planner says, and its lines are a valid rollup", () => {
    const [{ rollup: name, lines, serves }] = proposals as [Advice["proposals"][0]];
    const pasted = new Function(`return {${lines}}`)() as Record<string, RollupDefinition>;
    const cube = cubeWith({ totals, ...pasted });
    for (const { query } of serves) {
      const { rowLimit: _, ...json } = query;
      const compiled = compileQuery(
        cube,
        normalizeQuery({ watch: cube }, json, { timezone: "UTC" }),
      );
      const rollup = resolveRollup(cube, name, "UTC");
      const rollups = [{ rollup, generation: 1, status: "ready" as const }, ...servingOf(cube)];
      expect(planQuery({ compiled, rollups }).plan?.rollup.name).toBe(name);
    }
  });

  test("is not proposed where no rollup could answer it", () => {
    const measures = {
      ...shipped.measures,
      exactMedian: { type: "percentile", field: "durationSeconds", p: 0.5, exact: true },
    };
    const query = { ...byCategory, measures: ["watch.exactMedian"] };
    const advice = adviceFor({ totals }, [query, total], { rest: { measures } });
    expect(advice).toEqual({ proposals: [], withheld: [], unused: [] });
  });
});

describe("where evidence is thin", () => {
  const thin = (
    as: Parameters<typeof patternOf>[2],
    counted: Partial<Counted> = {},
  ): Advice["withheld"] => {
    const { proposals, withheld } = adviceFor({ totals }, [byCategory, total], { as, counted });
    expect(proposals).toEqual([]);
    expect([...new Set(withheld.map(({ code }) => code))]).toEqual(["ThinEvidence"]);
    return withheld;
  };

  test("few reports are not enough", () => {
    expect(thin({ asked: 100_000, reports: 19 })[0]).toMatchObject({
      ...{ kind: "add", missing: { reports: { has: 19, needs: 20 } } },
    });
  });

  test("an hour of reports is not enough", () => {
    const [first] = thin({ days: 1 / 24 });
    const { missing } = first as unknown as { missing: object };
    expect(Object.keys(missing)).toEqual(["days"]);
  });

  test("a handful of records is not enough, unless there are no more", () => {
    const span = { records: 100_000, bytesEach: 300, from: 0, to: Date.UTC(2026, 2), shares: [] };
    expect(thin({}, { sampled: 100, span })[0]).toMatchObject({
      missing: { sampled: { has: 100, needs: 500 } },
    });
  });
});

describe("what nothing asks for", () => {
  const unused = {
    dimensions: ["category"],
    measures: ["count"],
    levels: { day: "month" },
  } as const;
  const byBoth = {
    ...{ dimensions: ["category", "channel"], measures: ["count", "durationSeconds"] },
    levels: { day: "week" },
  } as const;
  const channels = { ...byCategory, dimensions: ["watch.channel", "watch.category"] };

  test("is dropped where another keeps its members", () => {
    const { proposals, unused: named } = adviceFor({ unused, byBoth }, [channels]);
    expect(named).toEqual(["unused"]);
    expect(proposals).toMatchObject([
      { kind: "drop", rollup: "unused", definition: null, serves: [], lines: "" },
    ]);
  });

  test("stays while days are few, and is named", () => {
    const {
      proposals,
      withheld,
      unused: named,
    } = adviceFor({ unused, byBoth }, [channels], {
      as: { days: 3 },
    });
    expect(proposals).toEqual([]);
    expect(named).toEqual(["unused"]);
    expect(withheld).toMatchObject([
      { kind: "drop", rollup: "unused", code: "ThinEvidence", missing: { days: { has: 3 } } },
    ]);
  });

  test("stays where it alone keeps a member, which is said", () => {
    const viewers = { ...unused, dimensions: ["viewer"] };
    const { proposals, withheld } = adviceFor({ viewers, byBoth }, [channels]);
    expect(proposals).toEqual([]);
    expect(withheld).toMatchObject([
      { kind: "drop", rollup: "viewers", code: "OnlyCover", members: ["viewer"] },
    ]);
  });

  test("stays where records have expired and another holds its history for a while only", () => {
    const days: RollupDefinition = {
      ...{ dimensions: ["category"], measures: ["count"] },
      levels: { day: "month", month: "year" },
    };
    const onlyInOne = (one: RollupDefinition, other: RollupDefinition, isExpired = true) => {
      const cube = cubeWith({ one, other });
      const [a, b] = ["one", "other"].map((name) => resolveRollup(cube, name, "UTC"));
      return onlyIn(cube, a!, [b!], isExpired);
    };
    const brief = { ...days, retain: { day: "1 year" } };
    expect(onlyInOne(days, days)).toEqual([]);
    expect(onlyInOne(days, brief)).toEqual(["one"]);
    expect(onlyInOne(days, brief, false)).toEqual([]);
    // Days of last year alone do not tell the months before.
    expect(onlyInOne(brief, { ...days, levels: { day: "month" } })).toEqual(["one"]);
    expect(onlyInOne(brief, days)).toEqual([]);
  });

  test("stays where records expire and nothing else holds its history", () => {
    const monthly = { ...unused, levels: { hour: "day" } } as const;
    const { proposals, withheld } = adviceFor({ monthly, byBoth }, [channels], {
      rest: { expire: "2 year" },
    });
    expect(proposals).toEqual([]);
    expect(withheld).toMatchObject([
      { kind: "drop", rollup: "monthly", code: "OnlyCover", members: ["monthly"] },
    ]);
  });
});

describe("rollups that are there", () => {
  test("are narrowed by the members and granularities that nothing asks for", () => {
    const wide = {
      dimensions: ["category", "channel"],
      measures: ["count", "durationSeconds", "shortest"],
      levels: { hour: "day", day: "month", month: "year" },
    } as const;
    const channels = {
      dimensions: ["channel"],
      measures: ["count", "shortest"],
      levels: { hour: "day" },
    } as const;
    const [first] = adviceFor({ wide, channels }, [byCategory]).proposals;
    expect(first).toMatchObject({ kind: "narrow", rollup: "by_category", replaces: ["wide"] });
    expect(first!.definition).toMatchObject({
      dimensions: ["category"],
      measures: ["count", "durationSeconds"],
    });
    expect(Object.keys(first!.definition!.levels)).toEqual(["day"]);
  });

  test("are merged where one serves the questions of two for less", () => {
    const one = {
      dimensions: ["category"],
      measures: ["count"],
      levels: { day: "month" },
    } as const;
    const other = {
      ...{ ...one, measures: ["durationSeconds"], freshness: { error: 120_000 } },
    };
    const queries = [
      { ...byCategory, measures: ["watch.count"] },
      { ...byCategory, measures: ["watch.durationSeconds"] },
    ];
    const { proposals } = adviceFor({ one, other }, queries, { as: { asked: 30, reports: 300 } });
    const merged = proposals.find(({ kind }) => kind === "merge");
    expect(merged).toBeUndefined();
    // One of two rollups of the same cells saves its upkeep, where there is some.
    const cube = cubeWith({ one, other });
    const subject = subjectWith(
      cube,
      queries.map((query) => patternOf(cube, query, { asked: 30, reports: 300 })),
    );
    const many = Array.from({ length: 5000 }, () => facts.at(-1)!);
    const counted = countedOf(subject, facts, many);
    const [first] = advise(subject, counted, PROFESSIONAL).proposals;
    expect(first).toMatchObject({ kind: "merge", rollup: "one", replaces: ["one", "other"] });
    expect(first!.definition!.measures).toEqual(["count", "durationSeconds"]);
    expect(first!.definition!.freshness).toEqual({ error: 120_000 });
    expect(first!.serves).toHaveLength(2);
  });

  test("stay where a question would be left without one, however little it is asked", () => {
    const daily = {
      dimensions: ["category"],
      measures: ["count"],
      levels: { day: "month" },
    } as const;
    const monthly = { ...daily, levels: { month: "year" } } as const;
    const query = { ...byCategory, measures: ["watch.count"] };
    const cube = cubeWith({ daily, monthly });
    const subject = subjectWith(cube, [patternOf(cube, query, { asked: 1, reports: 300 })]);
    // Its upkeep is dearer than to scan for one question.
    const many = Array.from({ length: 5000 }, () => facts.at(-1)!);
    const { proposals, withheld } = advise(subject, countedOf(subject, facts, many), PROFESSIONAL);
    const drops = [...proposals, ...withheld].filter(({ kind }) => kind === "drop");
    expect(drops.map(({ rollup }) => rollup)).toEqual(["monthly"]);
  });

  test("whose records have expired are not made of records that are gone", () => {
    const { proposals, withheld } = adviceFor({ totals }, [byCategory, total], {
      rest: { expire: "1 year" },
      counted: { sourceFrom: Date.UTC(2025, 1, 1) },
    });
    expect(proposals).toEqual([]);
    expect(withheld).toContainEqual(
      expect.objectContaining({ kind: "add", code: "SourceExpired" }),
    );
  });
});

describe("a question of two ranges", () => {
  const hourly: RollupDefinition = {
    ...{ dimensions: ["category"], measures: ["count"], levels: { hour: "day" } },
  };
  const daily: RollupDefinition = { ...hourly, levels: { day: "month" } };
  const compared = {
    ...{ measures: ["watch.count"], dimensions: ["watch.category"] },
    timeDimensions: [
      {
        dimension: "watch.watchedAt",
        compareDateRange: [
          ["2026-01-05T03:00:00.000", "2026-01-05T08:59:59.999"],
          ["2026-01-01", "2026-01-31"],
        ],
      },
    ],
  };

  test("is read from all rollups that its ranges are read from", () => {
    const { proposals, withheld, unused } = adviceFor({ hourly, daily }, [compared], {
      as: { asked: 1, reports: 300 },
    });
    const drops = [...proposals, ...withheld].filter(({ kind }) => kind === "drop");
    expect(drops.map(({ rollup }) => rollup)).not.toContain("hourly");
    expect(unused).toEqual([]);
  });
});

test("what browsers answer from tiles that they hold is no call", () => {
  const cube = cubeWith({ totals });
  const pattern = { ...patternOf(cube, byCategory), held: 900 };
  const [asked] = questionsOf(cube, [pattern], "UTC", 10);
  expect(asked!.monthly).toBe(300);
});

test("a rollup that is declared and does not serve yet keeps its name", () => {
  const by_category: RollupDefinition = {
    ...{ dimensions: ["category"], measures: ["shortest"], levels: { day: "month" } },
  };
  const cube = cubeWith({ totals, by_category });
  const serving = servingOf(cube).filter(({ name }) => name === "totals");
  const subject = { ...subjectWith(cube, [patternOf(cube, byCategory)]), serving };
  const { proposals } = advise(subject, countedOf(subject, facts, facts.slice(-20)), PROFESSIONAL);
  expect(proposals[0]).toMatchObject({ kind: "add", rollup: "by_category_2" });
});

test("names are no longer than a cube takes", () => {
  const dimensions = Array.from({ length: 5 }, (_, i) => `aLongDimension${i}`);
  const cube = defineCube({
    ...shipped,
    dimensions: {
      ...shipped.dimensions,
      ...Object.fromEntries(
        dimensions.map((name) => [name, { type: "string", field: "category" }]),
      ),
    },
    rollups: { totals },
  } as CubeDefinition);
  const query = { ...byCategory, dimensions: dimensions.map((name) => `watch.${name}`) };
  const added = countedRollups(subjectWith(cube, [patternOf(cube, query)])).map(
    (one) => (one as unknown as { name: string }).name,
  );
  expect(added).toContain("by_5_dimensions");
});

test("a narrower rollup keeps what is said of how long tiles are kept and how old they may be", () => {
  const wide: RollupDefinition = {
    ...{ dimensions: ["category", "channel"], measures: ["count", "durationSeconds", "shortest"] },
    levels: { hour: "day", day: "month", month: "year" },
    ...{ retain: { hour: "90 day", day: "3 year" }, archive: true },
    freshness: { warn: 60_000, error: 600_000 },
  };
  const channels: RollupDefinition = {
    ...{ dimensions: ["channel"], measures: ["count", "shortest"], levels: { hour: "day" } },
  };
  const hours = { ...byCategory, timeDimensions: time("hour") };
  const { proposals } = adviceFor({ wide, channels }, [hours, byCategory]);
  const narrowed = proposals.find(({ kind }) => kind === "narrow");
  expect(Object.keys(narrowed!.definition!.levels)).toEqual(["hour", "day"]);
  // The coarsest level is kept for ever.
  expect(narrowed!.definition!.retain).toEqual({ hour: "90 day" });
  expect(narrowed!.definition!.freshness).toEqual({ warn: 60_000, error: 600_000 });
  expect(narrowed!.lines).toContain("  freshness: { warn: 60000, error: 600000 },\n");
  const { rollup: name, lines, definition } = narrowed!;
  expect(new Function(`return {${lines}}`)()).toEqual({ [name]: definition });
});

test.each([
  ["neither", undefined, undefined, undefined],
  ["one", { warn: 60_000 }, undefined, { warn: 60_000 }],
  ["both", { warn: 60_000 }, { error: 90_000 }, { warn: 60_000, error: 90_000 }],
  [
    "each the stricter one somewhere",
    { warn: 60_000, error: 600_000 },
    { warn: 120_000, error: 300_000 },
    { warn: 60_000, error: 300_000 },
  ],
  [
    "an error before the other's warning",
    { warn: 300_000, error: 600_000 },
    { error: 60_000 },
    { warn: 60_000, error: 60_000 },
  ],
])("a rollup in the place of two holds the targets of both: %s", (_, one, other, held) => {
  const rollup = (freshness?: FreshnessTarget) => ({ ...totals, ...(freshness && { freshness }) });
  expect(keptAs(totals, [rollup(one), rollup(other)]).freshness).toEqual(held);
  expect(keptAs(totals, [rollup(other), rollup(one)]).freshness).toEqual(held);
});

test("the order in which patterns and rollups are told changes nothing", () => {
  const { viewers } = shipped.rollups;
  const cube = cubeWith({ viewers, totals });
  const patterns = [byCategory, total, { ...total, dimensions: ["watch.topic"] }].map((query) =>
    patternOf(cube, query),
  );
  const subject = subjectWith(cube, patterns);
  const counted = countedOf(subject, facts, facts.slice(-20));
  const there = advise(subject, counted, PROFESSIONAL);
  const back = advise({ ...subject, patterns: [...patterns].reverse() }, counted, PROFESSIONAL);
  expect(there.proposals.length).toBeGreaterThan(1);
  expect(back).toEqual(there);
  const served = new Set(there.proposals.flatMap(({ serves }) => serves.map(({ form }) => form)));
  expect([...served].every((form) => patterns.some((one) => one.form === form))).toBe(true);
});
