/** Cube definitions: what is refused, all at once; what a stored rollup holds and when it counts as another. */
import { describe, expect, it } from "vitest";
import type { CubeDefinition } from "../../lib/model/cube.js";
import { defineCube, validateCatalogue } from "../../lib/resolve/defineCube.js";
import { readingOf, readsAlike } from "../../lib/resolve/reading.js";
import { fingerprint, resolveRollup } from "../../lib/resolve/resolveRollup.js";
import { errorOf, codeOf } from "./fixtures/codeOf.js";
import { sales } from "./fixtures/sales.js";

const wrong = {
  name: "1st",
  table: "",
  time: "shop",
  fields: {
    at: { type: "time" },
    shop: { type: "string" },
    price: { type: "decimal", scale: 99 },
    quantity: { type: "integer" },
    total: { type: "product", of: ["quantity", "shop"] },
    weight: { type: "float" },
    freight: { type: "product", of: ["quantity", "weight"] },
    odd: { type: "double" },
    constructor: { type: "string" },
  },
  dimensions: {
    at: { type: "time", field: "at" },
    shop: { type: "string", field: "shpo" },
    quantity: { type: "string", field: "quantity" },
    weekday: { type: "weekday", field: "shop", cardinality: 0 },
    hour: { type: "hourOfDay", field: "at" },
    weight: { type: "number", field: "weight" },
  },
  measures: {
    shop: { type: "count" },
    sold: { type: "sum", field: "shop" },
    shops: { type: "countDistinct", dimension: "shops" },
    moments: { type: "countDistinct", dimension: "at" },
    best: { type: "median", field: "price" },
    paid: { type: "sum", field: "quantity", format: "dollars" },
    part1: { type: "ratio", numerator: "sold", denominator: "stock" },
    part2: { type: "ratio", numerator: "part1", denominator: "sodl" },
    stock: { type: "level", field: "quantity" },
    about1: { type: "countDistinctApprox", dimension: "shpo" },
    about2: { type: "countDistinctApprox", dimension: "hour" },
    middle1: { type: "quantile", field: "quantity", q: 50 },
    middle2: { type: "quantile", field: "weight", q: 0.5 },
    middle3: { type: "quantile", field: "price" },
    middle4: { type: "quantile", field: "quantity", q: NaN, filters: [] },
    part3: { type: "ratio", numerator: "about1", denominator: "middle1" },
    filtered1: { type: "countDistinct", dimension: "shop", filters: [] },
    filtered2: { type: "count", filters: [] },
    filtered3: {
      type: "count",
      filters: [
        { dimension: "shpo", operator: "set" },
        { dimension: "at", operator: "set" },
        { dimension: "shop", operator: "contains", values: ["a"] },
        { dimension: "shop", operator: "equals" },
        { dimension: "shop", operator: "notSet", values: ["a"] },
        { dimension: "hour", operator: "in", values: [1, "2", null, "noon", true] },
        null,
      ],
    },
  },
  rollups: {
    a: {
      dimensions: ["shop", "shop", "at", "nope"],
      measures: ["sold", "gold", "shops"],
      levels: { day: "week", week: "month", hour: "year", month: "decade", minute: "day" },
    },
    b: { dimensions: "shop", measures: [], levels: {} },
  },
};

describe("a cube definition", () => {
  it("that holds together is returned as it is", () => {
    expect(validateCatalogue({ sales })).toEqual([]);
    expect(defineCube(sales)).toBe(sales);
  });

  it("that does not is refused with every issue and its place", () => {
    const error = errorOf(() => defineCube(wrong as unknown as CubeDefinition));
    expect(error?.code).toBe("InvalidDefinition");
    const issues = error!.details.issues as { path: string; message: string }[];
    expect(issues.map(({ path }) => path).sort()).toEqual(
      [
        "1st.name",
        "1st.table",
        "1st.time",
        "1st.fields.price.scale",
        "1st.fields.total.of.1",
        "1st.fields.freight.of.1",
        "1st.fields.odd.type",
        "1st.fields.constructor",
        "1st.dimensions.shop.field",
        "1st.dimensions.quantity.field",
        "1st.dimensions.weekday.field",
        "1st.dimensions.weekday.cardinality",
        "1st.dimensions.weight.field",
        "1st.measures.shop",
        "1st.measures.sold.field",
        "1st.measures.shops.dimension",
        "1st.measures.moments.dimension",
        "1st.measures.best.type",
        "1st.measures.paid.format",
        "1st.measures.part1.denominator",
        "1st.measures.part2.numerator",
        "1st.measures.part2.denominator",
        "1st.measures.about1.dimension",
        "1st.measures.about2.dimension",
        "1st.measures.middle1.q",
        "1st.measures.middle2.field",
        "1st.measures.middle3.q",
        "1st.measures.middle4.q",
        "1st.measures.middle4.filters",
        "1st.measures.part3.numerator",
        "1st.measures.part3.denominator",
        "1st.measures.filtered1.filters",
        "1st.measures.filtered2.filters",
        "1st.measures.filtered3.filters.0.dimension",
        "1st.measures.filtered3.filters.1.dimension",
        "1st.measures.filtered3.filters.2.operator",
        "1st.measures.filtered3.filters.3.values",
        "1st.measures.filtered3.filters.4.values",
        "1st.measures.filtered3.filters.5.values.3",
        "1st.measures.filtered3.filters.5.values.4",
        "1st.measures.filtered3.filters.6",
        "1st.rollups.a.dimensions.1",
        "1st.rollups.a.dimensions.2",
        "1st.rollups.a.dimensions.3",
        "1st.rollups.a.measures.1",
        "1st.rollups.a.measures.2",
        "1st.rollups.a.levels.week",
        "1st.rollups.a.levels.hour",
        "1st.rollups.a.levels.month",
        "1st.rollups.a.levels.minute",
        "1st.rollups.b.dimensions",
        "1st.rollups.b.levels",
      ].sort(),
    );
    const byPath = Object.fromEntries(issues.map(({ path, message }) => [path, message]));
    expect(byPath["1st.dimensions.shop.field"]).toContain("did you mean shop?");
    expect(byPath["1st.rollups.a.measures.1"]).toContain("did you mean sold?");
    expect(error!.message).toContain("1st.table");
  });

  it("in which two measures would store different things by one name is refused", () => {
    const { fields, measures } = sales;
    const error = errorOf(() =>
      defineCube({
        ...(sales as CubeDefinition),
        fields: { ...fields, if_deals: { type: "integer" } },
        measures: {
          ...measures,
          odd: { type: "sum", field: "if_deals" },
          deals: {
            type: "sum",
            field: "quantity",
            filters: [{ dimension: "shop", operator: "set" }],
          },
        },
      }),
    );
    expect(error!.details.issues).toEqual([
      { path: "sales.measures.deals", message: "would share sum_if_deals with odd" },
    ]);
  });

  it("that is no object at all is refused too", () => {
    for (const value of [null, 1, [], "cube", {}]) {
      expect(codeOf(() => defineCube(value as unknown as CubeDefinition))).toBe(
        "InvalidDefinition",
      );
    }
    expect(validateCatalogue({ other: sales })).toEqual([
      { path: "other.name", message: "must be other, as in the catalogue" },
    ]);
  });
});

describe("a stored rollup", () => {
  it("keeps the counts that nullable fields need, and each statistic once", () => {
    const { accumulators, levels, dimensions } = resolveRollup(sales, "byShop", "UTC");
    expect(accumulators.map(({ column }) => column)).toEqual([
      "count",
      "sum_quantity",
      "n_amount",
      "sum_amount",
      "n_price",
      "sum_price",
      "min_price",
      "max_price",
      "min_quantity",
      "n_if_cheapest",
      "min_if_cheapest",
      "sumSq_price",
      "n_weight",
      "floatSum_weight",
      "hll_shop",
      "ddSketch_amount",
    ]);
    expect(levels.map(({ granularity }) => granularity)).toEqual(["day", "week", "month", "year"]);
    expect(dimensions).toEqual([
      { name: "shop", type: "string", field: "shop", cardinality: 3 },
      { name: "size", type: "number", field: "size", cardinality: 3 },
    ]);
    expect(codeOf(() => resolveRollup(sales, "toString", "UTC"))).toBe("UnknownRollup");
  });

  it("has another fingerprint exactly when its tiles would hold something else", () => {
    const base = fingerprint(resolveRollup(sales, "byShop", "UTC"));
    expect(base).toMatch(/^[0-9a-f]{32}$/);
    const variant = (patch: Partial<CubeDefinition>, zone = "UTC") =>
      fingerprint(resolveRollup({ ...(sales as CubeDefinition), ...patch }, "byShop", zone));
    const { shop } = sales.dimensions;
    expect(variant({})).toBe(base);
    expect(variant({ title: "Sales" })).toBe(base);
    expect(
      variant({ dimensions: { ...sales.dimensions, shop: { ...shop, cardinality: 9 } } }),
    ).toBe(base);
    expect(
      variant({ fields: { ...sales.fields, tags: { type: "strings", from: "labels" } } }),
    ).toBe(base);
    expect(
      variant({
        fields: { ...sales.fields, shop: { type: "string", nullable: true, from: "shop" } },
      }),
    ).toBe(base);
    const others = [
      variant({}, "Europe/Berlin"),
      variant({ table: "others" }),
      variant({
        fields: { ...sales.fields, price: { type: "decimal", scale: 3, nullable: true } },
      }),
      variant({ fields: { ...sales.fields, price: { type: "decimal", scale: 2 } } }),
      variant({
        fields: { ...sales.fields, shop: { type: "string", nullable: true, from: "store" } },
      }),
      variant({ rollups: { byShop: { ...sales.rollups.byShop, measures: ["count"] } } }),
      variant({ rollups: { byShop: { ...sales.rollups.byShop, levels: { day: "month" } } } }),
      variant({ rollups: { byShop: { ...sales.rollups.byShop, dimensions: ["shop"] } } }),
    ];
    expect(new Set([base, ...others]).size).toBe(others.length + 1);
  });

  it("takes facts of other definitions exactly when the fields that it keeps were read alike", () => {
    const { fields } = resolveRollup(sales, "byShop", "UTC");
    const isTaken = (patch: Partial<CubeDefinition>) =>
      readsAlike(fields, readingOf({ ...(sales as CubeDefinition), ...patch }));
    const withField = (name: string, field: CubeDefinition["fields"][string]) =>
      isTaken({ fields: { ...sales.fields, [name]: field } });
    const { shop: _, ...withoutShop } = sales.fields;

    expect(isTaken({})).toBe(true);
    expect(isTaken({ title: "Sales", rollups: {}, measures: {} })).toBe(true);
    expect(withField("another", { type: "integer" })).toBe(true);
    expect(withField("tags", { type: "strings", from: "labels" })).toBe(true);
    expect(withField("shop", { type: "string", nullable: true, from: "shop" })).toBe(true);

    expect(isTaken({ table: "others" })).toBe(false);
    expect(isTaken({ fields: withoutShop })).toBe(false);
    expect(withField("price", { type: "decimal", scale: 3, nullable: true })).toBe(false);
    expect(withField("price", { type: "decimal", scale: 2 })).toBe(false);
    expect(withField("shop", { type: "string", nullable: true, from: "store" })).toBe(false);
    expect(readsAlike(fields, "")).toBe(false);
  });

  it("is told from a reading of five characters a field", () => {
    expect(readingOf(sales)).toHaveLength(5 * Object.keys(sales.fields).length);
  });

  it("may name segments, whose conditions are checked like filters", () => {
    const issuesOf = (segment: unknown, name = "some") =>
      validateCatalogue({ sales: { ...sales, segments: { [name]: segment } } as never });
    const shop = { dimension: "shop", operator: "set" };
    expect(
      issuesOf({ or: [shop, { and: [{ ...shop, operator: "startsWith", values: ["a"] }] }] }),
    ).toEqual([]);
    const cases: [unknown, string, string][] = [
      [null, "", "must be an object"],
      [{ or: [] }, ".or", "must list filters"],
      [{ and: [shop], or: [shop] }, "", "must be nothing but and"],
      [{ or: [{ ...shop, dimension: "shpo" }] }, ".or.0.dimension", "did you mean shop?"],
      [{ ...shop, dimension: "at" }, ".dimension", "must not be a time dimension"],
      [{ ...shop, operator: "gt", values: [1] }, ".operator", "must be one of"],
      [{ dimension: "size", operator: "gt", values: [1, 2] }, ".values", "gt needs one number"],
      [{ dimension: "size", operator: "in", values: ["big"] }, ".values.0", "must be a number"],
      [{ ...shop, values: ["a"] }, ".values", "takes no values"],
      [{ or: Array.from({ length: 20 }, () => shop) }, "", "at most 20"],
      [
        { or: [{ or: [{ or: [{ or: [{ or: [{ or: [shop] }] }] }] }] }] },
        ".or.0.or.0.or.0.or.0.or.0",
        "deeper than 5",
      ],
    ];
    for (const [segment, at, message] of cases) {
      const [issue, ...others] = issuesOf(segment);
      expect([issue?.path, others], JSON.stringify(segment)).toEqual([
        `sales.segments.some${at}`,
        [],
      ]);
      expect(issue?.message).toContain(message);
    }
    expect(issuesOf(shop, "shop")[0]?.message).toBe("has the name of another member");
  });
});
