/**
 * The one evaluator of plans: tiles as of the fold position, the unfolded tail applied to their cells, and
 * source facts where the range's edges stick out of whole buckets. It reads nothing. The backend fetches what
 * it takes first, a browser holds it.
 */
import type { Answer } from "../query/answer.js";
import { RollupsError } from "../errors.js";
import type { Fact } from "../model/cube.js";
import type { RollupPlan } from "../planner/plan.js";
import type { CompiledQuery } from "../query/compile.js";
import { CellColumns } from "./cellColumns.js";
import { CellReader, type TilesAtHand } from "./cellReader.js";
import { isLost, resolveExtremes, type ExtremeSearch, type LeveledCell } from "./extremes.js";
import { Groups, type GivenCell } from "./groups.js";
import type { HeldTail } from "./heldTail.js";
import { edgesOf } from "./reads.js";
import { Scan } from "./scan.js";

/** The source's current facts (the tail included) in [from, to); null where they are not at hand. */
export type FactsAtHand = (from: number, to: number) => readonly Fact[] | null;

export interface Evaluation {
  compiled: CompiledQuery;
  /** Of the compiled query, without exact percentiles where these are given. */
  plan: RollupPlan;
  tiles: TilesAtHand;
  /** What the tiles of the plan's generation lack. */
  tail: HeldTail;
  /** Default: there are none at hand. */
  facts?: FactsAtHand;
  /** Exact percentiles of every row, as of the tail's last change. */
  given?: readonly GivenCell[];
  /** Most looks at the source for lost extremes (default 32). */
  rereadsMax?: number;
}

/**
 * The answer as of the tail's last change. Throws, as refusals: `EdgeNotHeld` and `ExtremePending` (needs facts
 * that are not at hand), `TilesNotHeld` (tiles of `readsOf`, or finer ones for a lost extreme, are not),
 * `ZoneMismatch` (records lie where the plan cannot tell whether its buckets fit the query's); as failures:
 * `NegativeCount`, `InconsistentCell`, `SumOverflow`, `TooManyRows`, `TooManyBuckets`. O(cells + tail).
 */
export function evaluate(evaluation: Evaluation): Answer {
  const { compiled, plan, given } = evaluation;
  const groups = new Groups(compiled, plan.rollup.timezone);
  if (given !== undefined) groups.give(given);
  collect(evaluation, groups, new CellColumns(compiled, plan));
  return groups.finish();
}

/** Everything that the answer is made of, into empty groups. Throws as `evaluate`. O(cells + tail). */
export function collect(evaluation: Evaluation, groups: Groups, columns: CellColumns): void {
  const { compiled, plan, tiles, tail, facts = () => null, rereadsMax = 32 } = evaluation;
  for (const edge of edgesOf(plan.segments)) addEdge(groups, compiled, edge, facts);
  const reader = new CellReader(plan, tiles, tail);
  const search: ExtremeSearch = {
    ...{ rollup: plan.rollup, coverage: plan.coverage, reader, facts, rereadsMax },
    accumulators: columns.extremes,
    range: columns.extremesRange,
  };
  const lost: LeveledCell[] = [];
  const scan = new Scan(plan, groups, columns, (cell, level) => {
    if (!isLost(cell, search)) return false;
    lost.push({ ...cell, level });
    return true;
  });
  for (const level of reader.levels(plan.segments)) scan.level(level);
  for (const cell of resolveExtremes(lost, search)) columns.addTo(groups, cell);
  columns.forget();
  groups.forget();
}

function addEdge(
  groups: Groups,
  { timeField }: CompiledQuery,
  { from, to }: { from: number; to: number },
  facts: FactsAtHand,
): void {
  const found = facts(from, to);
  if (found === null) {
    throw new RollupsError("EdgeNotHeld", "The range's edges lie within buckets", { from, to });
  }
  for (const fact of found) {
    const t = fact[timeField];
    if (typeof t === "number" && t >= from && t < to) groups.addFact(fact);
  }
}
