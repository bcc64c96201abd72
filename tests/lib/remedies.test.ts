/** Edits of query JSON, and repairs of its names: what is left is a query, and says what was asked. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inventory, watch } from "../../convex/cubes.js";
import { keptOf, metaOf } from "../../lib/cubeJson/meta.js";
import { nearest } from "../../lib/model/memberNames.js";
import type { CubeDefinition } from "../../lib/model/cube.js";
import { planQuery } from "../../lib/planner/planQuery.js";
import { compileQuery } from "../../lib/query/compile.js";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import { resolveRollup } from "../../lib/resolve/resolveRollup.js";
import {
  withDimension,
  withGranularity,
  withoutDimension,
  withoutFilter,
  withoutMeasure,
  withRange,
} from "../../lib/remedies/edits.js";
import { withKnownNames, type CubeNames } from "../../lib/remedies/names.js";

const catalogue = { watch, inventory };

const cubes: CubeNames[] = metaOf(catalogue).cubes.map((cube) => ({
  name: cube.name,
  measures: cube.measures.map(({ name }) => name),
  dimensions: cube.dimensions.filter(({ type }) => type !== "time").map(({ name }) => name),
  times: Object.fromEntries(
    cube.dimensions
      .filter(({ type }) => type === "time")
      .map((one) => [one.name, one.granularities!.map(({ name }) => name)]),
  ),
  segments: cube.segments.map(({ name }) => name),
  titles: Object.fromEntries(
    [...cube.measures, ...cube.dimensions].map((one) => [one.name, one.shortTitle]),
  ),
}));

const query = {
  measures: ["watch.count", "watch.longest"],
  dimensions: ["watch.channel", "watch.watchedAt.hour"],
  filters: [
    { member: "watch.category", operator: "equals", values: ["Music"] },
    {
      and: [
        { member: "watch.channel", operator: "set" },
        {
          or: [
            { member: "watch.topic", operator: "set" },
            { member: "watch.viewer", operator: "set" },
          ],
        },
      ],
    },
  ],
  order: [
    ["watch.watchedAt.hour", "asc"],
    ["watch.channel", "desc"],
    ["watch.longest", "desc"],
  ],
  limit: 5,
};

describe("an edit", () => {
  test("takes a member away with its order, and nothing else", () => {
    expect(withoutDimension(query, "watch.channel")).toEqual({
      ...query,
      dimensions: ["watch.watchedAt.hour"],
      order: [
        ["watch.watchedAt.hour", "asc"],
        ["watch.longest", "desc"],
      ],
    });
    expect(withoutMeasure(query, "watch.longest")).toMatchObject({
      measures: ["watch.count"],
      order: [
        ["watch.watchedAt.hour", "asc"],
        ["watch.channel", "desc"],
      ],
    });
    expect(withoutMeasure({ measures: ["watch.count"] }, "watch.count")).toBeNull();
    expect(withoutDimension(query, "watch.viewer")).toBeNull();
    expect(withoutDimension(query, "watch.watchedAt")).toMatchObject({
      dimensions: ["watch.channel"],
    });
  });

  test("takes a condition out of what must all hold, and what is joined by or as a whole", () => {
    expect(withoutFilter(query, "watch.channel")!["filters"]).toEqual([
      query.filters[0],
      { and: [(query.filters[1] as { and: unknown[] }).and[1]] },
    ]);
    expect(withoutFilter(query, "watch.topic")!["filters"]).toEqual([
      query.filters[0],
      { and: [{ member: "watch.channel", operator: "set" }] },
    ]);
    expect(withoutFilter(query, "watch.title")).toBeNull();
  });

  test("changes the granularity where it is named, in the order, too", () => {
    expect(withGranularity(query, "day")).toMatchObject({
      dimensions: ["watch.channel", "watch.watchedAt.day"],
      order: [["watch.watchedAt.day", "asc"], {}, {}],
    });
    expect(withGranularity(query, null)).toMatchObject({
      dimensions: ["watch.channel"],
      order: [
        ["watch.channel", "desc"],
        ["watch.longest", "desc"],
      ],
    });
    const dimension = "watch.watchedAt";
    const compared = { dimension, granularity: "hour", compareDateRange: ["2025", "2026"] };
    expect(withRange({ timeDimensions: [compared] }, dimension, ["a", "b"])).toEqual({
      timeDimensions: [{ dimension, granularity: "hour", dateRange: ["a", "b"] }],
    });
    expect(withDimension(query, "watch.channel")).toBeNull();
  });
});

describe("names that there are not", () => {
  test.each([
    ["watch.cuont", "watch.count"],
    ["watch.channels", "watch.channel"],
    ["channel", "watch.channel"],
    ["views.channel", "watch.channel"],
    ["watch.duration", "watch.durationSeconds"],
  ])("such as %s are near to %s", (asked, known) => {
    const all = cubes.flatMap(({ measures, dimensions }) => [...measures, ...dimensions]);
    expect(nearest(asked, all)[0]).toBe(known);
  });

  test("are replaced everywhere, by kind, by title, and by the cube that most of them are of", () => {
    const { query: repaired, said } = withKnownNames(
      {
        measure: ["watch.Views", "watch.channel"],
        dimensions: ["watch.watchedAt", "inventory.category"],
        timeDimensions: [{ dimension: "watch.watched_at", granularity: "minutes" }],
        filters: [{ or: [{ member: "watch.categorie", operator: "equal", values: ["Music"] }] }],
        order: { "watch.cuont": "desc" },
        limit: 1.5,
      },
      cubes,
    );
    expect(repaired).toEqual({
      measures: ["watch.count"],
      dimensions: ["watch.channel"],
      timeDimensions: [
        { dimension: "watch.watchedAt", granularity: "day" },
        { dimension: "watch.watchedAt", granularity: "day" },
      ],
      filters: [{ or: [{ member: "watch.category", operator: "equals", values: ["Music"] }] }],
      order: [["watch.count", "desc"]],
    });
    expect(said).toContain("of watch alone");
  });

  test("leave a right question as it is", () => {
    const right = {
      measures: ["watch.count"],
      timeDimensions: [{ dimension: "watch.watchedAt", granularity: "fortnight" }],
      order: [["watch.count", "desc"]],
      limit: 5,
    };
    expect(withKnownNames(right, cubes)).toEqual({ query: right, said: [], names: [] });
  });

  test("in any JSON are repaired to what can be read, or to nothing that names a member", () => {
    const names = [
      ...[
        "watch.count",
        "watch.cuont",
        "inventory.kind",
        "x",
        "",
        "a.b.c.d",
        "watch.watchedAt.day",
      ],
      ...["__proto__", "watch.__proto__", "constructor.constructor"],
    ];
    const name = fc.constantFrom(...names);
    const list = fc.oneof(
      fc.array(name, { maxLength: 4 }),
      name,
      fc.constant(5),
      fc.constant(null),
    );
    const member = fc.record({ member: name, operator: name, values: list }, { requiredKeys: [] });
    const any = fc.record(
      {
        ...{ measures: list, dimensions: list, segments: list, measure: list },
        timeDimensions: fc.array(
          fc.record({ dimension: name, granularity: name }, { requiredKeys: [] }),
        ),
        filters: fc.array(fc.oneof(member, fc.record({ and: fc.array(member) }), list)),
        order: fc.oneof(fc.dictionary(name, name), list),
        limit: fc.oneof(fc.integer(), fc.double()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(any, (asked) => {
        const { query: repaired } = withKnownNames(asked, cubes);
        const again = withKnownNames(repaired, cubes);
        expect(again.query).toEqual(repaired);
        expect(again.names).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

test("a rollup answers what is said to be kept together, by each of the granularities", () => {
  let asked = 0;
  for (const [name, all] of Object.entries(keptOf(catalogue))) {
    const cube: CubeDefinition = catalogue[name as "watch"];
    for (const { name: rollup, measures, dimensions, granularities, segments } of all) {
      expect(granularities).toContain("year");
      for (const granularity of granularities) {
        const query = normalizeQuery(
          catalogue,
          {
            ...{ measures, dimensions, segments },
            timeDimensions: [{ dimension: `${name}.${cube.time}`, granularity }],
          },
          { timezone: "UTC" },
        );
        const { considered } = planQuery({
          compiled: compileQuery(cube, query),
          rollups: [{ rollup: resolveRollup(cube, rollup, "UTC"), generation: 1, status: "ready" }],
        });
        expect([rollup, granularity, considered[0]?.refusal]).toEqual([rollup, granularity, null]);
        asked++;
      }
    }
  }
  expect(asked).toBeGreaterThan(100);
});
