/** Reading the change log. */
import { getConvexSize } from "convex/values";
import type { Change, Position } from "../../../../lib/fold/change.js";
import { countStored, fromStored, type StoredChange } from "../../../../lib/fold/changeColumns.js";
import { start } from "../../../../lib/fold/position.js";
import type { Doc, Id } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";
import type { Readings } from "../app/readings.js";

/** Whose log is read: a cube's own rows or, without one, those of all cubes of the tenant. */
export interface Log {
  tenantId: string;
  cube?: string;
}

export interface LogRow {
  commitTs: bigint;
  /** Absent in rows of the time before each was of one cube. */
  cube?: string;
  changes: Change[];
  /** The same as they are kept, for those who hand them on. */
  stored: readonly StoredChange[];
  /** How the facts of each cube were read; empty for a row that nothing is known of. */
  readings: Readings;
}

/** Bounds of one read of the log. */
export interface LogLimits {
  changes: number;
  rows: number;
  /** Size of the rows, about. */
  bytes: number;
}

/**
 * Log rows from the first row of the commit `position` is in, in commit order. Rows before `position`
 * are empty, there for the others' numbers only, and count towards no limit: a commit of any size is
 * read to its end, some rows at a time. `complete` is true when the end of the log was reached;
 * otherwise the read stopped at a limit, and the read set ends with the last row taken.
 */
export async function readLog(
  ctx: Pick<QueryCtx, "db">,
  of: Log,
  position: Position,
  limits: LogLimits,
): Promise<{ rows: LogRow[]; complete: boolean }> {
  const rows: LogRow[] = [];
  let foldedRows = position.row;
  let taken = 0;
  let changes = 0;
  let bytes = 0;
  for await (const row of logFrom(ctx, of, position.commitTs)) {
    const commitTs = committed(row.commitTs);
    if (foldedRows > 0 && commitTs === position.commitTs) {
      foldedRows--;
      rows.push(logRow({ ...row, changes: [], readings: {} }));
      continue;
    }
    const full = changes >= limits.changes || taken >= limits.rows || bytes >= limits.bytes;
    if (taken > 0 && full) return { rows, complete: false };
    const read = logRow(row);
    rows.push(read);
    taken++;
    changes += read.changes.length;
    bytes += getConvexSize(row.changes);
  }
  return { rows, complete: true };
}

/**
 * What a plan hands over: rows of the tenant's log as `readLog` takes them, but of no commit after `upTo`. The iterations
 * that fold a batch into one generation after the other read it again and again, so nothing else is read. Where a commit
 * as large as the last one would be cut, it is left for the next batch. What follows is told by newest rows, which are
 * small: this is for snapshots that nobody depends on. `isWhole`: the last commit has no more rows.
 */
export async function readBatch(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
  position: Position,
  limits: LogLimits,
  upTo: bigint | null,
): Promise<{ rows: LogRow[]; complete: boolean; isWhole: boolean }> {
  const rows: LogRow[] = [];
  let [taken, changes, bytes, ofCommit] = [0, 0, 0, 0];
  let last: Doc<"changeLog"> | null = null;
  let isWhole = true;
  for await (const row of logFrom(ctx, { tenantId }, position.commitTs, upTo)) {
    const commitTs = committed(row.commitTs);
    if (commitTs !== rows.at(-1)?.commitTs) {
      const isNext = taken > 0 && changes + ofCommit > limits.changes;
      if (isNext) return { rows, complete: false, isWhole: true };
      ofCommit = 0;
    }
    last = row;
    ofCommit += countStored(row.changes);
    if (commitTs === position.commitTs && rows.length < position.row) {
      rows.push(logRow({ ...row, changes: [], readings: {} }));
      continue;
    }
    const read = logRow(row);
    rows.push(read);
    taken++;
    changes += read.changes.length;
    bytes += getConvexSize(row.changes);
    isWhole = changes < limits.changes && taken < limits.rows && bytes < limits.bytes;
    if (!isWhole) break;
  }
  if (upTo === null && isWhole) return { rows, complete: true, isWhole: true };
  const newest = await newestRow(ctx, tenantId);
  const complete = newest?._id === last?._id;
  if (isWhole || complete) return { rows, complete, isWhole: true };
  const { commitTs } = rows.at(-1) as LogRow;
  const newestOfCommit = await logFrom(ctx, { tenantId }, commitTs, commitTs).order("desc").first();
  return { rows, complete, isWhole: newestOfCommit?._id === last?._id };
}

/** Whole commits: the log rows from that of `from` on up to that of `to`, both of them included. */
export async function readCommits(
  ctx: Pick<QueryCtx, "db">,
  of: Log,
  from: bigint,
  to: bigint,
): Promise<LogRow[]> {
  if (to < from) return [];
  const rows = await logFrom(ctx, of, from, to).collect();
  return rows.map(logRow);
}

/** The newest log rows since a time, oldest first, within bounds: one at least where there is any. */
export async function readNewest(
  ctx: Pick<QueryCtx, "db">,
  of: Log,
  sinceMs: number,
  limits: LogLimits,
): Promise<LogRow[]> {
  const rows: LogRow[] = [];
  let [changes, bytes] = [0, 0];
  for await (const row of logFrom(ctx, of, BigInt(sinceMs) * 1_000_000n).order("desc")) {
    rows.unshift(logRow(row));
    changes += countStored(row.changes);
    bytes += getConvexSize(row.changes);
    if (changes >= limits.changes || rows.length >= limits.rows || bytes >= limits.bytes) break;
  }
  return rows;
}

/** Log rows after `from` up to `to`, oldest first, to be deleted: at most `rows` of them, and `bytes`. */
export async function readTrimmable(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
  { from, to }: { from: bigint; to: bigint },
  limits: { rows: number; bytes: number },
): Promise<{ rows: Id<"changeLog">[]; to: bigint }> {
  const rows: Id<"changeLog">[] = [];
  let last = from;
  let bytes = 0;
  if (to <= from) return { rows, to: last };
  const log = ctx.db.query("changeLog").withIndex("by_tenant_and_commitTs", (q) =>
    // Starting after what was trimmed before skips the traces that deleted rows leave for a while.
    q.eq("tenantId", tenantId).gt("commitTs", from).lte("commitTs", to),
  );
  for await (const row of log) {
    const commitTs = committed(row.commitTs);
    // A commit leaves whole, so that `to` says truly what is gone.
    const full = rows.length >= limits.rows || bytes >= limits.bytes;
    if (full && commitTs !== last) break;
    rows.push(row._id);
    last = commitTs;
    bytes += getConvexSize(row.changes);
  }
  return { rows, to: last };
}

/**
 * Commit timestamp of the newest change in the log, or null if there never was one. A log that is folded
 * and trimmed to its end leaves only the position to tell.
 */
export async function newestLogged(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
): Promise<bigint | null> {
  const newest = await newestRow(ctx, tenantId);
  if (newest !== null) return committed(newest.commitTs);
  const { commitTs } = await foldPosition(ctx, tenantId);
  return commitTs === 0n ? null : commitTs - 1n;
}

/**
 * The newest commit that is known of a log: that of its newest change or, where the source was looked at later,
 * the one that began or cut over to the newest generations. 0 before either. The position tells of what is folded, so
 * a log row is read only where some are not.
 */
export async function newestCommit(
  ctx: Pick<QueryCtx, "db">,
  of: Log,
  { position: { commitTs }, builtAt }: { position: Position; builtAt: bigint },
): Promise<bigint> {
  const newest = await logFrom(ctx, of, commitTs).order("desc").first();
  const known = [commitTs - 1n, builtAt, newest === null ? 0n : committed(newest.commitTs)];
  return known.reduce((a, b) => (a > b ? a : b), 0n);
}

/** Whether a log has changes after one commit, up to another. Reads one row at most. */
export async function hasBetween(
  ctx: Pick<QueryCtx, "db">,
  of: Log,
  after: bigint,
  to: bigint,
): Promise<boolean> {
  return after < to && (await logFrom(ctx, of, after + 1n, to).first()) !== null;
}

/** Commit of the oldest change that is not folded, or null. A commit that the position is in counts as unfolded. */
export async function oldestUnfolded(
  ctx: Pick<QueryCtx, "db">,
  of: Log,
  { commitTs, row, change }: Position,
): Promise<bigint | null> {
  if (row > 0 || change > 0) return commitTs;
  const oldest = await logFrom(ctx, of, commitTs).first();
  return oldest && committed(oldest.commitTs);
}

/** Whether some rows from a commit on do not name their cube. Reads one row at most. */
export async function hasNamelessRows(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
  from: bigint,
): Promise<boolean> {
  const nameless = await ctx.db
    .query("changeLog")
    .withIndex("by_tenant_cube_and_commitTs", (q) =>
      q.eq("tenantId", tenantId).eq("cube", undefined).gte("commitTs", from),
    )
    .first();
  return nameless !== null;
}

/** How far the tenant's log is folded and trimmed; null when nothing was folded yet. */
export async function foldState(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
): Promise<Doc<"foldStates"> | null> {
  return await ctx.db
    .query("foldStates")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .unique();
}

/** The commit timestamp that a decimal text means, or null if it means none. */
export function parseCommit(text: string): bigint | null {
  const commitTs = /^\d{1,19}$/.test(text) ? BigInt(text) : null;
  return commitTs === null || commitTs >= 2n ** 63n ? null : commitTs;
}

/** The tenant's fold position; the start of the log when nothing was folded yet. */
export async function foldPosition(ctx: Pick<QueryCtx, "db">, tenantId: string): Promise<Position> {
  return (await foldState(ctx, tenantId))?.position ?? start;
}

/** The commit that began, or cut over to, the newest generations; -1 while there are none. */
export function builtAtOf(fold: Pick<Doc<"foldStates" | "cubeFolds">, "builtAt"> | null): bigint {
  return fold?.builtAt === undefined ? -1n : committed(fold.builtAt);
}

async function newestRow(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
): Promise<Doc<"changeLog"> | null> {
  return await ctx.db
    .query("changeLog")
    .withIndex("by_tenant_and_commitTs", (q) => q.eq("tenantId", tenantId))
    .order("desc")
    .first();
}

/** Rows from a commit on, in log order; without an end the read set includes what is appended later. */
function logFrom(
  ctx: Pick<QueryCtx, "db">,
  { tenantId, cube }: Log,
  from: bigint,
  to: bigint | null = null,
) {
  const log = ctx.db.query("changeLog");
  if (cube === undefined) {
    return log.withIndex("by_tenant_and_commitTs", (q) => {
      const rows = q.eq("tenantId", tenantId).gte("commitTs", from);
      return to === null ? rows : rows.lte("commitTs", to);
    });
  }
  return log.withIndex("by_tenant_cube_and_commitTs", (q) => {
    const rows = q.eq("tenantId", tenantId).eq("cube", cube).gte("commitTs", from);
    return to === null ? rows : rows.lte("commitTs", to);
  });
}

function logRow({ commitTs, cube, changes: stored, readings = {} }: Doc<"changeLog">): LogRow {
  const row = { commitTs: committed(commitTs), changes: fromStored(stored), stored, readings };
  return cube === undefined ? row : { ...row, cube };
}

/** A stored commit timestamp; only the writing transaction itself could see a placeholder. */
function committed(commitTs: unknown): bigint {
  if (typeof commitTs !== "bigint") throw new Error("A log row is read after its commit only.");
  return commitTs;
}
