/**
 * CSV (RFC 4180) and NDJSON. What an export says of itself is in a file beside these: a first line of it would be a row to
 * every reader that is not told.
 */
import { writeFile, rename } from "node:fs/promises";
import type { Row } from "../../../lib/query/answer.js";
import { sidecarOf, type About, type Sidecar } from "./about.js";
import type { Column } from "./columns.js";
import type { Sheet } from "./sheet.js";
import { WholeFile } from "./wholeFile.js";

/** A header and a line per row. Null is nothing between commas, and an empty text is `""`. */
export async function csvSheet(path: string, columns: readonly Column[]): Promise<Sheet> {
  const line = (values: readonly (string | number | null)[]) =>
    `${values.map(field).join(",")}\r\n`;
  const names = columns.map(({ name }) => name);
  return await TextSheet.open(path, line(names), (row) =>
    line(names.map((name) => row[name] ?? null)),
  );
}

/** An object per row, its members in the order of the columns. */
export async function ndjsonSheet(path: string, columns: readonly Column[]): Promise<Sheet> {
  return await TextSheet.open(path, "", (row) => {
    const members = columns.map(({ name }) => [name, row[name] ?? null] as const);
    return `${JSON.stringify(Object.fromEntries(members))}\n`;
  });
}

function field(value: string | number | null): string {
  if (value === null) return "";
  const text = String(value);
  return text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

class TextSheet implements Sheet {
  private constructor(
    private readonly file: WholeFile,
    private readonly lineOf: (row: Row) => string,
  ) {}

  static async open(path: string, head: string, lineOf: (row: Row) => string): Promise<TextSheet> {
    const file = await WholeFile.open(path);
    await file.write(Buffer.from(head));
    return new TextSheet(file, lineOf);
  }

  async write(rows: readonly Row[]): Promise<void> {
    await this.file.write(Buffer.from(rows.map(this.lineOf).join("")));
  }

  async finish(about: About): Promise<void> {
    const sha256 = await this.file.finish();
    // After the file: a process that ends in between leaves what is about the former one, which the sum tells.
    const sidecar: Sidecar = { ...about, sha256 };
    const path = sidecarOf(this.file.path);
    await writeFile(`${path}.part`, `${JSON.stringify(sidecar, null, 2)}\n`);
    await rename(`${path}.part`, path);
  }

  async drop(): Promise<void> {
    await this.file.drop();
  }
}
