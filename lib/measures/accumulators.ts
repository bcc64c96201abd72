/**
 * The statistics that tiles store, one record per kind. Three separate questions, never mixed: is it
 * additive (does a difference apply), mergeable (do parts combine), removable (can one value be
 * taken out without looking at the others). Extremes are mergeable only: see `applyDelta`.
 *
 * While it is collected a statistic is a state; in cells and tiles it has its stored form, one per
 * state. For whole numbers the two are the same.
 */
import { RollupsError } from "../errors.js";
import type { Fact } from "../model/cube.js";
import { numberOf, scalarOf } from "../model/fact.js";
import type { Accumulator } from "../model/rollup.js";
import type { Statistic } from "../tiles/tile.js";
import { addBins, addEncoded, addToBin, encodeBins, type Bins } from "./bins.js";
import { quantileBin } from "./ddSketch.js";
import {
  ZERO,
  addDyadic,
  decodeDyadic,
  dyadicOf,
  encodeDyadic,
  negateDyadic,
  squareDyadic,
  type Dyadic,
} from "../numbers/dyadic.js";
import { addExact, compareExact, negateExact, squareExact, type Exact } from "../numbers/exact.js";
import { distinctBin } from "./hyperLogLog.js";

/** A statistic while it is collected. */
export type State = Exact | Dyadic | Bins | Values;

/** Values that are not null, in any order. */
export type Values = readonly number[];

/**
 * `null` stands for "no value seen", in states and in inputs alike. What a method is given as `state`
 * it may change and return, so it must belong to the caller alone; other arguments stay as they are,
 * and results share nothing with them.
 */
export interface AccumulatorKind<S extends State = State> {
  readonly additive: boolean;
  readonly mergeable: boolean;
  readonly removable: boolean;
  /** The state of no records. */
  readonly empty: S | null;
  /** The state with one more record, whose field holds `value`. */
  add(state: S | null, value: string | number | null): S | null;
  /** The inverse of `add`. Of what is not removable: the state as it was. */
  remove(state: S | null, value: string | number | null): S | null;
  /** The state of both inputs' records together. Commutative and associative. */
  merge(state: S | null, other: S | null): S | null;
  /** The same of a stored form. Throws `CorruptTile` for what is none of this kind. */
  absorb(state: S | null, stored: Statistic | null): S | null;
  /** The inverse of `absorb`. Of what is not removable: the state as it was. */
  release(state: S | null, stored: Statistic | null): S | null;
  /** The stored form: equal for equal states and for no others. */
  store(state: S | null): Statistic | null;
  /** Whether so many records can have this state. */
  isPossible(state: S | null, records: Exact): boolean;
}

function exactSum(
  amount: (value: string | number | null) => Exact,
  isPossible: (sum: Exact, records: Exact) => boolean,
): AccumulatorKind<Exact> {
  const merge = (a: Exact | null, b: Exact | null) => addExact(a ?? 0, b ?? 0);
  return {
    additive: true,
    mergeable: true,
    removable: true,
    empty: 0,
    add: (state, value) => addExact(state ?? 0, amount(value)),
    remove: (state, value) => addExact(state ?? 0, negateExact(amount(value))),
    merge,
    absorb: (state, stored) => merge(state, mustBeWhole(stored)),
    release: (state, stored) => merge(state, negateExact(mustBeWhole(stored) ?? 0)),
    store: (state) => state,
    isPossible: (state, records) => isPossible(state ?? 0, records),
  };
}

function extreme(sign: 1 | -1): AccumulatorKind<Exact> {
  const merge = (a: Exact | null, b: Exact | null) => {
    if (a === null || b === null) return a ?? b;
    return sign * compareExact(a, b) <= 0 ? a : b;
  };
  return {
    additive: false,
    mergeable: true,
    removable: false,
    empty: null,
    add: (state, value) => merge(state, numberIn(value)),
    remove: (state) => state,
    merge,
    absorb: (state, stored) => merge(state, mustBeFinite(stored)),
    release: (state) => state,
    store: (state) => state,
    isPossible: () => true,
  };
}

function floatSum(
  amount: (value: Dyadic) => Dyadic,
  isPossible: (sum: Dyadic, records: Exact) => boolean,
): AccumulatorKind<Dyadic> {
  const of = (value: string | number | null) => amount(dyadicOf(numberIn(value) ?? 0));
  return {
    additive: true,
    mergeable: true,
    removable: true,
    empty: ZERO,
    add: (state, value) => addDyadic(state ?? ZERO, of(value)),
    remove: (state, value) => addDyadic(state ?? ZERO, negateDyadic(of(value))),
    merge: (state, other) => addDyadic(state ?? ZERO, other ?? ZERO),
    absorb: (state, stored) =>
      addDyadic(state ?? ZERO, stored === null ? ZERO : decodeDyadic(stored)),
    release: (state, stored) =>
      addDyadic(state ?? ZERO, stored === null ? ZERO : negateDyadic(decodeDyadic(stored))),
    store: (state) => encodeDyadic(state ?? ZERO),
    isPossible: (state, records) => isPossible(state ?? ZERO, records),
  };
}

function sketch(binOf: (value: string | number | null) => number | null): AccumulatorKind<Bins> {
  const count = (state: Bins | null, value: string | number | null, by: 1 | -1) => {
    const bins: Bins = state ?? new Map();
    const bin = binOf(value);
    if (bin !== null) addToBin(bins, bin, by);
    return bins;
  };
  const countStored = (state: Bins | null, stored: Statistic | null, by: 1 | -1) => {
    const bins: Bins = state ?? new Map();
    if (stored !== null) addEncoded(bins, mustBeText(stored), by);
    return bins;
  };
  return {
    additive: true,
    mergeable: true,
    removable: true,
    empty: null,
    add: (state, value) => count(state, value, 1),
    remove: (state, value) => count(state, value, -1),
    merge(state, other) {
      const bins: Bins = state ?? new Map();
      if (other !== null) addBins(bins, other);
      return bins;
    },
    absorb: (state, stored) => countStored(state, stored, 1),
    release: (state, stored) => countStored(state, stored, -1),
    store: (state) => (state === null ? null : encodeBins(state)),
    isPossible(state, records) {
      let all = 0;
      for (const one of state?.values() ?? []) {
        if (one < 0) return false;
        all += one;
      }
      return all <= records;
    },
  };
}

const values: AccumulatorKind<Values> = {
  additive: false,
  mergeable: true,
  removable: false,
  empty: null,
  add: (state, value) => withValue(state, numberIn(value)),
  remove: (state) => state,
  merge: (state, other) => (other === null ? state : [...(state ?? []), ...other]),
  absorb: (state, stored) => withValue(state, mustBeFinite(stored) as number | null),
  release: (state) => state,
  store: () => null,
  isPossible: (state, records) => (state?.length ?? 0) <= records,
};

function withValue(state: Values | null, value: number | null): Values | null {
  if (value === null) return state;
  const own = (state ?? []) as number[];
  own.push(value);
  return own;
}

const isPart = (count: Exact, records: Exact) => count >= 0 && count <= records;
const isNoneOfNone = (isZero: boolean, records: Exact) => isZero || records !== 0;

export const accumulatorKinds: { readonly [K in Accumulator["kind"]]: AccumulatorKind } = {
  count: exactSum(() => 1, isPart),
  n: exactSum((value) => (value === null ? 0 : 1), isPart),
  sum: exactSum(
    (value) => numberIn(value) ?? 0,
    (sum, records) => isNoneOfNone(sum === 0, records),
  ),
  sumSq: exactSum(
    (value) => squareExact(numberIn(value) ?? 0),
    (sum, records) => sum >= 0 && isNoneOfNone(sum === 0, records),
  ),
  min: extreme(1),
  max: extreme(-1),
  floatSum: floatSum(
    (value) => value,
    ({ mantissa }, records) => isNoneOfNone(mantissa === 0n, records),
  ),
  floatSumSq: floatSum(
    squareDyadic,
    ({ mantissa }, records) => mantissa >= 0n && isNoneOfNone(mantissa === 0n, records),
  ),
  values,
  hll: sketch((value) => (value === null ? null : distinctBin(value))),
  ddSketch: sketch((value) => (typeof value === "number" ? quantileBin(value) : null)),
};

/** What a fact gives to a statistic. */
export function inputOf({ kind, field }: Pick<Accumulator, "kind" | "field">, fact: Fact) {
  if (field === undefined) return null;
  return kind === "hll" ? scalarOf(fact, field) : numberOf(fact, field);
}

/** Two stored forms merged into one. */
export function mergeStored(
  kind: Accumulator["kind"],
  a: Statistic | null,
  b: Statistic | null,
): Statistic | null {
  const { absorb, store } = accumulatorKinds[kind];
  return store(absorb(absorb(null, a), b));
}

/** Whether a difference changes nothing. */
export function isNothing(change: State | null): boolean {
  if (change === null || change === 0) return true;
  if (change instanceof Map) return change.size === 0;
  return typeof change === "object" && "mantissa" in change && change.mantissa === 0n;
}

function numberIn(value: string | number | null): number | null {
  return typeof value === "number" ? value : null;
}

function mustBeWhole(stored: Statistic | null): Exact | null {
  if (stored === null || typeof stored === "bigint") return stored;
  if (typeof stored === "number" && Number.isInteger(stored)) return stored;
  throw mistyped();
}

function mustBeFinite(stored: Statistic | null): Exact | null {
  if (stored === null || typeof stored === "bigint") return stored;
  if (typeof stored === "number" && Number.isFinite(stored)) return stored;
  throw mistyped();
}

function mustBeText(stored: Statistic): string {
  if (typeof stored === "string") return stored;
  throw mistyped();
}

function mistyped(): RollupsError {
  return new RollupsError("CorruptTile", "A stored statistic has another type than its kind", {});
}
