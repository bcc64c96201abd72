/** From a record to a row: mapping, defaults, lookups and keys. */
import { describe, expect, test } from "vitest";
import { rowDefinitions } from "../../cli/import/fields";
import { openLookup } from "../../cli/import/lookup";
import { mapColumns, mustBeComplete } from "../../cli/import/mapping";
import { rowBuilder, type RowOptions } from "../../cli/import/rowBuilder";
import { rowKeys } from "../../cli/import/rowKey";
import { scratchDirectory } from "./support";

const { watch, inventory } = rowDefinitions;
const none = new Map<string, string>();

const options: RowOptions = {
  timezone: "UTC",
  dateOrder: "dmy",
  separators: none,
  decimalComma: false,
  defaults: none,
  emptyTexts: new Set(["\\N"]),
};

describe("mapping", () => {
  test("usual headers find their fields, in any spelling", () => {
    const columns = ["Product_Code", "Warehouse", "Product_Category", "Date", "Order_Demand"];
    expect(Object.fromEntries(mapColumns(inventory, columns, none))).toEqual({
      product: "Product_Code",
      category: "Product_Category",
      warehouse: "Warehouse",
      quantity: "Order_Demand",
      occurredAt: "Date",
    });
    const history = ["Profile Name", "Start Time", "Duration", "Title"];
    expect(Object.fromEntries(mapColumns(watch, history, none))).toEqual({
      title: "Title",
      viewer: "Profile Name",
      watchedAt: "Start Time",
      durationSeconds: "Duration",
    });
  });

  test("what is declared wins, and a column feeds one field only by guess", () => {
    const mapping = mapColumns(watch, ["name", "id", "when"], new Map([["watchedAt", "when"]]));
    expect(Object.fromEntries(mapping)).toEqual({
      videoId: "id",
      title: "name",
      watchedAt: "when",
    });
    const declared = new Map([["category", "id"]]);
    expect(mapColumns(watch, ["id", "time"], declared).get("videoId")).toBeUndefined();
  });

  test("mistakes are refused before anything is read", () => {
    const columns = ["id", "time"];
    const map = (field: string, column: string) =>
      mapColumns(watch, columns, new Map([[field, column]]));
    expect(() => map("colour", "id")).toThrow(expect.objectContaining({ code: "UnknownField" }));
    expect(() => map("title", "nope")).toThrow(expect.objectContaining({ code: "UnknownColumn" }));
    const incomplete = mapColumns(watch, ["id"], none);
    expect(() => mustBeComplete(watch, incomplete, none, ["id"])).toThrow(
      expect.objectContaining({ code: "MissingColumn" }),
    );
    mustBeComplete(watch, incomplete, new Map([["watchedAt", "2024-01-01"]]), ["id"]);
  });

  test("records that name their own members are read by field name", () => {
    const mapping = mapColumns(watch, null, new Map([["videoId", "id"]]));
    expect(mapping.get("videoId")).toBe("id");
    expect(mapping.get("watchedAt")).toBe("watchedAt");
    expect(mapping.get("key")).toBe("key");
  });
});

describe("rows", () => {
  const mapping = mapColumns(watch, null, none);
  const cells = { videoId: "v1", watchedAt: "27/07/2012", channel: "\\N", viewer: " " };

  test("what a file does not say takes a default, and is counted", () => {
    const builder = rowBuilder(watch, mapping, {
      ...options,
      defaults: new Map([["category", "Film"]]),
    });
    expect(builder.build(cells)).toEqual({
      ok: true,
      row: {
        videoId: "v1",
        title: "v1",
        channel: "unknown",
        topics: [],
        category: "Film",
        viewer: "unknown",
        watchedAt: Date.UTC(2012, 6, 27),
        durationSeconds: 0,
      },
    });
    expect(Object.fromEntries(builder.defaulted)).toEqual({
      ...{ title: 1, channel: 1, topics: 1, category: 1, viewer: 1, durationSeconds: 1 },
    });
  });

  test("a required field that is missing, or any that cannot be read, refuses the row by name", () => {
    const builder = rowBuilder(watch, mapping, options);
    expect(builder.build({ videoId: "v1" })).toMatchObject({ code: "MissingField" });
    expect(builder.build({ watchedAt: "27/07/2012" })).toMatchObject({ code: "MissingField" });
    const impossible = builder.build({ ...cells, watchedAt: "31/02/2012" });
    expect(impossible).toMatchObject({ code: "ImpossibleDate" });
    expect((impossible as { message: string }).message).toMatch(/^watchedAt: /);
    expect(builder.defaulted.size).toBe(0);
  });

  test("a key of the file's own is kept", () => {
    const builder = rowBuilder(watch, mapping, options);
    expect(builder.build({ ...cells, key: "k1" })).toMatchObject({ row: { key: "k1" } });
    expect(builder.build({ ...cells, key: 7 })).toMatchObject({ row: { key: "7" } });
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

  test("equal rows of one file are counted apart", () => {
    const key = rowKeys();
    expect(new Set([key("a"), key("a"), key("a")]).size).toBe(3);
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
});

describe("lookups", () => {
  test("columns of the match are added; the record's own win; misses are counted", async () => {
    const scratch = await scratchDirectory();
    const path = await scratch.write("films.csv", 'id,title,genres\n1,"Sun, Sea",A|B\n2,Moon,\n');
    const lookup = await openLookup(path, "id", "utf-8");
    expect(lookup.columns).toEqual(["id", "title", "genres"]);
    expect(lookup.join({ id: "1", n: "x" })).toEqual({
      ...{ id: "1", n: "x", title: "Sun, Sea", genres: "A|B" },
    });
    expect(lookup.join({ id: "2", title: "Mine" })).toMatchObject({ title: "Mine" });
    expect(lookup.unmatched()).toBe(0);
    expect(lookup.join({ id: "3" })).toEqual({ id: "3" });
    expect(lookup.unmatched()).toBe(1);
    await scratch.remove();
  });

  test("a lookup with two answers, or none of that name, is refused", async () => {
    const scratch = await scratchDirectory();
    const path = await scratch.write("films.csv", "id,title\n1,a\n1,b\n");
    await expect(openLookup(path, "id", "utf-8")).rejects.toMatchObject({
      code: "AmbiguousLookup",
    });
    await expect(openLookup(path, "no", "utf-8")).rejects.toMatchObject({ code: "UnknownColumn" });
    const broken = await scratch.write("broken.csv", "id,title\n1\n");
    await expect(openLookup(broken, "id", "utf-8")).rejects.toMatchObject({ code: "BadLookup" });
    await scratch.remove();
  });
});
