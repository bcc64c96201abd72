/** Cells as spreadsheets and systems write them: what becomes of each, per kind of field. */
import { describe, expect, test } from "vitest";
import { readCell, type CellOptions } from "../../cli/records/values/cellValue.js";
import type { FieldKind } from "../../cli/records/fields.js";
import type { Cell } from "../../cli/records/record.js";

const plain: CellOptions = {
  timezone: "UTC",
  dateOrder: "dmy",
  separators: new Map([["topics", ";"]]),
  decimalComma: false,
  now: Date.UTC(2026, 4, 27),
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
    ["(1,234,567)", -1234567],
    ["( 100 )", -100],
    ["1,234", "AmbiguousNumber"],
    ["(1,234)", "AmbiguousNumber"],
    ["1,234.0", 1234],
    ["0,750", "NotANumber"],
    ["0 750", "NotANumber"],
    ["00,123", "NotANumber"],
    ["012,345,678", "NotANumber"],
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

  test.each<[cell: string, expected: number | string, decimalComma?: boolean, thousands?: string]>([
    ["3.5", 3.5],
    ["$3.50", 3.5],
    ["3.50 €", 3.5],
    ["-£1,234.25", -1234.25],
    [".5", 0.5],
    ["0.12345", 0.12345],
    ["3,5", "NotANumber"],
    ["3,5", 3.5, true],
    ["1.234,50", 1234.5, true],
    ["1.234.567", 1234567, true],
    ["1,234.50", "NotANumber", true],
    // A comma or point before three digits is a group or a decimal sign.
    ["0,75", "NotANumber"],
    ["0,750", "NotANumber"],
    ["-0,125 €", "NotANumber"],
    ["12,500", "AmbiguousNumber"],
    ["$1,250", "AmbiguousNumber"],
    ["1.250", "AmbiguousNumber", true],
    ["1.25", "NotANumber", true],
    ["0.750", "NotANumber", true],
    ["0,750", 0.75, true],
    ["1,250", 1.25, true],
    ["1 250,5", 1250.5, true],
    ["1'250", 1250],
    ["1\u2019250.75", 1250.75],
    ["1.250", 1.25],
    ["12,500", 12500, false, ","],
    ["1.250", 1250, true, "."],
    ["1.250", 1.25, false, ","],
    ["0,750", "NotANumber", false, ","],
    ["1'250", "NotANumber", false, ","],
    ["1.00000000000000000001", "NotANumber"],
    ["123456789012345.6", "NotANumber"],
  ])("decimal: %j is %j (decimal comma: %s, thousands: %s)", (cell, expected, comma, thousands) => {
    expect(read("decimal", cell, { decimalComma: comma ?? false, thousands })).toBe(expected);
  });

  test("what a refusal says settles the number", () => {
    const field = { name: "unitCost", kind: "decimal" as const, aliases: [] };
    expect(readCell(field, "1,250", plain)).toMatchObject({
      message: '"1,250" is 1250 or 1.250; say --thousands "," or --decimal-comma',
    });
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
  ["125:30", 7530],
  ["0:05", 5],
  ["1:75:30", "NotANumber"],
  ["1:05:75", "NotANumber"],
  ["1:59:59", 7199],
  ["100:00:00", 360000],
  ["-1:30", "NotANumber"],
  ["1:30:", "NotANumber"],
  ["P1M", "UncertainDuration"],
  ["P1Y", "UncertainDuration"],
  ["P1Y2M10DT2H30M", "UncertainDuration"],
  ["P1M1D", "UncertainDuration"],
  ["PT1M", 60],
  ["P1W", 604800],
  ["P1W2D", "NotANumber"],
  ["P1D", 86400],
  ["pt90s", 90],
  ["PT1,5M", 90],
  ["PT0.5H", 1800],
  ["PT1.5H30M", "NotANumber"],
  ["PT30M1H", "NotANumber"],
  ["P1H", "NotANumber"],
  ["P1DT", "NotANumber"],
  ["PT1H30", "NotANumber"],
  ["PT0.0001S", "NotANumber"],
  ["-PT5M", "NotANumber"],
  ["1,234", "AmbiguousNumber"],
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

test("the words of a file stand for choices where that is declared", () => {
  const words = new Map([["sale", "shipment"]]);
  expect(read("choice", " Sale ", { words })).toBe("shipment");
  expect(read("choice", "receipt", { words })).toBe("receipt");
});

test("the numbers of JSON are times by the rules of texts", () => {
  expect(read("time", 1260759144000)).toBe(1260759144000);
  expect(read("time", 1260759144)).toBe(1260759144000);
  expect(read("time", 1260759144.5)).toBe(1260759144500);
  expect(read("time", 1000)).toBe("UnknownFormat");
  expect(read("time", 1000, { epoch: "ms" })).toBe(1000);
  expect(read("time", 720000000)).toBe("AmbiguousDate");
  expect(read("time", 720000000, { epoch: "apple" })).toBe(Date.UTC(2023, 9, 26, 8));
  expect(read("time", 45292.5)).toBe("UnknownFormat");
  expect(read("time", "1260759144")).toBe(1260759144000);
  expect(read("time", "27/07/2012")).toBe(Date.UTC(2012, 6, 27));
  expect(read("time", "03/04/2012", { dateOrder: undefined })).toBe("AmbiguousDate");
  expect(read("time", null)).toBe("UnknownFormat");
});
