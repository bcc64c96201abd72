/** What folding has to touch, by what was written lately. */
import { combinations } from "../facts/contributions.js";
import type { Fact } from "../model/cube.js";
import type { StoredRollup } from "../model/rollup.js";
import { cellKey } from "../tiles/cellKey.js";
import { bucketStart } from "../time/calendar.js";
import { placeOf } from "./sample.js";

/** Partitions, and series of them, that folds changed: summed over the folds. */
export interface Touched {
  partitions: number;
  series: number;
  /** Of the partitions, those that records of the time of the call count in: they are not full yet. */
  open: number;
}

/**
 * By rollup and level. `folds` are the facts that each fold takes out or puts in. Exact.
 * O(facts × levels × combinations).
 */
export function touchedLevels(
  rollups: readonly StoredRollup[],
  folds: readonly (readonly Fact[])[],
  now: number,
): Touched[][] {
  return rollups.map((rollup) =>
    rollup.levels.map((level) => {
      const touched = { partitions: 0, series: 0, open: 0 };
      const current = bucketStart(level.partition, rollup.timezone, now);
      for (const facts of folds) {
        const [partitions, series] = [new Set<number>(), new Set<string>()];
        for (const fact of facts) {
          const { partition } = placeOf(rollup, level, fact);
          partitions.add(partition);
          for (const values of combinations(fact, rollup.dimensions, rollup.timezone))
            series.add(`${partition} ${cellKey(values)}`);
        }
        touched.partitions += partitions.size;
        touched.open += Number(partitions.has(current));
        touched.series += series.size;
      }
      return touched;
    }),
  );
}
