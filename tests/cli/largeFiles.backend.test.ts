/** Files that are larger than the memory that the importer may take for them. */
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { projectRoot } from "../../cli/demo/backendProcess.js";
import { scratchDirectory } from "./support.js";

/** Megabytes of JavaScript heap: less than either file has. */
const HEAP_MB = 48;
const ROWS = 220_000;

let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
beforeAll(async () => {
  scratch = await scratchDirectory();
});
afterAll(() => scratch.remove());

async function write(name: string, rowOf: (row: number) => string): Promise<string> {
  const out = createWriteStream(scratch.path(name));
  for (let row = 0; row <= ROWS + 1; row += 1) {
    if (!out.write(rowOf(row))) await once(out, "drain");
  }
  out.end();
  await once(out, "finish");
  return scratch.path(name);
}

const note = "n".repeat(230);

test.each<[name: string, rowOf: (row: number) => string]>([
  [
    "one line of JSON",
    (row) => {
      if (row === 0) return "[";
      const object = { sku: `P-${row}`, qty: row % 97, date: "2024-03-05", note };
      return row > ROWS ? "]" : (row === 1 ? "" : ",") + JSON.stringify(object);
    },
  ],
  [
    "CSV without a line feed",
    (row) =>
      row === 0
        ? "sku,qty,date,note\r"
        : row > ROWS
          ? ""
          : `P-${row},${row % 97},2024-03-05,${note}\r`,
  ],
])("%s is read in less memory than it has", async (name, rowOf) => {
  const path = await write(name.replaceAll(" ", "-"), rowOf);
  const child = spawn(
    process.execPath,
    [
      ...[`--max-old-space-size=${HEAP_MB}`, "--import", import.meta.resolve("tsx")],
      ...[join(projectRoot, "cli/import.ts"), "inventory", path, "--dry-run"],
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let stdout = "";
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
  const [status] = (await once(child, "close")) as [number | null];
  expect(status).toBe(0);
  expect(stdout).toMatch(/220,000 rows, 220,000 accepted, 0 rejected/);
});
