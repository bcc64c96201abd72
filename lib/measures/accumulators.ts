/**
 * The statistics that tiles store, one record per kind. Three separate questions, never mixed: is it
 * additive (does a difference apply), mergeable (do parts combine), removable (can one value be
 * taken out without looking at the others). Extremes are mergeable only: see `applyDelta`.
 */
import type { Accumulator } from "../model/rollup";
import type { Exact } from "../tiles/tile";
import { addExact, compareExact, negateExact, squareExact } from "./exact";

/** `null` stands for "no value seen", in states and in inputs alike. */
export interface AccumulatorKind {
  readonly additive: boolean;
  readonly mergeable: boolean;
  readonly removable: boolean;
  /** The state of no records. */
  readonly empty: Exact | null;
  /** The state with one more record, whose field holds `value`. */
  add(state: Exact | null, value: number | null): Exact | null;
  /** The inverse of `add`; null where there is none. */
  readonly remove: ((state: Exact | null, value: number | null) => Exact | null) | null;
  /** The state of both inputs' records together. Commutative and associative. */
  merge(a: Exact | null, b: Exact | null): Exact | null;
}

export const accumulatorKinds = {
  count: {
    additive: true,
    mergeable: true,
    removable: true,
    empty: 0,
    add: (state) => addExact(state ?? 0, 1),
    remove: (state) => addExact(state ?? 0, -1),
    merge: mergeSums,
  },
  n: {
    additive: true,
    mergeable: true,
    removable: true,
    empty: 0,
    add: (state, value) => addExact(state ?? 0, value === null ? 0 : 1),
    remove: (state, value) => addExact(state ?? 0, value === null ? 0 : -1),
    merge: mergeSums,
  },
  sum: {
    additive: true,
    mergeable: true,
    removable: true,
    empty: 0,
    add: (state, value) => addExact(state ?? 0, value ?? 0),
    remove: (state, value) => addExact(state ?? 0, negateExact(value ?? 0)),
    merge: mergeSums,
  },
  sumSq: {
    additive: true,
    mergeable: true,
    removable: true,
    empty: 0,
    add: (state, value) => addExact(state ?? 0, squareExact(value ?? 0)),
    remove: (state, value) => addExact(state ?? 0, negateExact(squareExact(value ?? 0))),
    merge: mergeSums,
  },
  min: {
    additive: false,
    mergeable: true,
    removable: false,
    empty: null,
    add: least,
    remove: null,
    merge: least,
  },
  max: {
    additive: false,
    mergeable: true,
    removable: false,
    empty: null,
    add: greatest,
    remove: null,
    merge: greatest,
  },
} as const satisfies { readonly [K in Accumulator["kind"]]: AccumulatorKind };

function mergeSums(a: Exact | null, b: Exact | null): Exact {
  return addExact(a ?? 0, b ?? 0);
}

function least(a: Exact | null, b: Exact | null): Exact | null {
  if (a === null || b === null) return a ?? b;
  return compareExact(a, b) <= 0 ? a : b;
}

function greatest(a: Exact | null, b: Exact | null): Exact | null {
  if (a === null || b === null) return a ?? b;
  return compareExact(a, b) >= 0 ? a : b;
}
