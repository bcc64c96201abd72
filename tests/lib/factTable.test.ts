/** The browser's columnar store behaves like a map of facts. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { projectFact } from "../../lib/model/fact.js";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import { answerFromFacts } from "../../lib/answer/answerFromFacts.js";
import { FactTable } from "../../src/react/fallback/factTable.js";
import { anyDoc, anyQuery, sales } from "./fixtures/sales.js";

const anyEdit = fc.record({
  id: fc.nat({ max: 12 }).map(String),
  doc: fc.option(anyDoc, { freq: 3 }),
});

describe("a fact table", () => {
  it("holds what was put last, and forgets what was removed", () => {
    fc.assert(
      fc.property(fc.array(anyEdit, { maxLength: 60 }), anyQuery, (edits, query) => {
        const table = new FactTable(sales);
        const map = new Map<string, ReturnType<typeof projectFact>>();
        for (const { id, doc } of edits) {
          if (doc === null) {
            table.remove(id);
            map.delete(id);
          } else {
            table.upsert(id, projectFact(sales, doc));
            map.set(id, projectFact(sales, doc));
          }
          expect(table.size).toBe(map.size);
          expect(table.get(id)).toEqual(map.get(id) ?? null);
        }
        const text = (facts: Iterable<unknown>) =>
          [...facts].map((fact) => JSON.stringify(fact)).sort();
        expect(text(table)).toEqual(text(map.values()));
        expect(Array.from(table.scan(), (fact) => JSON.stringify(fact)).sort()).toEqual(
          text(map.values()),
        );
        const normalized = normalizeQuery({ sales }, query, { timezone: "UTC" });
        expect(answerFromFacts(sales, normalized, "UTC", table.scan())).toEqual(
          answerFromFacts(sales, normalized, "UTC", map.values()),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("grows beyond its first room", () => {
    const table = new FactTable(sales);
    const doc = { at: 0, shop: "a", tags: ["x"], size: null, quantity: 1, price: null };
    for (let i = 0; i < 5000; i++) {
      table.upsert(`d${i}`, projectFact(sales, { ...doc, shop: `s${i % 7}`, quantity: i }));
    }
    expect(table.size).toBe(5000);
    expect(table.get("d4321")).toMatchObject({
      shop: "s2",
      quantity: 4321,
      tags: ["x"],
      size: null,
    });
    for (let i = 0; i < 5000; i += 2) table.remove(`d${i}`);
    expect([...table].reduce((sum, { quantity }) => sum + (quantity as number), 0)).toBe(2500 ** 2);
  });
});
