import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, sameJson } from "../../lib/hash/canonical.js";

const key = fc.constantFrom("a", "b", "toString", "__proto__");
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    fc.constantFrom(null, undefined, 0, -0, NaN, 1, "1", "", true, false),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(key, tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

test("two values are the same where their texts are", () => {
  fc.assert(
    fc.property(value, value, (a, b) => {
      expect(sameJson(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
      expect(sameJson(a, structuredClone(a))).toBe(true);
    }),
    { numRuns: 5000 },
  );
});

test("an entry without a value is no entry", () => {
  expect(sameJson({ a: 1, b: undefined }, { a: 1 })).toBe(true);
  expect(sameJson({ a: null }, { a: undefined })).toBe(false);
  expect(sameJson({ a: null, b: 1 }, { a: undefined, b: 1, c: 2 })).toBe(false);
});
