/** Cells as spreadsheets and systems write them: what becomes of each, per kind of field. */
import { describe, expect, test } from "vitest";
import { readCell, type CellOptions } from "../../cli/import/cellValue";
import type { FieldKind } from "../../cli/import/fields";
import type { Cell } from "../../cli/import/record";

const plain: CellOptions = {
  timezone: "UTC",
  dateOrder: "dmy",
  separators: new Map([["topics", ";"]]),
  decimalComma: false,
};

function read(kind: FieldKind, cell: Cell, options: Partial<CellOptions> = {}, name = "field") {
  const field = { name, kind, aliases: [], choices: ["receipt", "shipment"] };
  const result = readCell(field, cell, { ...plain, ...options });
  return result.ok ? result.value : result.code;
}

describe("numbers", () => {
  test.each<[Cell, number | string]>([
    ["100", 100],
    [" 100 ", 100],
    ["+100", 100],
    ["-100", -100],
    ["\u2212100", -100],
    ["100-", -100],
    ["(100)", -100],
    ["(1,234)", -1234],
    ["( 100 )", -100],
    ["1,234", 1234],
    ["1,234,567", 1234567],
    ["1 234", 1234],
    ["1\u00a0234\u00a0567", 1234567],
    ["1'234", 1234],
    ["100.0", 100],
    ["100.", 100],
    ["-0", 0],
    ["(0)", 0],
    [100, 100],
    [-0, 0],
    ["12.5", "NotWhole"],
    [12.5, "NotWhole"],
    ["9007199254740993", "NotWhole"],
    ["1,23", "NotANumber"],
    ["12,34,567", "NotANumber"],
    ["1.234.567", "NotANumber"],
    ["1e3", "NotANumber"],
    ["0x10", "NotANumber"],
    ["12 pcs", "NotANumber"],
    ["--5", "NotANumber"],
    ["NaN", "NotANumber"],
    ["Infinity", "NotANumber"],
    [true, "NotANumber"],
    [["1"], "NotANumber"],
  ])("whole: %j is %j", (cell, expected) => {
    expect(read("integer", cell)).toBe(expected);
  });

  test.each<[Cell, number | string, boolean?]>([
    ["3.5", 3.5],
    ["$3.50", 3.5],
    ["3.50 €", 3.5],
    ["-£1,234.25", -1234.25],
    [".5", 0.5],
    ["0.12345", 0.12345],
    ["3,5", "NotANumber"],
    ["3,5", 3.5, true],
    ["1.234,50", 1234.5, true],
    ["1.234", 1234, true],
    ["1,234.50", "NotANumber", true],
  ])("decimal: %j is %j (decimal comma: %s)", (cell, expected, decimalComma = false) => {
    expect(read("decimal", cell, { decimalComma })).toBe(expected);
  });
});

test.each<[Cell, number | string]>([
  ["90", 90],
  ["90.5", 90.5],
  [90, 90],
  ["2:03", 123],
  ["00:41:23", 2483],
  ["1:02:03.250", 3723.25],
  ["PT1H2M3S", 3723],
  ["PT45S", 45],
  ["P1DT1S", 86401],
  ["1:99", "NotANumber"],
  ["PT", "NotANumber"],
  ["long", "NotANumber"],
])("duration: %j is %j seconds", (cell, expected) => {
  expect(read("duration", cell)).toBe(expected);
});

test.each<[Cell, string | string[], string]>([
  ["Drama|Comedy", ["Drama", "Comedy"], "genres"],
  ["Drama; Comedy ;;Drama", ["Drama", "Comedy"], "topics"],
  [["Drama", " Comedy "], ["Drama", "Comedy"], "topics"],
  ["|", [], "genres"],
  [[1], "NotText", "topics"],
  [3, "NotText", "topics"],
])("list: %j is %j (%s)", (cell, expected, name) => {
  expect(read("texts", cell, {}, name)).toEqual(expected);
});

test("texts are trimmed, numbers become texts, all else is refused", () => {
  expect(read("text", "  a b ")).toBe("a b");
  expect(read("text", 12)).toBe("12");
  expect(read("text", true)).toBe("NotText");
  expect(read("text", { a: 1 })).toBe("NotText");
});

test("choices are compared without case, and never guessed", () => {
  expect(read("choice", " Receipt ")).toBe("receipt");
  expect(read("choice", "receipts")).toBe("UnknownChoice");
  expect(read("choice", 1)).toBe("UnknownChoice");
});

test("numbers of JSON are epoch milliseconds whatever their size; texts are read as times", () => {
  expect(read("time", 1000)).toBe(1000);
  expect(read("time", 1260759144000)).toBe(1260759144000);
  expect(read("time", 1.5)).toBe("UnknownFormat");
  expect(read("time", "1260759144")).toBe(1260759144000);
  expect(read("time", "27/07/2012")).toBe(Date.UTC(2012, 6, 27));
  expect(read("time", "03/04/2012", { dateOrder: undefined })).toBe("AmbiguousDate");
  expect(read("time", null)).toBe("UnknownFormat");
});
