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
  /**
   * Time that an answer's tiles may take by estimate, in microseconds. A function has a second on the clock, and
   * half of it is left to what no estimate sees: the call itself takes 60 to 100 ms of the other half.
   */
  workUs: 400_000,
  /** A byte of tiles: parsed, decoded, merged. So no more than 3.2 MiB are read … */
  byteUs: 0.12,
  /** … a row before the limit … */
  groupUs: 8,
  /** … a row of the answer, checked and sent through two boundaries (measured: 14 to 16 on a fast core) … */
  rowUs: 32,
  /** … and a value of a row that sketches are merged and read for. */
  sketchUs: 25,
  /** Tiles of an answer: a quarter of what a transaction may scan. */
  documents: 8000,
};
