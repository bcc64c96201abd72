/** Imports files, one after the other: read, map, send, and account for every single row. */
import { basename } from "node:path";
import { startProgress, type ProgressOutput } from "../progress";
import { BatchSender, type BatchResult } from "./batchSender";
import type { RowDefinition } from "./fields";
import type { Lookup } from "./lookup";
import { mapColumns, mustBeComplete, type Mapping } from "./mapping";
import { openFile, type Encoding, type OpenedFile } from "./openFile";
import type { RecordSource } from "./record";
import { readRecords } from "./recordSource";
import type { Rejects } from "./rejects";
import { rowBuilder, type Row, type RowOptions } from "./rowBuilder";
import { rowKeys } from "./rowKey";

export type ImportOptions = RowOptions & {
  definition: RowDefinition;
  map: ReadonlyMap<string, string>;
  lookup?: Lookup | undefined;
  encoding: Encoding;
  /** Keeps rows apart from equal rows of other sources. */
  source: string;
  batchRows: number;
  concurrency: number;
  /** Sends one batch to the backend. */
  send(rows: readonly Row[]): Promise<BatchResult>;
  rejects: Rejects;
  output?: ProgressOutput;
};

export type FileReport = {
  file: string;
  format: RecordSource["format"];
  rows: number;
  accepted: number;
  rejected: number;
  seconds: number;
  mapping: Mapping;
  /** Columns that feed no field. */
  unused: readonly string[];
  /** Rows that took a default, by field. */
  defaulted: ReadonlyMap<string, number>;
};

type Entry = { row: Row; reject(code: string, message: string): Promise<void> };

/** Opens a file and maps its columns: everything that can be wrong before the first row is sent. */
export async function prepareFile(path: string, options: ImportOptions) {
  const opened = await openFile(path, options.encoding);
  const source = await readRecords(basename(path), opened.text);
  const columns =
    source.columns === null
      ? null
      : [...new Set([...source.columns, ...(options.lookup?.columns ?? [])])];
  const mapping = mapColumns(options.definition, columns, options.map);
  mustBeComplete(options.definition, mapping, options.defaults, columns);
  return { path, opened, source, columns, mapping };
}

export type PreparedFile = Awaited<ReturnType<typeof prepareFile>>;

/** Imports a prepared file. A bad row is set aside; only an unreachable or refusing backend stops it. */
export async function importFile(
  { path, opened, source, columns, mapping }: PreparedFile,
  options: ImportOptions,
): Promise<FileReport> {
  const file = basename(path);
  const builder = rowBuilder(options.definition, mapping, options);
  const keyOf = rowKeys(options.source);
  const counts = { rows: 0, accepted: 0, rejected: 0 };
  const startedAt = performance.now();
  const progress = startProgress(`${options.definition.cube} ← ${file}`, options.output);
  const show = () => progress.update({ ...progressOf(opened), ...counts });

  const sender = new BatchSender<Entry>({
    batchRows: options.batchRows,
    concurrency: options.concurrency,
    send: (entries) => options.send(entries.map((entry) => entry.row)),
    onAccepted(count) {
      counts.accepted += count;
      show();
    },
    onRejected: (entry, code, message) => entry.reject(code, message),
  });

  try {
    for await (const record of source.records) {
      counts.rows += 1;
      const reject = async (code: string, message: string) => {
        counts.rejected += 1;
        const { position, raw } = record;
        await options.rejects.add({ file, position, code, message, raw });
      };
      if (record.kind === "bad") {
        await reject(record.code, record.message);
        continue;
      }
      // Every record takes its number among equal ones, also one that is refused below.
      const key = keyOf(record.content);
      const cells = options.lookup?.join(record.cells) ?? record.cells;
      const built = builder.build(cells);
      if (built.ok) await sender.push({ row: { key, ...built.row }, reject });
      else await reject(built.code, built.message);
    }
  } finally {
    // A file that cannot be read to its end still sends what was read.
    await sender.finish().finally(() => progress.stop(summaryLine(file, counts, startedAt)));
  }
  const used = new Set(mapping.values());
  return {
    file,
    format: source.format,
    ...counts,
    seconds: (performance.now() - startedAt) / 1000,
    mapping,
    unused: (columns ?? []).filter((column) => !used.has(column)),
    defaulted: builder.defaulted,
  };
}

function progressOf(opened: OpenedFile): { done: number; total: number } {
  return { done: opened.bytesRead(), total: opened.bytes };
}

function summaryLine(
  file: string,
  counts: { rows: number; accepted: number; rejected: number },
  startedAt: number,
): string {
  const seconds = (performance.now() - startedAt) / 1000;
  return `${file}: ${counts.rows} rows read in ${seconds.toFixed(1)} s`;
}
