/** How much one query may ask for. */

/** Most buckets of a query that are compared with a rollup's one by one, or filled in with levels. */
export const BUCKETS_MAX = 10_000;

/** Most rows of an answer: what a list may hold on Convex. A longer one is refused, never cut in silence. */
export const ANSWER_ROWS_MAX = 8192;
