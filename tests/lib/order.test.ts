/** The order of rows: nulls come last in both directions, whatever stands beside them. */
import { describe, expect, it } from "vitest";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import { answerFromFacts } from "../../lib/answer/answerFromFacts.js";
import { orderRows } from "../../lib/answer/order.js";
import { projectFact } from "../../lib/model/fact.js";
import { sales } from "./fixtures/sales.js";

const normalize = (json: unknown) => normalizeQuery({ sales }, json, { timezone: "UTC" });

const facts = [
  { shop: "a", price: null },
  { shop: "b", price: 1.5 },
  { shop: null, price: null },
  { shop: "c", price: 0 },
  { shop: "d", price: 2.5 },
].map((doc) => projectFact(sales, { at: 0, tags: [], size: 1, quantity: 1, weight: 1, ...doc }));

/** Shops and average prices, in the order asked for. */
const ask = (json: object) =>
  answerFromFacts(
    sales,
    normalize({ measures: ["sales.averagePrice"], dimensions: ["sales.shop"], ...json }),
    "UTC",
    facts,
  ).rows.map((row) => [row["sales.shop"], row["sales.averagePrice"]]);

describe("rows", () => {
  it("without a value come last by a measure, ascending and descending, and ties go by the group", () => {
    expect(ask({ order: { "sales.averagePrice": "desc" } })).toEqual([
      ["d", 2.5],
      ["b", 1.5],
      ["c", 0],
      ["a", null],
      [null, null],
    ]);
    expect(ask({ order: { "sales.averagePrice": "asc" } })).toEqual([
      ["c", 0],
      ["b", 1.5],
      ["d", 2.5],
      ["a", null],
      [null, null],
    ]);
    // By Cube's usual order, too: the first measure down.
    expect(ask({ limit: 3 }).map(([shop]) => shop)).toEqual(["d", "b", "c"]);
  });

  it("without a group come last by a dimension, ascending and descending", () => {
    expect(ask({ order: { "sales.shop": "desc" } }).map(([shop]) => shop)).toEqual([
      ...["d", "c", "b", "a", null],
    ]);
    expect(ask({ order: { "sales.shop": "asc" } }).map(([shop]) => shop)).toEqual([
      ...["a", "b", "c", "d", null],
    ]);
  });

  it("are ordered by one member after the other, nulls of each of them last", () => {
    const query = normalize({
      measures: ["sales.lowest", "sales.highest"],
      dimensions: ["sales.shop"],
      order: [
        ["sales.lowest", "desc"],
        ["sales.highest", "asc"],
      ],
    });
    const row = (shop: string | null, lowest: number | null, highest: number | null) => ({
      ...{ "sales.shop": shop, "sales.lowest": lowest, "sales.highest": highest },
    });
    const ordered = [
      row("b", 5, 6),
      row("a", 5, null),
      row("c", 1, 1),
      row("z", null, 2),
      row("a", null, null),
      row("b", null, null),
      row(null, null, null),
    ];
    for (let turn = 0; turn < ordered.length; turn++) {
      const turned = [...ordered.slice(turn), ...ordered.slice(0, turn)];
      expect(orderRows(query, turned)).toEqual(ordered);
      expect(orderRows(query, turned.reverse())).toEqual(ordered);
    }
  });

  it("that are few of many are the first of all", () => {
    const query = normalize({
      measures: ["sales.averagePrice"],
      dimensions: ["sales.shop"],
      order: { "sales.averagePrice": "desc" },
    });
    const rows = Array.from({ length: 500 }, (_, i) => ({
      "sales.shop": `shop ${(i * 7919) % 500}`,
      "sales.averagePrice": i % 11 === 0 ? null : (i * 31) % 17,
    }));
    const all = orderRows(query, rows);
    for (const count of [0, 1, 3, 24, 25, 499, 500]) {
      expect(orderRows(query, rows, count)).toEqual(all.slice(0, count));
    }
  });
});
