/** The comparison itself: it has to notice the smallest difference, or nothing above it means anything. */
import { expect, test } from "vitest";
import { mustEqual } from "./compare.js";
import type { Asked } from "./questions.js";
import { cellsOf } from "./sourceFiles.js";

const asked: Asked = {
  name: "two measures",
  cube: "watch",
  servedBy: "watch.totals",
  question: { measures: ["watch.count", "watch.longest"], dimensions: ["watch.topic"] },
};
const wanted = [
  { "watch.topic": "War", "watch.count": 2, "watch.longest": 0.1 + 0.2 },
  { "watch.topic": null, "watch.count": 1, "watch.longest": null },
];

test("equal answers are counted in cells", () => {
  expect(mustEqual(asked, structuredClone(wanted), wanted)).toBe(4);
});

test.each([
  ["a last bit", [{ ...wanted[0]!, "watch.longest": 0.3 }, wanted[1]!]],
  ["a null that is a zero", [wanted[0]!, { ...wanted[1]!, "watch.longest": 0 }]],
  ["a missing row", [wanted[0]!]],
  ["a row too many", [...wanted, wanted[1]!]],
  ["another order", [wanted[1]!, wanted[0]!]],
  ["a column too many", [{ ...wanted[0]!, "watch.viewers": 1 }, wanted[1]!]],
])("%s is a difference", (_, rows) => {
  expect(() => mustEqual(asked, rows, wanted)).toThrow(/^two measures:/);
});

test("quoted cells of a file may hold commas and quotes", () => {
  expect(cellsOf('11,"American President, The (1995)",Comedy|Drama')).toEqual([
    "11",
    "American President, The (1995)",
    "Comedy|Drama",
  ]);
  expect(cellsOf('1,"a ""b"" c",')).toEqual(["1", 'a "b" c', ""]);
});
