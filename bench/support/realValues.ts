/** Values of the real files in the groups that people ask about, as the watch and inventory cubes hold them. */
import { readDemand, readRatings } from "../../tests/realData/sourceFiles.js";
import type { Shape } from "./sketchErrors.js";

/** Viewers and films of ratings: by month, by genre and of all. */
export function realDistinct(directory: string): Shape<string>[] {
  const ratings = readRatings(directory);
  const month = (t: number) => new Date(t).toISOString().slice(0, 7);
  const by = (value: (row: (typeof ratings)[number]) => string) => [
    ...grouped(ratings, ({ watchedAt }) => [month(watchedAt)], value),
    ...grouped(ratings, ({ topics }) => topics, value),
    ratings.map(value),
  ];
  return [
    { name: "viewers of ratings", groups: by(({ viewer }) => viewer) },
    { name: "films of ratings", groups: by(({ videoId }) => videoId) },
  ];
}

/** Quantities of orders by category and warehouse; times of ratings by genre, in seconds. */
export function realQuantiles(directory: string): Shape<number>[] {
  const demand = readDemand(directory).filter(({ quantity }) => Number.isSafeInteger(quantity));
  const ratings = readRatings(directory);
  return [
    {
      name: "quantities of orders",
      groups: [
        ...grouped(
          demand,
          ({ category, warehouse }) => [`${category} ${warehouse}`],
          ({ quantity }) => quantity,
        ),
        demand.map(({ quantity }) => quantity),
      ],
    },
    {
      name: "times of ratings",
      groups: grouped(
        ratings,
        ({ topics }) => topics,
        ({ watchedAt }) => watchedAt / 1000,
      ),
    },
  ];
}

function grouped<Row, Value>(
  rows: readonly Row[],
  keys: (row: Row) => readonly string[],
  value: (row: Row) => Value,
): Value[][] {
  const groups = new Map<string, Value[]>();
  for (const row of rows) {
    for (const key of keys(row)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [value(row)]);
      else group.push(value(row));
    }
  }
  return [...groups.values()];
}
