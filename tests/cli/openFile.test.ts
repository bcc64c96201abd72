/** Opening files: encodings, gzip and zip by their bytes, and what is refused instead of printed. */
import { gzipSync } from "node:zlib";
import { strToU8, zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isWatchHistory } from "../../cli/import/takeout/structure.js";
import { openFile, type OpenOptions } from "../../cli/records/input/openFile.js";
import { collect, scratchDirectory } from "./support.js";

let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
beforeAll(async () => {
  scratch = await scratchDirectory();
});
afterAll(() => scratch.remove());

const plain: OpenOptions = {
  ...{ encoding: "utf-8", entry: undefined, table: "watchRecords" },
  isMeant: isWatchHistory,
};

async function textOf(path: string, options: Partial<OpenOptions> = {}): Promise<string> {
  const opened = await openFile(path, { ...plain, ...options });
  return (await collect(opened.text())).join("");
}

const table = "name,n\nMärz – €,1\n";
const utf16le = Buffer.from(table, "utf16le");
const utf16be = Buffer.from(utf16le).swap16();
const [markLe, markBe] = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];

describe("text", () => {
  test.each<[string, Buffer, OpenOptions["encoding"]]>([
    ["UTF-8", Buffer.from(table), "utf-8"],
    ["UTF-8 with a mark", Buffer.from(`\ufeff${table}`), "utf-8"],
    ["UTF-16 LE with a mark", Buffer.concat([markLe, utf16le]), "utf-8"],
    ["UTF-16 BE with a mark", Buffer.concat([markBe, utf16be]), "utf-8"],
    ["UTF-16 LE without a mark", utf16le, "utf-16le"],
    ["UTF-16 BE without a mark", utf16be, "utf-16be"],
    [
      "Windows-1252",
      Buffer.from([...Buffer.from("name,n\nM\xe4rz \x96 \x80,1\n", "latin1")]),
      "latin1",
    ],
  ])("%s is read, plain, in gzip and in zip", async (_, bytes, encoding) => {
    const files = [bytes, gzipSync(bytes), Buffer.from(zipSync({ "a/rows.csv": bytes }))];
    for (const content of files) {
      // The name does not matter, the bytes do.
      const path = await scratch.write("file.bin", content);
      expect(await textOf(path, { encoding })).toBe(table);
    }
  });

  test("a text can be read again, and says how far it has been read", async () => {
    const path = await scratch.write("big.csv", gzipSync("a,b\n".repeat(100_000)));
    const opened = await openFile(path, plain);
    for (let time = 0; time < 2; time += 1) {
      expect((await collect(opened.text())).join("")).toHaveLength(400_000);
      expect(opened.bytesRead()).toBe(opened.bytes);
    }
  });

  test("UTF-16 without a mark is refused with the encoding that reads it", async () => {
    for (const [bytes, encoding] of [
      [utf16le, "utf-16le"],
      [utf16be, "utf-16be"],
      [gzipSync(utf16be), "utf-16be"],
    ] as const) {
      const path = await scratch.write("file.csv", bytes);
      await expect(textOf(path)).rejects.toMatchObject({
        ...{ code: "NotText", hint: `Try --encoding ${encoding}.` },
      });
    }
  });

  test("a multi-byte character may lie between two pieces of the file", async () => {
    const long = `${"x".repeat(65_535)}€${"y".repeat(65_535)}€`;
    expect(await textOf(await scratch.write("file.csv", long))).toBe(long);
  });

  test.each([
    ["binary data", Buffer.from([1, 0, 0, 2, 0, 0, 0, 3, 0])],
    ["an old Excel workbook", Buffer.from("d0cf11e0a1b11ae1", "hex")],
    ["a Parquet file", Buffer.from("PAR1")],
    ["a bzip2 archive", Buffer.from("BZh91AY")],
    ["a tar archive", gzipSync(Buffer.from(`${"a".padEnd(257, "\0")}ustar\0`))],
  ])("%s is refused by name", async (what, bytes) => {
    await expect(textOf(await scratch.write("file.csv", bytes))).rejects.toMatchObject({
      code: "NotText",
      message: expect.stringContaining(what),
    });
  });

  test("a damaged archive, or a file that is not there, is refused by name", async () => {
    const unreadable = expect.objectContaining({ code: "UnreadableFile" });
    const zipped = gzipSync(table);
    await expect(textOf(await scratch.write("a.gz", zipped.subarray(0, 20)))).rejects.toEqual(
      unreadable,
    );
    await expect(textOf(scratch.path("absent.csv"))).rejects.toEqual(unreadable);
    const archive = zipSync({ "rows.csv": strToU8("a,b\n".repeat(5000)) }, { level: 0 });
    const cut = await scratch.write("cut.zip", archive.subarray(0, 9000));
    await expect(textOf(cut)).rejects.toEqual(unreadable);
  });
});

describe("archives", () => {
  const watch = (id: string) =>
    JSON.stringify([
      {
        ...{ header: "YouTube", title: "Watched A", time: "2024-05-01T10:00:00Z" },
        titleUrl: `https://www.youtube.com/watch?v=${id}`,
      },
    ]);
  const search = watch("x").replace("watch?v=x", "results?search_query=x");
  const html = `<html><div class="outer-cell"><a href="https://www.youtube.com/watch?v=abcdefgh">A</a></div></html>`;

  async function archive(files: Record<string, string>): Promise<string> {
    const entries = Object.entries(files).map(([name, text]) => [name, strToU8(text)] as const);
    return await scratch.write("takeout.zip", zipSync(Object.fromEntries(entries)));
  }

  test("the history of a Takeout is found by its structure, in any language", async () => {
    const path = await archive({
      "Takeout/archive_browser.html": "<html>outer</html>",
      "Takeout/YouTube und YouTube Music/Verlauf/Suchverlauf.json": search,
      "Takeout/YouTube und YouTube Music/Verlauf/Wiedergabeverlauf.json": watch("abcdefgh"),
      "Takeout/YouTube und YouTube Music/Abos/Abos.csv": "Kanal-ID,Titel\nUC1,A\n",
    });
    expect(await textOf(path)).toBe(watch("abcdefgh"));
    const opened = await openFile(path, plain);
    expect(opened.name).toBe(
      "takeout.zip: Takeout/YouTube und YouTube Music/Verlauf/Wiedergabeverlauf.json",
    );
  });

  test("a history in HTML is found as well", async () => {
    const path = await archive({
      "Takeout/archive_browser.html": "<html></html>",
      "Takeout/YouTube/historial/historial-de-reproducciones.html": html,
      "Takeout/YouTube/suscripciones.csv": "a,b\n",
    });
    expect(await textOf(path)).toBe(html);
  });

  test("several histories are refused with their list, and --entry chooses", async () => {
    const files = { "a/watch-history.json": watch("abcdefgh"), "b/history.html": html };
    const path = await archive(files);
    await expect(openFile(path, plain)).rejects.toMatchObject({
      code: "AmbiguousArchive",
      hint: "Name one with --entry: a/watch-history.json, b/history.html",
    });
    expect(await textOf(path, { entry: "b/history.html" })).toBe(html);
    await expect(openFile(path, { ...plain, entry: "c" })).rejects.toMatchObject({
      code: "UnknownEntry",
    });
  });

  test("the only table of an archive is read, and one of several only by its name", async () => {
    expect(await textOf(await archive({ "x/": "", "readme.md": "x", "rows.tsv": table }))).toBe(
      table,
    );
    await expect(
      openFile(await archive({ "a.csv": table, "b.csv": table }), plain),
    ).rejects.toMatchObject({ code: "AmbiguousArchive" });
    await expect(openFile(await archive({ "a.png": "x" }), plain)).rejects.toMatchObject({
      code: "AmbiguousArchive",
      message: expect.stringContaining("no file of rows"),
    });
  });

  test("our own table is found in a Convex export", async () => {
    const path = await archive({
      "watchRecords/documents.jsonl": '{"a":1}\n',
      "watchRecords/generated_schema.jsonl": "{}\n",
      "inventoryRecords/documents.jsonl": '{"b":1}\n',
    });
    expect(await textOf(path)).toBe('{"a":1}\n');
    expect(await textOf(path, { table: "inventoryRecords" })).toBe('{"b":1}\n');
  });

  test("a workbook is refused with what to do, not read as an archive", async () => {
    const path = await archive({ "[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>" });
    await expect(openFile(path, plain)).rejects.toMatchObject({
      code: "NotText",
      message: expect.stringContaining("save its sheet as CSV"),
    });
  });
});
