/**
 * The limits of the code under test, as numbers that a step may turn: small ones make batches stop
 * inside commits, pages hold one document and tails too long to read, within a few steps.
 */
export interface Knobs {
  /** Changes and log rows handed to one iteration of the worker. */
  foldChanges: number;
  foldRows: number;
  foldBytes: number;
  /** Changes between two looks at the budget. */
  slice: number;
  /** How many looks at the budget find room before one does not. */
  looks: number;
  page: number;
  sweepTiles: number;
  /** Folded log rows up to this commit may go, so many at a time. */
  trimTo: bigint;
  trimRows: number;
  repairPartitions: number;
  repairRecords: number;
  restoredRecords: number;
  restoredCells: number;
  /** Of a step of verification. */
  pieceRecords: number;
  tileBytes: number;
  chunks: number;
  drifts: number;
  extremeCells: number;
  /** Cells of a tile before it is split. */
  cells: number;
  /** Changes of one log row. */
  rowChanges: number;
  tailChanges: number;
  tailRows: number;
  scanRecords: number;
  /** Records that are scanned for a commit that a long tail holds. */
  caughtUpRecords: number;
  /** Rollups that the planner does not get to see. */
  hidden: ReadonlySet<string>;
}

/** Nothing is ever too much. */
export const roomy: Knobs = {
  foldChanges: 2000,
  foldRows: 512,
  foldBytes: 2 ** 21,
  slice: 250,
  looks: Infinity,
  page: 500,
  sweepTiles: 200,
  trimTo: 0n,
  trimRows: 200,
  repairPartitions: 8,
  repairRecords: 4000,
  restoredRecords: 2000,
  restoredCells: 2000,
  pieceRecords: 1000,
  tileBytes: 2 ** 20,
  chunks: 96,
  drifts: 100,
  extremeCells: 4000,
  cells: 256,
  rowChanges: 512,
  tailChanges: 4000,
  tailRows: 32,
  scanRecords: 8000,
  caughtUpRecords: 1000,
  hidden: new Set(),
};

/** What is in force now. */
export const knobs: Knobs = { ...roomy };

/** Puts the given limits in force, and the roomy ones for the rest. */
export function turn(to: Partial<Knobs>): void {
  Object.assign(knobs, roomy, to);
}
