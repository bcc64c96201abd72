/**
 * The simulation's own book of what was written: every tenant's documents after every commit, and
 * the log that capture has to have made of it. Nothing here asks the product.
 */
import type { Row } from "../source/rows.js";

export interface SourceDocument {
  id: string;
  createdAt: number;
  cube: "sales" | "visits";
  row: Row;
}

/** What one change in the log leaves of a document; null is nothing. */
interface LoggedChange {
  ts: bigint;
  cube: string;
  id: string;
  after: SourceDocument | null;
}

export interface FoldedPosition {
  commitTs: bigint;
  row: number;
  change: number;
}

interface LogCommit {
  ts: bigint;
  first: number;
  rows: { cube: string; changes: number }[];
}

/** One tenant's book. */
export class SourceBook {
  documents = new Map<string, SourceDocument>();
  /** What was written past the log is part of the source from this commit on. */
  amendedFrom = 0n;
  /** Counted for ever, but not there any more. */
  private readonly expired = new Map<string, SourceDocument>();
  /** Newest last; the first is the empty source. */
  readonly commits: { ts: bigint; documents: SourceDocument[] }[] = [{ ts: 0n, documents: [] }];
  readonly log: LoggedChange[] = [];
  /** Commits of the log: how many changes precede each, and how many each log row holds of which cube. */
  private readonly logCommits: LogCommit[] = [];
  private readonly folded = { count: 0, documents: new Map<string, SourceDocument>() };

  /** Rows of one cube at the newest commit. */
  now(cube: string): Row[] {
    return rowsOf(this.commits.at(-1)!.documents, cube);
  }

  /** Rows of one cube as of a commit timestamp. */
  asOf(ts: bigint, cube: string): Row[] {
    const commit = this.commits.findLast((commit) => commit.ts <= ts)!;
    return rowsOf(commit.documents, cube);
  }

  /** Timestamp of the newest commit that the log knows; 0 for none. */
  get newestLogged(): bigint {
    return this.log.at(-1)?.ts ?? 0n;
  }

  /** The same, of the changes of one cube. */
  newestLoggedOf(cube: string): bigint {
    return this.log.findLast((change) => change.cube === cube)?.ts ?? 0n;
  }

  /** Enters one commit's changes, which are in order and do change what cubes see. Its log rows are of one cube each. */
  enter(
    ts: bigint,
    documents: Map<string, SourceDocument>,
    changes: Omit<LoggedChange, "ts">[],
    rowChanges: number,
  ): void {
    this.documents = documents;
    this.commits.push({ ts, documents: this.counted() });
    if (changes.length === 0) return;
    const rows: LogCommit["rows"] = [];
    const first = this.log.length;
    for (const cube of new Set(changes.map((change) => change.cube))) {
      const own = changes.filter((change) => change.cube === cube);
      for (let i = 0; i < own.length; i += rowChanges) {
        rows.push({ cube, changes: Math.min(rowChanges, own.length - i) });
      }
      for (const change of own) this.log.push({ ts, ...change });
    }
    this.logCommits.push({ ts, first, rows });
  }

  /** Enters a commit in which records have expired: for the log a change, which changes nothing. */
  expire(ts: bigint, gone: readonly SourceDocument[]): void {
    const left = new Map(this.documents);
    for (const document of gone) {
      left.delete(document.id);
      this.expired.set(document.id, document);
    }
    const changes = gone.map((after) => ({ cube: after.cube, id: after.id, after }));
    this.enter(ts, left, changes, 512);
  }

  private counted(): SourceDocument[] {
    return [...this.documents.values(), ...this.expired.values()];
  }

  /** The source changed past the log: the newest commit now has other documents than it had. */
  amend(documents: Map<string, SourceDocument>): void {
    this.documents = documents;
    const list = this.counted();
    this.amendedFrom = this.newestLogged;
    for (const commit of this.commits) if (commit.ts >= this.newestLogged) commit.documents = list;
  }

  /** All is folded, and what changed past the log is restored: what is folded is what there is. */
  settle(): void {
    this.folded.count = this.log.length;
    this.folded.documents = new Map(this.counted().map((document) => [document.id, document]));
  }

  /** How many changes of the log lie before a position. Throws if no change ends there. */
  countBefore(position: FoldedPosition): number {
    const at = this.logCommits.find(({ ts }) => ts >= position.commitTs);
    if (at === undefined) return this.log.length;
    if (at.ts > position.commitTs) {
      if (position.row !== 0 || position.change !== 0) throw new Error("A place in no commit.");
      return at.first;
    }
    return at.first + placeIn(at.rows, position);
  }

  /** How many changes of a cube lie before a position of the tenant's log, … */
  countOf(cube: string, position: FoldedPosition): number {
    return this.log.slice(0, this.countBefore(position)).filter((one) => one.cube === cube).length;
  }

  /** … and how many before a position that counts the rows of that cube alone. */
  countWithin(cube: string, position: FoldedPosition): number {
    const count = (isBefore: (ts: bigint) => boolean) =>
      this.log.filter((one) => one.cube === cube && isBefore(one.ts)).length;
    const at = this.logCommits.find(({ ts }) => ts === position.commitTs);
    const rows = at?.rows.filter((row) => row.cube === cube) ?? [];
    return count((ts) => ts < position.commitTs) + placeIn(rows, position);
  }

  /** The documents that the changes before a position leave. Positions must not go back. */
  foldedTo(position: FoldedPosition): Map<string, SourceDocument> {
    const count = this.countBefore(position);
    if (count < this.folded.count) throw new Error("The position went back.");
    for (const { id, after } of this.log.slice(this.folded.count, count)) {
      if (after === null) this.folded.documents.delete(id);
      else this.folded.documents.set(id, after);
    }
    this.folded.count = count;
    return this.folded.documents;
  }
}

/** A commit's changes before a place in it. */
function placeIn(
  rows: LogCommit["rows"],
  { row, change }: Pick<FoldedPosition, "row" | "change">,
): number {
  if (row > rows.length) throw new Error("A place after the commit's rows.");
  if (change > 0 && change >= (rows[row]?.changes ?? 0)) {
    throw new Error("A place after the row's changes.");
  }
  return rows.slice(0, row).reduce((sum, { changes }) => sum + changes, change);
}

export function rowsOf(documents: Iterable<SourceDocument>, cube: string): Row[] {
  const rows: Row[] = [];
  for (const document of documents) if (document.cube === cube) rows.push(document.row);
  return rows;
}

/** What the cubes see of a row, as a text. */
export function seenOf({ note: _, ...row }: Row): string {
  const topics = row.topics && [...new Set(row.topics)].sort();
  return JSON.stringify({ ...row, topics }, Object.keys(row).sort());
}
