/** Every bound of a row of the change log, with its reason. A mutation that changes more appends several. */
export const logLimits = {
  /** Changes of one row: a fold may stop between two of them, and finds its place again. */
  rowChanges: 512,
  /** About this many bytes, far below the 1 MiB limit of a document, so that reading is smooth. */
  rowBytes: 100_000,
};
