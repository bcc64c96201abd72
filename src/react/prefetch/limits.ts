/** Every bound of asking ahead in the browser, with its reason; those of learning are in `lib/prefetch/limits.ts`. */
export const aheadLimits = {
  /** Bytes an hour where an app says nothing: 16 MB in a day of work, which is a third of a cent of bandwidth. */
  budget: 2_000_000,
  /** The questions of a click are asked within some frames; whatever comes later is another step. */
  quietMs: 250,
  /** How often it is looked whether the screen has all of its answers, … */
  waitMs: 100,
  /** … and how long: a question that waits longer has trouble enough. */
  waitMsMax: 10_000,
  /** What was not asked for by then will not be: most steps come within it, and each write runs what is kept. */
  keepMs: 30_000,
  /** A pointer that passes stays shorter; one that will click stays about 200 ms longer. */
  dwellMs: 80,
  /** Of ten that dwell on a filter some five click it. */
  intentProbability: 0.5,
  /** Filters that were dwelt on; the oldest goes. */
  intentsMax: 3,
  /** Of an answer of the backend, before one has come ahead. */
  answerBytes: 4000,
  /** What is learned is stored so often at most, and when the page is left. */
  saveMs: 30_000,
  /** Tenants of one user whose steps are stored; the least recently stored goes. */
  tenantsMax: 4,
};
