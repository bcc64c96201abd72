/** Every bound of what the advisor counts, with its reason. */
export const advisorLimits = {
  /** Rollups that one call may count. */
  rollups: 64,
  /** Records times levels of one page: each takes some 20 µs where code runs cold, so a page a fifth of a second, … */
  looks: 6000,
  /** … and records of a page at most, and their bytes: a tenth of what a call may read. */
  pageRecords: 500,
  pageBytes: 1024 * 1024,
  /** Tiles of one page: about an eighth of the documents and of the bytes that a call may read. */
  tiles: 1000,
  tileBytes: 2 * 1024 * 1024,
  /** How far back the log tells how much is written, and how many of its newest rows and bytes do. */
  logDays: 7,
  logRows: 500,
  logBytes: 1024 * 1024,
};
