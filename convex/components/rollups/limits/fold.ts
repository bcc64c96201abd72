/** Every bound of the fold worker, with its reason. */
import { hashNumber } from "../../../../lib/hash/hashNumber.js";
import { CELLS_MAX } from "../../../../lib/tiles/limits.js";

export const foldLimits = {
  /**
   * What one iteration may take on, in microseconds by the weights below. Plan and call take some 140 ms
   * beside, so it fills at most half of the second that Convex allows, with a fifth to spare.
   */
  workUs: 240_000,
  /** A piece of work that cannot be cut takes on as much as this, however little is left. */
  pieceUs: 100_000,
  /**
   * What things cost where all code runs for the first time, fitted to iterations of 1,000 and 2,000 changes: a
   * byte of tiles decoded or encoded, …
   */
  byteUs: 0.05,
  /** … a tile looked for, … */
  tileUs: 200,
  /** … the delta of a cell, … */
  cellUs: 20,
  /** … a change of one generation, … */
  changeUs: 5,
  /** … a change that the plan hands over in columns, whether or not it is folded, … */
  handedUs: 8,
  /** … and a record or cell that it hands over as it is. */
  recordUs: 20,
  /** Changes whose tiles are loaded once it is known what one costs; then as many as fit … */
  firstBite: 8,
  /** … but no more than this at once. */
  biteMax: 256,
  /**
   * Changes handed to one iteration: two commits of an import. More would share more tiles, but the widest
   * rollups could not take them at once, and each change is read again by every iteration of its round.
   */
  changes: 2000,
  /** A fold of this many changes tells what one costs. Fewer share each tile among too few, so a change looks dearer. */
  costChanges: 250,
  /** Log rows handed to one iteration; each holds at most 100 KB. */
  rows: 512,
  /** Bytes of log handed to one iteration: they travel as arguments, and are read in one query. */
  bytes: 2 * 1024 * 1024,
  /**
   * Chunks of one partition. A fold needs only those that it changes, but answers and repairs read all
   * of them: a rollup that outgrows this has too many combinations of dimension values.
   */
  chunks: 2048,
  /** Cells of a chunk before it is split. */
  tileCells: CELLS_MAX,
  /** Source documents read by one iteration of a backfill, which folds them into one generation. */
  pageDocuments: 1000,
  /** Log rows deleted by one iteration, and their size at most: they are read to be deleted. */
  trimRows: 200,
  trimBytes: 1024 * 1024,
  /** Tiles deleted by one iteration of a sweep. */
  sweepTiles: 200,
  /** Files deleted with a retired generation by one iteration. */
  sweepFiles: 50,
  /** Partitions whose archives are asked for, or looked at, by one iteration and level. */
  archivesAhead: 8,
  /** An archive that is not written, or read, after this long is asked for again: actions run at most once. */
  archiveRetryMs: 10 * 60_000,
  /** Partitions repaired by one iteration (a coarser one counts for several). */
  repairPartitions: 32,
  /** Queued repairs that one plan looks at, and looks for what they wait for: some 0.1 ms each, where code is cold. */
  repairLooks: 400,
  /** Records re-read by one plan, for one bucket or several; a larger one is restored in pieces. */
  repairRecords: 4000,
  /** Questions that one plan asks the app for its repairs: each costs about 20 ms, where its code runs cold. */
  repairAsks: 8,
  /** Cells that a plan hands over for all its repairs: a list holds no more than 8,192 on Convex. */
  repairCells: 4000,
  /** A piece of a bucket that is restored in pieces, and how much of records, or of cells, it may be … */
  restoredRecords: 2000,
  restoredBytes: 1024 * 1024,
  /** … and cells that are collected at a time: some 200 KB of a document that each piece rewrites. */
  restoredCells: 2000,
  /** An iteration stops taking on work when it used this share of any transaction limit. */
  budgetShare: 0.4,
  /** A plan reads log rows and source documents up to this share of a limit each. */
  readShare: 0.15,
  /** Partitions are loaded up to this share; the rest is for writing, the position and the loop itself. */
  loadShare: 0.7,
  /** The pause between two iterations while there is more to do: a moment for others. */
  busyMs: 50,
  /**
   * A worker that has folded all rests until there are about so many changes more, as a fold writes the
   * same tiles for one change as for many: 381 KB for one, 5.5 KB each for two hundred.
   */
  restChanges: 100,
  /** It rests at least this long. A sleeping worker waits as long after the first write, … */
  restMsMin: 5000,
  /**
   * … and at most this long: answers add what is not folded, which costs each of them. It is less than the
   * minute after which the loop's watchdog looks, so that a rest costs no call.
   */
  restMsMax: 45_000,
  /**
   * Each tenant's rests are longer by a share of its own, up to this one; none is longer than `restMsMax`. So tenants
   * that a cron of the app writes in one second are not due in one second again and again.
   */
  restSpread: 0.25,
  /** An iteration that begins this late is none that was lost: the scheduler may be behind. */
  graceMs: 5000,
  /** Beyond that the work is halved for each so much: a lost iteration comes again 10 to 60 s later. */
  strikeMs: 60_000,
  /** A worker that is overdue by so much makes no progress: `health` and alerts say so. */
  standstillMs: 20_000,
  /** Halved more often, there is nothing left to halve. */
  strikesMax: 8,
  /**
   * After so many iterations that went well twice as much is tried again. Each loss doubles them, up to a most, as one
   * costs a minute: where a full iteration is lost now and then, as on a slow machine, more is done by halves.
   */
  calmIterations: 16,
  calmIterationsMax: 1024,
  /** How late iterations are by themselves is learnt in steps of this much. */
  lateStepMs: 10_000,
  /** A worker that is overdue by this much is looked after: two watchdogs later. */
  overdueMs: 120_000,
  /** Tenants that serve and build generations at once: a deploy that changes all must not starve writers. */
  buildingTenants: 4,
  /** A tenant that waits for its turn to build looks again after this long. */
  turnMs: 15_000,
  /** Days that folded changes stay in the log, as an audit trail. */
  logRetentionDays: 30,
  /**
   * Days that tiles past their retention stay stored, so that a longer retention brings them back. A
   * week is long enough to notice over a weekend that a retention was set too short.
   */
  retentionGraceDays: 7,
  /**
   * Bytes that all workers together may write per second: a quarter of what the smallest deployment class
   * takes in all, so that upkeep never starves writers.
   */
  writeBytesPerSecond: 1024 * 1024,
};

const DAY_NS = 86_400_000_000_000n;

/** The newest commit whose log rows are past their retention at `nowMs`. */
export function logRetentionEnd(
  { logRetentionDays }: Pick<typeof foldLimits, "logRetentionDays">,
  nowMs: number,
): bigint {
  return BigInt(nowMs) * 1_000_000n - BigInt(Math.ceil(logRetentionDays)) * DAY_NS;
}

/** The pause after an iteration that wrote `bytes`, while `workers` share what may be written. */
export function paceMs(
  { busyMs, writeBytesPerSecond }: Pick<typeof foldLimits, "busyMs" | "writeBytesPerSecond">,
  bytes: number,
  workers: number,
): number {
  const shareMs = ((bytes * Math.max(1, workers)) / writeBytesPerSecond) * 1000;
  return Math.max(busyMs, Math.ceil(shareMs));
}

type RestLimits = Pick<typeof foldLimits, "restChanges" | "restMsMin" | "restMsMax" | "restSpread">;

/** How long a worker rests that has folded `changes`, 1 or more, which came within `spanMs`. */
export function restMs(
  limits: RestLimits,
  tenantId: string,
  changes: number,
  spanMs: number,
): number {
  const wanted = (limits.restChanges * Math.max(0, spanMs)) / changes;
  const most = limits.restMsMax / (1 + limits.restSpread);
  return spread(limits, tenantId, Math.max(limits.restMsMin, Math.min(most, wanted)));
}

/** How long a worker that sleeps waits after the first write. */
export function firstRestMs(limits: RestLimits, tenantId: string): number {
  return spread(limits, tenantId, limits.restMsMin);
}

/** The same tenant is always spread by the same share. */
function spread({ restSpread, restMsMax }: RestLimits, tenantId: string, ms: number): number {
  const share = restSpread * (hashNumber(tenantId) / 2 ** 53);
  return Math.round(Math.max(ms, Math.min(restMsMax, ms * (1 + share))));
}
