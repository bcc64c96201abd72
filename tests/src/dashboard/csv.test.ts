import { csvParse } from "d3-dsv";
import { describe, expect, test } from "vitest";
import { tableOf } from "../../../src/dashboard/charts/table.js";
import { csvOf } from "../../../src/dashboard/model/csv.js";
import { fileName } from "../../../src/dashboard/model/download.js";

const columns = [
  { key: "name", title: "Channel", text: (row: { name: string }) => row.name },
  {
    key: "count",
    title: "Views",
    text: () => "1.2K",
    value: ({ count }: { count?: number | null }) => count ?? null,
  },
];

describe("a table as CSV", () => {
  test("has whole numbers, empty cells for nothing, and names as they are", () => {
    const rows = [
      { name: 'The "Loaf", daily', count: 1234.5 },
      { name: "two\nlines", count: null },
    ];
    const text = csvOf(tableOf("Channels", columns, rows));
    expect(csvParse(text).map((row) => ({ ...row }))).toEqual([
      { Channel: 'The "Loaf", daily', Views: "1234.5" },
      { Channel: "two\nlines", Views: "" },
    ]);
  });

  test.each(["=1+1", "+1", "-1", "@sum", "\tx", "\rx"])(
    "quotes %j, which a spreadsheet would run",
    (name) => {
      const [row] = csvParse(csvOf(tableOf("Channels", columns, [{ name, count: -3 }])));
      expect({ ...row }).toEqual({ Channel: `'${name}`, Views: "-3" });
    },
  );
});

test.each([
  ["Top channels", "top-channels.csv"],
  ["Größe / Länge", "größe-länge.csv"],
  ["…", "rollups.csv"],
])("a file of %j is called %s", (title, name) => {
  expect(fileName(title, "csv")).toBe(name);
});
