import { expect, test } from "vitest";
import { keyOf, prefixOf } from "../../../gateway/cache/key.js";

const named = {
  deployment: "https://one.convex.cloud",
  scope: "shared:acme",
  question: { measures: ["orders.count"], limit: 5 },
  watermark: "1772323200000000000",
};

test("a key is of deployment, scope, question and watermark: another one of each is another key", () => {
  const others = [
    { ...named, deployment: "https://two.convex.cloud" },
    { ...named, scope: "shared:globex" },
    { ...named, question: { measures: ["orders.count"], limit: 6 } },
    { ...named, watermark: "1772323200000000001" },
  ];
  expect(new Set([named, ...others].map(keyOf)).size).toBe(5);
});

test("parts do not run into each other", () => {
  expect(keyOf({ ...named, deployment: "a", scope: "bc" })).not.toBe(
    keyOf({ ...named, deployment: "ab", scope: "c" }),
  );
});

test("the order of a question's fields does not matter, and the watermark can be read", () => {
  const key = keyOf({ ...named, question: { limit: 5, measures: ["orders.count"] } });
  expect(key).toBe(keyOf(named));
  expect(key).toMatch(/^[\w-]{22}\.[\w-]{22}\.[\w-]{22}\.1772323200000000000$/);
});

test("a key begins as those of its deployment, its scope and its question do", () => {
  const { deployment, scope, question } = named;
  const key = keyOf(named);
  const prefixes = [
    prefixOf(deployment),
    prefixOf(deployment, scope),
    prefixOf(deployment, scope, question),
  ];
  expect(prefixes.map((prefix) => key.startsWith(prefix))).toEqual([true, true, true]);
  expect(prefixes.map(({ length }) => length)).toEqual([23, 46, 69]);
  expect(key.startsWith(prefixOf(deployment, "shared:globex"))).toBe(false);
});
