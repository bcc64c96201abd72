import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { detectDelimiter, readCsv } from "../../cli/import/csvRecords";
import { collect, inPieces } from "./support";

const read = (text: string, columns?: number, size = 5) =>
  collect(readCsv(inPieces(text, size), ",", () => columns));

/** Records as cells; bad ones as their code. */
const brief = async (text: string, columns?: number) =>
  (await read(text, columns)).map((record) =>
    record.kind === "cells" ? record.cells : `${record.line} ${record.code}`,
  );

describe("CSV records", () => {
  test("quotes hold delimiters, doubled quotes and line breaks", async () => {
    expect(await brief('1,"a,b",2\n3,"say ""hi""",4\n5,"two\nlines",6\n')).toEqual([
      ["1", "a,b", "2"],
      ["3", 'say "hi"', "4"],
      ["5", "two\nlines", "6"],
    ]);
  });

  test("CR LF, no last line break, blank lines and empty cells", async () => {
    expect(await brief('a,,c\r\n\r\n   \n"",x,\r\n1,2,3')).toEqual([
      ["a", "", "c"],
      ["", "x", ""],
      ["1", "2", "3"],
    ]);
  });

  test("a quote inside an unquoted cell is a character", async () => {
    expect(await brief('disk 5" wide,b,c\n1,2,3\n')).toEqual([
      ['disk 5" wide', "b", "c"],
      ["1", "2", "3"],
    ]);
  });

  test("a quote that is never closed costs its own line only", async () => {
    expect(await brief('1,2,3\n"x,2,3\n4,5,6\n7,8,9\n', 3)).toEqual([
      ["1", "2", "3"],
      "2 UnclosedQuote",
      ["4", "5", "6"],
      ["7", "8", "9"],
    ]);
  });

  test("a stray quote does not swallow the next quoted row", async () => {
    expect(await brief('"x,2,3\n"y",5,6\n7,8,9\n', 3)).toEqual([
      "1 UnclosedQuote",
      ["y", "5", "6"],
      ["7", "8", "9"],
    ]);
  });

  test("two stray quotes that pair up by accident are told by the number of cells", async () => {
    expect(await brief('"x,2,3\n4,5,6\n7,8,9"\n1,2,3\n', 3)).toEqual([
      "1 UnclosedQuote",
      ["4", "5", "6"],
      ["7", "8", '9"'],
      ["1", "2", "3"],
    ]);
  });

  test("text behind a closing quote is a bad quote, and the next row is read", async () => {
    expect(await brief('"a"b,2,3\n4,5,6\n', 3)).toEqual(["1 BadQuote", ["4", "5", "6"]]);
  });

  test("a stray quote before thousands of rows loses one row", async () => {
    const rows = Array.from({ length: 3000 }, (_, row) => `${row},b,c`);
    const records = await read(`"x,2,3\n${rows.join("\n")}\n`, 3, 4096);
    expect(records.filter((record) => record.kind === "bad")).toHaveLength(1);
    expect(records.filter((record) => record.kind === "cells")).toHaveLength(3000);
  });

  test("line numbers are those of the file", async () => {
    const records = await read('a,b\n\n"x\ny",2\n3,4\n', 2);
    expect(records.map((record) => record.line)).toEqual([1, 3, 5]);
  });

  test("whatever is written by the rules is read back, in pieces of any size", async () => {
    const cell = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", " ", "é", ";") });
    const table = fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 20 }), async (rows, size) => {
        const text = rows.map((row) => row.map(quoted).join(",")).join("\n");
        const records = await read(text, 3, size);
        expect(records.map((record) => record.kind === "cells" && record.cells)).toEqual(rows);
      }),
    );
  });

  test("the delimiter is the most frequent mark of the header, outside quotes", () => {
    expect(detectDelimiter("a,b,c")).toBe(",");
    expect(detectDelimiter('"a,b,c,d";e;f')).toBe(";");
    expect(detectDelimiter("a\tb\tc, d")).toBe("\t");
    expect(detectDelimiter("a|b")).toBe("|");
    expect(detectDelimiter("alone")).toBe(",");
  });
});

function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`;
}
