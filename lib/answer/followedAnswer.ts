/**
 * An answer that is kept up: of a cell that changes, what it was is taken out and what it is put in. It is the answer
 * that `evaluate` gives of all cells, as sums, counts and sketches have an inverse; extremes have none.
 */
import type { RollupPlan } from "../planner/plan.js";
import type { Answer } from "../query/answer.js";
import type { CompiledQuery } from "../query/compile.js";
import type { TileRead } from "../tiles/cover.js";
import { CellColumns } from "./cellColumns.js";
import type { CellChange } from "./changedCells.js";
import { collect, type Evaluation } from "./evaluate.js";
import { Groups } from "./groups.js";
import { isInside, rangesByLevel } from "./reads.js";
import { mustFit } from "./scan.js";

export class FollowedAnswer {
  private readonly plan: RollupPlan;
  private readonly groups: Groups;
  private readonly columns: CellColumns;
  private readonly ranges: ReturnType<typeof rangesByLevel>;

  /** Throws as `evaluate`. O(cells + tail). */
  constructor(evaluation: Evaluation) {
    const { compiled, plan } = evaluation;
    this.plan = plan;
    this.groups = new Groups(compiled, plan.rollup.timezone);
    this.columns = new CellColumns(compiled, plan);
    this.ranges = rangesByLevel(plan.rollup, plan.segments);
    collect(evaluation, this.groups, this.columns);
  }

  /** Whether answers to a query can be kept up from tiles alone. */
  static canFollow({ compiled, plan }: { compiled: CompiledQuery; plan: RollupPlan }): boolean {
    const isOfTiles = plan.segments.every(({ kind }) => kind === "tiles");
    return isOfTiles && compiled.accumulators.every(({ kind }) => kind !== "min" && kind !== "max");
  }

  /**
   * Each change of a cell once for a read of the plan. Changes of other cells are ignored: one block may hold what two
   * reads are of. Throws as `evaluate`; then it must not be used any more. O(changes).
   */
  change({ level, fromPartition, toPartition }: TileRead, changes: readonly CellChange[]): void {
    const { groups, columns, plan } = this;
    const read = [{ from: fromPartition, to: toPartition }];
    const found = this.ranges.find((one) => one.level.granularity === level.granularity);
    for (const { before, after } of changes) {
      const { bucket } = (before ?? after)!;
      if (!isInside(read, bucket)) continue;
      if (found === undefined || !isInside(found.ranges, bucket)) continue;
      // In this order no group is empty in between.
      if (after !== null) {
        if (columns.passes(after) || plan.derived.length > 0) mustFit(plan, after);
        columns.addTo(groups, after);
      }
      if (before !== null) columns.takeFrom(groups, before);
    }
  }

  /** O(rows). */
  answer(): Answer {
    return this.groups.finish();
  }
}
