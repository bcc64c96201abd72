import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import { diffOf } from "../../../cli/rollups/init/diff.js";
import { proposeCube, proposeCubes } from "../../../cli/rollups/init/propose.js";
import { tablesOf } from "../../../cli/rollups/schema/tables.js";

const cubeOf = (table: ReturnType<typeof defineTable>) =>
  proposeCube(tablesOf(defineSchema({ records: table }))![0]!);

const id = (name: string) => v.id(name);
const number = v.number();

describe("the tenant", () => {
  test.each([
    [{ userId: id("users"), orgId: id("orgs") }, "orgId"],
    [{ clerkOrgId: v.string(), userId: v.string() }, "clerkOrgId"],
    [{ workspace_id: v.string() }, "workspace_id"],
    [{ organizationSlug: v.string() }, "organizationSlug"],
    [{ userId: id("users"), teamId: v.optional(id("teams")) }, "userId"],
    [{ team: number, customerId: id("customers"), orgName: v.string() }, null],
  ])("of %j is %s", (fields, tenant) => {
    expect(cubeOf(defineTable(fields)).tenant).toBe(tenant);
  });

  test("is the field that an index begins with, of two of one rank", () => {
    const fields = { orgId: v.string(), clerkOrgId: v.string() };
    expect(cubeOf(defineTable(fields)).tenant).toBe("orgId");
    expect(cubeOf(defineTable(fields).index("mine", ["clerkOrgId"])).tenant).toBe("clerkOrgId");
  });
});

describe("the time", () => {
  test.each([
    [{ updatedAt: number, createdAt: number, paidAt: number }, "paidAt"],
    [{ expiresAt: number, deleted_at: number, lastSeenAt: number }, "_creationTime"],
    [{ createdAt: v.optional(number), date: v.string() }, "_creationTime"],
    [{ mergedOn: number }, "mergedOn"],
    [{ timestamp: v.union(number, v.null()), ts: number }, "ts"],
  ])("of %j is %s", (fields, time) => {
    expect(cubeOf(defineTable(fields)).time).toBe(time);
  });

  test("is rather one that an index has behind the tenant", () => {
    const table = defineTable({ orgId: v.string(), paidAt: number, createdAt: number });
    const indexed = table.index("by_org", ["orgId", "createdAt", "paidAt"]);
    expect(cubeOf(indexed).time).toBe("createdAt");
  });
});

describe("measures and dimensions", () => {
  test("are numbers to add up or to average, and fields of few values", () => {
    const cube = cubeOf(
      defineTable({
        createdAt: number,
        endedAt: number,
        version: number,
        big: v.int64(),
        isTest: v.boolean(),
        stars: v.union(v.literal(1), v.literal(2), v.null()),
        notes: v.string(),
        countries: v.array(v.string()),
        unitPrice: number,
        count: number,
        misc: number,
        totalCents: v.optional(number),
      }),
    );
    expect(cube.measures).toEqual([
      { name: "count", definition: "count" },
      { name: "sumOfCount", definition: { sum: "count" } },
      { name: "totalCents", definition: { sum: "totalCents" } },
      { name: "averageUnitPrice", definition: { avg: "unitPrice" } },
      { name: "misc", definition: { sum: "misc" } },
    ]);
    expect(cube.dimensions).toEqual([
      { name: "isTest", type: "string" },
      { name: "stars", type: "number" },
    ]);
  });

  test("are kept together while their combinations are few", () => {
    const oneOf = (size: number) =>
      v.union(...Array.from({ length: size }, (_, i) => v.literal(`value${i}`)));
    const cube = cubeOf(
      defineTable({ a: oneOf(10), b: oneOf(30), c: oneOf(20), country: v.string(), at: number }),
    );
    expect(cube.rollups).toEqual([
      { name: "by_a_and_c", dimensions: ["a", "c"] },
      { name: "by_b", dimensions: ["b"] },
      { name: "by_country", dimensions: ["country"] },
    ]);
    expect(cubeOf(defineTable({ at: number })).rollups).toEqual([
      { name: "totals", dimensions: [] },
    ]);
  });
});

test("tables of what happened come before tables of people and settings", () => {
  const tables = tablesOf(
    defineSchema({
      users: defineTable({
        orgId: v.string(),
        role: v.string(),
        createdAt: number,
        credits: number,
      }),
      anything: defineTable(v.any()),
      tickets: defineTable({ orgId: v.string(), status: v.string(), openedAt: number }),
      payments: defineTable({
        orgId: v.string(),
        currency: v.string(),
        amount: number,
        paidAt: number,
      }),
    }),
  )!;
  expect(proposeCubes(tables).map(({ table }) => table)).toEqual([
    ...["payments", "tickets", "users", "anything"],
  ]);
});

test("a diff has hunks with three lines around each change", () => {
  const before = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n";
  const after = before.replace("b\n", "").replace("l\n", "l\nm\n");
  expect(diffOf("x", before, after)).toBe(
    ["--- a/x", "+++ b/x", "@@ -1,5 +1,4 @@", " a", "-b", " c", " d", " e"].join("\n") +
      ["\n@@ -10,3 +9,4 @@", " j", " k", " l", "+m\n"].join("\n"),
  );
  expect(diffOf("x", before, before)).toBe("");
});
