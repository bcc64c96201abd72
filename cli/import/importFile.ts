/** Imports one prepared file: read, check, send, and account for every single row. */
import { parseRow } from "../../convex/sources/rows.js";
import { Failure } from "../failure.js";
import { startProgress, type Progress, type ProgressOutput } from "../progress.js";
import { BatchSender, type BatchResult, type KnownRow } from "../records/batchSender.js";
import type { RowDefinition } from "./fields.js";
import { keyGiver, type KeyGiver } from "./identity/keyGiver.js";
import type { Lookup } from "./lookup.js";
import type { Mapping } from "../records/mapping.js";
import type { PreparedFile } from "./prepareFile.js";
import type { Item, SourceRecord } from "../records/record.js";
import { refusalInFile } from "../records/sample.js";
import type { Rejects } from "../records/rejects.js";
import type { FileReport as Report } from "../records/report.js";
import { rowBuilder, type BuiltRow, type Row, type RowBuilder } from "./rowBuilder.js";
import { refuseCell, type CellRefusal } from "../records/values/refusal.js";

export interface SendOptions {
  definition: RowDefinition;
  lookup: Lookup | undefined;
  /** Keeps rows apart from equal rows of other sources. */
  source: string;
  batchRows: number;
  concurrency: number;
  /** Sends one batch to the backend. */
  send(rows: readonly Row[]): Promise<BatchResult>;
  /** Rows stored since then, by the server's clock, were stored by this import. */
  startedAt?: number | undefined;
  /** The columns that identify the file's records, where a former import of it took others. */
  identifiedBy?: Mapping | undefined;
  rejects: Rejects;
  output?: ProgressOutput;
}

export type FileReport = Required<Report>;

type Counts = Pick<
  FileReport,
  "rows" | "accepted" | "alreadyThere" | "changed" | "replaced" | "rejected"
>;

interface Entry {
  row: Row;
  record: SourceRecord;
}

const REPLACE_HINT =
  "it is stored otherwise; say --replace to store what it reads now, or --source NAME if it is another record";

/** A bad row is set aside. What stops the reading is in the report; what stops the sending is thrown. */
export async function importFile(file: PreparedFile, options: SendOptions): Promise<FileReport> {
  return await new FileImport(file, options).run();
}

class FileImport {
  private readonly counts: Counts = {
    ...{ rows: 0, accepted: 0, alreadyThere: 0, changed: 0, replaced: 0, rejected: 0 },
  };
  private readonly builder: RowBuilder;
  private readonly keys: KeyGiver;
  private readonly sender: BatchSender<Entry>;
  private readonly progress: Progress;
  private readonly startedAt = performance.now();

  constructor(
    private readonly file: PreparedFile,
    private readonly options: SendOptions,
  ) {
    const { definition, identifiedBy, lookup, batchRows, concurrency } = options;
    const { mapping, source, row } = file;
    const columns = { mapping, identifiedBy, lookup, ownColumns: source.columns };
    this.builder = rowBuilder(definition, columns, row);
    this.keys = keyGiver(file, options.source);
    this.progress = startProgress(`${definition.cube} ← ${file.opened.name}`, options.output);
    this.sender = new BatchSender<Entry>({
      ...{ batchRows, concurrency },
      send: (entries) => options.send(entries.map((entry) => entry.row)),
      onAccepted: (count) => {
        this.counts.accepted += count;
        this.show();
      },
      onKnown: (entry, known) => this.countKnown(entry.record, known),
      onRejected: ({ record }, code, message) => this.reject(record, { code, message }),
    });
  }

  async run(): Promise<FileReport> {
    const { counts, file, builder } = this;
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
      await this.sender.finish().finally(() => this.stop());
    }
    const { defaulted, unmatched } = builder;
    const seconds = this.seconds();
    return { file: file.opened.name, ...counts, seconds, defaulted, unmatched, stopped };
  }

  /** Sends the rows of one record, or rejects it as a whole. */
  private async take(record: SourceRecord): Promise<void> {
    const built = this.builder.build(record.cells);
    if (!built.ok) {
      built.identities.forEach((identity) => this.keys.skip(identity));
      return await this.reject(record, built);
    }
    const entries: Entry[] = [];
    let repeated = 0;
    for (const row of built.rows) {
      const key = this.keys.keyOf(row, record);
      const refusal = typeof key === "object" ? key : this.refusalOf(record, row, key);
      if (refusal !== undefined) return await this.reject(record, refusal);
      if (key === "repeated") repeated += 1;
      else entries.push({ row: { ...row.row, key: key as string }, record });
    }
    this.counts.rows += built.rows.length - 1;
    this.counts.alreadyThere += repeated;
    if (entries.length > 0) await this.sender.push(...entries);
  }

  /** Why a row is not sent: the server's own checks, and what only the file shows. */
  private refusalOf(record: SourceRecord, { row }: BuiltRow, key: string): CellRefusal | undefined {
    const inFile = refusalInFile(record.raw, this.file.lateMember(record.cells));
    if (inFile !== undefined) return inFile;
    const { shape, cube } = this.options.definition.checks;
    const result = parseRow(shape, cube, { ...row, key });
    return "row" in result ? undefined : refuseCell(result.issue.code, result.issue.message);
  }

  private async reject(record: Item, { code, message }: { code: string; message: string }) {
    this.counts.rejected += 1;
    const { position, raw } = record;
    await this.options.rejects.add({ file: this.file.opened.name, position, code, message, raw });
  }

  private async countKnown(
    { position, raw }: SourceRecord,
    { outcome, fields, storedAt }: KnownRow,
  ): Promise<void> {
    const { counts, options } = this;
    if (outcome === "replaced") {
      counts.replaced += 1;
    } else if (outcome === "same" && storedAt >= (options.startedAt ?? Infinity)) {
      // The answer to the call that stored it was lost.
      counts.accepted += 1;
    } else {
      counts.alreadyThere += 1;
    }
    if (outcome !== "changed") return;
    counts.changed += 1;
    const message = `${fields.join(", ")}: ${REPLACE_HINT}`;
    const code = "ChangedReading";
    const file = this.file.opened.name;
    await options.rejects.addChanged({ file, position, code, message, raw });
  }

  private show(): void {
    const { counts } = this;
    const { bytes: total, bytesRead } = this.file.opened;
    const known = counts.alreadyThere + counts.replaced;
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
