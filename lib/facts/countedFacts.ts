/** Which statistics a fact counts in: those of filtered measures leave out records that do not pass. */
import type { Fact } from "../model/cube.js";
import { conditionOf } from "../model/filters.js";
import type { Accumulator } from "../model/rollup.js";
import { dimensionValues } from "./contributions.js";

/** Whether the fact passes the statistic's filters. `timezone` is the one of hours and weekdays. */
export function countsIn(
  { filters }: Pick<Accumulator, "filters">,
  fact: Fact,
  timezone: string,
): boolean {
  if (filters === undefined) return true;
  return filters.every((filter) => {
    const { any, values } = conditionOf(filter.operator, filter.values);
    return dimensionValues(fact, filter, timezone).some((one) => values.includes(one)) === any;
  });
}

/** The same for all statistics of a rollup or query; null where the fact counts in every one. */
export function countedIn(
  accumulators: readonly Accumulator[],
  fact: Fact,
  timezone: string,
): readonly boolean[] | null {
  if (accumulators.every(({ filters }) => filters === undefined)) return null;
  return accumulators.map((accumulator) => countsIn(accumulator, fact, timezone));
}
