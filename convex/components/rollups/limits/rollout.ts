/** Every bound of a rollout: of comparing the old way with the new one, and of taking the new one back. */
export const rolloutLimits = {
  /**
   * Comparisons of a tenant's cube in a minute, in shadow and while some see the new way: each scans what the old way
   * reads. Ten find a fault of a screen within a minute, and cost at most some dollars a day. 0 compares nothing.
   */
  perMinute: 10,
  /** Once all see it: enough to notice a fault of a later deploy, for some cents a day. */
  onPerMinute: 1,
  /** What a comparison may scan: this share of what an answer may, so that both ways fit one transaction. */
  scanShare: 0.5,
  /** What comparisons of the last ten minutes show decides. A question that shows a fault is asked again within them. */
  windowMs: 600_000,
  /** Differences that take the new way back. Both ways are of one commit, so the first is a fault already, … */
  differences: 1,
  /** … but in shadow nobody sees it, and some more tell which questions it touches. */
  shadowDifferences: 3,
  /** Failed answers of the new way: one may be an overload that passes. Refusals, such as `Building`, are none. */
  failures: 5,
  /** An answer that takes longer is slow: people notice a second. */
  slowMs: 1000,
  /** Slow answers that take the new way back, … */
  slowAnswers: 5,
  /** … where they are this share of all: some are slow because code begins cold. */
  slowShare: 0.5,
  /** Differences that are stored for a tenant, each of a form of question and a kind; the oldest makes room. 0 stores none. */
  stored: 200,
};
