/** Every bound of the fold worker, with its reason. */
import { env } from "../_generated/server";

/** Changes handed to one iteration: large enough to net hot cells, small enough for a second of CPU. */
export const FOLD_CHANGES_MAX = 2000;
/** Log rows handed to one iteration; each holds at most 100 KB. */
export const FOLD_ROWS_MAX = 512;
/** Bytes of log handed to one iteration: they travel as arguments, and are read in one query. */
export const FOLD_BYTES_MAX = 2 * 1024 * 1024;
/** Changes folded between two looks at the budget; fewer when they touch more than fits. */
export const FOLD_SLICE = 250;
/**
 * Chunks of one partition. A fold needs only those that it changes, but answers and repairs read all
 * of them: a rollup that outgrows this has too many combinations of dimension values.
 */
export const CHUNKS_MAX = 2048;
/** Source documents read by one iteration of a backfill. */
export const PAGE_DOCUMENTS = 500;
/** Log rows deleted by one iteration, and their size at most: they are read to be deleted. */
export const TRIM_ROWS = 200;
export const TRIM_BYTES = 1024 * 1024;
/** Tiles deleted by one iteration of a sweep. */
export const SWEEP_TILES = 200;
/** Partitions whose archives are asked for, or looked at, by one iteration and level. */
export const ARCHIVES_AHEAD = 8;
/** An archive that is not written, or read, after this long is asked for again: actions run at most once. */
export const ARCHIVE_RETRY_MS = 10 * 60_000;
/** Files deleted with a retired generation by one iteration. */
export const SWEEP_FILES = 50;
/** Partitions repaired by one iteration (a coarser one counts for several). */
export const REPAIR_PARTITIONS = 32;
/** Records re-read for one bucket at once at most; a larger one is restored in pieces. */
export const REPAIR_RECORDS_MAX = 4000;
/** Cells that a plan hands over for one repair: a list holds no more than 8,192 on Convex. */
export const REPAIR_CELLS_MAX = 4000;
/** A piece of a bucket that is restored in pieces, and how much of records, or of cells, it may be … */
export const RESTORED_RECORDS = 2000;
export const RESTORED_BYTES = 1024 * 1024;
/** … and cells that are collected at a time: some 200 KB of a document that each piece rewrites. */
export const RESTORED_CELLS = 2000;
/** An iteration stops taking on work when it used this share of any transaction limit. */
export const BUDGET_SHARE = 0.4;
/** A plan reads log rows and source documents up to this share of a limit each. */
export const READ_SHARE = 0.15;
/** Partitions are loaded up to this share; the rest is for writing, the position and the loop itself. */
export const LOAD_SHARE = 0.7;
/** At least this long between two folds, so that bursts are netted. */
export const FOLD_INTERVAL_MS = 250;
/** The loop keeps polling this long before it sleeps; shorter would make wakes race appends. */
export const COOLDOWN_MS = 10_000;
export const POLL_INTERVAL_MS = 1000;

const DAY_NS = 86_400_000_000_000n;
const DEFAULT_LOG_RETENTION_DAYS = 30;

/** The newest commit whose log rows are past their retention at `nowMs`. */
export function logRetentionEnd(nowMs: number): bigint {
  const configured = Number(env.ROLLUPS_LOG_RETENTION_DAYS);
  const days = configured > 0 ? Math.ceil(configured) : DEFAULT_LOG_RETENTION_DAYS;
  return BigInt(nowMs) * 1_000_000n - BigInt(days) * DAY_NS;
}

/** A week: long enough to notice over a weekend that a retention was set too short, and to undo it. */
const DEFAULT_RETENTION_GRACE_DAYS = 7;

/** Days that tiles past their retention stay stored, so that a longer retention brings them back. */
export function retentionGraceDays(): number {
  const configured = Number(env.ROLLUPS_RETENTION_GRACE_DAYS || NaN);
  return configured >= 0 ? Math.ceil(configured) : DEFAULT_RETENTION_GRACE_DAYS;
}

const DEFAULT_WRITE_BYTES_PER_SECOND = 1024 * 1024;

/** The pause after an iteration that wrote `bytes`. */
export function debounceMs(bytes: number): number {
  const configured = Number(env.ROLLUPS_WRITE_BYTES_PER_SECOND);
  const bytesPerSecond = configured > 0 ? configured : DEFAULT_WRITE_BYTES_PER_SECOND;
  return Math.max(FOLD_INTERVAL_MS, Math.ceil((bytes / bytesPerSecond) * 1000));
}
