/** The tenant's argument of public functions, by real schemas. */
import { defineSchema, defineTable } from "convex/server";
import { v, type GenericValidator } from "convex/values";
import { describe, expect, it } from "vitest";
import appSchema from "../../../convex/schema.js";
import type { CubeOptions } from "../../../src/client/cubes/cubeOptions.js";
import { tenantArgument } from "../../../src/client/cubes/tenantArgument.js";
import { errorOf } from "../../lib/fixtures/codeOf.js";

const schema = defineSchema({
  orders: defineTable({ orgId: v.id("orgs"), at: v.number() }),
  drafts: defineTable({ orgId: v.optional(v.id("orgs")), at: v.number() }),
  events: defineTable({ org: v.string(), at: v.number() }),
  imports: defineTable({ orgId: v.string(), at: v.number() }),
  shared: defineTable({ orgId: v.union(v.id("orgs"), v.id("teams"), v.null()), at: v.number() }),
  sites: defineTable({ site: v.union(v.literal("de"), v.literal("fr")), at: v.number() }),
  rooms: defineTable({ room: v.number(), at: v.number() }),
  asked: defineTable({ query: v.string(), at: v.number() }),
  loose: defineTable(v.any()),
});

const cube = (tenant?: string, table?: string): CubeOptions => ({
  time: "at",
  ...(tenant === undefined ? {} : { tenant }),
  ...(table === undefined ? {} : { table }),
  ...{ dimensions: {}, measures: {}, rollups: {} },
});

/** As it is sent to Convex, which is what it means. */
const json = (validator: GenericValidator | undefined) =>
  (validator as unknown as { json: unknown } | undefined)?.json;

describe("the tenant's argument", () => {
  it.each<[string, Record<string, CubeOptions>, string, GenericValidator]>([
    ["an id", { orders: cube("orgId") }, "orgId", v.id("orgs")],
    ["a string", { events: cube("org") }, "org", v.string()],
    [
      "an optional id, which is required of a caller",
      { drafts: cube("orgId") },
      "orgId",
      v.id("orgs"),
    ],
    [
      "ids of two tables or null",
      { shared: cube("orgId") },
      "orgId",
      v.union(v.id("orgs"), v.id("teams")),
    ],
    ["literals", { sites: cube("site") }, "site", v.union(v.literal("de"), v.literal("fr"))],
    [
      "one id of two cubes",
      { orders: cube("orgId"), drafts: cube("orgId") },
      "orgId",
      v.id("orgs"),
    ],
    [
      "two cubes over one table",
      { a: cube("orgId", "orders"), b: cube("orgId", "orders") },
      "orgId",
      v.id("orgs"),
    ],
    [
      "an id in one table that is a string in another",
      { orders: cube("orgId"), imports: cube("orgId") },
      "orgId",
      v.string(),
    ],
  ])("takes %s", (_, cubes, name, validator) => {
    const argument = tenantArgument(schema, cubes);
    expect(argument?.name).toBe(name);
    expect(json(argument?.validator)).toEqual(json(validator));
    expect(argument?.validator.isOptional).toBe("required");
  });

  it("is tenantId in the reference app", () => {
    const cubes = {
      watch: cube("tenantId", "watchRecords"),
      inventory: cube("tenantId", "inventoryRecords"),
    };
    expect(tenantArgument(appSchema, cubes)?.name).toBe("tenantId");
  });

  it("has the name that the app gives it", () => {
    const cubes = { orders: cube("orgId"), events: cube("org") };
    const argument = tenantArgument(schema, cubes, "organisation");
    expect(argument?.name).toBe("organisation");
    expect(json(argument?.validator)).toEqual(json(v.string()));
    expect(tenantArgument(schema, { asked: cube("query") }, "asker")?.name).toBe("asker");
  });

  it("does not exist in an app without tenants", () => {
    expect(tenantArgument(schema, { orders: cube(), events: cube() })).toBeNull();
  });
});

describe("the tenant's argument is refused", () => {
  it.each<[string, Record<string, CubeOptions>, string | undefined, string]>([
    [
      "for fields of several names",
      { orders: cube("orgId"), events: cube("org") },
      undefined,
      'The cubes have tenant fields of several names: orders.orgId, events.org. Say what the argument of the public functions is called, such as tenantArgument: "orgId".',
    ],
    [
      "for a cube without a tenant beside one with a tenant",
      { orders: cube("orgId"), events: cube() },
      undefined,
      'Cube "events": it has no tenant, and other cubes have one. Say in `tenant` which field of its table holds the tenant, as cube "orders" does with "orgId".',
    ],
    [
      "for a name without tenants",
      { orders: cube() },
      "orgId",
      'tenantArgument is "orgId", but no cube has a tenant. Remove it.',
    ],
    [
      "for a number",
      { rooms: cube("room") },
      undefined,
      'Cube "rooms": the tenant\'s field rooms.room must hold a string or an id, as its validator says in the schema.',
    ],
    [
      "for a field of which the schema says nothing",
      { loose: cube("orgId") },
      undefined,
      'Cube "loose": the tenant\'s field loose.orgId must hold a string or an id, as its validator says in the schema.',
    ],
    [
      "for the name of another argument",
      { asked: cube("query") },
      undefined,
      'The tenant\'s argument cannot be called "query", as another is. Say tenantArgument.',
    ],
  ])("%s", (_, cubes, given, sentence) => {
    const error = errorOf(() => tenantArgument(schema, cubes, given));
    expect(error?.code).toBe("InvalidDefinition");
    expect(error?.message).toBe(sentence);
  });
});
