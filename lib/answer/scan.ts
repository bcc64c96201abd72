/**
 * Cells of tiles into the groups of an answer. What a series' dimensions decide is decided once for all of its cells,
 * and what a bucket decides once for all series: whether it lies in the range, which slot it counts in.
 */
import { RollupsError } from "../errors.js";
import type { CellDelta } from "../fold/deltas.js";
import type { Level } from "../model/rollup.js";
import type { RollupPlan } from "../planner/plan.js";
import type { DecodedTile } from "../tiles/decodedTile.js";
import type { Cell } from "../tiles/tile.js";
import type { CellColumns } from "./cellColumns.js";
import { cellAfter, type LevelRead } from "./cellReader.js";
import type { GroupPlace, Groups } from "./groups.js";
import { keyOf } from "./heldTail.js";
import { isInside } from "./reads.js";

/** What is known of a bucket before any of its cells is looked at. */
interface Place {
  bucket: number;
  /** `CellColumns.keyOf`. */
  key: number;
  /** Null where nothing of the query looks. */
  of: GroupPlace | null;
  /** Whether the tail has changes of it. */
  isTouched: boolean;
  isFit: boolean;
}

export class Scan {
  /** `setAside` takes what must not be added yet, and says so. */
  constructor(
    private readonly plan: RollupPlan,
    private readonly groups: Groups,
    private readonly columns: CellColumns,
    private readonly setAside: (cell: Cell, level: Level) => boolean,
  ) {}

  /** Throws `ZoneMismatch`, as `applyDelta`, and as `Groups`. O(series + cells that pass + tail). */
  level(read: LevelRead): void {
    const { ranges, tiles, tail } = read;
    const { plan, groups, columns } = this;
    const applied = new Set<CellDelta>();
    const places = new Map<number, Place | null>();
    const placeOf = (bucket: number): Place | null => {
      let place = places.get(bucket);
      if (place === undefined) {
        place = !isInside(ranges, bucket)
          ? null
          : {
              ...{ bucket, key: columns.keyOf(bucket), of: groups.placeOf(bucket) },
              isTouched: tail.buckets.has(bucket),
              isFit: fits(plan, bucket),
            };
        places.set(bucket, place);
      }
      return place;
    };
    for (const tile of tiles) this.tile(tile, tile.buckets.map(placeOf), read, applied);
    for (const delta of tail.deltas.values()) {
      if (applied.has(delta) || placeOf(delta.bucket) === null) continue;
      const of = { ...delta, values: [], pending: 0 };
      if (!columns.passes(of) && (plan.derived.length === 0 || fits(plan, delta.bucket))) continue;
      const cell = cellAfter(plan.rollup, null, delta);
      if (cell !== null) this.cell(cell, read.level);
    }
  }

  private tile(
    tile: DecodedTile,
    places: readonly (Place | null)[],
    { level, tail }: LevelRead,
    applied: Set<CellDelta>,
  ): void {
    const { plan, groups, columns } = this;
    const { first, slots } = tile;
    const { accumulators, isTimeless } = columns;
    // What a bucket tells that is not known to fit may be wrong, so it is not filtered by.
    const isTold = plan.derived.length > 0 && places.some((place) => place?.isFit === false);
    const passing = isTold ? null : columns.passing(tile);
    for (let series = 0; series < tile.series; series++) {
      if (passing !== null && passing[series] !== true) continue;
      const end = first[series + 1] as number;
      let key: number | null = null;
      let member: ReturnType<CellColumns["memberOf"]> | null = null;
      for (let at = first[series] as number; at < end; at++) {
        const place = places[slots[at] as number];
        if (place == null) continue;
        if (member === null || key !== place.key) {
          key = place.key;
          member = columns.memberOf(tile, series, key, place.bucket);
          if (member.groups.length === 0 && isTimeless && !isTold) break;
        }
        if (member.groups.length === 0 && (place.isFit || !isTold)) continue;
        if (!place.isTouched && !tile.hasPending) {
          if (!place.isFit) throw mismatch(plan);
          if (place.of === null) continue;
          for (const group of member.groups) {
            groups.addTileCell(group, place.of, tile, at, accumulators, member.counted);
          }
          continue;
        }
        const cell = tile.cellAt(at, tile.dimensionsAt(series));
        const delta = place.isTouched ? tail.deltas.get(keyOf(cell)) : undefined;
        if (delta !== undefined) applied.add(delta);
        const seen = delta === undefined ? cell : cellAfter(plan.rollup, cell, delta);
        if (seen !== null) this.cell(seen, level);
      }
    }
  }

  private cell(cell: Cell, level: Level): void {
    mustFit(this.plan, cell);
    if (this.columns.passes(cell) && !this.setAside(cell, level)) {
      this.columns.addTo(this.groups, cell);
    }
  }
}

/** Throws `ZoneMismatch` for a cell whose bucket is not known to fit the query's. */
export function mustFit(plan: RollupPlan, { bucket }: Cell): void {
  if (!fits(plan, bucket)) throw mismatch(plan);
}

function fits({ within }: RollupPlan, bucket: number): boolean {
  return within === null || (bucket >= within.from && bucket < within.to);
}

function mismatch({ within, rollup }: RollupPlan): RollupsError {
  return new RollupsError(
    "ZoneMismatch",
    `Some records of ${rollup.cube}.${rollup.name} are of times at which zones cannot be compared`,
    { ...within },
  );
}
