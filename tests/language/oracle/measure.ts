/** Measures of some records, for the oracle: counts of nothing are 0, all else of nothing is null. */
import { toAverage, toNumber, total } from "../../oracle/decimal.js";
import type { Doc, Measure, Value } from "./model.js";

const ascending = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);

/** All but ratios, which are made of others. `valuesOf` gives a record's values of a dimension. */
export function measured<Entry extends { doc: Doc }>(
  measure: Exclude<Measure, { kind: "ratio" }>,
  entries: readonly Entry[],
  valuesOf: (entry: Entry, dimension: string) => readonly Value[],
): number | null {
  if (measure.kind === "count") return entries.length;
  if (measure.kind === "distinct") {
    const all = entries.flatMap((entry) => valuesOf(entry, measure.dimension));
    return new Set(all.filter((value) => value !== null)).size;
  }
  const { places, of } = measure.numbers;
  const numbers = entries.map(({ doc }) => of(doc)).filter((one) => one !== null);
  if (measure.kind === "level")
    return entries.length === 0 ? null : toNumber(total(numbers), places);
  if (numbers.length === 0) return null;
  const sorted = [...numbers].sort(ascending);
  switch (measure.kind) {
    case "sum":
      return toNumber(total(numbers), places);
    case "avg":
      return toAverage(total(numbers), numbers.length, places);
    case "min":
      return toNumber(sorted[0]!, places);
    case "max":
      return toNumber(sorted.at(-1)!, places);
    case "quantile":
      return toNumber(sorted[Math.floor(measure.q! * (sorted.length - 1))]!, places);
    case "percentile":
      return toNumber(sorted[Math.ceil((measure.tenths! * sorted.length) / 10) - 1]!, places);
    case "variance":
      return toNumber(squareMean(numbers), 2 * places + MORE_PLACES);
    case "stddev":
      return toNumber(root(squareMean(numbers)), places + MORE_PLACES / 2);
  }
}

/** Of a quotient: more than two doubles need to be told apart. */
const MORE_PLACES = 80;

/** The mean square of the distances from the mean. */
function squareMean(numbers: readonly bigint[]): bigint {
  const n = BigInt(numbers.length);
  const sum = total(numbers);
  const squares = total(numbers.map((one) => (n * one - sum) ** 2n));
  return (squares * 10n ** BigInt(MORE_PLACES)) / n ** 3n;
}

function root(square: bigint): bigint {
  if (square === 0n) return square;
  let guess = square + 1n;
  for (;;) {
    const better = (guess + square / guess) / 2n;
    if (better >= guess) return guess;
    guess = better;
  }
}
