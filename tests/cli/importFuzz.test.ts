/**
 * Random tables, written in random dialects of CSV and shapes of JSON, are read back as they are. The
 * writers here share nothing with the readers.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { importText } from "./importText.js";

const RUNS = 2500;

interface TableRow {
  product: string;
  category: string;
  quantity: number;
  unitCost: number;
  occurredAt: number;
  note: string;
}

/** Texts of what makes CSV hard: quotes, marks, line breaks, spaces, other scripts. */
const character = fc.constantFrom(
  ...[
    '"',
    "'",
    ",",
    ";",
    "\t",
    "|",
    "\n",
    "\r",
    "\r\n",
    " ",
    "=",
    "a",
    "B",
    "7",
    "é",
    "Ж",
    "中",
    "🎈",
  ],
);
const anyText = fc.string({ unit: character, maxLength: 12 });
const name = fc
  .tuple(fc.constantFrom("A", "bolt", "Ä", "5", "-"), anyText)
  .map(([head, tail]) => head + tail);

const tableRow: fc.Arbitrary<TableRow> = fc.record({
  product: name,
  category: fc.oneof(fc.constant(""), name),
  quantity: fc.integer({ min: -1e6, max: 1e6 }),
  unitCost: fc.integer({ min: 0, max: 1e7 }).map((scaled) => scaled / 10_000),
  occurredAt: fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2030, 0) }),
  note: anyText,
});

interface Dialect {
  delimiter: string;
  declared: boolean;
  quoting: "all" | "needed" | "some";
  lineEnds: readonly string[];
  encoding: "utf-8" | "utf-8 with a mark" | "utf-16le" | "utf-16be";
  /** Empty cells at the end of a row: left out, or too many. */
  trailing: "as they are" | "left out" | "too many";
  lastLineEnd: boolean;
  sepLine: boolean;
  blankLines: boolean;
  order: readonly (keyof TableRow)[];
  seed: number;
}

const columns: readonly (keyof TableRow)[] = [
  ...(["product", "category", "quantity", "unitCost", "occurredAt", "note"] as const),
];

const dialect: fc.Arbitrary<Dialect> = fc.record({
  delimiter: fc.constantFrom(",", ";", "\t", "|"),
  declared: fc.boolean(),
  quoting: fc.constantFrom("all", "needed", "some"),
  lineEnds: fc.constantFrom(["\n"], ["\r\n"], ["\r"], ["\n", "\r\n", "\r"]),
  encoding: fc.constantFrom("utf-8", "utf-8 with a mark", "utf-16le", "utf-16be"),
  trailing: fc.constantFrom("as they are", "left out", "too many"),
  lastLineEnd: fc.boolean(),
  sepLine: fc.boolean(),
  blankLines: fc.boolean(),
  order: fc.shuffledSubarray([...columns], { minLength: columns.length }),
  seed: fc.nat(),
});

const headers: Record<keyof TableRow, readonly string[]> = {
  product: ["product", "Product Code", "SKU"],
  category: ["category", "Product_Category", "CATEGORY"],
  quantity: ["quantity", "Qty", "Order Demand"],
  unitCost: ["unitCost", "unit_cost", "Unit Price"],
  occurredAt: ["occurredAt", "Date", "timestamp"],
  note: ["note", "Notes, and so on", 'He said "no"'],
};

/** A small generator of its own, so that a dialect is written the same way in every run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function writeTable(rows: readonly TableRow[], how: Dialect): Buffer {
  const random = randomOf(how.seed);
  const pick = <T>(items: readonly T[]): T => items[random(items.length)]!;
  const cell = (text: string) => {
    const opens = /^\s*"/.test(text);
    const breaks = [how.delimiter, "\n", "\r"].some((mark) => text.includes(mark));
    const needed = opens || breaks || text !== text.trimStart();
    // A quote in the middle of an unquoted cell is a character.
    const quoted =
      how.quoting === "all" ||
      needed ||
      (text.includes('"') && how.quoting === "some" && random(2) === 0);
    return quoted ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const line = (texts: readonly string[]) => {
    const cells = [...texts];
    if (how.trailing === "left out") while (cells.length > 1 && cells.at(-1) === "") cells.pop();
    if (how.trailing === "too many") for (let more = random(3); more > 0; more -= 1) cells.push("");
    return cells.map(cell).join(how.delimiter);
  };
  const lines = [how.order.map((field) => cell(pick(headers[field]))).join(how.delimiter)];
  if (how.sepLine) lines.unshift(`sep=${how.delimiter}`);
  for (const row of rows) {
    lines.push(
      line(
        how.order.map((field) =>
          field === "occurredAt" ? new Date(row.occurredAt).toISOString() : String(row[field]),
        ),
      ),
    );
    if (how.blankLines && random(4) === 0) lines.push("");
  }
  const ends = lines.map((text, at) =>
    at === lines.length - 1 && !how.lastLineEnd ? text : text + pick(how.lineEnds),
  );
  const text = ends.join("");
  if (how.encoding === "utf-8") return Buffer.from(text);
  if (how.encoding === "utf-8 with a mark") return Buffer.from(`\ufeff${text}`);
  const little = Buffer.from(`\ufeff${text}`, "utf16le");
  return how.encoding === "utf-16le" ? little : little.swap16();
}

/** What has to be stored: texts without space around them, and the rest to the last digit. */
const expected = (rows: readonly TableRow[]) =>
  rows.map(({ product, category, quantity, unitCost, occurredAt }) => ({
    ...{ product: product.trim(), quantity, unitCost, occurredAt, kind: "receipt" },
    ...{ category: category.trim() || "uncategorised", warehouse: "main" },
  }));

describe("tables", () => {
  test(
    `are read back from any dialect of CSV, in ${RUNS} cases`,
    { timeout: 600_000 },
    async () => {
      let refused = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(tableRow, { minLength: 1, maxLength: 6 }),
          dialect,
          async (rows, how) => {
            const args = how.declared ? ["--delimiter", how.delimiter] : [];
            const done = await importText(writeTable(rows, how), ["inventory", ...args]).catch(
              (error: { code?: string }) => {
                // One or two rows may really be separated by two marks.
                if (error.code === "AmbiguousDelimiter" && !how.declared && !how.sepLine)
                  return null;
                throw error;
              },
            );
            if (done === null) return void (refused += 1);
            expect(done.refused).toEqual([]);
            expect(done.rows).toEqual(expected(rows));
            expect(done.report).toMatchObject({ rows: rows.length, accepted: rows.length });
          },
        ),
        { numRuns: RUNS },
      );
      expect(refused).toBeLessThan(RUNS / 20);
    },
  );

  test("are read back from any shape of JSON", { timeout: 300_000 }, async () => {
    const shape = fc.constantFrom(
      (rows: object[]) => JSON.stringify(rows),
      (rows: object[]) => JSON.stringify(rows, null, 2),
      (rows: object[]) => JSON.stringify({ count: rows.length, rows, next: null }),
      (rows: object[]) => JSON.stringify({ data: { items: rows, tags: ["x", 1] } }, null, "\t"),
      (rows: object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
      (rows: object[]) => rows.map((row) => `${JSON.stringify(row)}\r\n\r\n`).join(""),
      (rows: object[]) => rows.map((row) => JSON.stringify(row, null, 1)).join("\n"),
      (rows: object[]) => rows.map((row) => JSON.stringify(row, null, 1)).join(""),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(tableRow, { minLength: 1, maxLength: 6 }),
        shape,
        fc.boolean(),
        async (rows, write, instants) => {
          const objects = rows.map(({ occurredAt, ...row }) => ({
            ...row,
            occurredAt: instants ? new Date(occurredAt).toISOString() : occurredAt,
          }));
          const done = await importText(write(objects), ["inventory"]);
          expect(done.refused).toEqual([]);
          expect(done.rows).toEqual(expected(rows));
        },
      ),
      { numRuns: 500 },
    );
  });
});
