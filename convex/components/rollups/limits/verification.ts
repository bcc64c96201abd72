/** Every bound of verification, with its reason. */
export const verificationLimits = {
  /**
   * Records of a piece times rollups that look at them: what costs about a tenth of a second where the
   * code runs for the first time.
   */
  recordLooks: 6500,
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
  /** Records without a time that calendars know are counted up to here. */
  strays: 100,

  /** Tenants that one run looks at; the next run goes on behind them. */
  tenantsPerRun: 50,
  /** What a tenant's turn, of which there is one in 20 s, reads for its round: 20,000 records take five … */
  roundBytes: 1536 * 1024,
  /** … and for its pass. */
  passBytes: 400 * 1024,
  /** The pause between two links of a turn, in which others write. */
  linkPauseMs: 50,
  /** The pause after a round; a sound tenant is left in peace as long after two without a write, then twice as long … */
  restMs: 30_000,
  /** … and so on, up to this: what is edited or deleted past capture is then found within the hour. */
  restMsMax: 3_600_000,
};
