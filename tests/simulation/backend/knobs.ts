/**
 * The limits of the code under test, as numbers that a step may turn: small ones make batches stop
 * inside commits, pages hold one document and tails too long to read, within a few steps. The app hands
 * them in, as `limits`.
 */
import type { LimitOverrides } from "../../../src/client/index.js";

export interface Knobs {
  /** Changes and log rows handed to one iteration of the worker. */
  foldChanges: number;
  foldRows: number;
  foldBytes: number;
  /** Changes from which on a fold tells what a change costs. */
  costChanges: number;
  /** Changes that are prepared at once. */
  bite: number;
  /** Work of an iteration, in microseconds. */
  work: number;
  /** How many looks at the budget find room before one does not. */
  looks: number;
  page: number;
  sweepTiles: number;
  /** Folded log rows may go, so many at a time. */
  isTrimmed: boolean;
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
  costChanges: 500,
  bite: 256,
  work: 1e6,
  looks: Infinity,
  page: 1000,
  sweepTiles: 200,
  isTrimmed: false,
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

/** Days before the clock, and after it: commits are numbered from far ahead of every clock. */
const KEEPS_ALL = 1e6;
const KEEPS_NONE = -1e6;

/** The same as the app says it, whenever it is asked. */
export const limits: LimitOverrides = {
  get answers() {
    return said().answers;
  },
  get fold() {
    return said().fold;
  },
  get log() {
    return said().log;
  },
  get verification() {
    return said().verification;
  },
};

let known: LimitOverrides | null = null;

const said = (): LimitOverrides => (known ??= sayLimits());

function sayLimits(): LimitOverrides {
  const { tailChanges, tailRows, scanRecords, caughtUpRecords } = knobs;
  const { trimRows, sweepTiles, repairPartitions, repairRecords } = knobs;
  const { restoredRecords, restoredCells, rowChanges } = knobs;
  const { pieceRecords, tileBytes, chunks, drifts, extremeCells } = knobs;
  return {
    answers: Object.freeze({ tailChanges, tailRows, scanRecords, caughtUpRecords }),
    fold: Object.freeze({
      ...{ trimRows, sweepTiles, repairPartitions, repairRecords },
      ...{ restoredRecords, restoredCells },
      changes: knobs.foldChanges,
      costChanges: knobs.costChanges,
      firstBite: Math.min(8, knobs.bite),
      biteMax: knobs.bite,
      workUs: knobs.work,
      rows: knobs.foldRows,
      bytes: knobs.foldBytes,
      pageDocuments: knobs.page,
      tileCells: knobs.cells,
      logRetentionDays: knobs.isTrimmed ? KEEPS_NONE : KEEPS_ALL,
    }),
    log: Object.freeze({ rowChanges }),
    verification: Object.freeze({
      ...{ tileBytes, drifts, extremeCells },
      pieceRecordsMin: pieceRecords,
      pieceRecordsMax: pieceRecords,
      levelBytes: tileBytes,
      chunksPerStep: chunks,
    }),
  };
}

/** Puts the given limits in force, and the roomy ones for the rest. */
export function turn(to: Partial<Knobs>): void {
  Object.assign(knobs, roomy, to);
  known = null;
}
