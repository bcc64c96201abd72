/** Imports one file into a table of the app: reads, checks, sends, and accounts for every row. */
import { getConvexSize, type Value } from "convex/values";
import { Failure } from "../../failure.js";
import { startProgress, type Progress } from "../../progress.js";
import { BatchSender } from "../../records/batchSender.js";
import { cellOf, type Item, type SourceRecord } from "../../records/record.js";
import type { Rejects } from "../../records/rejects.js";
import type { FileReport } from "../../records/report.js";
import { refusalInFile } from "../../records/sample.js";
import { refuseCell, type CellRefusal } from "../../records/values/refusal.js";
import type { PreparedFile } from "./prepareFile.js";
import type { Entry, Sending } from "./sending.js";

/** Of a call's rows. They are stored, and logged once per cube: far below half of what a transaction may write. */
const BATCH_BYTES = 2 * 1024 * 1024;

interface Sent extends Entry {
  record: SourceRecord;
}

/** A bad row is set aside. What stops the reading is in the report; what stops the sending is thrown. */
export async function importFile(
  file: PreparedFile,
  options: {
    sending: Sending;
    rejects: Rejects;
    batchRows: number;
    id: string | undefined;
    emptyTexts: ReadonlySet<string>;
  },
): Promise<FileReport> {
  return await new FileImport(file, options).run();
}

class FileImport {
  private readonly counts = { rows: 0, accepted: 0, alreadyThere: 0, rejected: 0 };
  private readonly sender: BatchSender<Sent>;
  private readonly progress: Progress;
  private readonly startedAt = performance.now();

  constructor(
    private readonly file: PreparedFile,
    private readonly options: Parameters<typeof importFile>[1],
  ) {
    const { sending, batchRows } = options;
    this.progress = startProgress(file.opened.name);
    this.sender = new BatchSender<Sent>({
      batchRows,
      bytes: { of: ({ row }) => getConvexSize(row as Value), most: BATCH_BYTES },
      // What is stored is told by a position, so batches keep their order.
      concurrency: 1,
      send: async (entries) => {
        const stored = await sending.send(entries);
        this.counts.alreadyThere += entries.length - stored;
        return { accepted: stored, rejected: [] };
      },
      onAccepted: (count) => {
        this.counts.accepted += count;
        this.show();
      },
      onRejected: async ({ record, at }, code, message) => {
        sending.refuse({ at, code, message });
        await this.reject(record, { code, message });
      },
    });
  }

  async run(): Promise<FileReport> {
    const { file, counts } = this;
    let stopped: Failure | undefined;
    try {
      for await (const record of file.records) {
        counts.rows += 1;
        if (record.kind === "bad") await this.reject(record, record);
        else await this.take(record);
      }
    } catch (error) {
      // A file that cannot be read to its end still sends what was read.
      if (!(error instanceof Failure) || this.sender.failed) throw error;
      stopped = error;
    } finally {
      await this.sender
        .finish()
        .then(() => this.options.sending.finish())
        .finally(() => this.stop());
    }
    return { file: file.opened.name, ...counts, seconds: this.seconds(), stopped };
  }

  private async take(record: SourceRecord): Promise<void> {
    const { position, refused } = this.options.sending;
    const { row: at } = record.position;
    const former = refused.get(at);
    if (former !== undefined) return await this.reject(record, former);
    const refusal = refusalInFile(record.raw, this.file.lateMember(record.cells));
    if (refusal !== undefined) return await this.reject(record, refusal);
    const built = this.file.build(record.cells);
    if (!built.ok) return await this.reject(record, built);
    const id = this.idOf(record);
    if (typeof id === "object") return await this.reject(record, id);
    if (at <= position) this.counts.alreadyThere += 1;
    else await this.sender.push({ row: built.row, at, id, record });
  }

  private idOf({ cells }: SourceRecord): string | undefined | CellRefusal {
    const { id, emptyTexts } = this.options;
    if (id === undefined) return undefined;
    const cell = cellOf(cells, id);
    const text = typeof cell === "string" || typeof cell === "number" ? String(cell).trim() : "";
    return text === "" || emptyTexts.has(text)
      ? refuseCell("MissingId", `${id}: nothing is given`)
      : text;
  }

  private async reject(item: Item, { code, message }: { code: string; message: string }) {
    this.counts.rejected += 1;
    const { position, raw } = item;
    const record = item.kind === "record" ? item.cells : undefined;
    const file = this.file.opened.name;
    await this.options.rejects.add({ file, position, code, message, raw, record });
  }

  private show(): void {
    const { bytes: total, bytesRead } = this.file.opened;
    const { alreadyThere: known, ...counts } = this.counts;
    this.progress.update({ done: bytesRead(), total, ...counts, known });
  }

  private stop(): void {
    const seconds = this.seconds().toFixed(1);
    this.progress.stop(`${this.file.opened.name}: ${this.counts.rows} rows read in ${seconds} s`);
  }

  private seconds(): number {
    return (performance.now() - this.startedAt) / 1000;
  }
}
