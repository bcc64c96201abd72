/** Cells of tiles that are at hand, with the unfolded tail applied by the fold's own rule. */
import { RollupsError } from "../errors.js";
import { applyDelta } from "../fold/applyDelta.js";
import type { CellDelta } from "../fold/deltas.js";
import type { Level } from "../model/rollup.js";
import type { RollupPlan } from "../planner/plan.js";
import type { Segment, TileRead } from "../tiles/cover.js";
import type { Cell, DecodedTile } from "../tiles/tile.js";
import { keyOf, type HeldTail } from "./heldTail.js";
import { isInside, rangesByLevel, tileReads } from "./reads.js";

/**
 * The tiles of a read, all of one generation and one snapshot: each once, and none outside of the read.
 * Null where they are not at hand.
 */
export type TilesAtHand = (read: TileRead) => readonly DecodedTile[] | null;

export class CellReader {
  constructor(
    private readonly plan: Pick<RollupPlan, "rollup" | "generation">,
    private readonly tiles: TilesAtHand,
    private readonly tail: HeldTail,
  ) {}

  /** Whether all tiles of some segments are at hand. Every read is asked for. */
  holds(segments: readonly Segment[]): boolean {
    const reads = this.reads(segments).flatMap(({ found }) => found);
    return reads.every((tiles) => tiles !== null);
  }

  /**
   * Visits the cells of all tile segments, which must not overlap; facts segments are left out. Every read
   * is asked for before the first visit. Throws `TilesNotHeld` where one is not at hand.
   */
  each(segments: readonly Segment[], visit: (cell: Cell, level: Level) => void): void {
    const { rollup } = this.plan;
    for (const { level, ranges, found } of this.reads(segments)) {
      const { deltas, buckets } = this.tail.at(this.plan, level);
      const applied = new Set<CellDelta>();
      for (const tiles of found) {
        for (const { cells } of tiles ?? this.notHeld(level)) {
          for (const cell of cells) {
            if (!isInside(ranges, cell.bucket)) continue;
            const delta = buckets.has(cell.bucket) ? deltas.get(keyOf(cell)) : undefined;
            if (delta === undefined) {
              visit(cell, level);
              continue;
            }
            applied.add(delta);
            const { dimensions, bucket } = cell;
            const after = applyDelta(rollup, cell, delta);
            if (after !== null) visit({ dimensions, bucket, ...after }, level);
          }
        }
      }
      for (const delta of deltas.values()) {
        if (applied.has(delta) || !isInside(ranges, delta.bucket)) continue;
        const { dimensions, bucket } = delta;
        const after = applyDelta(rollup, null, delta);
        if (after !== null) visit({ dimensions, bucket, ...after }, level);
      }
    }
  }

  private reads(segments: readonly Segment[]) {
    const { rollup } = this.plan;
    return rangesByLevel(rollup, segments).map(({ level, ranges }) => ({
      ...{ level, ranges },
      found: tileReads(rollup, level, ranges).map((read) => this.tiles(read)),
    }));
  }

  private notHeld({ granularity }: Level): never {
    const { cube, name: rollup } = this.plan.rollup;
    throw new RollupsError("TilesNotHeld", `Tiles of ${cube}.${rollup} are not at hand`, {
      ...{ cube, rollup, granularity },
    });
  }
}
