/** The three formats, from text to records: what is read, what is set aside, and under which code. */
import { describe, expect, test } from "vitest";
import { gzipSync } from "node:zlib";
import { openFile } from "../../cli/import/openFile";
import { readRecords } from "../../cli/import/recordSource";
import { collect, inPieces, scratchDirectory } from "./support";

async function read(text: string, size = 11) {
  const source = await readRecords("file", inPieces(text, size));
  return { ...source, records: await collect(source.records) };
}

/** Cells of good records, codes of bad ones. */
async function brief(text: string, size?: number) {
  const { records } = await read(text, size);
  return records.map((record) => (record.kind === "record" ? record.cells : record.code));
}

describe("CSV", () => {
  test("cells are named by the header, whatever the delimiter", async () => {
    for (const mark of [",", ";", "\t", "|"])
      expect(await brief(`a${mark}b\n1${mark}2\n`)).toEqual([{ a: "1", b: "2" }]);
  });

  test("rows with too few or too many cells are set aside; empty extra cells are not counted", async () => {
    expect(await brief("a,b\n1\n1,2,3\n1,2,\n4,5\n")).toEqual([
      "ColumnCount",
      "ColumnCount",
      { a: "1", b: "2" },
      { a: "4", b: "5" },
    ]);
  });

  test("a row that is not text in the file's encoding is set aside", async () => {
    expect(await brief("a,b\n1,\ufffd\n1,2\n")).toEqual(["BadEncoding", { a: "1", b: "2" }]);
  });

  test("positions count records and lines; raw is the record as it stands", async () => {
    const { records } = await read('a,b\n1,2\n\n"x\ny",3\nz\n');
    expect(records.map(({ position, raw }) => ({ ...position, raw }))).toEqual([
      { row: 1, line: 2, raw: "1,2" },
      { row: 2, line: 4, raw: '"x\ny",3' },
      { row: 3, line: 6, raw: "z" },
    ]);
  });

  test("the content of a row does not depend on the order of columns or on quoting", async () => {
    const [one] = (await read("a,b\n1,2\n")).records;
    const [two] = (await read('b,a\n"2",1\n')).records;
    expect(one).toMatchObject({ content: (two as { content: string }).content });
  });

  test("a header that cannot be told apart is refused", async () => {
    await expect(read("a,a\n1,2\n")).rejects.toMatchObject({ code: "BadHeader" });
    await expect(read('"a\n')).rejects.toMatchObject({ code: "BadHeader" });
    await expect(read("  \n")).rejects.toMatchObject({ code: "EmptyFile" });
  });
});

describe("newline-delimited JSON", () => {
  test("one object per line; a bad line stops nothing", async () => {
    expect(await brief('{"a":1}\n{"a":\n[1]\n"x"\n\n{"a":[2]}')).toEqual([
      { a: 1 },
      "BadJson",
      "BadJson",
      "BadJson",
      { a: [2] },
    ]);
  });

  test("the content of an object does not depend on the order of its members", async () => {
    const { records } = await read('{"a":1,"b":{"d":2,"c":3}}\n{"b":{"c":3,"d":2},"a":1}\n');
    const contents = records.map((record) => record.kind === "record" && record.content);
    expect(contents[0]).toBe(contents[1]);
  });
});

describe("one big JSON array", () => {
  test("elements are split in pieces of any size", async () => {
    const text = '\n [ {"a":"x,]}\\"{"} ,\n{"a":[1,[2,{"b":3}]]}, {"a":"\\\\"}\n]\n';
    const expected = [{ a: 'x,]}"{' }, { a: [1, [2, { b: 3 }]] }, { a: "\\" }];
    for (let size = 1; size < 40; size += 1) expect(await brief(text, size)).toEqual(expected);
  });

  test("elements carry the line they start on", async () => {
    const { records } = await read('[\n  {\n    "a": 1\n  },\n  {"a": 2}\n]');
    expect(records.map(({ position }) => position)).toEqual([
      { row: 1, line: 2 },
      { row: 2, line: 5 },
    ]);
  });

  test("what is no object is set aside; an empty array holds nothing", async () => {
    expect(await brief('[1,"x",null,{"a":1},{"a":x}]')).toEqual([
      ...["BadJson", "BadJson", "BadJson", { a: 1 }, "BadJson"],
    ]);
    expect(await brief("[]")).toEqual([]);
  });

  test("a file that breaks off loses its last element, by name", async () => {
    expect(await brief('[{"a":1},{"a":2},{"a"')).toEqual([{ a: 1 }, { a: 2 }, "BadJson"]);
  });
});

const watched = {
  header: "YouTube",
  title: "Watched A Quiet Walk",
  titleUrl: "https://www.youtube.com/watch?v\u003dabc123DEF_-",
  subtitles: [{ name: "Slow Trails", url: "https://www.youtube.com/channel/x" }],
  time: "2024-05-01T10:00:00.123Z",
  products: ["YouTube"],
};

describe("Takeout", () => {
  const takeout = (...elements: object[]) => brief(JSON.stringify(elements, null, 2));

  test("an entry becomes the cells of a watch row", async () => {
    expect(await takeout(watched)).toEqual([
      {
        videoId: "abc123DEF_-",
        title: "A Quiet Walk",
        channel: "Slow Trails",
        category: "YouTube",
        watchedAt: "2024-05-01T10:00:00.123Z",
      },
    ]);
  });

  test("the verb is taken off in other languages too", async () => {
    for (const title of [
      "A Quiet Walk angesehen",
      "Has visto A Quiet Walk",
      "Vous avez regardé A Quiet Walk",
    ])
      expect(await takeout({ ...watched, title })).toMatchObject([{ title: "A Quiet Walk" }]);
  });

  test("music, ads and videos that are gone keep what is known", async () => {
    expect(
      await takeout(
        { ...watched, header: "YouTube Music" },
        { ...watched, details: [{ name: "From Google Ads" }] },
        { ...watched, title: `Watched ${watched.titleUrl}`, subtitles: undefined },
      ),
    ).toMatchObject([
      { category: "YouTube Music" },
      { category: "Ads" },
      { title: undefined, channel: undefined, videoId: "abc123DEF_-" },
    ]);
  });

  test("removed videos and other activity are set aside by name", async () => {
    expect(
      await takeout(
        { ...watched, titleUrl: undefined, title: "Watched a video that has been removed" },
        { ...watched, title: "Viewed a post", titleUrl: "https://www.youtube.com/post/Ugkx" },
        watched,
      ),
    ).toMatchObject(["RemovedVideo", "NotAWatch", { title: "A Quiet Walk" }]);
  });

  test("an entry is the same in an export of another language", async () => {
    const { records } = await read(
      JSON.stringify([watched, { ...watched, title: "A Quiet Walk angesehen" }]),
    );
    const [one, two] = records.map((record) => record.kind === "record" && record.content);
    expect(one).toBe(two);
  });
});

describe("opening files", () => {
  test("gzip, byte order marks and encodings; a damaged archive is refused by name", async () => {
    const scratch = await scratchDirectory();
    const table = "name,n\nMärz,1\n";
    const zipped = gzipSync(table);
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(table, "utf16le")]);
    const cases = [
      [await scratch.write("plain.csv", table), "utf-8"],
      [await scratch.write("mark.csv", `\ufeff${table}`), "utf-8"],
      // The name does not matter, the bytes do.
      [await scratch.write("zipped.csv", zipped), "utf-8"],
      [await scratch.write("latin.csv", Buffer.from(table, "latin1")), "latin1"],
      [await scratch.write("utf16.csv", utf16), "utf-8"],
    ] as const;
    for (const [path, encoding] of cases) {
      const opened = await openFile(path, encoding);
      const source = await readRecords("file", opened.text);
      const records = await collect(source.records);
      expect(records).toMatchObject([{ cells: { name: "März", n: "1" } }]);
      expect(opened.bytesRead()).toBe(opened.bytes);
    }
    const broken = await scratch.write("broken.csv.gz", zipped.subarray(0, 20));
    await expect(collect((await openFile(broken)).text)).rejects.toMatchObject({
      code: "UnreadableFile",
    });
    await expect(openFile(scratch.path("absent.csv"))).rejects.toMatchObject({
      code: "UnreadableFile",
    });
    await scratch.remove();
  });
});
