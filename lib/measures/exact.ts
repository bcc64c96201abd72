/**
 * Exact sums: a number while it is a safe integer, a bigint beyond, up to what a signed 64-bit
 * integer holds. Values are whole: decimals come scaled and are unscaled only in finished answers.
 */
import { RollupsError } from "../errors";
import type { Exact } from "../tiles/tile";

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/** a + b. Throws `SumOverflow` beyond int64. */
export function addExact(a: Exact, b: Exact): Exact {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum + 0;
  }
  return normalizeExact(BigInt(a) + BigInt(b));
}

/** -a, never -0. */
export function negateExact(a: Exact): Exact {
  return typeof a === "number" ? 0 - a : normalizeExact(-a);
}

/** Negative, zero or positive, as a sort comparator wants it. */
export function compareExact(a: Exact, b: Exact): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The number where it is a safe integer, the bigint elsewhere. Throws `SumOverflow` beyond int64. */
export function normalizeExact(value: bigint): Exact {
  if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) return Number(value);
  if (value > INT64_MAX || value < INT64_MIN) {
    throw new RollupsError("SumOverflow", "A sum does not fit a signed 64-bit integer", {
      value: value.toString(),
    });
  }
  return value;
}

/** Powers of ten as the nearest doubles, which up to 10^22 are exact. */
const powersOfTen = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** 10^exponent, exact. `exponent` is an integer from 0 to 22. */
export function powerOfTen(exponent: number): number {
  return powersOfTen[exponent] as number;
}

/** The double nearest to value / 10^scale (ties to even). `scale` ≤ 22. */
export function unscale(value: Exact, scale: number): number {
  return ratio(value, 1, scale);
}

/** The double nearest to value / (divisor × 10^scale). `divisor` > 0. */
export function ratio(value: Exact, divisor: Exact, scale: number): number {
  const denominator = typeof divisor === "number" ? divisor * powerOfTen(scale) : Number.NaN;
  // A quotient of two exactly held doubles is correctly rounded by definition of IEEE division.
  if (typeof value === "number" && (Number.isSafeInteger(denominator) || divisor === 1)) {
    return value / denominator;
  }
  return divideBig(BigInt(value), BigInt(divisor) * 10n ** BigInt(scale));
}

/** value². Throws `SumOverflow` beyond int64. */
export function squareExact(value: number): Exact {
  const square = value * value;
  return Number.isSafeInteger(square) ? square : normalizeExact(BigInt(value) ** 2n);
}

/** What is known of n values: how many, their sum and the sum of their squares. */
export interface Moments {
  n: Exact;
  sum: Exact;
  sumSq: Exact;
}

/** The double nearest to the population variance of n > 0 values that are integers / 10^scale. */
export function varianceOf(moments: Moments, scale: number): number {
  const { numerator, denominator } = varianceFraction(moments, scale);
  return divideBig(numerator, denominator);
}

/** The double nearest to the square root of the population variance. */
export function deviationOf(moments: Moments, scale: number): number {
  const { numerator, denominator } = varianceFraction(moments, scale);
  // As in a division: a root of at least 64 bits whose lowest bit is sticky rounds as the true one.
  const half = Math.max(0, 65 + Math.ceil((bitLength(denominator) - bitLength(numerator)) / 2));
  const shifted = numerator << BigInt(2 * half);
  const root = floorRoot(shifted / denominator);
  const sticky = root * root * denominator === shifted ? 0n : 1n;
  return Number(root | sticky) / 2 ** half;
}

/** n·Σx² − (Σx)² over n²: nothing is rounded, and nothing cancels. */
function varianceFraction({ n, sum, sumSq }: Moments, scale: number) {
  const count = BigInt(n);
  const numerator = count * BigInt(sumSq) - BigInt(sum) ** 2n;
  return { numerator, denominator: count * count * 100n ** BigInt(scale) };
}

/** The largest integer whose square is at most `value` ≥ 0; Newton's method from above. */
function floorRoot(value: bigint): bigint {
  if (value === 0n) return 0n;
  let root = 1n << BigInt(Math.ceil(bitLength(value) / 2));
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** Correctly rounded: a quotient of at least 64 bits whose lowest bit is sticky rounds as the true one. */
function divideBig(numerator: bigint, denominator: bigint): number {
  const negative = numerator < 0n;
  const magnitude = negative ? -numerator : numerator;
  const shift = Math.max(0, 64 + bitLength(denominator) - bitLength(magnitude));
  const shifted = magnitude << BigInt(shift);
  const quotient = shifted / denominator;
  const sticky = shifted % denominator === 0n ? 0n : 1n;
  const result = Number(quotient | sticky) / 2 ** shift;
  return negative ? -result : result;
}

function bitLength(value: bigint): number {
  return value.toString(2).length;
}
