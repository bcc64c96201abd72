/** Every bound of a row of the change log, with its reason. A mutation that changes more appends several. */
export const logLimits = {
  /** Changes of one row: a fold may stop between two of them, and finds its place again. */
  rowChanges: 512,
  /**
   * About this many bytes by what changes take one by one, far below the 1 MiB limit of a document, so that
   * reading is smooth. In columns they take half as many.
   */
  rowBytes: 100_000,
  /**
   * The last row of a commit with more bytes than this is small and summarises the others. A query for the
   * newest commits reads only that row. A fold reads one row more for each hundred KB, or fewer.
   */
  lastRowBytes: 8000,
  /** What the last row tells of the others takes at most about so many bytes. */
  othersBytes: 4000,
};
