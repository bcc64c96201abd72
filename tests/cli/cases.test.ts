/**
 * Cases from the field, a file each, and variations of every kind: the rows that are sent, and the
 * refusals with the record's own text and the way out. Nothing is guessed, nothing is lost, nothing
 * is counted that is not there.
 */
import { gzipSync } from "node:zlib";
import { strToU8, zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { importText, type Imported } from "./importText.js";

const stock = (text: string | Uint8Array, ...args: string[]) =>
  importText(text, ["inventory", ...args]);
const views = (text: string | Uint8Array, ...args: string[]) =>
  importText(text, ["watch", ...args]);

/** One member of every row. */
const each = ({ rows }: Imported, name: string) => rows.map((row) => row[name]);
const times = ({ rows }: Imported, name = "occurredAt") =>
  rows.map((row) => new Date(row[name] as number).toISOString());
/** What a file-level refusal says: its code, message and hint. */
const failure = (importing: Promise<Imported>) =>
  importing.then(
    () => undefined,
    (error: { code: string; message: string; hint?: string }) => error,
  );

describe("wrong numbers or lost rows", () => {
  test("a data column is no key: musical keys, shop keys, ticket keys", async () => {
    const plays = await views(
      "play,song,key,when\n1,Blue,C,2024-03-05\n2,Blue,C,2024-03-05\n3,Blue,C,2024-03-05\n",
      ...["--map", "title=song,watchedAt=when"],
    );
    expect(plays.report).toMatchObject({ accepted: 3, alreadyThere: 0 });
    expect(plays.columns).toMatch(/not used: play, key$/);
    const objects = await stock(
      '{"key":"shop-1","product":"A","quantity":1,"occurredAt":"2024-03-05"}\n'.repeat(3),
    );
    expect(objects.report).toMatchObject({ accepted: 3, alreadyThere: 0 });
    for (const header of ["Key", "idempotency_key", "ID", "uuid"]) {
      const text = `${header},sku,qty,date\nk,A,1,2024-03-05\nk,A,1,2024-03-05\n`;
      expect((await stock(text)).report).toMatchObject({ accepted: 2, alreadyThere: 0 });
      expect((await stock(text, "--key", header)).report).toMatchObject({
        ...{ accepted: 1, alreadyThere: 1 },
      });
    }
  });

  test("quoting decides where a record ends: nothing from the inside of a note is a row", async () => {
    const note = '"first\n2024-01-01,Ghost,99\nlast"';
    for (const end of ["", ",", ",,,"]) {
      const text = `date,sku,qty,note\n2024-03-05,Bolt,1,${note}${end}\n2024-03-06,Nut,2,${end}\n`;
      const done = await stock(text);
      expect(each(done, "product")).toEqual(["Bolt", "Nut"]);
      expect(done.refused).toEqual([]);
    }
    const early = await stock(`note,date,sku,qty\n${note},2024-03-05,Bolt,1,\n${note}\n`);
    expect(each(early, "product")).toEqual(["Bolt"]);
    expect(early.refused).toEqual([[2, "MissingField"]]);
    expect(early.reasons[0]!.raw).toBe(note);
  });

  test.each<[cell: string, args: string[], expected: number | string]>([
    ["0,75", [], "NotANumber"],
    ["0,750", [], "NotANumber"],
    ["0,125", ["--decimal-comma"], 0.125],
    ["1.250", ["--decimal-comma"], "AmbiguousNumber"],
    ["1,25", ["--decimal-comma"], 1.25],
    ["1.234,5", ["--decimal-comma"], 1234.5],
    ["1,250", [], "AmbiguousNumber"],
    ["1,250", ["--thousands", ","], 1250],
    ["1.250", ["--decimal-comma", "--thousands", "."], 1250],
    ["12 345,5", ["--decimal-comma"], 12345.5],
  ])(
    "a decimal comma and groups have one reading or none: %s with %j",
    async (cell, args, expected) => {
      const done = await stock(`sku;qty;date;unit cost\nA;1;2024-03-05;${cell}\n`, ...args);
      if (typeof expected === "number") expect(each(done, "unitCost")).toEqual([expected]);
      else expect(done.refused).toEqual([[1, expected]]);
      if (typeof expected === "string") {
        expect(done.reasons[0]!.message).toContain(cell);
        expect(done.reasons[0]!.message).toMatch(/--/);
      }
    },
  );

  test("a zone in brackets or behind the time is honoured or refused", async () => {
    const cells = ["(GMT+3)", "[Europe/Paris]", "{UTC}", "<-02:00>", "Asia/Tokyo", "(somewhere)"];
    const rows = cells.map((zone) => `A,1,2024-03-05 09:15 ${zone}\n`);
    const done = await stock(`sku,qty,date\n${rows.join("")}`, "--timezone", "America/New_York");
    expect(times(done).map((time) => time.slice(11, 16))).toEqual([
      ...["06:15", "08:15", "09:15", "11:15", "00:15"],
    ]);
    expect(done.refused).toEqual([[6, "UnknownFormat"]]);
    expect(done.reasons[0]!.raw).toBe("A,1,2024-03-05 09:15 (somewhere)");
  });

  test("a range, or words around a date, are refused", async () => {
    const cells = [
      ...["2024-03-05 10:20-11:20", "2024-03-05 10:00-11:00", "not before 5 Mar 2024"],
      ...["circa 5 Mar 2024", "5 Mar 2024 or later", "5-6 Mar 2024", "~5 Mar 2024"],
    ];
    const done = await stock(`sku,qty,date\n${cells.map((cell) => `A,1,${cell}\n`).join("")}`);
    expect(done.rows).toEqual([]);
    expect(done.refused.map(([row]) => row)).toEqual(cells.map((_, at) => at + 1));
    expect(done.reasons.map(({ raw }) => raw)).toEqual(cells.map((cell) => `A,1,${cell}`));
  });

  test("epochs that another clock may have written are refused, in text and in JSON", async () => {
    const clocks = {
      apple: "752000000",
      filetime: "133500000000000000",
      ticks: "638400000000000000",
      webkit: "13350000000000000",
    };
    for (const [unit, cell] of Object.entries(clocks)) {
      const files = [
        `sku,qty,date\nA,1,${cell}\n`,
        `[{"sku":"A","qty":1,"date":${cell}}]`,
        `{"sku":"A","qty":1,"date":${cell}}\n{"sku":"A","qty":1,"date":"${cell}"}\n`,
      ];
      for (const text of files) {
        const done = await stock(text);
        expect(done.rows, `${unit}: ${text}`).toEqual([]);
        expect(done.reasons[0]!.message).toContain("--epoch");
        const told = await stock(text, "--epoch", unit);
        expect(times(told)[0]).toMatch(/^202[34]-/);
      }
    }
    const seconds = await stock('[{"sku":"A","qty":1,"date":1709629200}]');
    expect(times(seconds)).toEqual(["2024-03-05T09:00:00.000Z"]);
    const small = await stock('[{"sku":"A","qty":1,"date":19787}]');
    expect(small.refused).toEqual([[1, "UnknownFormat"]]);
  });

  test("a column that shows that it counts from 1970 is read by that, also where it is old", async () => {
    const text = "sku,qty,date\nA,1,789652009\nA,1,1260759144\nA,1,100000000\n";
    expect(times(await stock(text))).toEqual([
      ...["1995-01-09T11:46:49.000Z", "2009-12-14T02:52:24.000Z", "1973-03-03T09:46:40.000Z"],
    ]);
    const old = await stock("sku,qty,date\nA,1,789652009\nA,1,100000000\n");
    expect(old.refused.map(([, code]) => code)).toEqual(["AmbiguousDate", "AmbiguousDate"]);
  });

  test("files with few line breaks are read", async () => {
    const row = (at: number) => ({
      sku: `P${at % 50}`,
      qty: 1,
      date: "2024-03-05",
      text: "x".repeat(100),
    });
    const rows = Array.from({ length: 10_000 }, (_, at) => row(at));
    const json = JSON.stringify(rows);
    expect(json.length).toBeGreaterThan(1_000_000);
    expect((await stock(json)).report).toMatchObject({ accepted: 10_000, rejected: 0 });
    const csv = `sku,qty,date\r${rows.map(({ sku, qty, date }) => `${sku},${qty},${date}`).join("\r")}`;
    expect((await stock(csv)).report).toMatchObject({ accepted: 10_000, rejected: 0 });
    expect((await stock(JSON.stringify({ rows }))).report).toMatchObject({ accepted: 10_000 });
  });

  test("only watches of videos count in a Takeout, and ads by their structure", async () => {
    const entry = {
      ...{ header: "YouTube", title: "Das Meer angesehen", time: "2024-05-01T10:00:00Z" },
      titleUrl: "https://www.youtube.com/watch?v=abcdefgh",
    };
    const history = [
      entry,
      { ...entry, title: "Das Meer positiv bewertet" },
      { ...entry, title: "Das Meer geteilt" },
      { ...entry, title: "Watched angesehen" },
      { ...entry, titleUrl: "https://shop.example/?v=abcdefgh" },
      { ...entry, details: [{ name: "Von Google Anzeigen" }] },
    ];
    const done = await views(JSON.stringify(history));
    expect(each(done, "title")).toEqual(["Das Meer", "Watched", "Das Meer"]);
    expect(each(done, "category")).toEqual(["YouTube", "YouTube", "Ads"]);
    expect(done.refused).toEqual([
      [2, "NotAWatch"],
      [3, "NotAWatch"],
      [5, "NotAWatch"],
    ]);
  });

  test("a dump's id is no video", async () => {
    const refused = await failure(views("id,watched_at\n1,2024-03-05\n2,2024-03-05\n"));
    expect(refused).toMatchObject({
      code: "MissingColumn",
      message: expect.stringContaining("video"),
    });
    const done = await views("id,video,watched_at\n1,a,2024-03-05\n2,a,2024-03-05\n");
    expect(each(done, "videoId")).toEqual(["a", "a"]);
    expect(done.columns).toMatch(/videoId +← video$/m);
    expect(done.columns).toMatch(/not used: id$/m);
  });

  test("unsigned moves between places are refused until their direction is said", async () => {
    const text =
      "date,item,from,to,qty\n2024-03-05,Bolt,ACME,Main,10\n2024-03-06,Bolt,Main,Customer,4\n";
    const refused = await failure(stock(text));
    expect(refused).toMatchObject({
      code: "UnsignedMoves",
      hint: expect.stringContaining('--from "from" --to "to"'),
    });
    const places = ["--from", "from", "--to", "to", "--outside", "ACME", "--outside", "customer"];
    const done = await stock(text, ...places);
    expect(each(done, "quantity")).toEqual([10, -4]);
    expect(each(done, "warehouse")).toEqual(["Main", "Main"]);
    expect(each(done, "kind")).toEqual(["receipt", "shipment"]);
    const signed = text.replace(",4\n", ",-4\n");
    expect(each(await stock(signed), "quantity")).toEqual([10, -4]);
    expect(each(await stock(text, "--sign", "as-written"), "quantity")).toEqual([10, 4]);
  });

  test("quantities in two columns, or with a sign by their kind, go the right way", async () => {
    const ledger = "date,item,In,Out\n2024-03-05,Bolt,10,\n2024-03-06,Bolt,,4\n";
    const columns = await stock(ledger, "--in", "In", "--out", "Out");
    expect(each(columns, "quantity")).toEqual([10, -4]);
    expect(await failure(stock(ledger))).toMatchObject({
      ...{ code: "MissingColumn", hint: expect.stringContaining("--in COLUMN --out COLUMN") },
    });
    const kinds = "date,item,type,qty\n2024-03-05,Bolt,IN,10\n2024-03-06,Bolt,OUT,4\n";
    const unknown = await stock(kinds);
    expect(unknown.refused).toEqual([
      [1, "UnknownChoice"],
      [2, "UnknownChoice"],
    ]);
    const words = ["--kinds", "in=receipt,out=shipment"];
    const half = await stock(kinds, ...words);
    expect(half.refused).toEqual([[2, "UnsignedShipment"]]);
    const signs = await stock(kinds, ...words, "--sign", "by-kind");
    expect(each(signs, "quantity")).toEqual([10, -4]);
    for (const [header, one, two] of [
      ["direction", "in", "out"],
      ["+/-", "+", "-"],
      ["Action", "Purchase", "Sale"],
      ["Art", "Zugang", "Abgang"],
    ]) {
      const text = `date,item,${header},qty\n2024-03-05,Bolt,${one},10\n2024-03-06,Bolt,${two},4\n`;
      expect(await failure(stock(text)), header).toMatchObject({
        ...{ code: "UnsignedMoves", hint: expect.stringContaining("--kinds") },
      });
      const told = ["--map", `kind=${header}`, "--kinds", `${one}=receipt,${two}=shipment`];
      expect(each(await stock(text, ...told, "--sign", "by-kind"), "quantity")).toEqual([10, -4]);
    }
    const sizes = "date,item,size,qty\n2024-03-05,Bolt,L,10\n2024-03-06,Bolt,,4\n";
    expect(each(await stock(sizes), "quantity")).toEqual([10, 4]);
  });

  test("a day and a time of day in two columns are one instant", async () => {
    const text = "sku,qty,Date,Time\nA,1,2024-03-05,21:15\nA,1,2024-03-05,\nA,1,,21:15\n";
    const done = await stock(text, "--timezone", "Europe/Berlin");
    expect(times(done)).toEqual(["2024-03-05T20:15:00.000Z", "2024-03-04T23:00:00.000Z"]);
    expect(done.refused).toEqual([[3, "MissingField"]]);
    expect(done.columns).toMatch(/occurredAt +← Date \+ Time$/m);
    const mapped = await stock(text.replace("Date,Time", "Tag,Uhr"), "--map", "occurredAt=Tag+Uhr");
    expect(times(mapped)[0]).toBe("2024-03-05T21:15:00.000Z");
  });

  test.each<[cell: string, expected: number | string]>([
    ["P1M", "UncertainDuration"],
    ["P1Y", "UncertainDuration"],
    ["PT1M", 60],
    ["1:75:30", "NotANumber"],
    ["1:15:30", 4530],
    ["125:30", 7530],
    ["0:90", "NotANumber"],
  ])("durations: %s", async (cell, expected) => {
    const done = await views(`title,time,duration\na,2024-03-05,${cell}\n`);
    if (typeof expected === "number") expect(each(done, "durationSeconds")).toEqual([expected]);
    else expect(done.refused).toEqual([[1, expected]]);
  });

  test("Excel's way to keep noughts gives the text that it keeps", async () => {
    const done = await stock('sku,qty,date\n="00123","=""5""","=""2024-03-05"""\n');
    expect(done.rows).toMatchObject([{ product: "00123", quantity: 5 }]);
    expect(times(done)).toEqual(["2024-03-05T00:00:00.000Z"]);
  });

  test("a lookup fills the cells that the record leaves empty", async () => {
    const done = await importText(
      "id,title,time,category\n1,a,2024-03-05,\n2,b,2024-03-05,Own\n3,c,2024-03-05,\n",
      ["watch", "--lookup-key", "id"],
      "id,category,genres\n1,Film,Drama|War\n2,Film,\n",
    );
    expect(each(done, "category")).toEqual(["Film", "Own", "uncategorised"]);
    expect(each(done, "topics")).toEqual([["Drama", "War"], [], []]);
    expect(done.report.unmatched).toBe(1);
  });

  test("what the server refuses is refused before it is sent", async () => {
    const row = (changed: object) =>
      JSON.stringify({ videoId: "v", watchedAt: 1.7e12, durationSeconds: 1, ...changed });
    const done = await views(
      [
        row({ title: "x".repeat(513) }),
        row({ topics: Array.from({ length: 33 }, (_, at) => `t${at}`) }),
        row({ durationSeconds: 1.0001 }),
        row({ durationSeconds: -1 }),
        row({ watchedAt: "2201-01-01" }),
        row({ watchedAt: "1899-12-30" }),
        row({ title: "ok" }),
      ].join("\n"),
    );
    expect(done.refused).toEqual([1, 2, 3, 4, 5, 6].map((at) => [at, "InvalidRow"]));
    expect(each(done, "title")).toEqual(["ok"]);
  });
});

describe("refused badly", () => {
  test("empty and equal headers cost nothing until one of them is needed", async () => {
    const text = "sku,,qty,,date,x,x\nA,1,2,3,2024-03-05,5,6\n";
    expect((await stock(text)).rows).toMatchObject([{ product: "A", quantity: 2 }]);
    expect((await stock(text, "--map", "category=4")).rows).toMatchObject([{ category: "3" }]);
    expect(await failure(stock(text, "--map", "category=x"))).toMatchObject({
      ...{ code: "RepeatedColumn", message: 'Columns 6 and 7 are both named "x".' },
    });
    expect(await failure(stock("sku,qty,date,date\nA,1,2024-03-05,2024-03-06\n"))).toMatchObject({
      code: "RepeatedColumn",
    });
  });

  test("trailing empty cells may be left out", async () => {
    const done = await stock("sku,qty,date,category,note\nA,1,2024-03-05\nB,2,2024-03-05,c\n");
    expect(each(done, "category")).toEqual(["uncategorised", "c"]);
  });

  test("a sep line, and a header that has more commas than semicolons", async () => {
    expect((await stock("sep=;\nsku;qty;date\nA;1;2024-03-05\n")).rows).toHaveLength(1);
    const text = "sku;qty, pcs;date, local, or so\nA;1;2024-03-05\nB;2;2024-03-05\n";
    const map = ["--map", "quantity=qty, pcs", "--map", "occurredAt=date, local, or so"];
    expect(each(await stock(text, ...map), "quantity")).toEqual([1, 2]);
  });

  test("UTF-16 of either order, also in gzip and zip", async () => {
    const text = "sku,qty,date\nÄ,1,2024-03-05\n";
    const little = Buffer.from(`\ufeff${text}`, "utf16le");
    const big = Buffer.from(little).swap16();
    for (const bytes of [little, big]) {
      const files = [bytes, gzipSync(bytes), zipSync({ "rows.csv": bytes })];
      for (const file of files) expect(each(await stock(file), "product")).toEqual(["Ä"]);
    }
  });

  test("bytes that are no text refuse their row only", async () => {
    const bytes = Buffer.from("sku,qty,date\nM\xe4rz,1,2024-03-05\nB,2,2024-03-05\n", "latin1");
    const done = await stock(bytes);
    expect(each(done, "product")).toEqual(["B"]);
    expect(done.refused).toEqual([[1, "BadEncoding"]]);
    expect(each(await stock(bytes, "--encoding", "latin1"), "product")).toEqual(["März", "B"]);
  });

  test("a zip is opened, not printed", async () => {
    const history = JSON.stringify([
      {
        ...{ header: "YouTube", title: "Watched A", time: "2024-05-01T10:00:00Z" },
        titleUrl: "https://www.youtube.com/watch?v=abcdefgh",
      },
    ]);
    const files = { "Takeout/x.html": strToU8("<p>"), "Takeout/historique.json": strToU8(history) };
    expect(each(await views(zipSync(files)), "videoId")).toEqual(["abcdefgh"]);
    const noise = await failure(stock(zipSync({ "a.bin": strToU8("\0\x01") })));
    expect(noise).toMatchObject({ code: "AmbiguousArchive" });
  });

  test("a JSON row with a title and a time is a row, with a mapping or without", async () => {
    const row = { title: "Watched A", time: "2024-05-01T10:00:00Z", header: "h", who: "ann" };
    const mapped = await views(JSON.stringify([row]), "--map", "watchedAt=time,viewer=who");
    expect(mapped.rows).toMatchObject([{ title: "Watched A", viewer: "ann" }]);
    const { header: _, ...bare } = row;
    expect((await views(JSON.stringify([bare]))).rows).toMatchObject([{ title: "Watched A" }]);
  });

  test("pretty-printed objects, and rows within an object", async () => {
    const rows = [1, 2, 3].map((qty) => ({ sku: "A", qty, date: "2024-03-05" }));
    const texts = [
      rows.map((row) => JSON.stringify(row, null, 2)).join("\n"),
      JSON.stringify({ rows }),
      JSON.stringify({ meta: { page: 1 }, data: { items: rows } }, null, 2),
      JSON.stringify(rows, null, 2),
      rows.map((row) => JSON.stringify(row)).join("\n"),
    ];
    for (const text of texts) expect(each(await stock(text), "quantity")).toEqual([1, 2, 3]);
    const two = JSON.stringify({ new: rows, old: rows });
    expect(await failure(stock(two))).toMatchObject({ code: "AmbiguousJson" });
    expect(each(await stock(two, "--rows", "old"), "quantity")).toEqual([1, 2, 3]);
  });

  test("lines before the header, and files without one", async () => {
    const text = 'Stock "report\nMay 2024\nsku,qty,date\nA,1,2024-03-05\n';
    expect((await stock(text, "--skip-lines", "2")).rows).toHaveLength(1);
    const bare = "A,1,2024-03-05\nB,2,2024-03-05,x\n";
    const map = ["--map", "product=1,quantity=2,occurredAt=3"];
    const done = await stock(bare, "--no-header", ...map);
    expect(each(done, "quantity")).toEqual([1]);
    expect(done.refused).toEqual([[2, "ColumnCount"]]);
    expect(
      (await stock("A^1^2024-03-05\n", "--no-header", "--delimiter", "^", ...map)).rows,
    ).toHaveLength(1);
  });

  test("a member that comes late and means a field is refused by row until it is mapped", async () => {
    const row = (at: number) => ({ sku: "A", qty: at, date: "2024-03-05" });
    const rows = Array.from({ length: 1200 }, (_, at) => row(at));
    const text = [...rows, { ...row(1), location: "North" }]
      .map((one) => JSON.stringify(one))
      .join("\n");
    const done = await stock(text);
    expect(done.refused).toEqual([[1201, "LateColumn"]]);
    expect(done.reasons[0]!.message).toContain("--map warehouse=location");
    expect((await stock(text, "--map", "warehouse=location")).rows).toHaveLength(1201);
    const named = text.replace("location", "warehouse");
    expect((await stock(named)).rows.at(-1)).toMatchObject({ warehouse: "North" });
  });
});

test("our own rows are read as they are stored: milliseconds, signs and keys", async () => {
  const rows = [
    { key: "k1", kind: "shipment", quantity: 5, occurredAt: 1000 },
    { key: "k1", kind: "shipment", quantity: 5, occurredAt: 1000 },
    { kind: "transfer", quantity: -5, occurredAt: -86_400_000 },
  ].map((row) => ({
    ...{ _id: "j57a", _creationTime: 1.7e12, tenantId: "acme", product: "A", category: "c" },
    ...{ warehouse: "N", unitCost: 0.0001, ...row },
  }));
  const done = await stock(rows.map((row) => JSON.stringify(row)).join("\n"));
  expect(done.report).toMatchObject({ accepted: 2, alreadyThere: 1, rejected: 0 });
  expect(each(done, "occurredAt")).toEqual([1000, -86_400_000]);
  expect(each(done, "quantity")).toEqual([5, -5]);
  expect(done.columns).toMatch(/key +← key$/m);
});

test("before the first row is sent, every column is said to be taken for something or nothing", async () => {
  const { columns } = await stock(
    "SKU,Qty,When,Color,\nA,1,2024-03-05,x,\n",
    "--map",
    "occurredAt=When",
  );
  expect(columns).toMatchInlineSnapshot(`
    "file: csv, cells separated by comma
      product         ← SKU
      category        ← "uncategorised" for every row: no column
      warehouse       ← "main" for every row: no column
      kind            ← "receipt" for every row: no column
      quantity        ← Qty
      unitCost        ← "0" for every row: no column
      occurredAt      ← When
      key             ← what each row holds (--key COLUMN for keys of the file's own)
      not used: Color, 5"
  `);
});
