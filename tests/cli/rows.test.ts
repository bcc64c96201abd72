/** From a record to rows: mapping, defaults, lookups, directions, identities and keys. */
import { describe, expect, test } from "vitest";
import { rowDefinitions, type RowDefinition } from "../../cli/import/fields.js";
import { ownKeys, rowKeys } from "../../cli/import/identity/rowKey.js";
import { openLookup, type Lookup } from "../../cli/import/lookup.js";
import { mapColumns, mustBeComplete } from "../../cli/records/mapping.js";
import { rowBuilder, type RowOptions } from "../../cli/import/rowBuilder.js";
import type { Cells } from "../../cli/records/record.js";
import { scratchDirectory } from "./support.js";

const { watch, inventory } = rowDefinitions;
const none = new Map<string, string>();

const options: RowOptions = {
  timezone: "UTC",
  dateOrder: "dmy",
  separators: none,
  decimalComma: false,
  defaults: none,
  emptyTexts: new Set(["\\N"]),
  now: Date.UTC(2026, 4, 27),
  moves: { outside: new Set() },
};

const table = (names: string[]) => ({ names, open: false });
const objects = { names: [], open: true };

const map = (
  definition: RowDefinition,
  names: string[],
  declared: Record<string, string> = {},
): Record<string, readonly string[]> =>
  Object.fromEntries(mapColumns(definition, table(names), new Map(Object.entries(declared))));

describe("mapping", () => {
  test("usual headers find their fields, in any spelling", () => {
    const columns = ["Product_Code", "Warehouse", "Product_Category", "Date", "Order_Demand"];
    expect(map(inventory, columns)).toEqual({
      product: ["Product_Code"],
      category: ["Product_Category"],
      warehouse: ["Warehouse"],
      quantity: ["Order_Demand"],
      occurredAt: ["Date"],
    });
    expect(map(watch, ["Profile Name", "Start Time", "Duration", "Title"])).toEqual({
      title: ["Title"],
      viewer: ["Profile Name"],
      watchedAt: ["Start Time"],
      durationSeconds: ["Duration"],
    });
  });

  test("what is declared wins, and a column feeds one field only by guess", () => {
    expect(map(watch, ["Title", "when"], { watchedAt: "when" })).toEqual({
      title: ["Title"],
      watchedAt: ["when"],
    });
    expect(map(watch, ["Title", "time"], { category: "Title" })).toEqual({
      category: ["Title"],
      watchedAt: ["time"],
    });
  });

  test.each([
    "id",
    "name",
    "type",
    "section",
    "createdAt",
    "created_at",
    "key",
    "author",
    "itemId",
  ])("a column named %s is nothing for certain in a viewing history", (name) => {
    expect(map(watch, [name])).toEqual({});
  });

  test.each(["id", "cost", "price", "group", "created at", "key", "total", "amount"])(
    "a column named %s is nothing for certain among stock movements",
    (name) => {
      expect(map(inventory, [name])).toEqual({});
    },
  );

  test("a day and a time of day in two columns are one instant", () => {
    expect(map(inventory, ["SKU", "Qty", "Date", "Time"])).toMatchObject({
      occurredAt: ["Date", "Time"],
    });
    expect(map(watch, ["Title", "Day", "Clock"], { watchedAt: "Day+Clock" })).toMatchObject({
      watchedAt: ["Day", "Clock"],
    });
    expect(map(watch, ["Title", "a+b"], { watchedAt: "a+b" })).toMatchObject({
      watchedAt: ["a+b"],
    });
  });

  test("several columns that may be a field are refused, and none of them can be declared", () => {
    const ambiguous = expect.objectContaining({ code: "AmbiguousColumns" });
    const columns = ["Title", "Time", "User", "Profile"];
    expect(() => map(watch, columns)).toThrow(ambiguous);
    expect(map(watch, columns, { viewer: "Profile" })).toMatchObject({ viewer: ["Profile"] });
    expect(map(watch, columns, { viewer: "" })).not.toHaveProperty("viewer");
    expect(() => map(inventory, ["SKU", "Qty", "Date", "Timestamp"])).toThrow(ambiguous);
    // A field's own name is sure.
    expect(map(inventory, ["SKU", "Product"])).toEqual({ product: ["Product"] });
  });

  test("columns that share a name can only be refused, and only when they are needed", () => {
    const repeated = new Map([["Date", [2, 4]]]);
    const columns = { names: ["SKU", "Date", "Qty"], repeated, open: false };
    const refused = expect.objectContaining({ code: "RepeatedColumn" });
    expect(() => mapColumns(inventory, columns, none)).toThrow(refused);
    const declared = new Map([["occurredAt", "Date"]]);
    expect(() => mapColumns(inventory, columns, declared)).toThrow(refused);
    expect(mapColumns(inventory, columns, new Map([["occurredAt", ""]])).has("occurredAt")).toBe(
      false,
    );
  });

  test("mistakes are refused before anything is read", () => {
    const declare = (field: string, column: string) => () =>
      map(watch, ["videoId", "time"], { [field]: column });
    expect(declare("colour", "videoId")).toThrow(expect.objectContaining({ code: "UnknownField" }));
    expect(declare("title", "nope")).toThrow(expect.objectContaining({ code: "UnknownColumn" }));
    const incomplete = mapColumns(watch, table(["videoId"]), none);
    expect(() => mustBeComplete(watch, incomplete, none, ["videoId"])).toThrow(
      expect.objectContaining({ code: "MissingColumn" }),
    );
    mustBeComplete(watch, incomplete, new Map([["watchedAt", "2024-01-01"]]), ["videoId"]);
  });

  test("objects name their own members, so every field may come by its name", () => {
    const mapping = mapColumns(watch, objects, new Map([["videoId", "id"]]));
    expect(mapping.get("videoId")).toEqual(["id"]);
    expect(mapping.get("watchedAt")).toEqual(["watchedAt"]);
    expect(mapping.has("key")).toBe(false);
  });
});

/** A builder over columns by their own names. */
function builderOf(
  definition: RowDefinition,
  ownColumns: string[],
  { lookup, ...changed }: Partial<RowOptions> & { lookup?: Lookup } = {},
  declared: Record<string, string> = {},
) {
  const names = [...new Set([...ownColumns, ...(lookup?.columns ?? [])])];
  const mapping = mapColumns(definition, table(names), new Map(Object.entries(declared)));
  return rowBuilder(definition, { mapping, lookup, ownColumns }, { ...options, ...changed });
}

/** The rows of a record, or the code of its refusal. */
function rowsOf(builder: ReturnType<typeof rowBuilder>, cells: Cells) {
  const built = builder.build(cells);
  return built.ok ? built.rows.map(({ row }) => row) : built.code;
}

function identitiesOf(builder: ReturnType<typeof rowBuilder>, cells: Cells): string[] {
  const built = builder.build(cells);
  return built.ok ? built.rows.map(({ identity }) => identity) : built.identities;
}

describe("rows", () => {
  const columns = watch.fields.map(({ name }) => name);
  const cells = { videoId: "v1", watchedAt: "27/07/2012", channel: "\\N", viewer: " " };

  test("what a file does not say takes a default, and is counted", () => {
    const builder = builderOf(watch, columns, { defaults: new Map([["category", "Film"]]) });
    expect(rowsOf(builder, cells)).toEqual([
      {
        videoId: "v1",
        title: "v1",
        channel: "unknown",
        topics: [],
        category: "Film",
        viewer: "unknown",
        watchedAt: Date.UTC(2012, 6, 27),
        durationSeconds: 0,
      },
    ]);
    expect(Object.fromEntries(builder.defaulted)).toEqual({
      ...{ title: 1, channel: 1, topics: 1, category: 1, viewer: 1, durationSeconds: 1 },
    });
  });

  test("a required field that is missing, or any that cannot be read, refuses the row by name", () => {
    const builder = builderOf(watch, columns);
    expect(rowsOf(builder, { videoId: "v1" })).toBe("MissingField");
    expect(rowsOf(builder, { watchedAt: "27/07/2012" })).toBe("MissingField");
    const impossible = builder.build({ ...cells, watchedAt: "31/02/2012" });
    expect(impossible).toMatchObject({ code: "ImpossibleDate" });
    expect((impossible as { message: string }).message).toMatch(/^watchedAt: /);
    expect(builder.defaulted.size).toBe(0);
  });

  test("day and time of day are read as one text, and a missing time of day as a whole day", () => {
    const builder = builderOf(watch, ["Title", "Date", "Time"], { timezone: "Europe/Berlin" });
    const read = (date: string, time: string) => {
      const rows = rowsOf(builder, { Title: "a", Date: date, Time: time });
      return typeof rows === "string"
        ? rows
        : new Date(rows[0]!["watchedAt"] as number).toISOString();
    };
    expect(read("05/03/2024", "21:15")).toBe("2024-03-05T20:15:00.000Z");
    expect(read("5 Mar 2024", "9:15 PM")).toBe("2024-03-05T20:15:00.000Z");
    expect(read("2024-03-05", "21:15:30.5 +0300")).toBe("2024-03-05T18:15:30.500Z");
    expect(read("2024-03-05", "")).toBe("2024-03-04T23:00:00.000Z");
    expect(read("", "21:15")).toBe("MissingField");
    expect(read("2024-03-05", "25:00")).toBe("ImpossibleDate");
    expect(read("2024-03-05 10:00", "21:15")).toBe("UnknownFormat");
  });
});

describe("which way a stock movement goes", () => {
  const base = { product: "A", date: "05/03/2024" };
  const move = (
    moves: Partial<RowOptions["moves"]>,
    cells: Record<string, string | number>,
    words: Record<string, string> = {},
  ) => {
    const builder = builderOf(
      inventory,
      [...Object.keys(base), ...Object.keys(cells)],
      { moves: { outside: new Set(), ...moves }, words: new Map(Object.entries(words)) },
      {},
    );
    const rows = rowsOf(builder, { ...base, ...cells });
    return typeof rows === "string"
      ? rows
      : rows.map(({ kind, quantity, warehouse }) => `${kind} ${quantity} ${warehouse}`);
  };

  test.each<[cells: Record<string, string>, expected: string[] | string]>([
    [{ In: "10", Out: "" }, ["receipt 10 main"]],
    [{ In: "", Out: "4" }, ["shipment -4 main"]],
    [{ In: "0", Out: "4" }, ["shipment -4 main"]],
    [{ In: "0", Out: "0.00" }, ["receipt 0 main"]],
    [{ In: "3", Out: "4" }, "TwoDirections"],
    [{ In: "", Out: "" }, "MissingField"],
    [{ In: "", Out: "-4" }, "TwoSigns"],
    [{ In: "", Out: "4", kind: "return" }, ["return -4 main"]],
  ])("columns for in and out: %j is %j", (cells, expected) => {
    expect(move({ in: "In", out: "Out" }, cells)).toEqual(expected);
  });

  test.each<[cells: Record<string, string>, expected: string[] | string]>([
    [{ from: "", to: "Main", qty: "10" }, ["receipt 10 Main"]],
    [{ from: "Main", to: "", qty: "4" }, ["shipment -4 Main"]],
    [{ from: "Main", to: "North", qty: "3" }, ["transfer -3 Main", "transfer 3 North"]],
    [{ from: "ACME Ltd", to: "Main", qty: "10" }, ["receipt 10 Main"]],
    [{ from: "Main", to: " customer ", qty: "4" }, ["shipment -4 Main"]],
    [{ from: "ACME Ltd", to: "customer", qty: "4" }, "MissingField"],
    [{ from: "Main", to: "North", qty: "-3" }, "TwoSigns"],
  ])("columns of places: %j is %j", (cells, expected) => {
    const outside = new Set(["acme ltd", "customer"]);
    expect(move({ from: "from", to: "to", outside }, cells)).toEqual(expected);
  });

  test.each<[kind: string, qty: string | number, expected: string[] | string]>([
    ["receipt", "10", ["receipt 10 main"]],
    ["return", "2", ["return 2 main"]],
    ["shipment", "4", ["shipment -4 main"]],
    ["shipment", 4, ["shipment -4 main"]],
    ["shipment", "-4", ["shipment -4 main"]],
    ["shipment", "(4)", ["shipment -4 main"]],
    ["shipment", "+4", ["shipment 4 main"]],
    ["adjustment", "-1", ["adjustment -1 main"]],
    ["adjustment", "1", "UnknownDirection"],
    ["transfer", "1", "UnknownDirection"],
    ["shipment", "0", ["shipment 0 main"]],
  ])("the sign by kind: %s %j is %j", (kind, qty, expected) => {
    expect(move({ sign: "by-kind" }, { kind, qty })).toEqual(expected);
  });

  test("a shipment without a sign is refused until the file's signs are declared", () => {
    const cells = { kind: "shipment", qty: "4" };
    expect(move({}, cells)).toBe("UnsignedShipment");
    expect(move({ sign: "as-written" }, cells)).toEqual(["shipment 4 main"]);
    expect(move({}, { ...cells, qty: "-4" })).toEqual(["shipment -4 main"]);
    expect(move({ sign: "by-kind" }, { type: "OUT", qty: "4" }, { out: "shipment" })).toEqual([
      "shipment -4 main",
    ]);
  });
});

describe("identities", () => {
  const columns = ["SKU", "Site", "Qty", "When", "Cost", "Note"];
  const declared = { occurredAt: "When" };
  const cells = { SKU: "A", Site: "N", Qty: "5", When: "2024-03-05 10:00", Cost: "2.5", Note: "x" };
  const base = identitiesOf(builderOf(inventory, columns, {}, declared), cells);

  test.each<[string, Partial<RowOptions>, Record<string, string>]>([
    ["another zone", { timezone: "Asia/Tokyo" }, declared],
    ["another date order", { dateOrder: "mdy" }, declared],
    ["decimal commas", { decimalComma: true }, declared],
    ["another default", { defaults: new Map([["kind", "return"]]) }, declared],
    ["a column for what describes a record", {}, { ...declared, unitCost: "Cost" }],
    ["another cell that means nothing", { emptyTexts: new Set(["N"]) }, declared],
    ["declared signs", { moves: { outside: new Set(), sign: "by-kind" } }, declared],
  ])("stay the same with %s", (_, changed, mapped) => {
    expect(identitiesOf(builderOf(inventory, columns, changed, mapped), cells)).toEqual(base);
  });

  test("stay the same however the file spells a value that has one reading", () => {
    const builder = builderOf(inventory, columns, {}, declared);
    for (const changed of [
      { When: "5 March 2024, 10:00 AM" },
      { When: "2024/03/05 10:00:00.000" },
      { Qty: "5.0" },
      { Qty: "+5" },
      { SKU: " A " },
      { Note: "other" },
    ]) {
      expect(identitiesOf(builder, { ...cells, ...changed }), JSON.stringify(changed)).toEqual(
        base,
      );
    }
    expect(identitiesOf(builder, { ...cells, Qty: "6" })).not.toEqual(base);
    expect(identitiesOf(builder, { ...cells, Site: "S" })).not.toEqual(base);
  });

  test("stay the same under other headers and in another order of columns", () => {
    const other = builderOf(inventory, ["note", "occurred at", "quantity", "LOCATION", "product"]);
    const { SKU, Site, Qty, When } = cells;
    const same = { note: "y", "occurred at": When, quantity: Qty, LOCATION: Site, product: SKU };
    expect(identitiesOf(other, same)).toEqual(base);
  });

  test("a refused record has the identity that it has when it is read", () => {
    const strict = builderOf(inventory, columns, {}, { ...declared, unitCost: "Note" });
    expect(strict.build(cells)).toMatchObject({ ok: false, identities: base });
  });

  test("a video is known by its id, and by its title where it has none", () => {
    const builder = builderOf(watch, ["videoId", "title", "time"]);
    const film = { videoId: "v", title: "Old title", time: "2024-03-05" };
    const [one] = identitiesOf(builder, film);
    expect(identitiesOf(builder, { ...film, title: "New title" })).toEqual([one]);
    const untitled = { ...film, videoId: "" };
    expect(identitiesOf(builder, untitled)).not.toEqual([one]);
    expect(identitiesOf(builder, untitled)).toEqual(
      identitiesOf(builderOf(watch, ["title", "time"]), untitled),
    );
  });

  test("the two movements of one record have identities of their own", () => {
    const moves = { from: "From", to: "To", outside: new Set<string>() };
    const builder = builderOf(inventory, ["SKU", "Qty", "Date", "From", "To"], { moves });
    const record = { SKU: "A", Qty: "5", Date: "2024-03-05", From: "N", To: "N" };
    expect(new Set(identitiesOf(builder, record)).size).toBe(2);
  });
});

describe("keys", () => {
  test("the same file has the same keys, in every run", () => {
    const contents = ["a", "b", "a", "c", "a"];
    const [one, two] = [contents.map(rowKeys()), contents.map(rowKeys())];
    expect(one).toEqual(two);
    expect(one).toMatchInlineSnapshot(`
      [
        "row:c2Gm9LN0dF3q-Jascoh9Ve:1",
        "row:Xnnsn4hC6mnrIBEELTIdgi:1",
        "row:c2Gm9LN0dF3q-Jascoh9Ve:2",
        "row:pO-3_ZgdM_i38LIQJ1w9EV:1",
        "row:c2Gm9LN0dF3q-Jascoh9Ve:3",
      ]
    `);
  });

  test("equal rows of one file are counted apart, also among a hundred thousand", () => {
    const key = rowKeys();
    const keys = new Set<string>();
    for (let row = 0; row < 100_000; row += 1) keys.add(key(String(row % 33_333)));
    expect(keys.size).toBe(100_000);
    expect(key("5")).toMatch(/:4$/);
  });

  test("files that overlap share the keys of the rows that they share", () => {
    const january = ["a", "b", "b"].map(rowKeys());
    const quarter = ["z", "b", "a", "b", "b"].map(rowKeys());
    expect(january.filter((key) => !quarter.includes(key))).toEqual([]);
    expect(quarter.filter((key) => !january.includes(key))).toHaveLength(2);
  });

  test("sources that are declared different share no key", () => {
    expect(rowKeys("north")("a")).not.toBe(rowKeys("south")("a"));
  });

  test("keys of the file's own are new, or repeated with the same values or with others", () => {
    const seen = ownKeys();
    expect(seen("k1", "a")).toBe("new");
    expect(seen("k2", "a")).toBe("new");
    expect(seen("k1", "a")).toBe("same");
    expect(seen("k1", "b")).toBe("different");
    expect(seen("k1", "a")).toBe("same");
  });
});

describe("lookups", () => {
  test("columns of the match are added; the record's own win; misses are counted", async () => {
    const scratch = await scratchDirectory();
    const path = await scratch.write("films.csv", 'id,title,genres\n1,"Sun, Sea",A|B\n2,Moon,\n');
    const lookup = await openLookup(path, "id");
    expect(lookup.columns).toEqual(["id", "title", "genres"]);
    const builder = builderOf(watch, ["id", "time", "title"], { lookup });
    const read = (cells: Record<string, string>) => {
      const rows = rowsOf(builder, { time: "2024-03-05", ...cells });
      return typeof rows === "string" ? rows : [rows[0]!["title"], rows[0]!["topics"]];
    };
    expect(read({ id: "1" })).toEqual(["Sun, Sea", ["A", "B"]]);
    expect(read({ id: " 2 ", title: "Mine" })).toEqual(["Mine", []]);
    expect(builder.unmatched).toBe(0);
    expect(read({ id: "3", title: "Mine" })).toEqual(["Mine", []]);
    expect(builder.unmatched).toBe(1);
    await scratch.remove();
  });

  test("a lookup fills the cells that the record leaves empty", async () => {
    const scratch = await scratchDirectory();
    const path = await scratch.write("films.csv", "id,category,channel\n1,Film,Two\n2,,\n");
    const lookup = await openLookup(path, "id");
    const columns = ["id", "title", "time", "category"];
    const emptyTexts = new Set(["n/a"]);
    const builder = builderOf(watch, columns, { lookup, emptyTexts });
    const read = (cells: Record<string, string>) => {
      const rows = rowsOf(builder, { title: "t", time: "2024-03-05", ...cells });
      return typeof rows === "string" ? rows : rows[0]!["category"];
    };
    expect(read({ id: "1", category: "" })).toBe("Film");
    expect(read({ id: "1", category: "  " })).toBe("Film");
    expect(read({ id: "1", category: "n/a" })).toBe("Film");
    expect(read({ id: "1", category: "Own" })).toBe("Own");
    expect(read({ id: "2", category: "" })).toBe("uncategorised");
    await scratch.remove();
  });

  test("what a lookup adds is no part of an identity, but the key that it is found by", async () => {
    const scratch = await scratchDirectory();
    const path = await scratch.write("films.csv", "id,title\n1,One\n2,Two\n");
    const lookup = await openLookup(path, "id");
    const builder = builderOf(watch, ["id", "time"], { lookup });
    const at = { time: "2024-03-05" };
    expect(identitiesOf(builder, { id: "1", ...at })).not.toEqual(
      identitiesOf(builder, { id: "2", ...at }),
    );
    const listed = { id: "1", video: "v", ...at };
    expect(identitiesOf(builderOf(watch, ["id", "video", "time"], { lookup }), listed)).toEqual(
      identitiesOf(builderOf(watch, ["id", "video", "time"]), listed),
    );
    const own = { id: "1", title: "Own", ...at };
    const plain = builderOf(watch, ["id", "title", "time"]);
    const joined = builderOf(watch, ["id", "title", "time"], { lookup });
    expect(identitiesOf(joined, own)).toEqual(identitiesOf(plain, own));
    await scratch.remove();
  });

  test("a lookup with two answers, or none of that name, is refused", async () => {
    const scratch = await scratchDirectory();
    const path = await scratch.write("films.csv", "id,title\n1,a\n1,b\n");
    await expect(openLookup(path, "id")).rejects.toMatchObject({ code: "AmbiguousLookup" });
    await expect(openLookup(path, "no")).rejects.toMatchObject({ code: "UnknownColumn" });
    const broken = await scratch.write("broken.csv", "id,title\n1,2,3\n");
    await expect(openLookup(broken, "id")).rejects.toMatchObject({ code: "BadLookup" });
    await scratch.remove();
  });
});
