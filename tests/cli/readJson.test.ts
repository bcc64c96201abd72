/** JSON files of every shape, from text to records: what is read, and what is refused under which code. */
import { describe, expect, test } from "vitest";
import { readJson } from "../../cli/records/json/readJson.js";
import type { Item } from "../../cli/records/record.js";
import { growth, GROWTH_MAX, inPieces } from "./support.js";

interface Reading {
  format?: string;
  records: Item[];
  /** Code of what stopped the reading. */
  stopped?: string;
}

async function read(text: string, { size = 11, rows }: { size?: number; rows?: string } = {}) {
  const isRow = (members: readonly string[]) => members.includes("a");
  const source = await readJson("file", () => inPieces(text, size), { rows, isRow });
  const reading: Reading = { format: source.format, records: [] };
  try {
    for await (const record of source.records) reading.records.push(record);
  } catch (error) {
    reading.stopped = (error as { code: string }).code;
  }
  return reading;
}

/** Cells of good records, codes of bad ones. */
async function brief(text: string, options?: Parameters<typeof read>[1]) {
  const { records } = await read(text, options);
  return records.map((record) => (record.kind === "record" ? record.cells : record.code));
}

describe("one object a line", () => {
  test("a bad line stops nothing", async () => {
    expect(await brief('{"a":1}\n{"a":\n[1]\n"x"\n\n{"a":[2]}')).toEqual([
      { a: 1 },
      ...["BadJson", "BadJson", "BadJson"],
      { a: [2] },
    ]);
  });

  test("the first line may be the bad one, and lines may end in CR LF or CR", async () => {
    expect(await brief('{"a":}\n{"a":2}\n')).toEqual(["BadJson", { a: 2 }]);
    expect(await brief('{"a":1}\r\n{"a":2}\r\n')).toEqual([{ a: 1 }, { a: 2 }]);
  });

  test("a record's raw text is its line", async () => {
    const { records, format } = await read('{"a": 1}\n\n{"a":\n');
    expect(format).toBe("ndjson");
    expect(records.map(({ position, raw }) => ({ ...position, raw }))).toEqual([
      { row: 1, line: 1, raw: '{"a": 1}' },
      { row: 2, line: 3, raw: '{"a":' },
    ]);
  });
});

describe("an array", () => {
  test("elements are read in pieces of any size", async () => {
    const text = '\n [ {"a":"x,]}\\"{é"} ,\n{"a":[1,[2,{"b":3}]]}, {"a":"\\\\"}\n]\n';
    const expected = [{ a: 'x,]}"{é' }, { a: [1, [2, { b: 3 }]] }, { a: "\\" }];
    for (let size = 1; size < 40; size += 1) expect(await brief(text, { size })).toEqual(expected);
  });

  test("elements carry the line they start on", async () => {
    const { records } = await read('[\n  {\n    "a": 1\n  },\n  {"a": 2}\n]');
    expect(records.map(({ position }) => position)).toEqual([
      { row: 1, line: 2 },
      { row: 2, line: 5 },
    ]);
  });

  test("what is no object is refused by itself; an empty array holds nothing", async () => {
    expect(await brief('[1,"x",null,[{"a":3}],{"a":1}]')).toEqual([
      ...["BadJson", "BadJson", "BadJson", "BadJson"],
      { a: 1 },
    ]);
    expect(await brief("[]")).toEqual([]);
  });

  test.each([
    ['[{"a":1},{"a":2},{"a"', 2],
    ['[{"a":1},{"a":x},{"a":3}]', 1],
    ['[{"a":1} {"a":2}]', 1],
    ['[{"a":1},]', 1],
    ['[{"a":1}]\n[{"a":2}]', 1],
    ['[{"a":1}', 1],
    ["[{'a':1}]", 0],
  ])("a mistake ends the reading by name, and what was read counts: %s", async (text, good) => {
    const { records, stopped } = await read(text);
    expect(records.slice(0, good).every(({ kind }) => kind === "record")).toBe(true);
    expect(records.slice(good)).toMatchObject([{ kind: "bad", code: "BadJson" }]);
    expect(stopped).toBe("BadJson");
  });
});

describe("objects over several lines", () => {
  test("one behind the other", async () => {
    const pretty = (a: number) => JSON.stringify({ a, b: [{ c: 1 }] }, null, 2);
    const expected = [1, 2, 3].map((a) => ({ a, b: [{ c: 1 }] }));
    for (const between of ["\n", "", "\n\n", " "]) {
      expect(await brief([1, 2, 3].map(pretty).join(between))).toEqual(expected);
    }
  });

  test("the first may stand on one line", async () => {
    expect(await brief('{"a":1} {"a":2}')).toEqual([{ a: 1 }, { a: 2 }]);
    expect(await brief('{"a":1}')).toEqual([{ a: 1 }]);
    expect(await brief('{\n"a":1\n}')).toEqual([{ a: 1 }]);
  });
});

describe("an array within an object", () => {
  test.each([
    '{"rows":[{"a":1},{"a":2}]}',
    '{"count":2,"rows":[{"a":1},{"a":2}],"next":null}',
    '{"tags":["x"],"data":{"page":1,"items":[{"a":1},{"a":2,"b":[{"c":1}]}]}}',
    '{\n  "of.data": [\n    {"a":1},\n    {"a":2}\n  ],\n  "of": {"data": []}\n}',
    '{"meta":{"a":{"b":[1,2]},"list":[[{"x":1}]]},"rows":[{"a":1},{"a":2}]}',
  ])("the only array of objects holds the rows: %s", async (text) => {
    for (const size of [1, 7, 1000]) {
      const cells = await brief(text, { size });
      expect(cells.map((one) => typeof one === "object" && one["a"])).toEqual([1, 2]);
    }
  });

  test("an object that is a row is no wrapper; one without objects within is a row", async () => {
    expect(await brief('{"a":1,"list":[{"x":1}]}')).toEqual([{ a: 1, list: [{ x: 1 }] }]);
    expect(await brief('{"b":1,"list":[1,2]}')).toEqual([{ b: 1, list: [1, 2] }]);
    expect(await brief('{"rows":[]}')).toEqual([]);
  });

  test("two arrays of objects are refused with their names, and --rows chooses", async () => {
    const text = '{"old":[{"a":1}],"data":{"new":[{"a":2}]}}';
    await expect(read(text)).rejects.toMatchObject({
      code: "AmbiguousJson",
      hint: expect.stringContaining("old, data.new"),
    });
    expect(await brief(text, { rows: "data.new" })).toEqual([{ a: 2 }]);
    expect(await brief(text, { rows: "old" })).toEqual([{ a: 1 }]);
    for (const [wrong, rows] of [
      [text, "data"],
      ['[{"a":1}]', "rows"],
      ['{"a":1}\n{"a":2}\n', "rows"],
    ] as const)
      await expect(read(wrong, { rows })).rejects.toMatchObject({ code: "UnknownRows" });
  });
});

test("whole numbers that a double would round stay as they are written", async () => {
  const id = "9007199254740993";
  const expected = { a: id, b: 9007199254740991, c: 0.1, d: -5 };
  const text = `{"a":${id},"b":9007199254740991,"c":0.1,"d":-5}`;
  expect(await brief(`[${text}]`)).toEqual([expected]);
  expect(await brief(`${text}\n${text}\n`)).toEqual([expected, expected]);
});

test("members that objects in general have are only members", async () => {
  const { records } = await read('[{"__proto__":1,"a":2}]');
  const [record] = records;
  expect(record?.kind === "record" && Object.keys(record.cells)).toEqual(["__proto__", "a"]);
});

test("megabytes on one line take time in proportion", async () => {
  const rows = (count: number) =>
    JSON.stringify(Array.from({ length: count }, (_, a) => ({ a, text: "x".repeat(80) })));
  const texts = new Map([4_000, 40_000].map((count) => [count, rows(count)]));
  const body = (count: number) => read(texts.get(count)!, { size: 65_536 });
  expect(await growth(body, 4_000)).toBeLessThan(GROWTH_MAX);
});
