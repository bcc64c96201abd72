/**
 * The journal: one line of JSON per commit, appended and synced in groups, so that a restart (also
 * after a kill) finds every acknowledged commit. A torn last line was never acknowledged: it is cut
 * off. Opening rewrites the journal as one snapshot when most of it is history.
 */
import { type FileHandle, open, rename, stat, truncate } from "node:fs/promises";
import { createReadStream } from "node:fs";
import type { JsonObject } from "../values/json.js";
import type { Table, TableRecord } from "./catalog.js";
import type { Commit, CommitSink, Database } from "./database.js";
import { type StoredDocument, storedDocument } from "./document.js";
import type { DocumentWrite } from "./transaction.js";

/** A document as JSON inside the line, null when it was deleted; as JSON text in older journals. */
type WriteRecord = [
  component: string,
  table: string,
  id: string,
  value: JsonObject | string | null,
];

type JournalLine =
  | { tables: TableRecord[] }
  | { ts: string; writes: WriteRecord[]; note?: JsonObject };

/** What accompanies commits and is not a document: results of exactly-once requests. */
export interface Notes {
  restore(note: JsonObject, ts: bigint): void;
  notes(): Iterable<{ note: JsonObject; ts: bigint }>;
}

/** Rewrite when the file is this many times longer than what is alive in it. */
const HISTORY_FACTOR = 4;
const HISTORY_MIN_LINES = 20_000;
const SNAPSHOT_BATCH = 500;

export class Journal implements CommitSink {
  private pending: string[] = [];
  private flushing: Promise<void> | null = null;

  private constructor(private readonly file: FileHandle) {}

  /** Replays a journal into an empty database and attaches itself to it. */
  static async open(path: string, database: Database, notes: Notes): Promise<Journal> {
    const lines = await replay(path, database, notes);
    let live = 0;
    for (const table of database.catalog.allTables()) live += database.count(table);
    if (lines > HISTORY_MIN_LINES && lines > HISTORY_FACTOR * (live / SNAPSHOT_BATCH + 1)) {
      await compact(path, database, notes);
    }
    const journal = new Journal(await open(path, "a"));
    database.sink = journal;
    database.catalog.onTable = ({ component, name, number }) =>
      journal.pending.push(JSON.stringify({ tables: [[component, name, number]] }));
    return journal;
  }

  append(commit: Commit, note: JsonObject | null): void {
    const records = commit.writes.map(({ table, before, after }) =>
      recordText(table, (after ?? before)!.id, after?.text ?? null),
    );
    this.pending.push(lineText(commit.ts.toString(), records, note));
  }

  /** Resolves when everything appended before the call is on disk. Concurrent calls share a sync. */
  async flush(): Promise<void> {
    if (this.flushing !== null) await this.flushing;
    if (this.pending.length === 0) return;
    this.flushing ??= this.sync().finally(() => {
      this.flushing = null;
    });
    await this.flushing;
  }

  private async sync(): Promise<void> {
    // One turn, so that commits of the same moment share the sync.
    await new Promise((resolve) => setImmediate(resolve));
    const lines = this.pending;
    this.pending = [];
    await this.file.appendFile(`${lines.join("\n")}\n`);
    await this.file.datasync();
  }

  async close(): Promise<void> {
    await this.flush();
    await this.file.close();
  }
}

/** Reads a file as complete lines; returns how many bytes they take. */
async function forEachLine(path: string, body: (line: string) => void): Promise<number> {
  let rest = Buffer.alloc(0);
  let complete = 0;
  for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes = rest.length === 0 ? (part as Buffer) : Buffer.concat([rest, part as Buffer]);
    let from = 0;
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, from)) {
      body(bytes.toString("utf8", from, at));
      complete += at + 1 - from;
      from = at + 1;
    }
    rest = Buffer.from(bytes.subarray(from));
  }
  return complete;
}

async function replay(path: string, database: Database, notes: Notes): Promise<number> {
  const size = await stat(path).then(
    (file) => file.size,
    () => null,
  );
  if (size === null) return 0;
  let lines = 0;
  const complete = await forEachLine(path, (text) => {
    lines++;
    const line = JSON.parse(text) as JournalLine;
    if ("tables" in line) {
      for (const [component, name, number] of line.tables) {
        database.catalog.ensureTable(component, name, number);
      }
      return;
    }
    const ts = BigInt(line.ts);
    const writes = line.writes.map((record) => applied(database, record));
    database.publish(writes, ts);
    if (line.note !== undefined) notes.restore(line.note, ts);
  });
  if (complete < size) await truncate(path, complete);
  return lines;
}

function applied(database: Database, [component, name, id, stored]: WriteRecord): DocumentWrite {
  const table = database.catalog.ensureTable(component, name);
  const before = database.find(table, id);
  const value = typeof stored === "string" ? (JSON.parse(stored) as JsonObject) : stored;
  const after: StoredDocument | null = value === null ? null : storedDocument(table, value);
  return { table, before, after };
}

/** A WriteRecord as text. The document's own text goes in as it is: it is JSON already. */
function recordText({ component, name }: Table, id: string, text: string | null): string {
  return `[${JSON.stringify(component)},${JSON.stringify(name)},"${id}",${text ?? "null"}]`;
}

/** A line of writes as text. */
function lineText(ts: string, records: readonly string[], note: JsonObject | null): string {
  const noted = note === null ? "" : `,"note":${JSON.stringify(note)}`;
  return `{"ts":"${ts}","writes":[${records.join(",")}]${noted}}`;
}

async function compact(path: string, database: Database, notes: Notes): Promise<void> {
  const ts = database.latest.ts.toString();
  const lines: string[] = [];
  const tables = [...database.catalog.allTables()];
  const names = tables.map((each): TableRecord => [each.component, each.name, each.number]);
  lines.push(JSON.stringify({ tables: names }));
  for (const table of tables) {
    let records: string[] = [];
    for (const document of database.documents(table)) {
      records.push(recordText(table, document.id, document.text));
      if (records.length < SNAPSHOT_BATCH) continue;
      lines.push(lineText(ts, records, null));
      records = [];
    }
    if (records.length > 0) lines.push(lineText(ts, records, null));
  }
  for (const { note, ts: at } of notes.notes()) lines.push(lineText(at.toString(), [], note));
  lines.push(lineText(ts, [], null));
  const file = await open(`${path}.new`, "w");
  for (const line of lines) await file.appendFile(`${line}\n`);
  await file.datasync();
  await file.close();
  await rename(`${path}.new`, path);
}
