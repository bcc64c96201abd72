/**
 * A checksum of cells that is linear: each record adds its share, wherever and whenever it is read, and
 * what the log takes away is subtracted. So a bucket of any number of records is compared by two
 * numbers, and no cells are kept while it is read.
 *
 * A cell counts as the product of one random weight per dimension value, times the sum of one random
 * weight per statistic times the statistic. All in the integers modulo two primes below 2^26, where
 * products of two are exact doubles: two sets of cells that differ have one checksum once in 2^52.
 * Extremes do not add up; they are compared otherwise (`bucketSums.ts`).
 */
import { dimensionValues } from "../facts/contributions.js";
import { countedIn } from "../facts/countedFacts.js";
import { accumulatorKinds, inputOf, type State } from "../measures/accumulators.js";
import type { Bins } from "../measures/bins.js";
import { quantileBin } from "../measures/ddSketch.js";
import { dyadicOf, type Dyadic } from "../numbers/dyadic.js";
import { distinctBin } from "../measures/hyperLogLog.js";
import type { DimensionValue, Fact } from "../model/cube.js";
import type { Accumulator, RollupDimension, StoredRollup } from "../model/rollup.js";
import { valueKey } from "../model/valueKey.js";
import { hashNumber } from "../hash/hashNumber.js";
import type { Cell, Statistic } from "../tiles/tile.js";

/** The two largest primes below 2^26. */
const P = 67_108_859;
const Q = 67_108_837;

/** Modulo P, and modulo Q. */
export interface Checksum {
  readonly a: number;
  readonly b: number;
}

export const NOTHING: Checksum = { a: 0, b: 0 };
const ONE: Checksum = { a: 1, b: 1 };

export function addChecksums(one: Checksum, other: Checksum): Checksum {
  return { a: (one.a + other.a) % P, b: (one.b + other.b) % Q };
}

export function negateChecksum({ a, b }: Checksum): Checksum {
  return { a: residue(-a, P), b: residue(-b, Q) };
}

export function sameChecksum(one: Checksum, other: Checksum): boolean {
  return one.a === other.a && one.b === other.b;
}

/** The shares of a rollup's facts and cells. Remembers the weights of the values that it meets. */
export class Checksums {
  private readonly statistics: readonly Checksum[];
  private readonly values: readonly Map<DimensionValue, Checksum>[];
  private last: { dimensions: readonly DimensionValue[]; place: Checksum } | null = null;

  constructor(private readonly rollup: StoredRollup) {
    this.statistics = rollup.accumulators.map(({ column }) => weightOf(column));
    this.values = rollup.dimensions.map(() => new Map<DimensionValue, Checksum>());
  }

  /** What one fact adds to the cells that it counts in, all of them in one bucket. O(dimension values). */
  ofFact(fact: Fact): Checksum {
    const { dimensions, timezone } = this.rollup;
    let { a, b } = this.ofInputs(fact);
    // The fact's combinations of values share its statistics, so their sum is a product of sums.
    for (let i = 0; i < dimensions.length; i++) {
      const values = dimensionValues(fact, dimensions[i] as RollupDimension, timezone);
      let x = 0;
      let y = 0;
      for (let j = 0; j < values.length; j++) {
        const weight = this.weightAt(i, values[j] ?? null);
        x += weight.a;
        y += weight.b;
      }
      a = (a * (x % P)) % P;
      b = (b * (y % Q)) % Q;
    }
    return { a, b };
  }

  /** The fact's share in one of its cells. */
  ofFactIn(fact: Fact, dimensions: readonly DimensionValue[]): Checksum {
    return times(this.ofInputs(fact), this.ofPlace(dimensions));
  }

  /** Throws `CorruptTile` for a statistic that is none of its kind. */
  ofCell({ values, dimensions }: Pick<Cell, "values" | "dimensions">): Checksum {
    const { accumulators } = this.rollup;
    let a = 0;
    let b = 0;
    for (let i = 0; i < accumulators.length; i++) {
      const { kind } = accumulators[i] as Accumulator;
      const amount = ofStored(kind, values[i] ?? null);
      const weight = this.statistics[i] as Checksum;
      a = (a + amount.a * weight.a) % P;
      b = (b + amount.b * weight.b) % Q;
    }
    return times({ a, b }, this.ofPlace(dimensions));
  }

  /** A number below 2^52 that stands for a combination of dimension values. */
  placeNumber(dimensions: readonly DimensionValue[]): number {
    const { a, b } = this.ofPlace(dimensions);
    return a * 2 ** 26 + b;
  }

  private ofPlace(dimensions: readonly DimensionValue[]): Checksum {
    // Cells of one series come one after the other and share their dimensions.
    if (this.last?.dimensions === dimensions) return this.last.place;
    let a = 1;
    let b = 1;
    for (let i = 0; i < dimensions.length; i++) {
      const weight = this.weightAt(i, dimensions[i] ?? null);
      a = (a * weight.a) % P;
      b = (b * weight.b) % Q;
    }
    const place = { a, b };
    this.last = { dimensions, place };
    return place;
  }

  private weightAt(dimension: number, value: DimensionValue): Checksum {
    const known = this.values[dimension] as Map<DimensionValue, Checksum>;
    let weight = known.get(value);
    if (weight === undefined) {
      const { name } = this.rollup.dimensions[dimension] as RollupDimension;
      known.set(value, (weight = weightOf(`${name}\0${valueKey(value)}`)));
    }
    return weight;
  }

  private ofInputs(fact: Fact): Checksum {
    const { accumulators, timezone } = this.rollup;
    const counted = countedIn(accumulators, fact, timezone);
    let a = 0;
    let b = 0;
    for (let i = 0; i < accumulators.length; i++) {
      if (counted !== null && counted[i] === false) continue;
      const accumulator = accumulators[i] as Accumulator;
      const amount = ofInput(accumulator.kind, inputOf(accumulator, fact));
      const weight = this.statistics[i] as Checksum;
      a = (a + amount.a * weight.a) % P;
      b = (b + amount.b * weight.b) % Q;
    }
    return { a, b };
  }
}

/** What one value adds to a statistic; nothing to extremes. */
function ofInput(kind: Accumulator["kind"], value: string | number | null): Checksum {
  if (kind === "count") return ONE;
  if (value === null) return NOTHING;
  if (kind === "n") return ONE;
  if (kind === "hll") return weightOfBin(distinctBin(value));
  if (typeof value !== "number") return NOTHING;
  switch (kind) {
    case "sum":
      return ofWhole(value);
    case "sumSq":
      return squared(ofWhole(value));
    case "floatSum":
      return ofFloat(value);
    case "floatSumSq":
      return squared(ofFloat(value));
    case "ddSketch":
      return weightOfBin(quantileBin(value));
    case "min":
    case "max":
    case "values":
      return NOTHING;
    default:
      return kind satisfies never;
  }
}

/** A stored statistic. Throws `CorruptTile` for what is none of its kind. */
function ofStored(kind: Accumulator["kind"], stored: Statistic | null): Checksum {
  if (stored === null) return NOTHING;
  const isExtreme = kind === "min" || kind === "max";
  const isSketch = kind === "hll" || kind === "ddSketch";
  if (typeof stored === "number" && Number.isSafeInteger(stored) && !isSketch) {
    return isExtreme ? NOTHING : ofWhole(stored);
  }
  const state = accumulatorKinds[kind].absorb(null, stored);
  return isExtreme ? NOTHING : ofState(state);
}

function ofState(state: State | null): Checksum {
  if (state === null) return NOTHING;
  if (typeof state === "number") return ofWhole(state);
  if (typeof state === "bigint") return ofBig(state);
  if (state instanceof Map) return ofBins(state);
  return "mantissa" in state ? ofDyadic(state) : NOTHING;
}

function ofBins(bins: Bins): Checksum {
  let sum = NOTHING;
  for (const [bin, count] of bins) sum = addChecksums(sum, times(ofWhole(count), weightOfBin(bin)));
  return sum;
}

function ofFloat(value: number): Checksum {
  return Number.isSafeInteger(value) ? ofWhole(value) : ofDyadic(dyadicOf(value));
}

function ofDyadic({ mantissa, exponent }: Dyadic): Checksum {
  return times(ofBig(mantissa), powerOfTwo(exponent));
}

const powers = new Map<number, Checksum>();

/** 2^exponent. Both primes are odd, so 2 has an inverse: half of the prime, rounded up. */
function powerOfTwo(exponent: number): Checksum {
  let power = powers.get(exponent);
  if (power === undefined) {
    let square: Checksum = exponent < 0 ? { a: (P + 1) / 2, b: (Q + 1) / 2 } : { a: 2, b: 2 };
    power = ONE;
    for (let left = Math.abs(exponent); left > 0; left = Math.floor(left / 2)) {
      if (left % 2 === 1) power = times(power, square);
      square = squared(square);
    }
    powers.set(exponent, power);
  }
  return power;
}

function times(one: Checksum, other: Checksum): Checksum {
  return { a: (one.a * other.a) % P, b: (one.b * other.b) % Q };
}

function squared(value: Checksum): Checksum {
  return times(value, value);
}

/** Of a safe integer. */
function ofWhole(value: number): Checksum {
  return { a: residue(value, P), b: residue(value, Q) };
}

function ofBig(value: bigint): Checksum {
  return {
    a: residue(Number(value % BigInt(P)), P),
    b: residue(Number(value % BigInt(Q)), Q),
  };
}

function residue(value: number, prime: number): number {
  const rest = value % prime;
  // Never -0.
  return rest < 0 ? rest + prime : rest + 0;
}

/** From 1 on: a weight of 0 would hide what it weighs. */
function weightOf(text: string): Checksum {
  const hash = hashNumber(text);
  return { a: 1 + (hash % (P - 1)), b: 1 + (hash % (Q - 1)) };
}

const binWeights = new Map<number, Checksum>();
/** Bins remembered; beyond that it starts afresh. */
const BINS_MAX = 50_000;

function weightOfBin(bin: number): Checksum {
  let weight = binWeights.get(bin);
  if (weight === undefined) {
    if (binWeights.size >= BINS_MAX) binWeights.clear();
    binWeights.set(bin, (weight = weightOf(`bin ${bin}`)));
  }
  return weight;
}
