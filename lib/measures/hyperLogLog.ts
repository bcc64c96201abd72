/**
 * About how many distinct values: HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007) over counts, so
 * that values can be taken out again. A value's hash names a register and a rank, and the bin of that
 * pair counts the records; a register of the ordinary sketch is the largest rank that has any. What is
 * stored depends on everything here: another precision is another kind of statistic.
 */
import { valueKey } from "../model/valueKey.js";
import { RollupsError } from "../errors.js";
import { hashNumber } from "../hash/hashNumber.js";

/** 2^12 registers. */
const REGISTERS = 4096;
/** Bits of the hash that are left for the rank; without a single 1 among them it is one more. */
const RANK_BITS = 41;
const RANK_RANGE = 2 ** RANK_BITS;
/** 1 / (2 ln 2), the estimator's constant. */
const ALPHA = 0.7213475204444817;

/** Standard error of the estimate, as a share of the true number: 1.04 / √registers. */
export const DISTINCT_ERROR = 0.01625;

/** The bin of a value that is not null. Ranks come first, so that the bins of few values lie close. */
export function distinctBin(value: string | number): number {
  const hash = hashNumber(valueKey(value));
  const register = Math.floor(hash / RANK_RANGE);
  let rest = hash % RANK_RANGE;
  let rank = 1;
  for (; rank <= RANK_BITS && rest < RANK_RANGE / 2; rank++) rest *= 2;
  return (rank - 1) * REGISTERS + register;
}

/**
 * The estimated number of distinct values, a whole number; 0 for none. Ertl's improved raw estimator
 * (New cardinality estimation algorithms for HyperLogLog sketches, 2017, algorithm 6): no tables, and
 * only operations that every engine computes alike. Throws `CorruptTile` for bins that no value falls
 * into. O(bins).
 */
export function estimateDistinct(bins: ReadonlyMap<number, number>): number {
  if (bins.size === 0) return 0;
  const registers = new Uint8Array(REGISTERS);
  for (const bin of bins.keys()) {
    const register = bin % REGISTERS;
    const rank = (bin - register) / REGISTERS + 1;
    if (rank > RANK_BITS + 1) {
      throw new RollupsError("CorruptTile", "A stored sketch has a bin that holds no value", {
        bin,
      });
    }
    if (rank > (registers[register] as number)) registers[register] = rank;
  }
  const counts = new Float64Array(RANK_BITS + 2);
  for (const rank of registers) counts[rank] = (counts[rank] as number) + 1;
  const share = (rank: number) => (counts[rank] as number) / REGISTERS;
  let z = REGISTERS * tau(1 - share(RANK_BITS + 1));
  for (let rank = RANK_BITS; rank >= 1; rank--) z = 0.5 * (z + (counts[rank] as number));
  z += REGISTERS * sigma(share(0));
  // Where all registers are full nothing more can be told apart: there are no more hashes.
  return Math.min(Math.round((ALPHA * REGISTERS * REGISTERS) / z), 2 ** 53);
}

/** x + Σ x^(2^k) · 2^(k−1), for 0 ≤ x < 1. */
function sigma(x: number): number {
  let power = x;
  let weight = 1;
  let sum = x;
  for (;;) {
    power *= power;
    const before = sum;
    sum += power * weight;
    weight += weight;
    if (sum === before) return sum;
  }
}

/** (1 − x − Σ (1 − x^(2^−k))² · 2^−k) / 3, for 0 ≤ x ≤ 1. */
function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let root = x;
  let weight = 1;
  let sum = 1 - x;
  for (;;) {
    root = Math.sqrt(root);
    const before = sum;
    weight *= 0.5;
    sum -= (1 - root) * (1 - root) * weight;
    if (sum === before) return sum / 3;
  }
}
