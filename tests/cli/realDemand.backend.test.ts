/**
 * Real demand, or made-up rows of its columns where there is none: a file of the length that people have, sent twice
 * against the real local backend.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LocalBackend } from "./localBackend.js";
import { announceData, realDataDir, realFiles } from "./realData.js";

let local: LocalBackend;

beforeAll(async () => {
  local = await LocalBackend.start();
});
afterAll(() => local?.stop());

const stockTotals = { measures: ["inventory.count", "inventory.quantity", "inventory.value"] };

test("real demand of a manufacturer adds up to the unit, sent twice", async () => {
  const directory = realDataDir();
  announceData("import", directory);
  const path = directory === null ? await generatedDemand() : join(directory, realFiles.demand);
  const text = gunzipSync(readFileSync(path)).toString();
  const rows = text
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(","));
  const quantity = rows.reduce((sum, cells) => sum + Number(cells[4]), 0);
  const inJ = rows.reduce((sum, cells) => sum + (cells[1] === "Whse_J" ? Number(cells[4]) : 0), 0);
  if (directory !== null)
    expect([rows.length, quantity, inJ]).toEqual([21999, 309555756, 134632570]);

  const count = rows.length.toLocaleString("en-US");
  for (const [name, said] of [
    ["first", `${count} accepted, 0 rejected, 0 already there`],
    ["second", `0 accepted, 0 rejected, ${count} already there`],
  ] as const) {
    const done = await local.importInto("demand", "inventory", path, "--date-order", "dmy");
    expect(done.status, `${name}: ${done.stderr}`).toBe(0);
    expect(done.stdout).toContain(said);
    expect(await local.read("demand", stockTotals)).toMatchObject([
      { "inventory.count": rows.length, "inventory.quantity": quantity },
    ]);
  }
  const warehouse = { member: "inventory.warehouse", operator: "equals", values: ["Whse_J"] };
  expect(
    await local.read("demand", { measures: ["inventory.quantity"], filters: [warehouse] }),
  ).toEqual([{ "inventory.quantity": inJ }]);
});

/** The same columns with made-up content, among it rows that are repeated. */
async function generatedDemand(): Promise<string> {
  const lines = ["Product_Code,Warehouse,Product_Category,Date,Order_Demand"];
  for (let row = 0; row < 5000; row += 1) {
    const day = `${String(1 + (row % 28)).padStart(2, "0")}/${String(1 + (row % 12)).padStart(2, "0")}`;
    lines.push(
      `Product_${row % 40},Whse_${"JSC"[row % 3]},Category_${row % 7},${day}/2012,${row % 500}`,
    );
    if (row % 10 === 0) lines.push(lines.at(-1)!);
  }
  return await local.scratch.write("demand.csv.gz", gzipSync(lines.join("\n")));
}
