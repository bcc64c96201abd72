/** What a lock may say. Whatever else it says makes it no lock: nothing is answered by a part of one. */
import { expect, test } from "vitest";
import { metaOf } from "../../lib/cubeJson/meta.js";
import { normalizeQuestion } from "../../lib/query/normalizeQuery.js";
import { narrowed } from "../../lib/query/question.js";
import { mustBeLock, seenThrough } from "../../src/client/embedding/lock.js";
import { catalogue } from "../language/cubes.js";

const city = { dimension: "city", operator: "equals", values: ["hill"] };
const ofOrders = (lock: unknown) => ({ orders: lock });
const filtered = (...filters: unknown[]) => ofOrders({ filters });
const code = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

test("a lock is conditions by the cube's names, as texts", () => {
  const lock = {
    orders: {
      filters: [city, { dimension: "priority", operator: "in", values: [1, "2"] }],
      measures: ["count"],
    },
    refunds: { filters: [city] },
  };
  expect(mustBeLock(catalogue, lock)).toEqual({
    orders: {
      filters: [
        { member: "orders.city", operator: "equals", values: ["hill"] },
        { member: "orders.priority", operator: "in", values: ["1", "2"] },
      ],
      measures: ["orders.count"],
    },
    refunds: {
      filters: [{ member: "refunds.city", operator: "equals", values: ["hill"] }],
      measures: null,
    },
  });
});

test.each([
  ["nothing", undefined],
  ["null", null],
  ["a text", "orders"],
  ["a list", [filtered(city)]],
  ["no cube", {}],
  ["an unknown cube", { sales: { filters: [city] } }],
  ["what objects inherit", JSON.parse('{"__proto__": {"filters": []}}')],
  ["a constructor", { constructor: { filters: [city] } }],
  ["a known and an unknown cube", { ...filtered(city), sales: { filters: [city] } }],
  ["a cube without anything", ofOrders(null)],
  ["a cube without filters", ofOrders({})],
  ["measures alone", ofOrders({ measures: ["count"] })],
  ["a misspelt key", ofOrders({ filter: [city] })],
  ["a key beside filters", ofOrders({ filters: [city], or: [] })],
  ["no filter", filtered()],
  ["filters that are no list", ofOrders({ filters: city })],
  ["too many filters", filtered(...Array.from({ length: 11 }, () => city))],
  ["a tree", filtered({ or: [city] })],
  ["an unknown dimension", filtered({ ...city, dimension: "town" })],
  ["a full name", filtered({ ...city, dimension: "orders.city" })],
  ["no dimension", filtered({ operator: "equals", values: ["hill"] })],
  ["a measure", filtered({ ...city, dimension: "count" })],
  ["a dimension that objects inherit", filtered({ ...city, dimension: "toString" })],
  ["a time", filtered({ ...city, dimension: "at", values: ["2024-01-01"] })],
  ["an hour, which is of the caller's zone", filtered({ ...city, dimension: "hour", values: [1] })],
  ["a weekday, likewise", filtered({ ...city, dimension: "weekday", values: [1] })],
  ["what negates", filtered({ ...city, operator: "notEquals" })],
  ["what is given", filtered({ dimension: "city", operator: "set" })],
  ["no values", filtered({ ...city, values: [] })],
  ["null among values", filtered({ ...city, values: [null] })],
  ["a list among values", filtered({ ...city, values: [["hill"]] })],
  ["a text where numbers are", filtered({ ...city, dimension: "priority", values: ["high"] })],
  ["an empty text where numbers are", filtered({ ...city, dimension: "priority", values: [""] })],
  ["no number", filtered({ ...city, dimension: "priority", values: [NaN] })],
  ["a long text", filtered({ ...city, values: ["x".repeat(257)] })],
  ["too many values", filtered({ ...city, values: Array.from({ length: 101 }, String) })],
  ["an unknown measure", ofOrders({ filters: [city], measures: ["profit"] })],
  ["no measure", ofOrders({ filters: [city], measures: [] })],
])("%s is no lock", (_, lock) => {
  expect(code(() => mustBeLock(catalogue, lock))).toBe("InvalidDefinition");
});

const only = (measures: string[]) => mustBeLock(catalogue, ofOrders({ filters: [city], measures }));
const asked = (lock: ReturnType<typeof only>, query: object) => () =>
  narrowed(normalizeQuestion(seenThrough(lock, catalogue), query, { timezone: "UTC" }), lock);

test("a question has the lock's conditions in each of its ranges, before its own", () => {
  const at = { dimension: "orders.at", compareDateRange: ["2024-01-01", "2023-01-01"] };
  const mine = { member: "orders.city", operator: "notEquals", values: ["hill"] };
  const query = { measures: ["orders.count"], timeDimensions: [at], filters: [mine] };
  const { queries } = asked(only(["count"]), query)();
  const locked = { member: "orders.city", operator: "equals", values: ["hill"] };
  expect(queries.map(({ filters }) => filters)).toEqual([
    [locked, mine],
    [locked, mine],
  ]);
});

test("other measures and cubes are as if they did not exist, however they are named", () => {
  const lock = only(["unitPrice", "count"]);
  const count = { measures: ["orders.count"] };
  const more = { operator: "gt", values: [1] };
  for (const query of [
    { measures: ["orders.weight"] },
    // The parts of a ratio that may be asked.
    { measures: ["orders.revenue"] },
    { ...count, filters: [{ member: "orders.quantity", ...more }] },
    {
      ...count,
      filters: [
        {
          or: [
            { member: "orders.revenue", ...more },
            { member: "orders.count", ...more },
          ],
        },
      ],
    },
    { ...count, filters: [{ member: "orders.paidCount", operator: "measureFilter" }] },
    { ...count, order: { "orders.weight": "desc" } },
    { measures: ["refunds.sum"] },
    { dimensions: ["refunds.city"] },
  ]) {
    expect(code(asked(lock, query)), JSON.stringify(query)).toBe("InvalidQuery");
  }
  expect(code(asked(lock, { measures: ["orders.unitPrice"] }))).not.toBe("InvalidQuery");
  const shown = metaOf(seenThrough(lock, catalogue), lock).cubes;
  expect(shown.map(({ name }) => name)).toEqual(["orders"]);
  expect(shown[0]!.measures.map(({ name }) => name)).toEqual(["orders.unitPrice", "orders.count"]);
});
