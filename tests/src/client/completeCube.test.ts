/** Cubes as an app writes them, completed from real schemas; and every sentence that refuses one. */
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
import { describe, expect, it } from "vitest";
import { inventory, watch } from "../../../convex/cubes.js";
import appSchema from "../../../convex/schema.js";
import type { FieldDefinition } from "../../../lib/model/cube.js";
import { completeCube } from "../../../src/client/cubes/completeCube.js";
import type { CubeOptions } from "../../../src/client/cubes/cubeOptions.js";
import type { AppSchema } from "../../../src/client/cubes/heldValues.js";
import { errorOf } from "../../lib/fixtures/codeOf.js";

const schema = defineSchema({
  orgs: defineTable({ name: v.string() }),
  orders: defineTable({
    orgId: v.id("orgs"),
    customerId: v.optional(v.id("customers")),
    status: v.union(v.literal("open"), v.literal("paid"), v.literal("void")),
    note: v.union(v.string(), v.null()),
    channel: v.optional(v.union(v.literal("web"), v.null(), v.union(v.literal("shop")))),
    amount: v.number(),
    tip: v.optional(v.number()),
    cents: v.int64(),
    points: v.union(v.int64(), v.null()),
    stars: v.union(v.literal(1), v.literal(2), v.literal(3)),
    tags: v.array(v.string()),
    labels: v.optional(v.array(v.union(v.literal("new"), v.literal("gift")))),
    followers: v.union(v.array(v.id("orgs")), v.null()),
    sizes: v.array(v.number()),
    anything: v.any(),
    anyList: v.array(v.any()),
    mixed: v.union(v.string(), v.number()),
    paid: v.boolean(),
    address: v.object({ city: v.string() }),
    bytes: v.bytes(),
    counts: v.record(v.string(), v.number()),
    createdAt: v.number(),
    shippedAt: v.optional(v.number()),
    placedAt: v.int64(),
  }),
});

const base = {
  tenant: "orgId",
  time: "createdAt",
  dimensions: {},
  measures: { count: "count" },
  rollups: { totals: { dimensions: [], levels: { day: "month" } } },
} satisfies CubeOptions;

const complete = (options: Partial<CubeOptions>) =>
  completeCube(schema, "orders", { ...base, ...options });

/** The refusal of an option, in words. */
function refusal(
  options: Record<string, unknown>,
  name = "orders",
  tables: AppSchema = schema,
): string {
  const error = errorOf(() => completeCube(tables, name, { ...base, ...options } as CubeOptions));
  expect(error?.code).toBe("InvalidDefinition");
  return error?.message ?? "";
}

describe("a cube in short form", () => {
  it("takes table, fields, types and the rollups' measures from the schema", () => {
    const cube = complete({
      dimensions: { status: "string" },
      measures: { count: "count", revenue: { sum: "amount" }, largest: { max: "amount" } },
      rollups: { by_status: { dimensions: ["status"], levels: { day: "month", month: "year" } } },
    });
    expect(cube).toEqual({
      name: "orders",
      table: "orders",
      time: "createdAt",
      fields: {
        createdAt: { type: "time" },
        status: { type: "string" },
        amount: { type: "float" },
      },
      dimensions: {
        createdAt: { type: "time", field: "createdAt" },
        status: { type: "string", field: "status" },
      },
      measures: {
        count: { type: "count" },
        revenue: { type: "sum", field: "amount" },
        largest: { type: "max", field: "amount" },
      },
      rollups: {
        by_status: {
          dimensions: ["status"],
          levels: { day: "month", month: "year" },
          measures: ["count", "revenue", "largest"],
        },
      },
    });
  });

  it("keeps title, description and expiry, and may be over a table of another name", () => {
    const words = { title: "Orders", description: "Of shops", expire: "2 year" };
    const cube = completeCube(schema, "sales", { ...base, ...words, table: "orders" });
    expect(cube).toMatchObject({ ...words, name: "sales", table: "orders" });
  });

  const dimensions: [string, CubeOptions["dimensions"][string], FieldDefinition][] = [
    ["status", "string", { type: "string" }],
    ["paid", "string", { type: "string" }],
    ["orgId", "string", { type: "string" }],
    ["customerId", "string", { type: "string", nullable: true }],
    ["note", "string", { type: "string", nullable: true }],
    ["channel", "string", { type: "string", nullable: true }],
    ["tags", "strings", { type: "strings" }],
    ["labels", "strings", { type: "strings" }],
    ["followers", "strings", { type: "strings" }],
    ["stars", "number", { type: "integer" }],
    ["amount", "number", { type: "integer" }],
    ["tip", "number", { type: "integer", nullable: true }],
    ["cents", "number", { type: "integer" }],
    ["points", "number", { type: "integer", nullable: true }],
  ];
  it.each(dimensions)("reads %s as a dimension of type %s", (field, type, definition) => {
    const cube = complete({ dimensions: { [field]: type } });
    expect(cube.fields[field]).toEqual(definition);
    expect(cube.dimensions[field]).toEqual({ type, field });
  });

  const measured: [string, FieldDefinition][] = [
    ["amount", { type: "float" }],
    ["tip", { type: "float", nullable: true }],
    ["stars", { type: "float" }],
    ["cents", { type: "integer" }],
    ["points", { type: "integer", nullable: true }],
  ];
  it.each(measured)("measures %s", (field, definition) => {
    const measures = { sum: { sum: field }, avg: { avg: field }, low: { min: field } };
    expect(complete({ measures }).fields[field]).toEqual(definition);
  });

  it("reads a number that is measured and a dimension as whole numbers", () => {
    const cube = complete({
      dimensions: { amount: "number" },
      measures: { sum: { sum: "amount" } },
    });
    expect(cube.fields["amount"]).toEqual({ type: "integer" });
  });

  it("derives hours and weekdays from its time", () => {
    const cube = complete({ dimensions: { hour: "hourOfDay", day: "weekday" } });
    expect(cube.dimensions["hour"]).toEqual({ type: "hourOfDay", field: "createdAt" });
    expect(cube.dimensions["day"]).toEqual({ type: "weekday", field: "createdAt" });
    expect(cube.fields).toEqual({ createdAt: { type: "time" } });
  });

  it("derives hours from the field of a time dimension that has another name", () => {
    const cube = complete({
      time: "ordered",
      dimensions: { ordered: { type: "time", field: "createdAt" }, hour: "hourOfDay" },
    });
    expect(cube.dimensions["hour"]).toEqual({ type: "hourOfDay", field: "createdAt" });
    expect(cube.time).toBe("ordered");
  });

  it("calls the time of creation creationTime, and an id id", () => {
    const cube = complete({
      time: "_creationTime",
      dimensions: { order: { type: "string", field: "_id" }, hour: "hourOfDay" },
    });
    expect(cube.time).toBe("creationTime");
    expect(cube.fields).toEqual({
      creationTime: { type: "time", from: "_creationTime" },
      id: { type: "string", from: "_id" },
    });
    expect(cube.dimensions).toEqual({
      creationTime: { type: "time", field: "creationTime" },
      order: { type: "string", field: "id" },
      hour: { type: "hourOfDay", field: "creationTime" },
    });
  });

  it("may leave out the field of a definition", () => {
    const cube = complete({
      time: "createdAt",
      dimensions: {
        createdAt: { type: "time", granularities: { fortnight: { interval: "2 weeks" } } },
        status: { type: "string", title: "Status", cardinality: 3 },
        weekday: { type: "weekday", title: "Weekday" },
      },
    });
    expect(cube.dimensions).toEqual({
      createdAt: {
        type: "time",
        field: "createdAt",
        granularities: { fortnight: { interval: "2 weeks" } },
      },
      status: { type: "string", field: "status", title: "Status", cardinality: 3 },
      weekday: { type: "weekday", field: "createdAt", title: "Weekday" },
    });
  });

  it("takes the app's word for a field, and from the schema whether it may be absent", () => {
    const cube = complete({
      fields: {
        amount: { type: "decimal", scale: 2 },
        gratuity: { type: "decimal", scale: 2, from: "tip" },
        tip: { type: "decimal", scale: 2, nullable: false },
        value: { type: "product", of: ["cents", "amount"] },
        anything: { type: "string" },
      },
      dimensions: { anything: "string" },
      measures: { value: { sum: "value" }, median: { type: "quantile", field: "amount", q: 0.5 } },
    });
    expect(cube.fields).toEqual({
      amount: { type: "decimal", scale: 2 },
      gratuity: { type: "decimal", scale: 2, from: "tip", nullable: true },
      tip: { type: "decimal", scale: 2, nullable: false },
      value: { type: "product", of: ["cents", "amount"] },
      anything: { type: "string", nullable: true },
      createdAt: { type: "time" },
      cents: { type: "integer" },
    });
  });

  it("takes the app's word that every record has an optional time", () => {
    const cube = complete({ time: "shippedAt", fields: { shippedAt: { type: "time" } } });
    expect(cube.fields["shippedAt"]).toEqual({ type: "time" });
  });

  it("gives a rollup the measures that it can hold", () => {
    const { rollups } = complete({
      dimensions: { status: "string", tags: "strings" },
      measures: {
        count: "count",
        states: { type: "countDistinct", dimension: "status" },
        share: { type: "ratio", numerator: "states", denominator: "count" },
        used: { type: "countDistinct", dimension: "tags" },
      },
      rollups: {
        totals: { dimensions: [], levels: { day: "month" } },
        by_status: { dimensions: ["status"], levels: { day: "month" } },
        by_tags: { dimensions: ["tags"], together: ["tags"], levels: { day: "month" } },
        counts: { dimensions: ["status"], measures: ["count"], levels: { day: "month" } },
      },
    });
    expect(rollups["totals"]?.measures).toEqual(["count"]);
    expect(rollups["by_status"]?.measures).toEqual(["count", "states", "share"]);
    expect(rollups["by_tags"]?.measures).toEqual(["count"]);
    expect(rollups["counts"]?.measures).toEqual(["count"]);
  });

  it("reads a table of several forms: a field that one form lacks may be absent", () => {
    const events = defineTable(
      v.union(
        v.object({ kind: v.literal("view"), at: v.number(), page: v.string() }),
        v.object({ kind: v.literal("buy"), at: v.number(), amount: v.number() }),
      ),
    );
    const cube = completeCube(defineSchema({ events }), "events", {
      time: "at",
      dimensions: { kind: "string", page: "string" },
      measures: { spent: { sum: "amount" } },
      rollups: {},
    });
    expect(cube.fields).toEqual({
      at: { type: "time" },
      kind: { type: "string" },
      page: { type: "string", nullable: true },
      amount: { type: "float", nullable: true },
    });
  });

  it("reads a table of any documents as the app says", () => {
    const tables = defineSchema({ log: defineTable(v.any()) });
    const options = {
      time: "at",
      dimensions: { who: "string" },
      measures: {},
      rollups: {},
    } as const;
    const fields = { at: { type: "time" }, who: { type: "string" } } as const;
    expect(completeCube(tables, "log", { ...options, fields }).fields).toEqual(fields);
    expect(errorOf(() => completeCube(tables, "log", options))?.message).toBe(
      'Cube "log": time "at": say in `fields` how log.at is to be read, because the schema does not say what it holds, such as fields: { at: { type: "time" } }.',
    );
  });
});

describe("a whole definition", () => {
  it("stays what it is", () => {
    expect(completeCube(appSchema, "watch", { ...watch, tenant: "tenantId" })).toEqual(watch);
    expect(completeCube(appSchema, "inventory", { ...inventory, tenant: "tenantId" })).toEqual(
      inventory,
    );
  });

  it("can leave out its fields, and those that the schema tells are found", () => {
    const { fields: _, ...rest } = watch;
    const fields = { durationSeconds: { type: "decimal", scale: 3 } } as const;
    expect(completeCube(appSchema, "watch", { ...rest, fields }).fields).toEqual(watch.fields);
  });
});

describe("a cube is refused, in one sentence,", () => {
  it.each<[string, Record<string, unknown>, string]>([
    [
      "for a table that the schema does not have",
      { table: "order" },
      'Cube "orders": the schema has no table "order". Did you mean "orders"?',
    ],
    [
      "for an unknown tenant field",
      { tenant: "orgID2" },
      'Cube "orders": the tenant: table "orders" has no field "orgID2". Did you mean "orgId"?',
    ],
    [
      "for an unknown time",
      { time: "created_at" },
      'Cube "orders": time "created_at": table "orders" has no field "created_at". Did you mean "createdAt"?',
    ],
    [
      "for an unknown field of a dimension",
      { dimensions: { statsu: "string" } },
      'Cube "orders": dimension "statsu": table "orders" has no field "statsu". Did you mean "status"?',
    ],
    [
      "for an unknown field of a measure",
      { measures: { revenue: { sum: "amont" } } },
      'Cube "orders": measure "revenue": table "orders" has no field "amont". Did you mean "amount"?',
    ],
    [
      "for an unknown field that a definition reads",
      { fields: { total: { type: "float", from: "amuont" } } },
      'Cube "orders": field "total": table "orders" has no field "amuont". Did you mean "amount"?',
    ],
    [
      "for a field of a nested object",
      { dimensions: { city: { type: "string", field: "address.city" } } },
      'Cube "orders": dimension "city": table "orders" has no field "address.city". Cubes read the fields of a document itself, none of nested objects.',
    ],
    [
      "for a number as text",
      { dimensions: { amount: "string" } },
      'Cube "orders": dimension "amount": orders.amount holds a number. A dimension of type "string" is of a string, an id or a boolean.',
    ],
    [
      "for a text as number",
      { dimensions: { status: "number" } },
      'Cube "orders": dimension "status": orders.status holds a string. A dimension of type "number" is of v.number() or v.int64().',
    ],
    [
      "for a text as list",
      { dimensions: { status: "strings" } },
      'Cube "orders": dimension "status": orders.status holds a string. A dimension of type "strings" is of an array of strings.',
    ],
    [
      "for a list as text",
      { dimensions: { tags: "string" } },
      'Cube "orders": dimension "tags": orders.tags holds an array of strings. A dimension of type "string" is of a string, an id or a boolean.',
    ],
    [
      "for a list of numbers",
      { dimensions: { sizes: "strings" } },
      'Cube "orders": dimension "sizes": orders.sizes holds an array of other values than strings. A dimension of type "strings" is of an array of strings.',
    ],
    [
      "for a measured boolean",
      { measures: { sum: { sum: "paid" } } },
      'Cube "orders": measure "sum": orders.paid holds a boolean. Measure a v.number() or a v.int64().',
    ],
    [
      "for a measured text",
      { measures: { sum: { sum: "status" } } },
      'Cube "orders": measure "sum": orders.status holds a string. Measure a v.number() or a v.int64().',
    ],
    [
      "for an object",
      { dimensions: { address: "string" } },
      'Cube "orders": dimension "address": orders.address holds an object. A dimension of type "string" is of a string, an id or a boolean.',
    ],
    [
      "for bytes",
      { dimensions: { bytes: "string" } },
      'Cube "orders": dimension "bytes": orders.bytes holds bytes. A dimension of type "string" is of a string, an id or a boolean.',
    ],
    [
      "for a record",
      { measures: { sum: { sum: "counts" } } },
      'Cube "orders": measure "sum": orders.counts holds a record. Measure a v.number() or a v.int64().',
    ],
    [
      "for a time that is no v.number()",
      { time: "placedAt" },
      'Cube "orders": time "placedAt": orders.placedAt holds a v.int64(). A time is a number of milliseconds: v.number().',
    ],
    [
      "for a time that may be absent",
      { time: "shippedAt" },
      'Cube "orders": time "shippedAt": orders.shippedAt may be absent or null, and a record without a time cannot be counted. Make it required in the schema, take "_creationTime", or write fields: { shippedAt: { type: "time" } } if every record has one.',
    ],
    [
      "for values of several kinds",
      { dimensions: { mixed: "string" } },
      'Cube "orders": dimension "mixed": say in `fields` how orders.mixed is to be read, because it holds a string or a number, such as fields: { mixed: { type: "string" } }.',
    ],
    [
      "for values of which the schema says nothing",
      { measures: { sum: { sum: "anything" } } },
      'Cube "orders": measure "sum": say in `fields` how orders.anything is to be read, because the schema does not say what it holds, such as fields: { anything: { type: "decimal", scale: 2 } }.',
    ],
    [
      "for a list of which the schema says nothing",
      { dimensions: { anyList: "strings" } },
      'Cube "orders": dimension "anyList": say in `fields` how orders.anyList is to be read, because the schema does not say what it holds, such as fields: { anyList: { type: "strings" } }.',
    ],
    [
      "for a quantile of numbers whose decimals nobody says",
      { measures: { median: { type: "quantile", field: "amount", q: 0.5 } } },
      'Cube "orders": measure "median": say in `fields` how orders.amount is to be read, because it needs to know how many decimals there are, such as fields: { amount: { type: "decimal", scale: 2 } }.',
    ],
    [
      "for a factor whose decimals nobody says",
      { fields: { value: { type: "product", of: ["cents", "amount"] } } },
      'Cube "orders": field "value": say in `fields` how orders.amount is to be read, because it needs to know how many decimals there are, such as fields: { amount: { type: "decimal", scale: 2 } }.',
    ],
    [
      "for a definition that cannot read what the field holds",
      { fields: { status: { type: "decimal", scale: 2 } } },
      'Cube "orders": field "status" is of type "decimal", but orders.status holds a string.',
    ],
    [
      "for a float that is a v.int64()",
      { fields: { cents: { type: "float" } } },
      'Cube "orders": field "cents" is of type "float", but orders.cents holds a v.int64().',
    ],
    [
      "for a measure in no form",
      { measures: { revenue: { sum: "amount", avg: "amount" } } },
      'Cube "orders": measure "revenue" must be "count", { sum: field }, { avg: field }, { min: field }, { max: field }, or a definition with a type.',
    ],
    [
      "for a measure of an unknown kind",
      { measures: { revenue: { total: "amount" } } },
      'Cube "orders": measure "revenue" must be "count", { sum: field }, { avg: field }, { min: field }, { max: field }, or a definition with a type.',
    ],
    [
      "for an unknown option",
      { dimension: { status: "string" } },
      'Cube "orders": there is no option "dimension". Did you mean "dimensions"?',
    ],
    [
      "for another name than its own",
      { name: "sales" },
      'Cube "orders": its definition is called "sales". Both names must be equal.',
    ],
    [
      "for no time",
      { time: undefined },
      'Cube "orders": say in `time` which field holds the time of a record, such as time: "createdAt".',
    ],
    ["for no rollups", { rollups: undefined }, 'Cube "orders": `rollups` must be an object.'],
    [
      "for a rollup with an unknown dimension",
      {
        dimensions: { status: "string" },
        rollups: { one: { dimensions: ["state"], levels: { day: "month" } } },
      },
      "Invalid cube definition: orders.rollups.one.dimensions.0 no dimension is called state; did you mean status?",
    ],
    [
      "for a dimension with the name of a measure",
      { dimensions: { count: { type: "string", field: "status" } } },
      "Invalid cube definition: orders.measures.count has the name of a dimension",
    ],
  ])("%s", (_, options, sentence) => {
    expect(refusal(options)).toBe(sentence);
  });

  it("for a cube that is called otherwise than its table", () => {
    expect(refusal({}, "sales")).toBe(
      'Cube "sales": the schema has no table "sales". Say in `table` which one the cube is over. There are: orgs, orders.',
    );
  });

  it("for a field of the table that is called as a field of Convex is in a cube", () => {
    const tables = defineSchema({
      orders: defineTable({ orgId: v.string(), creationTime: v.string() }),
    });
    const options = { time: "_creationTime" };
    expect(
      refusal(
        { ...options, dimensions: { made: { type: "string", field: "creationTime" } } },
        "orders",
        tables,
      ),
    ).toBe(
      'Cube "orders": dimension "made": two fields would be called "creationTime". Name this one in `fields`, such as fields: { otherName: { type: "string", from: "creationTime" } }.',
    );
  });

  it("with the cube, the table and the field as details", () => {
    const options = { ...base, measures: { revenue: { sum: "amont" } } };
    expect(errorOf(() => completeCube(schema, "orders", options))?.details).toEqual({
      cube: "orders",
      table: "orders",
      field: "amont",
    });
  });
});
