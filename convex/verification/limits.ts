/** Every bound of verification, with its reason. */

/**
 * Records of a piece times rollups that look at them: what costs about a tenth of a second where the
 * code runs for the first time.
 */
export const RECORD_LOOKS = 6500;
/** A piece is never smaller, so that a step gets on, … */
export const PIECE_RECORDS_MIN = 250;
/** … nor larger, … */
export const PIECE_RECORDS_MAX = 2000;
/** … nor does it read more than this: a record of long texts may have 12 KB. */
export const PIECE_BYTES = 1024 * 1024;
/** Tiles that a step reads and compares: 0.06 µs for each byte. */
export const TILE_BYTES = 1024 * 1024;
/** A step on levels takes on another partition while it has read less than this. */
export const LEVEL_BYTES = 384 * 1024;
/** Chunks of a partition that is too large for one step, in each of the steps that look at it. */
export const CHUNKS_PER_STEP = 96;
/** Differences that a step names: each is looked up and queued. The next step goes on behind them. */
export const DRIFTS_MAX = 100;
/**
 * Cells of a window in pieces whose extremes are kept between two steps, of all rollups together: some
 * 200 KB. The extremes of a rollup with more are compared afterwards, a part of its cells at a time.
 */
export const EXTREME_CELLS_MAX = 4000;
/** Records without a time that calendars know are counted up to here. */
export const STRAYS_MAX = 100;

/** Tenants that one run looks at; the next run goes on behind them. */
export const TENANTS_PER_RUN = 50;
/** What a tenant's turn, of which there is one in 20 s, reads for its round: 20,000 records take five … */
export const ROUND_BYTES = 1536 * 1024;
/** … and for its pass. */
export const PASS_BYTES = 400 * 1024;
/** The pause between two links of a turn, in which others write. */
export const LINK_PAUSE_MS = 50;
/** The pause after a round; a sound tenant is left in peace as long after two without a write, then twice as long … */
export const REST_MS = 30_000;
/** … and so on, up to this: what is edited or deleted past capture is then found within the hour. */
export const REST_MS_MAX = 3_600_000;
