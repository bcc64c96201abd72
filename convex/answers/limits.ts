/** Every bound of an answer, with its reason. */

/** Unfolded changes that a live answer adds; a longer tail is answered folded, and said so. */
export const TAIL_CHANGES_MAX = 4000;
/** Log rows of the tail, of one change or many … */
export const TAIL_ROWS_MAX = 1000;
/** … and their size: 3 MB of the 16 MB that a query may read. */
export const TAIL_BYTES_MAX = 3 * 1024 * 1024;
/** Source records that are scanned for an answer "at least as of" a commit that a long tail holds. */
export const CAUGHT_UP_RECORDS_MAX = 1000;
/** When to ask again for a commit that is not included yet: a fold or two later. */
export const RETRY_AFTER_MS = 500;
/** Source records of an answer, of scans, edges and lost extremes together: a quarter of what a transaction may scan. */
export const SCAN_RECORDS_MAX = 8000;
