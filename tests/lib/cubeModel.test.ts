/** Cubes become Cube's data model and cubes again; what has no counterpart is named. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catalogue } from "../../convex/cubes.js";
import { readConditions, writeCondition } from "../../lib/cubeModel/condition.js";
import { exportCube } from "../../lib/cubeModel/exportCube.js";
import { importCube, type Names } from "../../lib/cubeModel/importCube.js";
import { readExpression } from "../../lib/cubeModel/sql.js";
import type { CubeDefinition, MeasureFilter } from "../../lib/model/cube.js";
import { conditionOf } from "../../lib/model/filters.js";
import { validateCatalogue } from "../../lib/resolve/defineCube.js";
import { everyMember } from "./fixtures/everyMember.js";

const asTheyAre: Names = { table: (name) => name, field: (_, column) => column };

/** Through plain data, as files hold it. */
function roundTrip(cube: CubeDefinition, tenant: string | null) {
  const { model } = exportCube(cube, tenant);
  return importCube(cube.name, JSON.parse(JSON.stringify(model)), asTheyAre);
}

describe("an export that is imported", () => {
  test.each([
    ["a cube with every kind of member", everyMember, null],
    ["the cube of viewing history", catalogue.watch, "tenantId"],
    ["the cube of stock movements", catalogue.inventory, "tenantId"],
  ] as const)("is as it was: %s", (_, definition, tenant) => {
    expect(validateCatalogue({ [definition.name]: definition })).toEqual([]);
    const { cube, notes } = roundTrip(definition, tenant);
    const { name, ...options } = definition;
    expect({ name, ...cube }).toEqual({
      name,
      ...options,
      ...(tenant !== null && { tenant }),
    });
    expect(notes).toEqual([]);
  });

  test("has its segments again, plain ones from their SQL", () => {
    const segments = {
      home: { dimension: "country", operator: "equals", values: ["DE"] },
      known: { dimension: "page", operator: "set" },
      large: { dimension: "seats", operator: "gte", values: [10] },
      docs: { dimension: "page", operator: "notContains", values: ["50%_!", null] },
      either: {
        or: [
          { dimension: "page", operator: "startsWith", values: ["a"] },
          { and: [{ dimension: "hour", operator: "lt", values: [6] }] },
        ],
      },
    };
    const cube = { ...everyMember, segments } as CubeDefinition;
    const { model } = exportCube(cube, null);
    expect(model.segments!.map(({ name, sql }) => [name, sql])).toEqual([
      ["home", "{CUBE.country} = 'DE'"],
      ["known", "{CUBE.page} IS NOT NULL"],
      ["large", "{CUBE.seats} >= 10"],
      ["docs", "({CUBE.page} NOT ILIKE '%50!%!_!!%' ESCAPE '!')"],
      ["either", "(({CUBE.page} ILIKE 'a%' ESCAPE '!') OR {CUBE.hour} < 6)"],
    ]);
    expect(model.segments!.map(({ meta }) => meta !== undefined)).toEqual([
      ...[false, false, true, true, true],
    ]);
    const { cube: again, notes } = roundTrip(cube, null);
    expect({ notes, segments: again!.segments }).toEqual({ notes: [], segments });
  });

  test("names what Cube has not", () => {
    const { notes } = exportCube(everyMember, null);
    const named = new Map(notes.map(({ member, message }) => [member, message]));
    expect(named.get("visits.tag")).toMatch(/several values per record/);
    expect(named.get("visits.hour")).toMatch(/UTC in Cube/);
    expect(named.get("visits.median")).toMatch(/does not add up/);
    expect(named.get("visits.totals")).toMatch(/archives|quarters of an hour/);
    expect(named.get("visits")).toMatch(/deletes records after 2 year/);
    expect(notes).toContainEqual({
      member: "visits.totals",
      message:
        "has a target of freshness and alerts where it is missed; Cube looks for changes every 90 seconds, and alerts of nothing.",
    });
  });

  test("names order statistics, which Cube has not", () => {
    const seconds = { field: "price", by: ["page"] };
    const cube = { ...everyMember, expire: undefined, orderStatistics: { seconds } };
    const { notes } = exportCube(cube as unknown as CubeDefinition, null);
    expect(notes).toContainEqual({
      member: "visits.seconds",
      message: "keeps values in order for exact percentiles; Cube has none. It is left out.",
    });
  });

  test.each([
    [undefined, "1 hour"],
    [{ warn: 60_000, error: 600_000 }, "1 minute"],
    [{ error: 600_000 }, "10 minutes"],
    [{ warn: 45_500 }, "45 seconds"],
    [{ warn: 1500 }, "1 second"],
    [{ warn: 1 }, "1 second"],
    [{ warn: 86_400_000 }, "1 hour"],
  ])("has Cube look for changes as often as the target %o needs", (freshness, every) => {
    const { page } = everyMember.rollups;
    const rollups = { page: { ...page, ...(freshness && { freshness }) } };
    const { model } = exportCube({ ...everyMember, rollups }, null);
    const keys = model.pre_aggregations.map(({ refresh_key }) => refresh_key);
    expect(keys.map((one) => one.every)).toEqual([every, every]);
  });

  test("leaves out, by name, what cannot be said in Cube", () => {
    const { model, notes } = exportCube(
      {
        ...everyMember,
        measures: {
          count: { type: "count" },
          rolling: { type: "stddev", field: "price", rollingWindow: { trailing: "7 day" } },
          tagged: {
            type: "count",
            filters: [{ dimension: "tag", operator: "equals", values: ["a"] }],
          },
          loose: { type: "ratio", numerator: "tagged", denominator: "count" },
          braces: {
            type: "count",
            filters: [{ dimension: "page", operator: "equals", values: ["{{ evil }}"] }],
          },
        },
        rollups: {
          all: {
            dimensions: [],
            measures: ["count", "rolling", "tagged", "braces"],
            levels: { day: "month" },
          },
          none: { dimensions: [], measures: ["loose"], levels: { day: "month" } },
        },
      },
      null,
    );
    expect(model.pre_aggregations.map(({ name }) => name)).toEqual(["all"]);
    expect(model.measures.map(({ name }) => name)).toEqual(["count"]);
    expect(model.pre_aggregations[0]!.measures).toEqual(["CUBE.count"]);
    const left = notes.filter(({ message }) => message.endsWith("It is left out."));
    expect(left.map(({ member }) => member)).toEqual([
      ...["visits.rolling", "visits.tagged", "visits.braces", "visits.loose", "visits.none"],
    ]);
  });
});

test("an average does not take the name of another measure for its parts", () => {
  const measures = {
    price: { type: "avg", field: "price" },
    price_sum: { type: "sum", field: "price" },
  } as const;
  const rollups = {
    all: { dimensions: [], measures: ["price", "price_sum"], levels: { day: "month" } },
  } as const;
  const cube = { ...everyMember, measures, rollups };
  const names = exportCube(cube, null).model.measures.map(({ name }) => name);
  expect(names).toEqual(["price_sum_part", "price_count", "price", "price_sum"]);
  expect(roundTrip(cube, null)).toMatchObject({ cube: { measures, rollups }, notes: [] });
});

describe("conditions", () => {
  const operators = ["equals", "notEquals", "in", "notIn", "set", "notSet"] as const;
  const value = fc.oneof(
    fc.string().filter((text) => !/[{}\\`\n]/.test(text)),
    fc.integer(),
    fc.constant(null),
  );

  test("ask the same of a record after a way through SQL", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...operators),
        fc.uniqueArray(value, { minLength: 1, maxLength: 4 }),
        (operator, values) => {
          const isBare = operator === "set" || operator === "notSet";
          const filter: MeasureFilter = {
            dimension: "page",
            operator,
            ...(isBare ? {} : { values }),
          };
          const sql = writeCondition(filter)!;
          const read = readConditions(sql);
          expect(read).toHaveLength(1);
          const [{ on, operator: again, values: found }] = read as [(typeof read & object)[number]];
          expect(on).toBe("{CUBE.page}");
          const sorted = (one: { any: boolean; values: readonly unknown[] }) => ({
            any: one.any,
            values: [...one.values].map((each) => JSON.stringify(each)).sort(),
          });
          const told = conditionOf(again, found);
          const asked = conditionOf(operator, values);
          // A condition on what is not given alone may be written either way.
          if (values.every((each) => each === null) && !isBare)
            expect(told).toEqual({ any: asked.any, values: [null] });
          else expect(sorted(told)).toEqual(sorted(asked));
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each([
    ["{CUBE}.status = 'paid' AND {CUBE}.n IN (1, 2)", 2],
    ["(status = 'paid')", 1],
    ["status = 'it''s'", 1],
    ["is_online = true", 1],
    ["status LIKE 'a%'", null],
    ["amount > 5", null],
    ["status = 'a' OR country = 'b'", null],
    ["(status = 'a' OR country IS NULL)", null],
    ["status = other", null],
    ["EXISTS (SELECT 1)", null],
    ["status = 'a'; DROP TABLE x", null],
    ["status = 'a", null],
    ["", null],
  ])("of %j are %j", (sql, count) => {
    expect(readConditions(sql)?.length ?? null).toBe(count);
  });
});

describe("SQL that is recognised", () => {
  test.each([
    ["status", { kind: "column", column: "status" }],
    ["{CUBE}.status", { kind: "column", column: "status" }],
    ['"status"', { kind: "column", column: "status" }],
    ["{orders}.status", { kind: "column", column: "status" }],
    ["{CUBE.count}", { kind: "member", name: "count" }],
    ["to_timestamp({CUBE}.at / 1000)", { kind: "time", column: "at" }],
    ["{paid} / NULLIF({count}, 0)", { kind: "ratio", numerator: "paid", denominator: "count" }],
    [
      "PERCENTILE_CONT(0.5)  WITHIN GROUP (ORDER BY price)",
      { kind: "quantile", q: 0.5, of: { kind: "column", column: "price" }, filter: null },
    ],
  ])("%s", (sql, expression) => {
    expect(readExpression(sql)).toEqual(expression);
  });

  test.each(["price * 1.19", "CASE WHEN a THEN b END", "upper(name)", "", "a.b.c"])(
    "is not %j",
    (sql) => {
      expect(readExpression(sql)).toBeNull();
    },
  );

  test("is read in time that grows with its length, whatever is in it", () => {
    for (const unit of ["(", "case when ", "{a}", "percentile_disc(0.5) within group (order by "]) {
      expect(readExpression(unit.repeat(2000 / unit.length))).toBeNull();
      expect(readExpression(unit.repeat(100_000))).toBeNull();
    }
  });
});
