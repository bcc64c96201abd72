/** Every bound of verification, with its reason. */
export const verificationLimits = {
  /**
   * Records of a piece times rollups that look at them: what costs about a tenth of a second where the
   * code runs for the first time.
   */
  recordLooks: 4000,
  /** A piece is never smaller, so that a step gets on, … */
  pieceRecordsMin: 250,
  /** … nor larger, … */
  pieceRecordsMax: 2000,
  /** … nor does it read more than this: a record of long texts may have 12 KB. */
  pieceBytes: 1024 * 1024,
  /** Tiles that a step reads and compares: 0.06 µs for each byte. */
  tileBytes: 1024 * 1024,
  /** A step on levels takes on another partition while it has read less than this. */
  levelBytes: 384 * 1024,
  /** Chunks of a partition that is too large for one step, in each of the steps that look at it. */
  chunksPerStep: 96,
  /** Differences that a step names: each is looked up and queued. The next step goes on behind them. */
  drifts: 100,
  /**
   * Cells of a window in pieces whose extremes are kept between two steps, of all rollups together: some
   * 200 KB. The extremes of a rollup with more are compared afterwards, a part of its cells at a time.
   */
  extremeCells: 4000,
  /** Records, and entries of trees of order statistics, that a step compares: each of them is a call or two. */
  orderRecords: 200,
  /** How many such steps one call makes. */
  orderSteps: 8,
  /** Records without a time that calendars know are counted up to here. */
  strays: 100,

  /**
   * What verification may use in 30 days, of all tenants together: 0.40 dollars at 0.20 a GB. A call counts
   * as 10 KB, which cost as much. At most an hour's share is saved up. 0 leaves `verify` only.
   */
  megabytesPerMonth: 2000,
  /** A tenant that was written is gone through again this long after its last pass, … */
  changedMs: 3_600_000,
  /** … and every other one after a week: deletes and edits past capture leave no trace to notice. */
  roundMs: 7 * 86_400_000,
  /** A pass waits while so many repairs do: what it would find more of is found after them. */
  repairsWaiting: 200,
  /** A tenant whose step could not be made is left alone this long, then twice as long … */
  retryMs: 30_000,
  /** … and so on, up to a day: others are not to wait for it, and the budget is not to go there. */
  retryMsMax: 86_400_000,
  /** The pause between two steps, in which others write. */
  linkPauseMs: 200,
  /** Steps over little are made together until they read this much: most levels of most tenants are small. */
  littleBytes: 64 * 1024,
  /**
   * Questions that the cron asks of the app's records, to see whether capture missed some: one for each cube
   * of a tenant. Each takes 10 to 20 ms, as the app's code begins cold for it.
   */
  looks: 16,
  /** It stops looking after this much: tenants that are written all the time leave some to read. */
  lookBytes: 32 * 1024,
  /** Records since the last look that it names the buckets of; where more came past capture, a pass is due. */
  lookRecords: 50,
  /** Log since the last look that tells what was captured; of tenants with more, the passes are left to tell. */
  lookLogBytes: 16 * 1024,
};
