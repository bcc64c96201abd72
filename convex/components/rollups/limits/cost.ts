/** The budget of a tenant, and what becomes of its upkeep beyond it. */
export const costLimits = {
  /** What upkeep of a tenant may take in 30 days before `health` and `/metrics` warn. A call counts as 10 KB. 0 is no budget. */
  megabytesPerMonth: 0,
  /** 1: beyond the budget folds rest longer, as the next two say. Writes and answers stay as they are. */
  slow: 0,
  /** About as many changes are folded at once: a fifth of the log rows that an answer adds, so that five times as many still fit. */
  slowRestChanges: 200,
  /** A rest is at most this long: less than the two minutes of age that rules warn of. */
  slowRestMsMax: 100_000,
};
