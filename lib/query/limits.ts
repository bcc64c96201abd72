/** How much one query may ask for. */

/** Most buckets of a query that are compared with a rollup's one by one, or filled in with levels. */
export const BUCKETS_MAX = 10_000;
