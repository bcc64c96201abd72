/** Every bound of what a browser holds, with its reason. */
export const heldLimits = {
  /** Bytes that one question may fetch: half a second of a slow line. The server answers larger ones. */
  questionBytes: 256 * 1024,
  /** Bytes that all questions of a moment may fetch at once, so that a first screen is not held up. */
  roundBytes: 96 * 1024,
  /** When what was too much at once is fetched: the screen is there by then. */
  laterMs: 1000,
  /** What a message costs besides its tiles, in bytes. */
  messageBytes: 1500,
  /** What it costs to evaluate a held byte, where fetching one costs 1. */
  heldByte: 0.05,
  /** Bytes of a partition that has not been measured. */
  unknownPartitionBytes: 4096,
  /** Partitions that all of the past is taken for. */
  pastPartitions: 8,
  /** After a failure, such as one of the platform: a query that failed is not run again by itself. */
  retryMs: 20_000,
  /** Questions that nobody watches stay so long: a change of views and back costs nothing. */
  questionIdleMs: 10_000,
  /** A page that is hidden so long is sent nothing of writes: a look at another tab is shorter. */
  hiddenMs: 60_000,
  /** Blocks that no question needs stay so long. */
  blockIdleMs: 300_000,
  /** Values of dimensions of which one text stands for all that are equal. */
  names: 20_000,
  /** Text of all blocks that no question needs. Their cells are let go at once: they take twice as much. */
  idleBytes: 4 * 1024 * 1024,
  /** The same on devices of little memory. */
  idleBytesSmall: 1024 * 1024,
  /** Memory in GiB, as browsers tell it, from which on a device has enough. */
  smallDeviceGiB: 4,
};
