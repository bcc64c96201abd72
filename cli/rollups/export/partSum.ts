/** Whether rows are those of before: a hash of their values in order. */
import { createHash } from "node:crypto";
import type { Row } from "../../../lib/query/answer.js";
import type { Column } from "./columns.js";

export class PartSum {
  private readonly hash = createHash("sha256");
  rows = 0;

  constructor(private readonly columns: readonly Column[]) {}

  add(rows: readonly Row[]): void {
    this.rows += rows.length;
    for (const row of rows) {
      const values = this.columns.map(({ name }) => row[name] ?? null);
      this.hash.update(`${JSON.stringify(values)}\n`);
    }
  }

  /** 128 bits of SHA-256, hexadecimal. */
  told(): string {
    return this.hash.digest("hex").slice(0, 32);
  }
}
