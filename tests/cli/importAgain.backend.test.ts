/**
 * The same file sent again, with other options, columns or headers: what is known is neither counted
 * twice nor taken in silence, and what reads differently is replaced when that is asked for.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LocalBackend } from "./localBackend.js";

let local: LocalBackend;

beforeAll(async () => {
  local = await LocalBackend.start();
});
afterAll(() => local?.stop());

const stock = { measures: ["inventory.count", "inventory.quantity"] };

/** Sends a text as a file and gives what the summary says of it. */
async function send(tenant: string, cube: string, text: string, ...args: string[]) {
  const file = await local.scratch.write("file.csv", text);
  const done = await local.importInto(tenant, cube, file, ...args);
  const found =
    /([\d,]+) rows, ([\d,]+) accepted, ([\d,]+) rejected, ([\d,]+) already there, ([\d,]+) replaced/.exec(
      done.stdout,
    );
  const [accepted, rejected, there, replaced] = (found ?? []).slice(2).map(Number);
  const changed = Number(
    /(\d+) of those already there read differently/.exec(done.stdout)?.[1] ?? 0,
  );
  return { ...done, accepted, rejected, there, changed, replaced };
}

describe("a file that was read in the wrong zone", () => {
  const text = [
    "SKU,Qty,When",
    "A,1,2024-03-05 00:30",
    "A,2,2024-03-05 12:00",
    "A,4,2024-03-05 23:30",
    "A,4,2024-03-05 23:30",
    "B,8,2024-03-05T12:00:00Z",
  ].join("\n");
  const again = (...args: string[]) =>
    send("zones", "inventory", text, "--map", "occurredAt=When", ...args);
  const byDay = {
    measures: ["inventory.quantity"],
    timeDimensions: [{ dimension: "inventory.occurredAt", granularity: "day" }],
  };
  const days = async () =>
    (await local.read("zones", byDay)).map((row) => [
      String(row["inventory.occurredAt.day"]).slice(0, 10),
      row["inventory.quantity"],
    ]);

  test("is reported when it is read in the right one, and stays as it is stored", async () => {
    expect(await again("--timezone", "UTC")).toMatchObject({ status: 0, accepted: 5, there: 0 });
    expect(await days()).toEqual([["2024-03-05", 19]]);
    const rejects = local.scratch.path("rejects.ndjson");
    const other = await again("--timezone", "America/New_York", "--rejects", rejects);
    expect(other).toMatchObject({ status: 0, accepted: 0, there: 5, changed: 4, rejected: 0 });
    expect(other.stdout).toContain("--replace");
    expect(other.stdout).toMatch(/row 1: ChangedReading: occurredAt: /);
    const lines = readFileSync(rejects, "utf8").trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { row: 1, code: "ChangedReading", raw: "A,1,2024-03-05 00:30" },
      ...[{ row: 2 }, { row: 3 }, { row: 4 }],
    ]);
    expect(await days()).toEqual([["2024-03-05", 19]]);
  });

  test("is stored as it reads now where that is asked for, once", async () => {
    const zone = ["--timezone", "America/New_York", "--replace"];
    expect(await again(...zone)).toMatchObject({ replaced: 4, there: 1, changed: 0, accepted: 0 });
    expect(await days()).toEqual([
      ["2024-03-05", 11],
      ["2024-03-06", 8],
    ]);
    expect(await again(...zone)).toMatchObject({ replaced: 0, there: 5, changed: 0 });
    expect(await again("--timezone", "America/New_York")).toMatchObject({ there: 5, changed: 0 });
    expect(await local.read("zones", stock)).toEqual([
      { "inventory.count": 5, "inventory.quantity": 19 },
    ]);
  });
});

describe("a file that is told apart by what it says", () => {
  const rows = ["A,North,receipt,5,2024-03-05,x", "A,North,receipt,5,2024-03-05,y"];
  const first = ["Product,Site,Type,Qty,Date,Note", ...rows].join("\n");

  test.each<[string, string, string[], number]>([
    ["another default", first, ["--default", "category=Tools"], 2],
    ["one more column that nothing uses", first.replace(/$/gm, ",z"), [], 0],
    ["one column less", first.replace(/,[^,]*$/gm, ""), [], 0],
    ["headers in another case", first.toUpperCase().replaceAll("NORTH", "North"), [], 0],
    [
      "headers that are spelled otherwise",
      first.replace(/^.*$/m, "item code,Location,kind,quantity,occurred_at,n"),
      [],
      0,
    ],
    ["cells that are quoted", first.replace(/[^,\n]+/g, '"$&"'), [], 0],
    ["another delimiter", first.replaceAll(",", ";"), [], 0],
    ["other line ends and a byte order mark", `\ufeff${first.replaceAll("\n", "\r\n")}`, [], 0],
    [
      "numbers and dates in another spelling",
      first.replaceAll(",5,", ",5.0,").replaceAll("2024-03-05", "5 March 2024"),
      [],
      0,
    ],
    ["its rows in another order", [first.split("\n")[0], ...rows.toReversed()].join("\n"), [], 0],
    ["a column for what describes a record", first, ["--map", "category=Note"], 2],
    ["another date order", first, ["--date-order", "mdy"], 0],
    ["another cell that means nothing", first, ["--empty", "North"], 2],
    ["another column for the warehouse", first, ["--map", "warehouse=Note"], 2],
    ["no column for the warehouse", first, ["--map", "warehouse="], 2],
  ])("is known with %s", async (_, text, args, changed) => {
    await send("told", "inventory", first);
    const again = await send("told", "inventory", text, ...args);
    expect(again, again.stderr + again.stdout).toMatchObject({ accepted: 0, there: 2, changed });
    expect(await local.read("told", stock)).toEqual([
      { "inventory.count": 2, "inventory.quantity": 10 },
    ]);
  });

  test("counts rows that are equal in all that is used, and keeps them when files overlap", async () => {
    const line = "A,North,receipt,5,2024-03-05";
    const header = "Product,Site,Type,Qty,Date";
    const of = (...lines: string[]) => [header, ...lines].join("\n");
    expect(await send("equal", "inventory", of(line, line))).toMatchObject({ accepted: 2 });
    expect(await send("equal", "inventory", of(line, line, line))).toMatchObject({
      ...{ accepted: 1, there: 2 },
    });
    const other = "B,North,receipt,1,2024-03-05";
    expect(await send("equal", "inventory", of(other, line))).toMatchObject({
      ...{ accepted: 1, there: 1 },
    });
    expect(await local.read("equal", stock)).toEqual([
      { "inventory.count": 4, "inventory.quantity": 16 },
    ]);
    const apart = await send("equal", "inventory", of(line), "--source", "south");
    expect(apart).toMatchObject({ accepted: 1, there: 0 });
  });

  test("is recognised when its first import said less, and says more when it is replaced", async () => {
    const text =
      "Product,Qty,Date,Place\nA,1,2024-03-05,North\nA,1,2024-03-05,South\nB,2,2024-03-05,North\n";
    const place = ["--map", "warehouse=Place"];
    expect(await send("less", "inventory", text)).toMatchObject({ accepted: 3 });
    const more = await send("less", "inventory", text, ...place);
    expect(more).toMatchObject({ accepted: 0, there: 3, changed: 3 });
    expect(more.stdout).toContain("identified without warehouse");
    const replaced = await send("less", "inventory", text, ...place, "--replace");
    expect(replaced).toMatchObject({ accepted: 0, replaced: 3 });
    const byPlace = { measures: ["inventory.quantity"], dimensions: ["inventory.warehouse"] };
    expect(await local.read("less", byPlace)).toEqual(
      expect.arrayContaining([
        { "inventory.warehouse": "North", "inventory.quantity": 3 },
        { "inventory.warehouse": "South", "inventory.quantity": 1 },
      ]),
    );
    expect(await send("less", "inventory", text, ...place)).toMatchObject({ there: 3, changed: 0 });
  });
});

describe("keys", () => {
  const plays = [
    "play,song,key,when",
    "1,Blue,C major,2024-03-05T10:00:00Z",
    "2,Blue,C major,2024-03-05T11:00:00Z",
    "3,Red,A minor,2024-03-05T12:00:00Z",
  ].join("\n");
  const map = ["--map", "title=song,watchedAt=when"];
  const watches = { measures: ["watch.count"] };

  test("a column is no key by its name", async () => {
    const done = await send("plays", "watch", plays, ...map);
    expect(done).toMatchObject({ accepted: 3, there: 0 });
    expect(done.stdout).toMatch(/not used: play, key$/m);
    expect(await local.read("plays", watches)).toEqual([{ "watch.count": 3 }]);
    const lines = [1, 2, 3].map((hour) =>
      JSON.stringify({ title: "t", watchedAt: `2024-03-06T0${hour}:00Z`, key: "shop-1" }),
    );
    const objects = await send("plays", "watch", lines.join("\n"));
    expect(objects).toMatchObject({ accepted: 3, there: 0 });
    expect(await local.read("plays", watches)).toEqual([{ "watch.count": 6 }]);
  });

  test("--key makes one; what repeats it is said", async () => {
    const key = [...map, "--key", "play"];
    expect(await send("keyed", "watch", plays, ...key)).toMatchObject({ accepted: 3 });
    expect(await send("keyed", "watch", plays, ...key)).toMatchObject({ accepted: 0, there: 3 });
    const changed = plays.replace("2,Blue", "2,Green");
    expect(await send("keyed", "watch", changed, ...key)).toMatchObject({ there: 3, changed: 1 });
    expect(await send("keyed", "watch", changed, ...key, "--replace")).toMatchObject({
      ...{ there: 2, replaced: 1 },
    });
    const repeated = `${plays}\n3,Red,A minor,2024-03-05T12:00:00Z\n3,Other,x,2024-03-05T13:00:00Z\n,No,x,2024-03-05T14:00:00Z`;
    const done = await send("repeated", "watch", repeated, ...key);
    expect(done).toMatchObject({ accepted: 3, there: 1, rejected: 2 });
    expect(done.stdout).toContain("RepeatedKey: 1");
    expect(done.stdout).toContain("MissingKey: 1");
    expect(await local.read("repeated", watches)).toEqual([{ "watch.count": 3 }]);
  });

  test("a file that is there by one kind of keys is refused by another", async () => {
    await send("mixed", "watch", plays, ...map);
    const keyed = await send("mixed", "watch", plays, ...map, "--key", "play");
    expect(keyed.status).toBe(1);
    expect(keyed.stderr).toMatch(/^KnownOtherwise: .*imported without --key/m);
    await send("mixed2", "watch", plays, ...map, "--key", "play");
    const derived = await send("mixed2", "watch", plays, ...map);
    expect(derived.stderr).toMatch(/^KnownOtherwise: .*imported with --key play/m);
    expect(await local.read("mixed", watches)).toEqual([{ "watch.count": 3 }]);
    expect(await local.read("mixed2", watches)).toEqual([{ "watch.count": 3 }]);
  });
});
