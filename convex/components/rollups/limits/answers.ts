/** Every bound of an answer, with its reason. */
export const answerLimits = {
  /** Unfolded changes that a live answer adds; a longer tail is answered folded, and said so. */
  tailChanges: 4000,
  /** Log rows of the tail, of one change or many … */
  tailRows: 1000,
  /** … and their size: 3 MB of the 16 MB that a query may read. */
  tailBytes: 3 * 1024 * 1024,
  /** Source records that are scanned for an answer "at least as of" a commit that a long tail holds. */
  caughtUpRecords: 1000,
  /** When to ask again for a commit that is not included yet: a fold or two later. */
  retryAfterMs: 500,
  /** Source records of an answer, of scans, edges and lost extremes together: a quarter of what a transaction may scan. */
  scanRecords: 8000,
};
