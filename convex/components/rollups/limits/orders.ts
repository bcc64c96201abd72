/** Every bound of order statistics, with its reason. */
export const orderLimits = {
  /**
   * Records that one iteration moves in trees. Each takes a call of the child component, with a context of its own: a
   * few ms where code is cold.
   */
  moves: 32,
  /** What such a call takes of an iteration's work, in microseconds. */
  moveUs: 3000,
  /** Changes of the log that one iteration looks at for it: most may move nothing. */
  changes: 500,
  /** Trees of a statistic. It needs a row for each, which every answer reads. */
  groups: 1000,
  /** Trees that are cleared by one iteration once their statistic goes. */
  sweepGroups: 16,
  /**
   * Questions that an answer asks its trees. Each reads up to some 70 nodes where a tree holds 100,000 records, and a
   * query may make 4,096 reads.
   */
  questions: 48,
  /** Records of one page. */
  page: 200,
};
