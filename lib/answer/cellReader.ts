/** Cells of tiles that are at hand, with the unfolded tail applied by the fold's own rule. */
import { RollupsError } from "../errors.js";
import { applyDelta } from "../fold/applyDelta.js";
import type { CellDelta } from "../fold/deltas.js";
import type { Level, StoredRollup } from "../model/rollup.js";
import type { RollupPlan } from "../planner/plan.js";
import type { Segment, TileRead } from "../tiles/cover.js";
import type { DecodedTile } from "../tiles/decodedTile.js";
import type { Cell } from "../tiles/tile.js";
import { keyOf, type HeldTail, type NettedLevel } from "./heldTail.js";
import { isInside, rangesByLevel, tileReads, type Range } from "./reads.js";

/**
 * The tiles of a read, all of one generation and one snapshot: each once, and none outside of the read.
 * Null where they are not at hand.
 */
export type TilesAtHand = (read: TileRead) => readonly DecodedTile[] | null;

/** What a level has of the segments that are read. */
export interface LevelRead {
  level: Level;
  /** Cells of other buckets do not count. */
  ranges: readonly Range[];
  tiles: readonly DecodedTile[];
  /** What they lack. */
  tail: NettedLevel;
}

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
   * Visits the cells of all tile segments, which must not overlap; facts segments are left out. Throws as `levels`.
   */
  each(segments: readonly Segment[], visit: (cell: Cell, level: Level) => void): void {
    const { rollup } = this.plan;
    for (const { level, ranges, tiles, tail } of this.levels(segments)) {
      const { deltas, buckets } = tail;
      const applied = new Set<CellDelta>();
      for (const tile of tiles) {
        for (const cell of tile.cells((bucket) => isInside(ranges, bucket))) {
          const delta = buckets.has(cell.bucket) ? deltas.get(keyOf(cell)) : undefined;
          if (delta !== undefined) applied.add(delta);
          const seen = delta === undefined ? cell : cellAfter(rollup, cell, delta);
          if (seen !== null) visit(seen, level);
        }
      }
      for (const delta of deltas.values()) {
        if (applied.has(delta) || !isInside(ranges, delta.bucket)) continue;
        const seen = cellAfter(rollup, null, delta);
        if (seen !== null) visit(seen, level);
      }
    }
  }

  /**
   * The tiles of all tile segments, level by level. Every read is asked for before. Throws `TilesNotHeld` where one
   * is not at hand.
   */
  levels(segments: readonly Segment[]): LevelRead[] {
    return this.reads(segments).map(({ level, ranges, found }) => ({
      ...{ level, ranges },
      tiles: found.flatMap((tiles) => tiles ?? this.notHeld(level)),
      tail: this.tail.at(this.plan, level),
    }));
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

/** A cell, null where there is none, with what the tail does to it; null where no record is left. Throws as `applyDelta`. */
export function cellAfter(rollup: StoredRollup, cell: Cell | null, delta: CellDelta): Cell | null {
  const { dimensions, bucket } = cell ?? delta;
  const state = applyDelta(rollup, cell, delta);
  return state && { dimensions, bucket, ...state };
}
