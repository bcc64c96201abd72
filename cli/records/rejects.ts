/** Where rejected rows go: counted by code, the first few shown, all of them into a file if asked. */
import { createWriteStream, type WriteStream } from "node:fs";
import { once } from "node:events";
import { Failure } from "../failure.js";
import type { Cells, Position } from "./record.js";

export type Reject = {
  file: string;
  position: Position;
  code: string;
  message: string;
  /** The record as it stands in the file. */
  raw: string;
  /** Its cells, by column, where it could be read. */
  record?: Cells | undefined;
};

/** How many are kept for the summary. */
const SAMPLES_MAX = 5;

export class Rejects {
  readonly byCode = new Map<string, number>();
  readonly samples: Reject[] = [];
  readonly changedSamples: Reject[] = [];
  count = 0;
  private constructor(private readonly out: WriteStream | undefined) {}

  /** Opens (and empties) the rejects file: newline-delimited JSON, one line per rejected row. */
  static async open(path: string | undefined): Promise<Rejects> {
    if (path === undefined) return new Rejects(undefined);
    const out = createWriteStream(path);
    try {
      await once(out, "open");
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Failure("UnwritableFile", `--rejects ${path}: ${reason}`);
    }
    return new Rejects(out);
  }

  /** A row that is refused. */
  async add(reject: Reject): Promise<void> {
    this.count += 1;
    this.byCode.set(reject.code, (this.byCode.get(reject.code) ?? 0) + 1);
    if (this.samples.length < SAMPLES_MAX) this.samples.push(reject);
    await this.write(reject);
  }

  /** A row that is there with another reading: it is in the file, and counted apart. */
  async addChanged(reject: Reject): Promise<void> {
    if (this.changedSamples.length < SAMPLES_MAX) this.changedSamples.push(reject);
    await this.write(reject);
  }

  private async write(reject: Reject): Promise<void> {
    const { file, position, code, message, raw, record } = reject;
    const line = JSON.stringify({ file, ...position, code, message, raw, record });
    if (this.out !== undefined && !this.out.write(`${line}\n`)) await once(this.out, "drain");
  }

  async close(): Promise<void> {
    const { out } = this;
    if (out !== undefined) await new Promise((resolve) => out.end(resolve));
  }
}
