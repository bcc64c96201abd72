import { describe, expect, test } from "vitest";
import { cubeOf, keyOf, toWire } from "../../../src/react/query.js";

describe("a query on its way", () => {
  test("keeps the order of an order object, which Convex would sort", () => {
    const wire = toWire({ measures: ["a.x"], order: { "a.x": "desc", "a.b": "asc" } });
    expect(wire["order"]).toEqual([
      ["a.x", "desc"],
      ["a.b", "asc"],
    ]);
  });

  test("has no undefined fields", () => {
    expect(toWire({ measures: ["a.x"], limit: undefined })).toEqual({ measures: ["a.x"] });
  });

  test("has one key however its fields are ordered", () => {
    const one = toWire({
      measures: ["a.x"],
      limit: 5,
      filters: [{ member: "a.b", operator: "set" }],
    });
    const other = toWire({
      filters: [{ operator: "set", member: "a.b" }],
      limit: 5,
      measures: ["a.x"],
    });
    expect(keyOf(one)).toBe(keyOf(other));
  });

  test("has another key when the order of its sort differs", () => {
    const one = toWire({ measures: ["a.x"], order: { "a.x": "desc", "a.b": "asc" } });
    const other = toWire({ measures: ["a.x"], order: { "a.b": "asc", "a.x": "desc" } });
    expect(keyOf(one)).not.toBe(keyOf(other));
  });

  test("belongs to the cube of its first member", () => {
    expect(cubeOf({ timeDimensions: [{ dimension: "stock.at", granularity: "day" }] })).toBe(
      "stock",
    );
    expect(cubeOf({})).toBeNull();
  });
});
