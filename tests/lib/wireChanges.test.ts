import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { fromWireChanges, toWireChanges, type ReadChange } from "../../lib/answer/wireChanges.js";

const value = fc.oneof(
  fc.string(),
  fc.constantFrom("a", "b"),
  fc.integer(),
  fc.constant(null),
  fc.array(fc.constantFrom("x", "y"), { maxLength: 3 }),
);
const fact = fc.dictionary(fc.constantFrom("at", "name", "tags", "amount"), value, {
  noNullPrototype: true,
});
const change: fc.Arbitrary<ReadChange> = fc.record({
  before: fc.option(fact),
  after: fc.option(fact),
  reading: fc.nat({ max: 3 }),
});

describe("changes on their way to a browser", () => {
  test("come back as they were", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
        expect(fromWireChanges(toWireChanges(changes))).toEqual(changes);
      }),
    );
  });

  test("take a third of their JSON where values recur", () => {
    const changes = Array.from({ length: 50 }, (_, i): ReadChange => {
      const after = {
        ...{ watchedAt: 1_795_976_280_000 + i, durationSeconds: 600_000, category: "Science" },
        ...{ title: `Title ${i % 8}`, channel: `Channel ${i % 5}`, topics: ["Physics", "Space"] },
        ...{ videoId: `video-${i % 8}`, viewer: `viewer-${i % 20}` },
      };
      return { before: null, after, reading: 0 };
    });
    expect(toWireChanges(changes).length * 3).toBeLessThan(JSON.stringify(changes).length);
  });
});
