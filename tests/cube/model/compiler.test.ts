/**
 * Cube's own compiler takes what is exported, and would answer the documented questions from the pre-aggregations
 * of the rollups that answer them here.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { yamlOf } from "../../../cli/rollups/model/modelText.js";
import { catalogue } from "../../../convex/cubes.js";
import { LAST_DAY } from "../../../bench/data/rows.js";
import { exportCube } from "../../../lib/cubeModel/exportCube.js";
import type { CubeDefinition } from "../../../lib/model/cube.js";
import { patterns } from "../../convex/patterns.js";
import { everyMember } from "../../lib/fixtures/everyMember.js";
import { compile, type Compiled } from "./compiler.js";

function fileOf(cube: CubeDefinition, tenant: string | null) {
  const { model, notes } = exportCube(cube, tenant);
  return { fileName: `${cube.name}.yml`, content: yamlOf(model, notes) };
}

/** Questions that Cube would ask its source: what they count does not add up, or is one of a list. */
const notInCube = [
  ...[
    "Distinct viewers by month, year to date",
    "Distinct viewers within one category, last 30 days",
  ],
  "Distinct viewers of one topic within one category, by month, year to date",
  "Median and 95th percentile of watch time by category, last 90 days",
  "Viewers, about, and median watch time within one category, last 30 days",
  "Median watch time of two topics on one channel, by week, last 90 days",
  // The rollup keeps no weekday: here a day tells it.
  "Views by weekday and hour within one category and two topics, last 90 days",
];

describe("the cubes of the reference app, in Cube", () => {
  let compiled: Compiled;

  beforeAll(async () => {
    const files = Object.values(catalogue).map((cube) => fileOf(cube, "tenantId"));
    compiled = await compile(files, { tenantId: "acme" });
  });

  test("compile", () => {
    expect(compiled.cubes.sort()).toEqual(["inventory", "watch"]);
  });

  test("have at least 20 of the documented questions answered from a rollup", () => {
    expect(patterns(LAST_DAY).length - notInCube.length).toBeGreaterThanOrEqual(20);
  });

  test.each(patterns(LAST_DAY))("answer from $rollup: $name", ({ name, query, rollup }) => {
    const matches = compiled.matches(query);
    if (notInCube.includes(name)) return expect(matches).toEqual([]);
    expect(matches).toHaveLength(1);
    // One of the rollup's levels.
    const levels = Object.keys(levelsOf(rollup)).map((level) => `${rollup}_${level}`);
    expect([rollup, ...levels]).toContain(matches[0]);
  });

  test("answer a range from buckets that it is made of, never from longer ones", () => {
    const views = (dateRange: string[]) => ({
      measures: ["watch.count"],
      timeDimensions: [{ dimension: "watch.watchedAt", dateRange }],
    });
    expect(compiled.matches(views(["2024-01-01", "2024-12-31"]))).toEqual(["watch.totals_year"]);
    expect(compiled.matches(views(["2024-03-01", "2024-04-30"]))).toEqual(["watch.totals_month"]);
    expect(compiled.matches(views(["2024-03-02", "2024-04-30"]))).toEqual(["watch.totals_day"]);
    expect(compiled.matches(views(["2024-03-02T05:00:00", "2024-03-02T05:59:59.999"]))).toEqual([
      "watch.totals",
    ]);
  });

  test("read one tenant's records, by a parameter, and none without a tenant", async () => {
    const [sql, parameters] = compiled.sql({ measures: ["watch.count"] });
    expect(sql).toContain("WHERE tenantId = $1");
    expect(parameters[0]).toBe("acme");
    const nobody = await compile([fileOf(catalogue.watch, "tenantId")]);
    expect(() => nobody.sql({ measures: ["watch.count"] })).toThrow(/tenantId is required/);
  });
});

describe("a cube with every kind of member, in Cube", () => {
  let compiled: Compiled;

  beforeAll(async () => {
    compiled = await compile([fileOf(everyMember, null)]);
  });

  test.each(Object.keys(everyMember.measures))("has SQL for the measure %s", (measure) => {
    const [sql] = compiled.sql({
      measures: [`visits.${measure}`],
      timeDimensions: [
        { dimension: "visits.at", granularity: "day", dateRange: ["2024-01-01", "2024-01-31"] },
      ],
    });
    expect(sql).toContain("visits");
  });

  test("counts on the conditions of a measure", () => {
    const [sql] = compiled.sql({ measures: ["visits.fromHome"] });
    expect(sql.replace(/\s+/g, " ")).toContain(
      `("visits".countryCode IN ('DE', 'O''Hara') OR "visits".countryCode IS NULL)`,
    );
  });

  test("is confined to its segments", async () => {
    const segments = {
      home: { dimension: "country", operator: "equals", values: ["DE"] },
      either: {
        or: [
          { dimension: "page", operator: "startsWith", values: ["a%"] },
          { dimension: "hour", operator: "lt", values: [6] },
        ],
      },
    };
    const confined = await compile([fileOf({ ...everyMember, segments } as CubeDefinition, null)]);
    const [sql] = confined.sql({
      measures: ["visits.count"],
      segments: ["visits.home", "visits.either"],
    });
    expect(sql).toContain(`"visits".countryCode = 'DE'`);
    expect(sql).toContain(`ILIKE 'a!%%' ESCAPE '!'`);
  });

  test.each(Object.keys(everyMember.dimensions))("groups by the dimension %s", (dimension) => {
    const time = { dimension: `visits.${dimension}`, granularity: "day" };
    const query = ["at", "seen"].includes(dimension)
      ? { timeDimensions: [time] }
      : { dimensions: [time.dimension] };
    expect(compiled.sql({ measures: ["visits.count"], ...query })[0]).toContain("GROUP BY");
  });

  test.each(["sprint", "night"])("has the granularity %s", (granularity) => {
    const timeDimensions = [
      { dimension: "visits.at", granularity, dateRange: ["2024-01-01", "2024-03-31"] },
    ];
    expect(compiled.sql({ measures: ["visits.count"], timeDimensions })[0]).toContain("GROUP BY");
  });
});

function levelsOf(rollup: string): object {
  const [cube = "", name = ""] = rollup.split(".");
  const { rollups } = catalogue[cube as keyof typeof catalogue] as CubeDefinition;
  return rollups[name]!.levels;
}
