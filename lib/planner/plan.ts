/** What planning works with: generations that may serve, plans to read them by, and named refusals. */
import type { StoredRollup } from "../model/rollup.js";
import { BUCKETS_MAX } from "../query/limits.js";
import type { Segment } from "../tiles/cover.js";
import type { Coverage } from "../tiles/coverage.js";

/** "overtaken": changes that it has not folded were read in another way than its tiles. */
export type GenerationStatus = "building" | "ready" | "retiring" | "failed" | "overtaken";

/** A stored generation that may serve. */
export interface Candidate {
  rollup: StoredRollup;
  generation: number;
  status: GenerationStatus;
  /** Why it has failed, where that is known by name; it does not serve. */
  failure?: { code: string; message: string };
  /** Everything if absent. */
  coverage?: Coverage;
}

/** What it costs to read segments of a generation, in any unit; less is better. */
export type CostOf = (
  candidate: Pick<Candidate, "rollup" | "generation">,
  segments: readonly Segment[],
) => number;

/** What to read for an answer. */
export interface RollupPlan {
  rollup: StoredRollup;
  generation: number;
  /**
   * The query's range and what balances and rolling windows need around it, in order of time and
   * without overlap.
   */
  segments: Segment[];
  /**
   * Where the tiles' buckets are known to make up the query's; cells outside cannot serve. Null where
   * that goes for all segments.
   */
  within: { from: number; to: number } | null;
  /** Hours of day and weekdays that are told by the time of a cell's bucket. Full names. */
  derived: string[];
  coverage: Coverage;
  /** By the planner's `costOf`: by default estimated, in cells. */
  cost: number;
}

export type RefusalCode =
  | "Ungrouped"
  | "MissingDimension"
  | "MissingMeasure"
  | "FilterNotCovered"
  | "DefinitionChanged"
  | "FanOut"
  | "GranularityTooCoarse"
  | "ZoneMismatch"
  | "TooManyBuckets"
  | "SourceExpired"
  | "NotCovered"
  | "Building"
  | "Retiring"
  | "Failed";

export interface Refusal {
  code: RefusalCode;
  message: string;
  /** What is missing, where that is a member. */
  member?: string;
}

export interface Considered {
  rollup: string;
  generation: number;
  /** Null where the rollup can answer. */
  refusal: Refusal | null;
  /** Estimated, in cells; null where it cannot. */
  cost: number | null;
}

export interface PlannedQuery {
  plan: RollupPlan | null;
  considered: Considered[];
}

export function tooManyBuckets(): Refusal {
  return { code: "TooManyBuckets", message: `the range has more than ${BUCKETS_MAX} buckets` };
}
