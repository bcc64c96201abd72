/**
 * How far sketches are from the truth: over groups of made-up or real values, with each group's sketch
 * merged from so many stored parts. The truth is counted and sorted here, without the engine.
 */
import { accumulatorKinds } from "../../lib/measures/accumulators.js";
import type { Bins } from "../../lib/measures/bins.js";
import { QUANTILE_ERROR, quantileOf } from "../../lib/measures/ddSketch.js";
import { DISTINCT_ERROR, estimateDistinct } from "../../lib/measures/hyperLogLog.js";
import type { Dice } from "../data/random.js";

/** Values of one name: one answer each. */
export interface Shape<Value> {
  name: string;
  groups: readonly (readonly Value[])[];
}

export interface Errors {
  answers: number;
  /** Root of the mean square, and the greatest, as shares of the true values. */
  rms: number;
  max: number;
  /** What `rms` (of distinct counts) or `max` (of quantiles) must not exceed. */
  bound: number;
  /** The answers themselves, to be compared between ways of merging. */
  given: (number | null)[];
}

const QUANTILES = [0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1];

/** Values drawn evenly, and with a frequency that falls with the rank (Zipf, exponent 1). */
export function distinctShapes({ below, unit }: Dice, trials: number): Shape<string>[] {
  const sizes = [10, 100, 1000, 5000, 20_000];
  const groups = (draw: (size: number) => number) =>
    sizes.flatMap((size) =>
      Array.from({ length: trials }, (_, trial) =>
        Array.from({ length: 2 * size }, () => `${trial}-${size}-${draw(size)}`),
      ),
    );
  return [
    { name: "uniform", groups: groups((size) => below(size)) },
    { name: "skewed", groups: groups((size) => Math.floor(size ** unit())) },
  ];
}

/** Whole numbers drawn evenly, over many magnitudes, and of both signs. */
export function quantileShapes({ below, unit }: Dice, trials: number): Shape<number>[] {
  const groups = (draw: () => number) =>
    Array.from({ length: trials }, (_, trial) =>
      Array.from({ length: 10 * 4 ** (trial % 6) }, draw),
    );
  return [
    { name: "uniform", groups: groups(() => below(1_000_000)) },
    { name: "skewed", groups: groups(() => Math.floor(2 ** (unit() ** 2 * 53)) - 1) },
    { name: "of both signs", groups: groups(() => below(2_000_001) - 1_000_000) },
  ];
}

/** Of the number of distinct values of each group. */
export function distinctErrors({ groups }: Shape<string>, ways: number): Errors {
  const given = groups.map((values) => estimateDistinct(merged("hll", values, ways)));
  const errors = groups.map((values, i) => share(given[i]!, new Set(values).size));
  return { ...summary(errors), bound: DISTINCT_ERROR, given };
}

/** Of eleven quantiles of each group. */
export function quantileErrors({ groups }: Shape<number>, ways: number): Errors {
  const given: (number | null)[] = [];
  const errors = groups.flatMap((values) => {
    const bins = merged("ddSketch", values, ways);
    const ascending = Float64Array.from(values).sort();
    return QUANTILES.map((q) => {
      const value = quantileOf(bins, q);
      given.push(value);
      return share(value ?? NaN, ascending[Math.floor(q * (values.length - 1))] ?? NaN);
    });
  });
  return { ...summary(errors), bound: QUANTILE_ERROR, given };
}

/** A sketch of the values, dealt out to so many cells and stored in between. */
function merged(
  kind: "hll" | "ddSketch",
  values: readonly (string | number)[],
  ways: number,
): Bins {
  const { add, store, absorb } = accumulatorKinds[kind];
  const parts: ReturnType<typeof add>[] = [];
  values.forEach((value, i) => (parts[i % ways] = add(parts[i % ways] ?? null, value)));
  let whole: ReturnType<typeof add> = null;
  for (const part of parts) whole = absorb(whole, store(part));
  return whole as Bins;
}

function share(value: number, truth: number): number {
  return value === truth ? 0 : Math.abs(value - truth) / Math.abs(truth);
}

function summary(errors: readonly number[]) {
  const squares = errors.reduce((sum, error) => sum + error * error, 0);
  return {
    answers: errors.length,
    rms: Math.sqrt(squares / errors.length),
    max: errors.reduce((most, error) => Math.max(most, error), 0),
  };
}
