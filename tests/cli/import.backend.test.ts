/**
 * The importer against the real local backend, as its users run it: the numbers that come out are
 * those of the file, however often it is sent and whatever happens on the way.
 */
import { gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LocalBackend } from "./localBackend.js";
import { startCommand } from "./runCommand.js";

let local: LocalBackend;

beforeAll(async () => {
  local = await LocalBackend.start();
});
afterAll(() => local?.stop());

const watchTotals = { measures: ["watch.count", "watch.durationSeconds"] };
const stockTotals = { measures: ["inventory.count", "inventory.quantity", "inventory.value"] };

describe("rows, good and bad", () => {
  const table = [
    "SKU,Site,Type,Qty,Unit Price,When",
    'A-1,North,receipt,100,2.5,"27/07/2012"',
    "A-1,North,shipment,(40),2.5,28/07/2012",
    "A-1,North,shipment,-10,2.5,28/07/2012 10:00",
    "A-1,North,shipment,-10,2.5,28/07/2012 10:00",
    "A-1,North,gift,1,2.5,28/07/2012",
    "A-1,North,receipt,1,2.5,31/02/2012",
    '"A-1,North,receipt,1,2.5,01/08/2012',
    "A-1,North,receipt,1.5,2.5,01/08/2012",
    "A-1,North,receipt,1,2.12345,01/08/2012",
    "A-1,North,receipt,5",
    "A-2,South,receipt,7,0.0001,01/08/2012",
  ].join("\n");
  const expected = [
    { "inventory.count": 5, "inventory.quantity": 47, "inventory.value": 100.0007 },
  ];
  const options = ["--date-order", "dmy", "--map", "occurredAt=When"];

  test("good rows are counted, each bad one is in the rejects file with its place and reason", async () => {
    const file = await local.scratch.write("stock.csv", table);
    const rejects = local.scratch.path("rejects.ndjson");
    const done = await local.importInto(
      "rows",
      "inventory",
      file,
      ...options,
      "--rejects",
      rejects,
    );
    expect(done.status, done.stderr).toBe(0);
    expect(done.stdout).toMatch(/11 rows, 5 accepted, 6 rejected/);
    const lines = readFileSync(rejects, "utf8").trim().split("\n");
    const read = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const byRow = read.toSorted((a, b) => Number(a.row) - Number(b.row));
    expect(byRow.map(({ row, line, code }) => [row, line, code])).toEqual([
      [5, 6, "UnknownChoice"],
      [6, 7, "ImpossibleDate"],
      [7, 8, "UnclosedQuote"],
      [8, 9, "NotWhole"],
      [9, 10, "InvalidRow"],
      [10, 11, "ColumnCount"],
    ]);
    expect(byRow[1]).toMatchObject({
      file: "stock.csv",
      message: expect.stringContaining("occurredAt"),
      raw: "A-1,North,receipt,1,2.5,31/02/2012",
    });
  });

  test("what is stored is what the file says, to the last decimal", async () => {
    expect(await local.read("rows", stockTotals)).toEqual(expected);
  });

  test("the same rows under another name, packed, add nothing", async () => {
    const file = await local.scratch.write("again.bin", gzipSync(table));
    const done = await local.importInto("rows", "inventory", file, ...options, "--batch", "2");
    expect(done.stdout).toMatch(/11 rows, 0 accepted, 6 rejected, 5 already there, 0 replaced/);
    expect(await local.read("rows", stockTotals)).toEqual(expected);
  });

  test("a wrong mapping sends nothing and says what columns there are", async () => {
    const file = await local.scratch.write("wrong.csv", table);
    const done = await local.importInto("rows", "inventory", file);
    expect(done).toMatchObject({ status: 1, stdout: "" });
    expect(done.stderr).toMatch(/^MissingColumn: No column for occurredAt/m);
    const ambiguous = await local.importInto("rows", "inventory", file, "--map", "occurredAt=When");
    expect(ambiguous.status).toBe(0);
    expect(await local.read("rows", stockTotals)).toEqual(expected);
  });
});

test("Takeout and NDJSON bring what they hold; removed videos are set aside", async () => {
  const watched = (id: string, time: string, title = `Watched ${id}`) => ({
    ...{ header: "YouTube", title, time, titleUrl: `https://www.youtube.com/watch?v=${id}` },
    subtitles: [{ name: "Slow Trails" }],
  });
  const history = [
    watched("abcdef1", "2024-05-01T10:00:00.123Z"),
    watched("abcdef2", "2024-05-01T11:00:00Z"),
    watched("abcdef2", "2024-05-01T11:00:00Z"),
    { header: "YouTube", title: "Watched a video that has been removed", time: "2024-05-01" },
  ];
  const takeout = await local.scratch.write("watch-history.json", JSON.stringify(history, null, 2));
  const first = await local.importInto("history", "watch", takeout, "--default", "viewer=ann");
  expect(first.stdout).toMatch(/4 rows, 3 accepted, 1 rejected/);
  expect(first.stdout).toMatch(/RemovedVideo: 1/);
  const row = { videoId: "v1", watchedAt: Date.UTC(2024, 4, 2), topics: ["a", "b"] };
  const lines = [
    { ...row, durationSeconds: 12.5, viewer: "ben" },
    { ...row, durationSeconds: 12.5, viewer: "ben", key: "mine" },
    { ...row, durationSeconds: -1 },
  ];
  const ndjson = await local.scratch.write(
    "rows.ndjson",
    lines.map((l) => JSON.stringify(l)).join("\n"),
  );
  const second = await local.importInto("history", "watch", ndjson);
  expect(second.stdout).toMatch(/3 rows, 2 accepted, 1 rejected/);
  expect(await local.read("history", { measures: ["watch.count", "watch.viewers"] })).toEqual([
    { "watch.count": 5, "watch.viewers": 2 },
  ]);
  expect(await local.read("history", watchTotals)).toEqual([
    { "watch.count": 5, "watch.durationSeconds": 25 },
  ]);
});

test("a backend that dies in the middle costs time, not rows", async () => {
  const lines = ["product,quantity,date"];
  let quantity = 0;
  for (let row = 0; row < 6000; row += 1) {
    lines.push(`P-${row % 50},${row % 97},2024-01-${String(1 + (row % 28)).padStart(2, "0")}`);
    quantity += row % 97;
  }
  const file = await local.scratch.write("long.csv", lines.join("\n"));
  const args = ["inventory", file, "--tenant", "crash", "--url", local.url, "--batch", "100"];
  const running = startCommand("import", args);
  const count = async () =>
    Number((await local.read("crash", stockTotals))[0]?.["inventory.count"] ?? 0);
  while ((await count()) < 500) await new Promise((resolve) => setTimeout(resolve, 50));
  await local.crash();
  const done = await running.finished;
  expect(done.status, done.stderr).toBe(0);
  expect(done.stdout).toMatch(/6,000 rows, 6,000 accepted, 0 rejected/);
  expect(await local.read("crash", stockTotals)).toMatchObject([
    { "inventory.count": 6000, "inventory.quantity": quantity },
  ]);
});
