/** The formats, from text to records: what is read, what is set aside, and under which code. */
import { describe, expect, test } from "vitest";
import { readRecords, type SourceOptions } from "../../cli/import/recordSource.js";
import { collect, inPieces } from "./support.js";

const plain: SourceOptions = {
  quote: '"',
  skipLines: 0,
  header: true,
  rows: undefined,
  watched: undefined,
  histories: true,
  mapped: false,
  tenantId: "acme",
  fieldsIn: () => 0,
  isRow: () => false,
};

async function read(text: string, options: Partial<SourceOptions> = {}, size = 11) {
  const opened = { name: "file", text: () => inPieces(text, size) };
  const source = await readRecords(opened, { ...plain, ...options });
  return { ...source, records: await collect(source.records) };
}

/** Cells of good records, codes of bad ones. */
async function brief(text: string, options?: Partial<SourceOptions>, size?: number) {
  const { records } = await read(text, options, size);
  return records.map((record) => (record.kind === "record" ? { ...record.cells } : record.code));
}

describe("CSV", () => {
  test("cells are named by the header, whatever the delimiter", async () => {
    for (const mark of [",", ";", "\t", "|"])
      expect(await brief(`a${mark}b\n1${mark}2\n`)).toEqual([{ a: "1", b: "2" }]);
  });

  test("empty cells at the end may be too many or left out; other cells may not", async () => {
    expect(await brief("a,b,c\n1\n1,2,3,4\n1,2,3,, \n1,2\n,2\n")).toEqual([
      { a: "1", b: "", c: "" },
      "ColumnCount",
      { a: "1", b: "2", c: "3" },
      { a: "1", b: "2", c: "" },
      { a: "", b: "2", c: "" },
    ]);
  });

  test("a note over several lines stays in its record, whatever the number of cells", async () => {
    const note = '"left at\n2024-01-01,X,9\nthe door"';
    for (const end of ["", ",", ",,", ',"",'])
      expect(await brief(`day,item,note\nd,A,${note}${end}\nd,B,\n`)).toEqual([
        { day: "d", item: "A", note: "left at\n2024-01-01,X,9\nthe door" },
        { day: "d", item: "B", note: "" },
      ]);
    expect(await brief(`note,day,item\n${note}\n${note},d,A\n`)).toMatchObject([
      { day: "", item: "" },
      { day: "d", item: "A" },
    ]);
  });

  test("records of empty cells alone, and lines of spaces, are none", async () => {
    expect(await brief("a,b\n,,\n  \n\n1,2\n , \n")).toEqual([{ a: "1", b: "2" }]);
  });

  test("lines that only a stray quote may have made must have exactly the header's cells", async () => {
    expect(await brief('a,b,c\n"x,2,3\n4,5,6\n7,8\n')).toEqual([
      "UnclosedQuote",
      { a: "4", b: "5", c: "6" },
      "ColumnCount",
    ]);
  });

  test("Excel's way to keep noughts is read as the text that it keeps", async () => {
    expect(await brief('="sku",b\n="00123",="1"\n"=""00123""",x\n="a ""b"" c",="\n')).toEqual([
      { sku: "00123", b: "1" },
      { sku: "00123", b: "x" },
      { sku: 'a "b" c', b: '="' },
    ]);
    expect(await brief('sku;b\n="00,1;23";1\n', { delimiter: ";" })).toEqual(["ColumnCount"]);
  });

  test("headers may be empty or repeated; such columns go by their numbers, or not at all", async () => {
    const { columns, repeated, records } = await read("a,,b,,x,x\n1,2,3,4,5,6\n");
    expect(columns).toEqual(["a", "2", "b", "4", "x", "x"]);
    expect([...repeated]).toEqual([["x", [5, 6]]]);
    expect(records).toMatchObject([{ cells: { a: "1", "2": "2", b: "3", "4": "4" } }]);
    expect(await brief("2,\n7,8\n")).toEqual([{ "2": "7", "#2": "8" }]);
  });

  test("a header may be named like what every object has", async () => {
    const { records } = await read("__proto__,constructor\n1,2\n");
    const [record] = records;
    expect(record?.kind === "record" && Object.entries(record.cells)).toEqual([
      ...[
        ["__proto__", "1"],
        ["constructor", "2"],
      ],
    ]);
  });

  test("positions count records and lines; raw is the record as it stands", async () => {
    const { records } = await read('a,b\n1,2\n\n"x\ny",3\nz,1,2\n');
    expect(records.map(({ position, raw }) => ({ ...position, raw }))).toEqual([
      { row: 1, line: 2, raw: "1,2" },
      { row: 2, line: 4, raw: '"x\ny",3' },
      { row: 3, line: 6, raw: "z,1,2" },
    ]);
  });

  test("a header that cannot be read is refused", async () => {
    await expect(read('"a"b,c\n')).rejects.toMatchObject({ code: "BadHeader" });
    await expect(read('"a\n')).rejects.toMatchObject({ code: "BadHeader" });
    await expect(read("  \n")).rejects.toMatchObject({ code: "EmptyFile" });
  });
});

describe("the dialect of a CSV file", () => {
  test("is what separates the records as it separates the header", async () => {
    expect(await brief("name, first;day, month;qty, pcs\nA;5 Mar;2\nB;6 Mar;1\n")).toEqual([
      { "name, first": "A", "day, month": "5 Mar", "qty, pcs": "2" },
      { "name, first": "B", "day, month": "6 Mar", "qty, pcs": "1" },
    ]);
    expect(await brief("a;b;c\n1,5;2,5;3\n1;2,5;3\n")).toMatchObject([
      { a: "1,5", b: "2,5" },
      { a: "1" },
    ]);
    expect(await brief('"a;b;c;d",e\n1,2\n')).toMatchObject([{ "a;b;c;d": "1", e: "2" }]);
    expect(await brief("title,genres\nx,Drama|Comedy\ny,Drama|War\n")).toMatchObject([
      { genres: "Drama|Comedy" },
      { genres: "Drama|War" },
    ]);
    expect(await brief("alone\n1\n2\n")).toEqual([{ alone: "1" }, { alone: "2" }]);
  });

  test("is settled by the fields that are found, or refused where nothing tells", async () => {
    const text = "Date;Price, net\n2024-01-01;2,50\n2024-01-02;3,50\n";
    const fieldsIn = (columns: readonly string[]) => (columns.includes("Date") ? 1 : 0);
    expect(await brief(text, { fieldsIn })).toMatchObject([{ "Price, net": "2,50" }, {}]);
    await expect(read(text)).rejects.toMatchObject({
      code: "AmbiguousDelimiter",
      message: expect.stringContaining("comma or semicolon"),
    });
    expect(await brief(text, { delimiter: ";" })).toMatchObject([{ Date: "2024-01-01" }, {}]);
  });

  test("is what the first line says to Excel", async () => {
    expect(await brief("sep=;\na;b,c\n1;2\n")).toEqual([{ a: "1", "b,c": "2" }]);
    expect(await brief('"sep=|"\r\na|b\r\n1|2\r\n')).toEqual([{ a: "1", b: "2" }]);
    expect(await brief("sep=\t\na\tb\n1\t2\n")).toEqual([{ a: "1", b: "2" }]);
  });

  test("is any mark that is declared, without quotes where that is declared", async () => {
    expect(await brief("a^b\n1^2\n", { delimiter: "^" })).toEqual([{ a: "1", b: "2" }]);
    expect(await brief("a,b\n'x,y',2\n", { quote: "'" })).toEqual([{ a: "x,y", b: "2" }]);
    expect(await brief('a,b\n"x,2\n', { quote: null })).toEqual([{ a: '"x', b: "2" }]);
  });

  test("may begin behind lines of another kind, and have no header", async () => {
    const text = 'Report "May\r\n\r\nby me\ra,b\r\n1,2\r\n';
    expect(await brief(text, { skipLines: 3 })).toEqual([{ a: "1", b: "2" }]);
    expect(await brief("1,2\n3\n", { header: false })).toEqual([
      { "1": "1", "2": "2" },
      { "1": "3", "2": "" },
    ]);
    const preamble = `${"x".repeat(99)}\n`.repeat(2000);
    expect(await brief(`${preamble}sep=;\na;b\n1;2\n`, { skipLines: 2000 }, 4096)).toEqual([
      { a: "1", b: "2" },
    ]);
    const { records } = await read("x\n1,2\n", { skipLines: 1, header: false });
    expect(records).toMatchObject([{ position: { row: 1, line: 2 } }]);
  });

  test("a file that begins like JSON is CSV where its dialect is declared", async () => {
    expect(await brief("[a],b\n1,2\n", { delimiter: "," })).toEqual([{ "[a]": "1", b: "2" }]);
  });
});

describe("our own rows", () => {
  const record = (key: string | undefined, tenantId = "acme") => ({
    ...{ _id: "j57a", _creationTime: 1.7e12, tenantId, videoId: "v", watchedAt: 1.7e12 },
    ...(key === undefined ? {} : { key }),
  });

  test("a Convex export names itself; records of another tenant are refused", async () => {
    const lines = [record("k1"), record(undefined), record("k2", "globex")];
    const text = lines.map((line) => JSON.stringify(line)).join("\n");
    const { origin, columns } = await read(text);
    expect({ origin, columns }).toEqual({
      origin: "ownExport",
      columns: ["videoId", "watchedAt", "key"],
    });
    expect(await brief(text)).toEqual([
      { videoId: "v", watchedAt: 1.7e12, key: "k1" },
      { videoId: "v", watchedAt: 1.7e12 },
      "OtherTenant",
    ]);
  });

  test("objects that only have a key are objects like any other", async () => {
    const { origin, columns } = await read('{"key":"k","videoId":"v"}\n{"key":"k","n":1}\n');
    expect({ origin, columns }).toEqual({ origin: "objects", columns: ["key", "videoId", "n"] });
  });
});
