import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCsv } from "../../cli/records/csv/records.js";
import { collect, growth, GROWTH_MAX, inPieces } from "./support.js";

const marks = { delimiter: ",", quote: '"' };

const read = (text: string, size = 5) => collect(readCsv(inPieces(text, size), marks));

/** Records as cells; bad ones as their line and code. */
const brief = async (text: string, size?: number) =>
  (await read(text, size)).map((record) =>
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

  test("quoting decides where a record ends, whatever its number of cells", async () => {
    expect(await brief('1,"first\n4,5,6\nlast",\n7,8,9\n')).toEqual([
      ["1", "first\n4,5,6\nlast", ""],
      ["7", "8", "9"],
    ]);
    expect(await brief('1,2,"a\nb",,\n"c\n7,8,9\nd"\n7,8,9\n')).toEqual([
      ["1", "2", "a\nb", "", ""],
      ["c\n7,8,9\nd"],
      ["7", "8", "9"],
    ]);
  });

  test("line breaks may be CR, LF, CR LF, or all of them", async () => {
    expect(await brief('a,b\r1,"x\ry"\r\r3,4')).toEqual([
      ["a", "b"],
      ["1", "x\ry"],
      ["3", "4"],
    ]);
    expect(await brief('a,b\r\n1,2\n3,4\r5,"6\r\n7"\r\n')).toEqual([
      ["a", "b"],
      ["1", "2"],
      ["3", "4"],
      ["5", "6\r\n7"],
    ]);
  });

  test("space before an opening quote is no part of the cell", async () => {
    expect(await brief('1, "Smith, John", 3\n')).toEqual([["1", "Smith, John", "3"]]);
  });

  test("a quote that is never closed costs its own line only", async () => {
    expect(await brief('1,2,3\n"x,2,3\n4,5,6\n7,8,9\n')).toEqual([
      ["1", "2", "3"],
      "2 UnclosedQuote",
      ["4", "5", "6"],
      ["7", "8", "9"],
    ]);
  });

  test("rows behind a quote that is never closed are suspect: nothing proves them", async () => {
    const records = await read('1,2,3\n"x,2,3\n4,5,6\n');
    expect(records.map((record) => record.kind === "cells" && record.suspect)).toEqual([
      ...[false, false, true],
    ]);
  });

  test("a stray quote does not swallow the next quoted row", async () => {
    expect(await brief('"x,2,3\n"y",5,6\n7,8,9\n')).toEqual([
      "1 UnclosedQuote",
      ["y", "5", "6"],
      ["7", "8", "9"],
    ]);
  });

  test("rows between a stray quote and the next quoted cell are rows, and certain", async () => {
    const records = await read('"Deluxe" model,2,3\n4,5,6\n7,8,"nine, or so"\n1,2,3\n');
    expect(records).toMatchObject([
      { kind: "bad", line: 1, code: "BadQuote", raw: '"Deluxe" model,2,3' },
      { cells: ["4", "5", "6"], suspect: false },
      { cells: ["7", "8", "nine, or so"], suspect: false },
      { cells: ["1", "2", "3"], suspect: false },
    ]);
  });

  test("lines from inside a note whose quotes are not doubled are no rows", async () => {
    expect(await brief('1,"so "big", they said\n4,5,6\nend",3\n7,8,9\n')).toEqual([
      ...["1 BadQuote", "2 InsideQuote", "3 InsideQuote"],
      ["7", "8", "9"],
    ]);
    expect(await brief('"note\n4,5,6\n"big" end",3\n7,8,9\n')).toEqual([
      ...["1 UnclosedQuote", "2 InsideQuote", "3 BadQuote"],
      ["7", "8", "9"],
    ]);
  });

  test("text behind a closing quote is a bad quote, and the next row is read", async () => {
    expect(await brief('"a"b,2,3\n4,5,6\n')).toEqual(["1 BadQuote", ["4", "5", "6"]]);
  });

  test("a stray quote before thousands of rows loses one row", async () => {
    const rows = Array.from({ length: 3000 }, (_, row) => `${row},b,c`);
    const records = await read(`"x,2,3\n${rows.join("\n")}\n`, 4096);
    expect(records.filter((record) => record.kind === "bad")).toHaveLength(1);
    expect(records.filter((record) => record.kind === "cells")).toHaveLength(3000);
  });

  test("megabytes without a line feed take time in proportion, also behind a stray quote", async () => {
    const row = 'a,"b ""c""",d\r';
    for (const head of ["", '"x,2,3\r'])
      expect(await growth((count) => read(head + row.repeat(count), 65_536), 5_000)).toBeLessThan(
        GROWTH_MAX,
      );
  });

  test("a quote that stays open over megabytes ends the reading, and says where", async () => {
    const text = `1,2\n"x,2\n${"y,2\n".repeat(2_500_000)}`;
    await expect(read(text, 65_536)).rejects.toMatchObject({
      code: "UnclosedQuote",
      message: expect.stringContaining("the record of line 2 "),
    });
  });

  test("quotes can be characters like any other", async () => {
    const plain = { delimiter: ",", quote: null };
    const records = await collect(readCsv(inPieces('"x,2\n4,"5"\n'), plain));
    expect(records).toMatchObject([{ cells: ['"x', "2"] }, { cells: ["4", '"5"'] }]);
  });

  test("line numbers are those of the file", async () => {
    const records = await read('a,b\n\n"x\ny",2\r\n\r\n3,4\r5,6');
    expect(records.map((record) => record.line)).toEqual([1, 3, 6, 7]);
    expect(records.map((record) => record.raw)).toEqual(["a,b", '"x\ny",2', "3,4", "5,6"]);
  });

  test("whatever is written by the rules is read back, in pieces of any size", async () => {
    const cell = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", " ", "é", ";") });
    const table = fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 20 }), async (rows, size) => {
        const text = rows.map((row) => row.map(quoted).join(",")).join("\n");
        const records = await read(text, size);
        expect(records.map((record) => record.kind === "cells" && record.cells)).toEqual(rows);
      }),
    );
  });
});

function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`;
}
