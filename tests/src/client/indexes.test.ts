/** Indexes found by their fields in real schemas, and the line to add where one is missing. */
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
import { describe, expect, it } from "vitest";
import { inventory, watch } from "../../../convex/cubes.js";
import appSchema from "../../../convex/schema.js";
import { completeCube } from "../../../src/client/cubes/completeCube.js";
import { indexesOf } from "../../../src/client/cubes/indexes.js";
import { errorOf } from "../../lib/fixtures/codeOf.js";

const table = () =>
  defineTable({
    orgId: v.string(),
    status: v.string(),
    createdAt: v.number(),
  });

type Orders = ReturnType<typeof table>;

function indexes(
  orders: unknown,
  options: { tenant?: string; time?: string; fields?: object } = { tenant: "orgId" },
) {
  const schema = defineSchema({ orders: orders as Orders });
  const cube = completeCube(schema, "orders", {
    time: "createdAt",
    ...options,
    fields: (options.fields ?? {}) as never,
    dimensions: {},
    measures: { count: "count" },
    rollups: {},
  });
  return indexesOf(schema, cube, options.tenant ?? null);
}

describe("indexes are found", () => {
  it("whatever they are called", () => {
    const orders = table().index("mine", ["orgId"]).index("newest", ["orgId", "createdAt"]);
    expect(indexes(orders)).toEqual({
      byTenant: "mine",
      byTime: "newest",
      timeField: "createdAt",
    });
  });

  it("of the reference app", () => {
    const found = { byTenant: "by_tenant", byTime: "by_tenant_and_time" };
    expect(indexesOf(appSchema, watch, "tenantId")).toEqual({ ...found, timeField: "watchedAt" });
    expect(indexesOf(appSchema, inventory, "tenantId")).toEqual({
      ...found,
      timeField: "occurredAt",
    });
  });

  it("over time with more fields after it, and rather without", () => {
    const wide = table().index("a", ["orgId"]).index("b", ["orgId", "createdAt", "status"]);
    expect(indexes(wide).byTime).toBe("b");
    expect(indexes(wide.index("c", ["orgId", "createdAt"])).byTime).toBe("c");
  });

  it("over the tenant alone only where no other field follows", () => {
    const orders = table()
      .index("b", ["orgId", "createdAt"])
      .index("c", ["orgId", "status"])
      .index("a", ["orgId"]);
    expect(indexes(orders)).toMatchObject({ byTenant: "a", byTime: "b" });
  });

  it("by the field of the document where the cube calls it otherwise", () => {
    const orders = table().index("a", ["orgId"]).index("b", ["orgId", "createdAt"]);
    const fields = { ordered: { type: "time", from: "createdAt" } };
    expect(indexes(orders, { tenant: "orgId", time: "ordered", fields })).toEqual({
      ...{ byTenant: "a", byTime: "b" },
      timeField: "createdAt",
    });
  });

  it("as one where the time is that of creation", () => {
    const orders = table().index("a", ["orgId"]);
    expect(indexes(orders, { tenant: "orgId", time: "_creationTime" })).toEqual({
      ...{ byTenant: "a", byTime: "a" },
      timeField: "_creationTime",
    });
  });

  it("of an app without tenants: over time, and the one of Convex over creation", () => {
    const orders = table().index("by_created", ["createdAt"]);
    expect(indexes(orders, {})).toEqual({
      byTenant: "by_creation_time",
      byTime: "by_created",
      timeField: "createdAt",
    });
    expect(indexes(table(), { time: "_creationTime" })).toEqual({
      byTenant: "by_creation_time",
      byTime: "by_creation_time",
      timeField: "_creationTime",
    });
  });
});

describe("a missing index is named with the line to add", () => {
  const sentence = (orders: unknown, options?: Parameters<typeof indexes>[1]) => {
    const error = errorOf(() => indexes(orders, options));
    expect(error?.code).toBe("InvalidDefinition");
    return error?.message;
  };

  it.each<[string, unknown, Parameters<typeof indexes>[1], string]>([
    [
      "both of them",
      table(),
      undefined,
      'Cube "orders": table "orders" needs indexes over ["orgId"] and ["orgId", "createdAt"]. In the schema, add .index("by_orgId", ["orgId"]).index("by_orgId_and_createdAt", ["orgId", "createdAt"]) to it.',
    ],
    [
      "the one over the tenant alone, which none with more fields replaces",
      table().index("b", ["orgId", "createdAt"]),
      undefined,
      'Cube "orders": table "orders" needs an index over ["orgId"]. In the schema, add .index("by_orgId", ["orgId"]) to it.',
    ],
    [
      "the one over time, which fields in another order do not replace",
      table().index("a", ["orgId"]).index("b", ["createdAt", "orgId"]),
      undefined,
      'Cube "orders": table "orders" needs an index over ["orgId", "createdAt"]. In the schema, add .index("by_orgId_and_createdAt", ["orgId", "createdAt"]) to it.',
    ],
    [
      "the one over time of an app without tenants",
      table().index("a", ["orgId", "createdAt"]),
      {},
      'Cube "orders": table "orders" needs an index over ["createdAt"]. In the schema, add .index("by_createdAt", ["createdAt"]) to it.',
    ],
    [
      "the one over the tenant, where the time is that of creation",
      table(),
      { tenant: "orgId", time: "_creationTime" },
      'Cube "orders": table "orders" needs an index over ["orgId"]. In the schema, add .index("by_orgId", ["orgId"]) to it.',
    ],
    [
      "one that is staged",
      table()
        .index("a", ["orgId"])
        .index("b", { fields: ["orgId", "createdAt"], staged: true }),
      undefined,
      'Cube "orders": table "orders" needs an index over ["orgId", "createdAt"]. In the schema, add .index("by_orgId_and_createdAt", ["orgId", "createdAt"]) to it. A staged index does not count.',
    ],
  ])("%s", (_, orders, options, text) => {
    expect(sentence(orders, options)).toBe(text);
  });

  it("and the fields as details", () => {
    expect(errorOf(() => indexes(table()))?.details).toEqual({
      cube: "orders",
      table: "orders",
      missing: [["orgId"], ["orgId", "createdAt"]],
    });
  });
});
