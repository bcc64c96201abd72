/** Every bound of question patterns, with its reason. */
export const patternLimits = {
  /**
   * Reports of a tenant that are stored in a minute: three tell what is asked as well as all would, and cost less than a
   * dollar a month where they come day and night. 0 stores none.
   */
  perMinute: 3,
  /** Questions of a report: a screen has no more forms. */
  questions: 20,
  /** Characters of a question, after all but some values of its conditions are cut: 80 KB for a report at most. */
  queryCharacters: 4096,
  /** How often a report may say that a question was asked: what it says is no more than a claim. */
  asked: 1000,
  /** Forms that are kept of a tenant, 500 at most; the least asked makes room. */
  forms: 200,
  /** Days that a form is kept which is not asked. */
  days: 30,
};
