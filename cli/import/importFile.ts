/** Imports one prepared file: read, check, send, and account for every single row. */
import { parseRow } from "../../convex/sources/rows";
import { Failure } from "../failure";
import { startProgress, type ProgressOutput } from "../progress";
import { BatchSender, type BatchResult, type KnownRow } from "./batchSender";
import type { RowDefinition } from "./fields";
import { keyGiver } from "./identity/keyGiver";
import type { Lookup } from "./lookup";
import type { Mapping } from "./mapping";
import type { PreparedFile } from "./prepareFile";
import type { Item, SourceRecord } from "./record";
import type { Rejects } from "./rejects";
import { rowBuilder, type BuiltRow, type Row } from "./rowBuilder";
import { refuseCell, type CellRefusal } from "./values/refusal";

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

/** Every row is counted once: in `accepted`, `alreadyThere`, `replaced` or `rejected`. */
export interface Counts {
  rows: number;
  accepted: number;
  alreadyThere: number;
  /** Of `alreadyThere`: rows that read differently now than they are stored. */
  changed: number;
  replaced: number;
  rejected: number;
}

export interface FileReport extends Counts {
  file: string;
  seconds: number;
  /** Rows that took a default, by field. */
  defaulted: ReadonlyMap<string, number>;
  /** Records without a match in the lookup. */
  unmatched: number;
  /** What ended the reading before the end of the file. */
  stopped: Failure | undefined;
}

interface Entry {
  row: Row;
  record: SourceRecord;
}

const REPLACE_HINT =
  "it is stored otherwise; say --replace to store what it reads now, or --source NAME if it is another record";

/** A bad row is set aside. What stops the reading is in the report; what stops the sending is thrown. */
export async function importFile(file: PreparedFile, options: SendOptions): Promise<FileReport> {
  const { definition, rejects } = options;
  const { name } = file.opened;
  const counts: Counts = {
    ...{ rows: 0, accepted: 0, alreadyThere: 0, changed: 0, replaced: 0, rejected: 0 },
  };
  const builder = rowBuilder(
    definition,
    {
      ...{ mapping: file.mapping, identifiedBy: options.identifiedBy },
      ...{ lookup: options.lookup, ownColumns: file.source.columns },
    },
    file.row,
  );
  const keys = keyGiver(file, options.source);
  const startedAt = performance.now();
  const progress = startProgress(`${definition.cube} ← ${name}`, options.output);
  const show = () => {
    const { opened } = file;
    const known = counts.alreadyThere + counts.replaced;
    progress.update({ done: opened.bytesRead(), total: opened.bytes, ...counts, known });
  };

  async function reject(record: Item, refusal: { code: string; message: string }): Promise<void> {
    counts.rejected += 1;
    const { position, raw } = record;
    const { code, message } = refusal;
    await rejects.add({ file: name, position, code, message, raw });
  }

  async function known({ record }: Entry, { outcome, fields, storedAt }: KnownRow): Promise<void> {
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
    const { position, raw } = record;
    const message = `${fields.join(", ")}: ${REPLACE_HINT}`;
    await rejects.addChanged({ file: name, position, code: "ChangedReading", message, raw });
  }

  const sender = new BatchSender<Entry>({
    batchRows: options.batchRows,
    concurrency: options.concurrency,
    send: (entries) => options.send(entries.map((entry) => entry.row)),
    onAccepted(count) {
      counts.accepted += count;
      show();
    },
    onKnown: known,
    onRejected: ({ record }, code, message) => reject(record, { code, message }),
  });

  /** Sends the rows of one record, or rejects it as a whole. */
  async function take(record: SourceRecord): Promise<void> {
    const built = builder.build(record.cells);
    if (!built.ok) {
      built.identities.forEach((identity) => keys.skip(identity));
      return await reject(record, built);
    }
    counts.rows += built.rows.length - 1;
    const given = built.rows.map((row) => keys.keyOf(row, record));
    const entries: Entry[] = [];
    for (const [at, result] of given.entries()) {
      if (result === "repeated") {
        counts.alreadyThere += 1;
        continue;
      }
      const refusal =
        typeof result === "object" ? result : checked(record, built.rows[at]!, result);
      if (refusal !== undefined) {
        await reject(record, refusal);
      } else {
        entries.push({ row: { ...built.rows[at]!.row, key: result as string }, record });
      }
    }
    if (entries.length > 0) await sender.push(...entries);
  }

  function checked(record: SourceRecord, { row }: BuiltRow, key: string): CellRefusal | undefined {
    const late = file.lateMember(record.cells);
    if (late !== undefined) {
      const { member, field } = late;
      return refuseCell("LateColumn", `"${member}" comes late; say --map ${field}=${member}`);
    }
    if (record.raw.includes("\ufffd")) {
      const message = "not valid text in this encoding; try --encoding latin1";
      return refuseCell("BadEncoding", message);
    }
    const { shape, cube } = definition.checks;
    const result = parseRow(shape, cube, { ...row, key });
    return "row" in result ? undefined : refuseCell(result.issue.code, result.issue.message);
  }

  let stopped: Failure | undefined;
  try {
    for await (const record of file.records) {
      counts.rows += 1;
      if (record.kind === "bad") await reject(record, record);
      else await take(record);
    }
  } catch (error) {
    // A file that cannot be read to its end still sends what was read.
    if (!(error instanceof Failure) || sender.failed) throw error;
    stopped = error;
  } finally {
    await sender.finish().finally(() => progress.stop(summaryLine(name, counts, startedAt)));
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const { defaulted, unmatched } = builder;
  return { file: name, ...counts, seconds, defaulted, unmatched, stopped };
}

function summaryLine(file: string, { rows }: Counts, startedAt: number): string {
  const seconds = (performance.now() - startedAt) / 1000;
  return `${file}: ${rows} rows read in ${seconds.toFixed(1)} s`;
}
