/**
 * Exact sums: a number while it is a safe integer, a bigint beyond, up to what a signed 64-bit
 * integer holds. Values are whole: decimals come scaled and are unscaled only in finished answers.
 */
import { RollupsError } from "../errors.js";

/** An exact sum: a safe integer as number, a larger one as bigint. */
export type Exact = number | bigint;

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
  return nearest(BigInt(value), BigInt(divisor) * 10n ** BigInt(scale));
}

/** value². Throws `SumOverflow` beyond int64. */
export function squareExact(value: number): Exact {
  const square = value * value;
  return Number.isSafeInteger(square) ? square : normalizeExact(BigInt(value) ** 2n);
}

/**
 * What is known of n values: how many, their sum and the sum of their squares, in units of
 * 2^exponent / 10^scale and of its square.
 */
export interface Moments {
  n: Exact;
  sum: Exact;
  sumSq: Exact;
  scale: number;
  exponent: number;
}

/** The double nearest to the population variance of n > 0 values. */
export function varianceOf(moments: Moments): number {
  const { numerator, denominator } = varianceFraction(moments);
  return nearest(numerator, denominator, 2 * moments.exponent);
}

/** The double nearest to the square root of the population variance. */
export function deviationOf(moments: Moments): number {
  const { numerator, denominator } = varianceFraction(moments);
  // As in a division: a root of at least 64 bits whose lowest bit is sticky rounds as the true one.
  const half = Math.max(0, 65 + Math.ceil((bitLength(denominator) - bitLength(numerator)) / 2));
  const shifted = numerator << BigInt(2 * half);
  const root = floorRoot(shifted / denominator);
  const sticky = root * root * denominator === shifted ? 0n : 1n;
  return nearest(root | sticky, 1n, moments.exponent - half);
}

/** n·Σx² − (Σx)² over n²: nothing is rounded, and nothing cancels. */
function varianceFraction({ n, sum, sumSq, scale }: Moments) {
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

/** Exponents of the least double that is not 0, and of the least that has all 53 bits. */
const LEAST = -1074;
const LEAST_NORMAL = -1022;

/**
 * The double nearest to numerator / denominator × 2^exponent, ties to even; infinite beyond the range
 * of doubles. `denominator` > 0.
 */
export function nearest(numerator: bigint, denominator: bigint, exponent = 0): number {
  if (numerator < 0n) return 0 - nearest(-numerator, denominator, exponent);
  if (numerator === 0n) return 0;
  // The value lies between 2^(top − 1) and 2^(top + 1).
  const top = bitLength(numerator) - bitLength(denominator) + exponent;
  // A quotient of at least 64 bits whose lowest bit is sticky rounds as the true one. Doubles near 0
  // have fewer bits, so there the quotient counts the least of them.
  const isNormal = top > LEAST_NORMAL;
  const unit = isNormal ? top - 65 : LEAST;
  const shift = exponent - unit;
  const dividend = shift > 0 ? numerator << BigInt(shift) : numerator;
  const divisor = shift < 0 ? denominator << BigInt(-shift) : denominator;
  const quotient = dividend / divisor;
  const rest = dividend % divisor;
  if (isNormal) return timesPowerOfTwo(Number(quotient | (rest === 0n ? 0n : 1n)), unit);
  const isUp = 2n * rest > divisor || (2n * rest === divisor && (quotient & 1n) === 1n);
  return timesPowerOfTwo(Number(isUp ? quotient + 1n : quotient), unit);
}

/** value × 2^exponent where the product is a double or too large for one: no step on the way rounds. */
function timesPowerOfTwo(value: number, exponent: number): number {
  let [product, left] = [value, exponent];
  for (; left > 1000; left -= 1000) product *= 2 ** 1000;
  for (; left < -1000; left += 1000) product *= 2 ** -1000;
  return product * 2 ** left;
}

/** Of a number that is not negative. */
export function bitLength(value: bigint): number {
  const digits = value.toString(16);
  return digits.length * 4 - Math.clz32(parseInt(digits.charAt(0), 16)) + 28;
}

/**
 * value × 10^scale where the double `value` is the one nearest to a decimal with at most `scale`
 * decimals, else null. `scale` ≤ 15.
 */
export function scaleDecimal(value: number, scale: number): number | null {
  const power = powerOfTen(scale);
  const scaled = Math.round(value * power) + 0;
  // The product is rounded, the quotient of two integers is not: it decides.
  if (!Number.isSafeInteger(scaled)) return Number.isInteger(value) ? value * power : null;
  for (const candidate of [scaled, scaled - 1, scaled + 1]) {
    if (candidate / power === value) return candidate + 0;
  }
  return null;
}
