/**
 * The journal: one line of JSON per commit, appended and synced in groups, so that a restart (also
 * after a kill) finds every acknowledged commit. A torn last line was never acknowledged: it is cut
 * off. Opening rewrites the journal as one snapshot when most of it is history.
 */
import { type FileHandle, open, rename, stat, truncate } from "node:fs/promises";
import { createReadStream } from "node:fs";
import type { JsonObject } from "../values/json";
import type { TableRecord } from "./catalog";
import type { Commit, CommitSink, Database } from "./database";
import { type StoredDocument, storedDocument } from "./document";
import type { DocumentWrite } from "./transaction";

type WriteRecord = [component: string, table: string, id: string, text: string | null];

type JournalLine =
  { tables: TableRecord[] } | { ts: string; writes: WriteRecord[]; note?: JsonObject };

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
    database.catalog.onTable = (table) =>
      journal.write({ tables: [[table.component, table.name, table.number]] });
    return journal;
  }

  private write(line: JournalLine): void {
    this.pending.push(JSON.stringify(line));
  }

  append(commit: Commit, note: JsonObject | null): void {
    this.write({
      ts: commit.ts.toString(),
      writes: commit.writes.map(({ table, before, after }) => [
        table.component,
        table.name,
        (after ?? before)!.id,
        after?.text ?? null,
      ]),
      ...(note === null ? {} : { note }),
    });
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

function applied(database: Database, [component, name, id, text]: WriteRecord): DocumentWrite {
  const table = database.catalog.ensureTable(component, name);
  const before = database.find(table, id);
  const after: StoredDocument | null =
    text === null ? null : storedDocument(table, JSON.parse(text) as JsonObject);
  return { table, before, after };
}

async function compact(path: string, database: Database, notes: Notes): Promise<void> {
  const ts = database.latest.ts.toString();
  const lines: JournalLine[] = [];
  const tables = [...database.catalog.allTables()];
  lines.push({ tables: tables.map((each) => [each.component, each.name, each.number]) });
  for (const table of tables) {
    let writes: WriteRecord[] = [];
    for (const document of database.documents(table)) {
      writes.push([table.component, table.name, document.id, document.text]);
      if (writes.length < SNAPSHOT_BATCH) continue;
      lines.push({ ts, writes });
      writes = [];
    }
    if (writes.length > 0) lines.push({ ts, writes });
  }
  for (const { note, ts: at } of notes.notes()) lines.push({ ts: at.toString(), writes: [], note });
  lines.push({ ts, writes: [] });
  const file = await open(`${path}.new`, "w");
  for (const line of lines) await file.appendFile(`${JSON.stringify(line)}\n`);
  await file.datasync();
  await file.close();
  await rename(`${path}.new`, path);
}
