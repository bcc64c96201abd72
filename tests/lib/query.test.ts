/** Query JSON: what is understood, what is refused and by which name, and how it is echoed. */
import { toQueryJson } from "../../lib/cubeJson/queryJson.js";
import { annotate } from "../../lib/cubeJson/annotate.js";
import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  DATES_MAX,
  FILTER_DEPTH_MAX,
  FILTER_TEXTS_MAX,
  FILTERS_MAX,
} from "../../lib/query/bounds.js";
import { isExact } from "../../lib/query/approximation.js";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import { answerFromFacts } from "../../lib/answer/answerFromFacts.js";
import type { QueryOf } from "../../lib/query/queryOf.js";
import { projectFact } from "../../lib/model/fact.js";
import { codeOf, errorOf } from "./fixtures/codeOf.js";
import { anyQuery, sales } from "./fixtures/sales.js";

const catalogue = { sales, other: { ...sales, name: "other" } };
const normalize = (json: unknown, timezone = "UTC") =>
  normalizeQuery(catalogue, json, { timezone });
const echo = (json: unknown, timezone = "UTC") => toQueryJson(normalize(json, timezone));
const count = { measures: ["sales.count"] };
const utc = { timezone: "UTC" };
const plainDoc = { at: 0, shop: "a", tags: [], size: 1, quantity: 0, price: null, weight: null };
const ranged = (dateRange: unknown) => ({
  ...count,
  timeDimensions: [{ dimension: "sales.at", dateRange }],
});
const filtered = (filter: unknown) => ({ ...count, filters: [filter] });
const set = { member: "sales.shop", operator: "set" };
const some = { member: "sales.count", operator: "gt", values: ["0"] };
const nestedFilter = (depth: number): unknown =>
  depth === 0 ? set : { or: [nestedFilter(depth - 1), set] };
const dates = (many: number) => Array.from({ length: many }, () => "2012-01-01");

describe("a query", () => {
  it("is echoed in Cube's normalised form", () => {
    const json = {
      measures: ["sales.count", "sales.count"],
      dimensions: ["sales.shop", "sales.at.month"],
      timeDimensions: [{ dimension: "sales.at", dateRange: ["2012-01-01", "2012-03-05"] }],
      filters: [{ dimension: "sales.size", operator: "equals", values: [1, null] }],
      order: { "sales.count": "desc", "sales.at": "asc" },
      total: true,
    };
    expect(echo(json, "Europe/Berlin")).toEqual({
      measures: ["sales.count"],
      dimensions: ["sales.shop"],
      timeDimensions: [
        {
          dimension: "sales.at",
          granularity: "month",
          dateRange: ["2012-01-01T00:00:00.000", "2012-03-05T23:59:59.999"],
        },
      ],
      segments: [],
      filters: [{ member: "sales.size", operator: "equals", values: ["1", null] }],
      order: [
        { id: "sales.count", desc: true },
        { id: "sales.at", desc: false },
      ],
      limit: 10_000,
      rowLimit: 10_000,
      total: true,
      timezone: "Europe/Berlin",
    });
  });

  it("means the same when its echo is asked again", () => {
    fc.assert(
      fc.property(anyQuery, (query) => {
        const once = normalize(query);
        const { rowLimit: _, ...again } = toQueryJson(once);
        expect(normalize(again)).toEqual(once);
      }),
    );
    const open = filtered({ member: "sales.at", operator: "afterDate", values: ["2012-01-01"] });
    const { rowLimit: _, ...again } = echo(open);
    expect(normalize(again)).toEqual(normalize(open));
  });

  it("may show its time by several granularities, the finest first", () => {
    const query = normalize({
      ...count,
      dimensions: ["sales.at.month", "sales.at.week"],
      timeDimensions: [{ dimension: "sales.at", granularity: "month", dateRange: "2012-01-01" }],
      order: [
        ["sales.at.month", "desc"],
        ["sales.at.week", "asc"],
      ],
    });
    expect(toQueryJson(query)).toMatchObject({
      timeDimensions: [
        {
          dimension: "sales.at",
          granularity: "week",
          dateRange: ["2012-01-01T00:00:00.000", "2012-01-01T23:59:59.999"],
        },
        { dimension: "sales.at", granularity: "month" },
      ],
      order: [
        { id: "sales.at.month", desc: true },
        { id: "sales.at", desc: false },
      ],
    });
    expect(Object.keys(annotate(sales, query).timeDimensions)).toEqual([
      ...["sales.at.week", "sales.at.month", "sales.at"],
    ]);
  });

  it("has Cube's default order", () => {
    const order = (json: unknown) => normalize(json).order;
    const month = [{ dimension: "sales.at", granularity: "month" }];
    expect(order({ ...count, dimensions: ["sales.shop"], timeDimensions: month })).toEqual([
      { id: "sales.at", desc: false },
    ]);
    expect(order({ ...count, dimensions: ["sales.shop"] })).toEqual([
      { id: "sales.count", desc: true },
    ]);
    expect(order({ dimensions: ["sales.shop"] })).toEqual([{ id: "sales.shop", desc: false }]);
    expect(order(count)).toEqual([]);
    expect(order({ ...count, dimensions: ["sales.shop"], order: [] })).toEqual([]);
    expect(order({ ...count, dimensions: ["sales.shop"], order: {} })).toEqual([]);
    const twice = ["asc", "desc"].map((direction) => ["sales.count", direction]);
    expect(order({ ...count, order: twice })).toEqual([{ id: "sales.count", desc: false }]);
  });

  it("takes dates as days, one date as its day, and times as they are, in its own zone", () => {
    const range = (dateRange: unknown, zone = "America/New_York") => {
      const { from, to } = normalize(ranged(dateRange), zone).time!;
      return [new Date(from!).toISOString(), new Date(to!).toISOString()];
    };
    const day = ["2012-03-11T05:00:00.000Z", "2012-03-12T04:00:00.000Z"];
    expect(range("2012-03-11")).toEqual(day);
    expect(range(["2012-03-11"])).toEqual(day);
    expect(range(["2012-03-11", "2012-03-11"])).toEqual(day);
    expect(range(["2012-03-11T00:00:00.000", "2012-03-11T23:59:59.999"])).toEqual(day);
    expect(range(["2012-03-11T12:30", "2012-03-11T12:30:00.001"])).toEqual([
      "2012-03-11T16:30:00.000Z",
      "2012-03-11T16:30:00.002Z",
    ]);
    expect(normalize(ranged(["0000-01-01", "9999-12-31"])).time).toMatchObject({
      from: null,
      to: null,
    });
  });

  it("narrows its range by date filters, to nothing where they exclude each other", () => {
    const time = (...filters: [string, ...string[]][]) =>
      normalize({
        ...ranged(["2012-01-01", "2012-01-31"]),
        filters: filters.map(([operator, ...values]) => ({ member: "sales.at", operator, values })),
      }).time!;
    const day = (n: number) => Date.UTC(2012, 0, n);
    expect(time(["inDateRange", "2012-01-10", "2012-02-10"])).toMatchObject({
      from: day(10),
      to: day(32),
    });
    expect(time(["beforeDate", "2012-01-10"])).toMatchObject({ from: day(1), to: day(10) });
    expect(time(["beforeOrOnDate", "2012-01-10"])).toMatchObject({ from: day(1), to: day(11) });
    expect(time(["afterDate", "2012-01-10"])).toMatchObject({ from: day(11), to: day(32) });
    expect(time(["afterOrOnDate", "2012-01-10"])).toMatchObject({ from: day(10), to: day(32) });
    expect(time(["onTheDate", "2012-01-10"])).toMatchObject({ from: day(10), to: day(11) });
    const nothing = time(["afterDate", "2012-03-01"]);
    expect(nothing.from).toBe(nothing.to);
    const fact = projectFact(sales, {
      at: day(9),
      shop: "a",
      tags: [],
      size: 1,
      quantity: 1,
      price: 1,
    });
    const query = normalize({
      ...ranged(["2012-01-01", "2012-01-31"]),
      filters: [{ member: "sales.at", operator: "afterDate", values: ["2012-03-01"] }],
    });
    expect(answerFromFacts(sales, query, "UTC", [fact]).rows).toEqual([{ "sales.count": 0 }]);
  });

  it("takes apart what must hold together, and leaves a tree with one branch out", () => {
    const year = { member: "sales.at", operator: "inDateRange", values: ["2012"] };
    const within = {
      member: "sales.at",
      operator: "inDateRange",
      values: ["2012-01-01", "2012-12-31"],
    };
    const query = normalize(filtered({ and: [set, { or: [within] }, { and: [set] }] }));
    expect(query.filters).toEqual([
      { ...set, values: [] },
      { ...set, values: [] },
    ]);
    expect(query.time).toMatchObject({ from: Date.UTC(2012, 0, 1), to: Date.UTC(2013, 0, 1) });
    expect(codeOf(() => normalize(filtered({ or: [set, year] })))).toBe("InvalidQuery");
    expect(normalize(filtered({ or: [set, within] })).time).toMatchObject({ from: null, to: null });
    expect(codeOf(() => normalize(filtered(nestedFilter(FILTER_DEPTH_MAX))))).toBe(null);
  });

  it("takes a range for every operator on times: before its start, after its end", () => {
    const range = ["2012-01-10", "2012-01-20T12:00"];
    const time = (operator: string) => {
      const { time } = normalize(filtered({ member: "sales.at", operator, values: range }));
      return [time?.dateRange.from, time?.dateRange.to];
    };
    const [start, end] = ["2012-01-10T00:00:00.000", "2012-01-20T12:00:00.000"];
    expect(time("beforeDate")).toEqual([null, "2012-01-09T23:59:59.999"]);
    expect(time("beforeOrOnDate")).toEqual([null, end]);
    expect(time("afterDate")).toEqual(["2012-01-20T12:00:00.001", null]);
    expect(time("afterOrOnDate")).toEqual([start, null]);
    expect(time("onTheDate")).toEqual([start, end]);
    for (const values of [[...range].reverse(), [...range, "2012-01-30"], [null]]) {
      const json = filtered({ member: "sales.at", operator: "beforeDate", values });
      expect(codeOf(() => normalize(json))).toBe("InvalidQuery");
    }
  });

  it("filters rows by measures that it need not ask for, together with records by dimensions", () => {
    const hidden = { member: "sales.medianPrice", operator: "gte", values: ["1"] };
    const query = normalize({ ...count, filters: [{ and: [set, { or: [some, hidden] }] }] });
    expect(query.filters).toEqual([{ ...set, values: [] }]);
    expect(query.having).toEqual([{ or: [some, hidden] }]);
    expect(query.measures).toEqual(["sales.count"]);
    expect(isExact(sales, query)).toBe(false);
  });

  it("searches texts whatever their case, and takes signs of patterns for themselves", () => {
    const shops = ["Corner CAFÉ", "café 100%", "Cafeteria", null];
    const facts = shops.map((shop) => projectFact(sales, { ...plainDoc, shop }));
    const found = (operator: string, text: string) => {
      const json = filtered({ member: "sales.shop", operator, values: [text] });
      const query = normalizeQuery(catalogue, { ...json, dimensions: ["sales.shop"] }, utc);
      const { rows } = answerFromFacts(sales, query, "UTC", facts);
      return rows.map((row) => row["sales.shop"]).sort();
    };
    expect(found("contains", "Café")).toEqual(["Corner CAFÉ", "café 100%"]);
    expect(found("startsWith", "CAF")).toEqual(["Cafeteria", "café 100%"]);
    expect(found("endsWith", "0%")).toEqual(["café 100%"]);
    expect(found("contains", "c%f")).toEqual([]);
    // Records without the value are kept where an operator negates, as Cube keeps them.
    expect(found("notContains", "CORNER")).toEqual(["Cafeteria", "café 100%", null]);
  });

  it("finds a text by its own beginning where that ends within a word of another script", () => {
    const facts = ["ΟΔΟΣΑ", "οδός"].map((shop) => projectFact(sales, { ...plainDoc, shop }));
    const found = (operator: string, text: string) => {
      const json = filtered({ member: "sales.shop", operator, values: [text] });
      const query = normalizeQuery(catalogue, { ...json, dimensions: ["sales.shop"] }, utc);
      return answerFromFacts(sales, query, "UTC", facts).rows.map((row) => row["sales.shop"]);
    };
    // The lower case of a whole text that ends in Σ would end in ς.
    expect(found("startsWith", "ΟΔΟΣ")).toEqual(["ΟΔΟΣΑ"]);
    expect(found("contains", "Σ")).toEqual(["ΟΔΟΣΑ"]);
    expect(found("endsWith", "ΌΣ")).toEqual([]);
  });

  it("has a row for each month of a week where it shows both", () => {
    const days = [Date.UTC(2012, 2, 30), Date.UTC(2012, 3, 1), Date.UTC(2012, 3, 2)];
    const facts = days.map((at) => projectFact(sales, { ...plainDoc, at }));
    const both = ["week", "month"].map((granularity) => ({ dimension: "sales.at", granularity }));
    const query = normalizeQuery(catalogue, { ...count, timeDimensions: both }, utc);
    const { rows } = answerFromFacts(sales, query, "UTC", facts);
    const day = (text: string) => `${text}T00:00:00.000`;
    const row = (week: string, month: string) => ({
      ...{ "sales.at.week": day(week), "sales.at.month": day(month) },
      "sales.count": 1,
    });
    expect(rows).toEqual([
      row("2012-03-26", "2012-03-01"),
      row("2012-03-26", "2012-04-01"),
      row("2012-04-02", "2012-04-01"),
    ]);
  });

  it("that is malformed is refused, naming the place", () => {
    const cases: [unknown, string][] = [
      [null, "query"],
      ["{}", "query"],
      [[count], "query"],
      [{}, "query"],
      [{ timeDimensions: [{ dimension: "sales.at" }] }, "query"],
      [{ ...count, rowLimit: 5 }, "query"],
      [JSON.parse('{"measures":["sales.count"],"__proto__":{}}'), "query"],
      [{ measures: "sales.count" }, "measures"],
      [{ measures: [1] }, "measures.0"],
      [{ measures: ["sales"] }, "measures.0"],
      [{ measures: ["sales.count.day"] }, "measures.0"],
      [{ measures: ["sales.shop"] }, "measures.0"],
      [{ measures: ["sales.constructor"] }, "measures.0"],
      [{ measures: ["constructor.name"] }, "measures.0"],
      [{ measures: ["__proto__.count"] }, "measures.0"],
      [{ dimensions: ["sales.count"] }, "dimensions.0"],
      [{ dimensions: ["sales.shop.day"] }, "dimensions.0"],
      [{ dimensions: ["sales.at.decade"] }, "dimensions.0"],
      [{ dimensions: ["sales.at.day.hour"] }, "dimensions.0"],
      [{ measures: Array.from({ length: 51 }, () => "sales.count") }, "measures"],
      [{ ...count, timeDimensions: [{ dimension: "sales.shop" }] }, "timeDimensions.0.dimension"],
      [
        { ...count, timeDimensions: [{ dimension: "sales.at", granularty: "day" }] },
        "timeDimensions.0",
      ],
      [ranged(["2012-01-02", "2012-01-01"]), "timeDimensions.0.dateRange"],
      [ranged(["2012-02-30"]), "timeDimensions.0.dateRange"],
      [ranged(["2012-01-01T00:00:00Z"]), "timeDimensions.0.dateRange"],
      [ranged(5), "timeDimensions.0.dateRange"],
      [ranged([]), "timeDimensions.0.dateRange"],
      [ranged(["2012-01-01", "2012-01-02", "2012-01-03"]), "timeDimensions.0.dateRange"],
      [filtered({ member: "sales.shop", operator: "equals" }), "filters.0.values"],
      [filtered({ member: "sales.shop", operator: "equals", values: [] }), "filters.0.values"],
      [filtered({ member: "sales.shop", operator: "equals", values: [{}] }), "filters.0.values.0"],
      [filtered({ member: "sales.shop", operator: "equal", values: ["a"] }), "filters.0.operator"],
      [
        filtered({ member: "sales.shop", operator: "inDateRange", values: ["2012-01-01"] }),
        "filters.0.operator",
      ],
      [filtered({ member: "sales.size", operator: "equals", values: ["big"] }), "filters.0.values"],
      [filtered({ member: "sales.size", operator: "gt", values: [1, 2] }), "filters.0.values"],
      [filtered({ member: "sales.size", operator: "lte", values: [null] }), "filters.0.values"],
      [filtered({ member: "sales.size", operator: "lt", values: [""] }), "filters.0.values"],
      [filtered({ member: "sales.at", operator: "equals", values: ["noon"] }), "filters.0.values"],
      [
        filtered({ member: "sales.at", operator: "notInDateRange", values: ["2012-02", "x"] }),
        "filters.0.values",
      ],
      [
        filtered({
          member: "sales.at",
          operator: "inDateRange",
          values: ["2012-02-02", "2012-01-01"],
        }),
        "filters.0.values",
      ],
      [
        filtered({ member: "sales.at", operator: "notIn", values: dates(DATES_MAX + 1) }),
        "filters.0.values",
      ],
      [
        filtered({ member: "sales.tag", operator: "contains", values: ["x".repeat(257)] }),
        "filters.0.values.0",
      ],
      [
        filtered({
          member: "sales.tag",
          operator: "endsWith",
          values: dates(FILTER_TEXTS_MAX + 1),
        }),
        "filters.0.values",
      ],
      [filtered({ member: "sales.count", operator: "gt", values: ["many"] }), "filters.0.values"],
      [filtered({ member: "sales.count", operator: "gt", values: [] }), "filters.0.values"],
      [
        filtered({ member: "sales.count", operator: "onTheDate", values: ["2012-01-01"] }),
        "filters.0.operator",
      ],
      [filtered({ or: [set, some] }), "filters.0"],
      [filtered({ or: [set, { and: [some, some] }] }), "filters.0"],
      [{ ...count, segments: ["sales.larg"] }, "segments.0"],
      [{ ...count, segments: ["sales.shop"] }, "segments.0"],
      [{ ...count, segments: ["sales.constructor"] }, "segments.0"],
      [{ ...count, segments: "sales.large" }, "segments"],
      [{ ...count, ungrouped: 1 }, "ungrouped"],
      [{ ...count, others: true, limit: 1 }, "others"],
      [{ ...count, dimensions: ["sales.shop"], others: true }, "others"],
      [{ ...count, dimensions: ["sales.shop"], others: true, limit: 1, offset: 1 }, "others"],
      [{ ...count, dimensions: ["sales.shop"], others: 5, limit: 1 }, "others"],
      [filtered({ or: [] }), "filters.0.or"],
      [filtered({ and: {} }), "filters.0.and"],
      [filtered({ and: [set], or: [set] }), "filters.0"],
      [filtered({ or: [set], member: "sales.shop" }), "filters.0"],
      [
        filtered({ or: [set, { and: [set, { member: "sales.shop" }] }] }),
        "filters.0.or.1.and.1.operator",
      ],
      [
        filtered(nestedFilter(FILTER_DEPTH_MAX + 1)),
        `filters.0${".or.0".repeat(FILTER_DEPTH_MAX)}`,
      ],
      [filtered({ or: Array.from({ length: FILTERS_MAX }, () => set) }), "filters"],
      [filtered({ operator: "set" }), "filters.0"],
      [filtered({ member: "sales.shop", dimension: "sales.shop", operator: "set" }), "filters.0"],
      [{ ...count, order: { "sales.shop": "asc" } }, "order.0"],
      [{ ...count, order: { "sales.count": "up" } }, "order.sales.count"],
      [{ ...count, order: [["sales.count"]] }, "order.0"],
      [{ ...count, limit: "5" }, "limit"],
      [{ ...count, limit: -1 }, "limit"],
      [{ ...count, limit: 1.5 }, "limit"],
      [{ ...count, limit: 50_001 }, "limit"],
      [{ ...count, offset: "1" }, "offset"],
      [{ ...count, total: "yes" }, "total"],
      [{ ...count, timezone: "Mars/Base" }, "timezone"],
      [{ ...count, timezone: "+02:00" }, "timezone"],
      [{ ...count, cache: "never" }, "cache"],
    ];
    for (const [json, path] of cases) {
      const error = errorOf(() => normalize(json));
      expect([error?.code, error?.details.path], JSON.stringify(json)).toEqual([
        "InvalidQuery",
        path,
      ]);
    }
    const message = (json: unknown) => errorOf(() => normalize(json))!.message;
    expect(message({ measures: ["sales.cuont"] })).toContain("did you mean sales.count?");
    expect(message({ measures: ["sale.count"] })).toContain("did you mean sales?");
    expect(message({ ...count, segments: ["sales.larg"] })).toContain("did you mean sales.large?");
    expect(message({})).toContain(
      "Query should contain either measures, dimensions or timeDimensions",
    );
  });

  it("that asks for what is not done yet is refused by that name", () => {
    const unsupported = [
      { measures: ["sales.stock"], ungrouped: true },
      { ...count, dimensions: ["sales.shop"], ungrouped: true, others: true, limit: 1 },
      { ...count, responseFormat: "compact" },
      { measures: ["sales.count", "other.count"] },
      { dimensions: ["sales.at"] },
      { ...count, dimensions: ["sales.tag"], others: true, limit: 1 },
      { ...count, dimensions: ["sales.shop", "sales.at.day"], others: true, limit: 1 },
      { measures: ["sales.stock"], dimensions: ["sales.at.day", "sales.at.month"] },
      { ...count, timeDimensions: [{ dimension: "sales.at", granularity: "minute" }] },
      {
        ...count,
        timeDimensions: [{ dimension: "sales.at", compareDateRange: ["2012-01-01", "2011-01-01"] }],
      },
      ranged("last 7 days"),
    ];
    for (const json of unsupported) {
      expect(
        codeOf(() => normalize(json)),
        JSON.stringify(json),
      ).toBe("UnsupportedQuery");
    }
    for (const [name, operator] of [
      ["shop", "gt"],
      ["shop", "measureFilter"],
      ["size", "contains"],
      ["hour", "startsWith"],
      ["at", "gt"],
      ["at", "endsWith"],
      ["count", "contains"],
    ] as const) {
      const member = `sales.${name}`;
      const error = errorOf(() => normalize(filtered({ member, operator, values: ["1"] })));
      expect([error?.code, error?.details]).toEqual([
        "UnsupportedOperator",
        { path: "filters.0.operator", operator, member },
      ]);
    }
  });

  it("is confined to the records that count for a measure", () => {
    const by = (measure: string) => ({ member: `sales.${measure}`, operator: "measureFilter" });
    const filtersOf = (filters: unknown[]) => normalize({ ...count, filters }).filters;
    expect(filtersOf([by("plain"), by("fairPrice"), by("count"), by("unitPrice")])).toEqual([
      { member: "sales.tag", operator: "notEquals", values: ["x"] },
      { member: "sales.shop", operator: "set", values: [] },
      { member: "sales.price", operator: "equals", values: ["0.50", "1.25", "0.123"] },
    ]);
    expect(filtersOf([{ or: [by("gifts"), set] }])).toEqual([
      {
        or: [
          { member: "sales.tag", operator: "in", values: ["x", "y"] },
          { ...set, values: [] },
        ],
      },
    ]);
    for (const or of [[by("count"), set], [{ and: [by("count"), by("stock")] }]]) {
      expect(codeOf(() => normalize(filtered({ or })))).toBe("InvalidQuery");
    }
  });

  it("is refused or understood, whatever is thrown at it", () => {
    const keys = fc.constantFrom(
      "measures",
      "dimensions",
      "timeDimensions",
      "filters",
      "order",
      "limit",
      "x",
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.dictionary(keys, fc.jsonValue())), (json) => {
        const code = codeOf(() => normalize(json));
        expect([null, "InvalidQuery", "UnsupportedQuery", "UnsupportedOperator"]).toContain(code);
      }),
      { numRuns: 1000 },
    );
  });

  it("is annotated with titles, types and formats of all its columns", () => {
    const query = normalize({
      measures: ["sales.averagePrice"],
      dimensions: ["sales.shop", "sales.weekday", "sales.at.quarter"],
      segments: ["sales.large", "sales.large"],
    });
    expect(toQueryJson(query)).toMatchObject({ segments: ["sales.large"], filters: [] });
    expect(annotate(sales, query)).toEqual({
      measures: {
        "sales.averagePrice": {
          title: "Sales Average Price",
          shortTitle: "Average Price",
          type: "number",
          drillMembers: [],
          drillMembersGrouped: { measures: [], dimensions: [] },
        },
      },
      dimensions: {
        "sales.shop": { title: "Sales Shop", shortTitle: "Shop", type: "string" },
        "sales.weekday": { title: "Sales Weekday", shortTitle: "Weekday", type: "number" },
      },
      segments: { "sales.large": { title: "Sales Large", shortTitle: "Large" } },
      timeDimensions: {
        "sales.at.quarter": {
          title: "Sales At",
          shortTitle: "At",
          type: "time",
          granularity: { name: "quarter", title: "Quarter", interval: "3 months" },
        },
        "sales.at": { title: "Sales At", shortTitle: "At", type: "time" },
      },
    });
  });

  it("is checked by the compiler", () => {
    type Query = QueryOf<typeof sales>;
    expectTypeOf<Query["measures"]>().not.toEqualTypeOf<readonly string[] | undefined>();
    const good: Query = {
      measures: ["sales.count", "sales.stock"],
      dimensions: ["sales.shop", "sales.at.month"],
      timeDimensions: [
        { dimension: "sales.at", granularity: "day", dateRange: ["2012-01-01", "2012-01-02"] },
      ],
      filters: [{ member: "sales.tag", operator: "in", values: ["x"] }],
      segments: ["sales.presents"],
      order: [["sales.count", "desc"]],
    };
    // @ts-expect-error there is no such segment
    const segment: Query = { measures: ["sales.count"], segments: ["sales.larg"] };
    expect(codeOf(() => normalize({ ...good, timeDimensions: undefined }))).toBe(null);
    // @ts-expect-error there is no such measure
    const unknown: Query = { measures: ["sales.cuont"] };
    // @ts-expect-error a time dimension needs a granularity to be grouped by
    const bare: Query = { dimensions: ["sales.at"] };
    // @ts-expect-error a dimension that is no time has no granularity
    const wrong: Query = { timeDimensions: [{ dimension: "sales.shop" }] };
    expect([segment, unknown, bare, wrong]).toHaveLength(4);
  });
});
