import { describe, expect, test } from "vitest";
import { isOneOf } from "../../../src/dashboard/model/filters.js";
import { totalsQuestion } from "../../../src/dashboard/model/questions.js";
import {
  changesOf,
  expected,
  fieldText,
  fieldValue,
} from "../../../src/dashboard/records/fields.js";
import { columnsOf, compareBy, hasText, nameOf } from "../../../src/dashboard/records/columns.js";
import { goesOn, listingOf, progressOf } from "../../../src/dashboard/records/listing.js";

const zone = "America/New_York";
const stock = columnsOf("inventory", zone);
const watched = columnsOf("watch", zone);
const row = {
  ...{ product: "Lamp", category: "Lighting", warehouse: "North", kind: "receipt" },
  ...{ quantity: -1200, unitCost: 14.5, occurredAt: Date.UTC(2026, 2, 8, 7, 30, 5, 250) },
};

describe("the records of a question", () => {
  test("lie in its days, by the clock of the zone, also where a day has 23 hours", () => {
    const span = { from: "2026-03-08", to: "2026-03-08" };
    const filters = { warehouse: isOneOf(["North", "South"]) };
    const question = totalsQuestion({ cube: "inventory", span, filters }, ["inventory.count"]);
    const listing = listingOf(question, "inventory", zone);
    expect(listing).toEqual({
      cube: "inventory",
      from: Date.UTC(2026, 2, 8, 5),
      to: Date.UTC(2026, 2, 9, 4),
      filters: [{ member: "inventory.warehouse", operator: "equals", values: ["North", "South"] }],
    });
  });

  test("of all time end with today", () => {
    const scope = { cube: "watch", span: null, upTo: "2026-07-01", filters: {} } as const;
    const listing = listingOf(totalsQuestion(scope, ["watch.count"]), "watch", zone);
    expect(listing).toEqual({
      cube: "watch",
      from: null,
      to: Date.UTC(2026, 6, 2, 4),
      filters: [],
    });
  });

  test("are not guessed: a condition that pages do not know is a mistake", () => {
    const filters = [{ member: "watch.watchedAt", operator: "afterDate", values: ["2026-01-01"] }];
    expect(() => listingOf({ filters }, "watch", zone)).toThrow('No list by "afterDate".');
    expect(() => listingOf({ filters: [{ or: filters }] }, "watch", zone)).toThrow("one may hold");
  });
});

describe("a list goes on by itself", () => {
  const page = (found: number, read = 250) => ({
    read,
    records: Array.from({ length: found }, (_, i) => ({ id: String(i), row: {} })),
  });

  test("while it finds a screenful within a thousand records", () => {
    expect(goesOn(progressOf([page(50, 50)]), 0)).toBe(true);
    expect(goesOn(progressOf([page(0), page(0), page(0)]), 0)).toBe(true);
    const dry = progressOf([page(30), page(0), page(9), page(0), page(9)]);
    expect(dry).toEqual({ found: 48, read: 1250, dry: 1250, isFull: false });
    expect(goesOn(dry, 0)).toBe(false);
    expect(goesOn(progressOf([page(0), page(0), page(0), page(0), page(25)]), 0)).toBe(true);
  });

  test("for another thousand each time it is told to", () => {
    const pages = Array.from({ length: 4 }, () => page(0));
    expect(goesOn(progressOf(pages), 0)).toBe(false);
    expect(goesOn(progressOf(pages), 1000)).toBe(true);
    expect(goesOn(progressOf([...pages, page(0), page(0), page(0)]), 1000)).toBe(true);
    expect(goesOn(progressOf([...pages, ...pages]), 1000)).toBe(false);
  });

  test("up to eighty pages", () => {
    const pages = Array.from({ length: 80 }, () => page(250));
    expect(goesOn(progressOf(pages.slice(1)), 0)).toBe(true);
    expect(progressOf(pages)).toMatchObject({ read: 20_000, isFull: true });
    expect(goesOn(progressOf(pages), 0)).toBe(false);
  });
});

describe("columns", () => {
  test("begin with the time, and are called as the cube calls them", () => {
    expect(stock.map(({ title }) => title)).toEqual([
      ...["Occurred at", "Product", "Category", "Warehouse", "Kind", "Quantity", "Unit cost"],
    ]);
    expect(watched.filter(({ isShown }) => !isShown).map(({ title }) => title)).toEqual(["Video"]);
    expect(watched.at(-1)).toMatchObject({ title: "Watch time", unit: "seconds", isNumber: true });
  });

  test("show values as figures do, and times in the zone", () => {
    expect(stock.map(({ text }) => text(row))).toEqual([
      ...[expect.stringMatching(/Mar 8, 2026, 3:30\sAM/), "Lamp", "Lighting", "North", "receipt"],
      ...["−1,200", "$14.50"],
    ]);
    expect(watched.map(({ text }) => text({ topics: ["a", "b"], durationSeconds: 90 }))).toEqual([
      ...["–", "–", "–", "–", "a, b", "–", "–", "1m 30s"],
    ]);
    expect(nameOf(stock, row)).toMatch(/^Lamp, Mar 8, 2026/);
  });

  test("are searched as they read, and sorted by what they mean", () => {
    expect(hasText(stock, row, " LIGHT ")).toBe(true);
    expect(hasText(stock, row, "−1,2")).toBe(true);
    expect(hasText(stock, row, "south")).toBe(false);
    const [quantity, product] = [stock[5]!, stock[1]!];
    expect(compareBy(quantity, { quantity: -10 }, { quantity: 9 })).toBeLessThan(0);
    expect(compareBy(product, { product: "b" }, { product: "a" })).toBeGreaterThan(0);
  });
});

describe("a form", () => {
  const texts = Object.fromEntries(
    stock.map(({ field, shape }) => [
      field,
      fieldText(shape, row[field as keyof typeof row], zone),
    ]),
  );

  test("shows a record, and means it when nothing is changed, to the millisecond", () => {
    expect(texts).toMatchObject({ occurredAt: "2026-03-08T03:30:05", quantity: "-1200" });
    expect(changesOf(stock, row, texts, zone)).toEqual({ patch: {}, wrong: [] });
  });

  test("means what was changed alone, in the clock of the zone", () => {
    const changed = { ...texts, quantity: "7", occurredAt: "2026-01-02T03:04" };
    expect(changesOf(stock, row, changed, zone)).toEqual({
      patch: { quantity: 7, occurredAt: Date.UTC(2026, 0, 2, 8, 4) },
      wrong: [],
    });
  });

  test("names each field whose text means nothing", () => {
    const wrong = { ...texts, quantity: "many", unitCost: " ", occurredAt: "" };
    expect(changesOf(stock, row, wrong, zone)).toEqual({
      patch: {},
      wrong: ["occurredAt", "quantity", "unitCost"],
    });
  });

  test("takes a list with commas, and says what each field takes", () => {
    expect(fieldValue({ kind: "texts" }, " a, ,b c,", zone)).toEqual(["a", "b c"]);
    expect(fieldValue({ kind: "texts" }, "", zone)).toEqual([]);
    const words = [...stock, ...watched].map(({ shape }) => expected(shape, zone));
    expect(new Set(words)).toEqual(
      new Set([
        ...["Between 1900 and 2199, in America/New York", "Up to 512 characters"],
        ...["One of the list", "A whole number", "0 or more, with up to 4 decimals"],
        ...["Up to 32, with commas between them", "0 or more, with up to 3 decimals"],
      ]),
    );
  });
});
