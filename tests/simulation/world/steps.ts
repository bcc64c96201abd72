/**
 * What can happen in a simulated world, as data: every step carries all that it needs, so a trace
 * still makes sense when steps are dropped from it, and can be kept in a file.
 */
import type { Row } from "../source/rows.js";

/** A change of one document. `pick` counts modulo the documents there are; -1 is the newest. */
export type Edit =
  | { op: "insert"; tenant: number; cube: "sales" | "visits"; row: Row }
  | { op: "update"; tenant: number; pick: number; set: Partial<Row>; replace?: boolean }
  | { op: "delete"; tenant: number; pick: number }
  /** To the other tenant. */
  | { op: "move"; tenant: number; pick: number }
  /** It loses its tenant, by a patch or as a whole; or one without gets it, perhaps with other fields. */
  | { op: "leave"; tenant: number; pick: number; replace: boolean }
  | { op: "enter"; tenant: number; pick: number; set: Partial<Row> };

/** Limits of one iteration of the worker; what is left out is roomy. */
export interface IterationLimits {
  changes?: number;
  rows?: number;
  bytes?: number;
  /** The smallest batch. */
  costChanges?: number;
  /** Changes that are prepared at once. */
  bite?: number;
  /** Work, in microseconds: a tile takes 190. */
  work?: number;
  /** Looks at the budget that find room. */
  looks?: number;
  page?: number;
  sweep?: number;
  /** Log rows to trim of those that are folded. */
  trim?: number;
  repairs?: number;
  repairRecords?: number;
  /** Records of a piece, and cells, of a bucket that is restored in pieces. */
  restoredRecords?: number;
  restoredCells?: number;
  /** Of the platform's limits for a transaction. */
  share?: number;
}

/** Limits of one step of verification; what is left out is roomy. */
export interface CheckLimits {
  pieceRecords?: number;
  /** Bytes of tiles. */
  tileBytes?: number;
  /** Chunks of a partition that is read by ranges of series. */
  chunks?: number;
  drifts?: number;
  /** Not fewer than documents: one combination of values may be in a bucket for each of them. */
  extremeCells?: number;
}

/** What happens between two steps of verification. */
export type Between = { write: Write } | { fold: IterationLimits };

/** A change that capture does not see: of a document, or of what the worker has stored. */
export type Tampering =
  | Exclude<Edit, { op: "move" | "leave" | "enter" }>
  | { op: "dropTile"; pick: number }
  /** Adds one to a stored statistic. */
  | { op: "alterTile"; pick: number; column: number; slot: number };

/** One mutation: all edits in one commit. */
export interface Write {
  edits: Edit[];
  /** Changes per log row. */
  rowChanges: number;
  /** Milliseconds since the commit before; 0 makes creation times equal. */
  later: number;
}

export type Step = { ask: number } & (
  | ({ do: "write" } & Write)
  /** The worker plans and works. */
  | { do: "fold"; tenant: number; limits: IterationLimits }
  /** The worker plans, in a snapshot that later steps will have left behind. */
  | { do: "plan"; tenant: number; limits: IterationLimits }
  /** The worker carries out what it planned then. */
  | { do: "work"; tenant: number; limits: IterationLimits }
  /** The worker dies: with a plan in hand, or with its work done but not committed. */
  | { do: "crash"; tenant: number; working: boolean }
  /** The plan that was carried out last is delivered a second time. */
  | { do: "again"; tenant: number }
  /** A mutation and the worker run at the same time; one of them commits first. */
  | {
      do: "race";
      tenant: number;
      first: "worker" | "writer";
      write: Write;
      limits: IterationLimits;
    }
  | { do: "deploy"; version: number }
  | { do: "zone"; tenant: number; zone: string }
  /** Other zones that its people ask in. */
  | { do: "zones"; tenant: number; zones: string[] }
  /** Time passes, in which the worker may have come to its end. */
  | { do: "wait"; days: number; isQuiet: boolean }
  /** Old records are let go, in so many steps; mostly when the worker and verification are done. */
  | { do: "expire"; tenant: number; runs: number; isQuiet: boolean }
  | { do: "flag"; tenant: number; mode: "on" | "off" }
  /** All generations are to be built anew, or those of a cube, by an admin. */
  | { do: "rebuild"; tenant: number; cube?: string }
  /** An admin has a range computed anew in place. */
  | { do: "refresh"; tenant: number; cube: string; dateRange: string[] }
  /** A whole verification pass, over a source and tiles that are as they must be. */
  | { do: "verify"; tenant: number; limits?: CheckLimits; between?: Between[] }
  /**
   * Somebody writes past capture; then a mutation, the worker, a verification pass before or after it,
   * and a replay of what could not be folded. When all of it is done everything is right again.
   */
  | {
      do: "drift";
      tenant: number;
      raw: Tampering[];
      write: Write;
      early: boolean;
      limits?: CheckLimits;
      /** The worker's. */
      repairs?: IterationLimits;
    }
  /** Writes stop until the worker has nothing left to do. */
  | { do: "drain"; tenant: number; limits: IterationLimits }
);

/** A world and its whole history. */
export interface Trace {
  seed: number;
  /** Zones of the two tenants. */
  zones: [string, string];
  /** Zones that their people also ask in; none where it is left out. */
  otherZones?: [string[], string[]];
  /** What the backend's clock shows at the start; after all records where it is left out. */
  clock?: number;
  /** Version of the cubes at the start. */
  version: number;
  /** Cells of a tile before it is split. */
  cells: number;
  steps: Step[];
}
