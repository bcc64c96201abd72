/**
 * Exact sums of doubles. Every finite double is a whole number times a power of two, and so is every
 * sum of them, and every sum of their squares: nothing is rounded while a sum is collected, so it does
 * not depend on order or grouping, and a value can be taken out of it again without a trace.
 *
 * Stored as a double where the sum is one. Elsewhere as text in C's notation for such numbers, without
 * 0x: `-1fp-3` is −31 × 2^−3. The whole number is odd, so one sum has one form.
 */
import { RollupsError } from "../errors.js";
import { nearest, type Exact } from "./exact.js";

/** mantissa × 2^exponent. Collected sums need not be in lowest terms. */
export interface Dyadic {
  readonly mantissa: bigint;
  readonly exponent: number;
}

export const ZERO: Dyadic = { mantissa: 0n, exponent: 0 };

/** Bits of a double after its sign and exponent, and the exponent of the last of them at its least. */
const FRACTION_BITS = 52n;
const LEAST = -1074;

const bitsView = new DataView(new ArrayBuffer(8));

/** A finite double. */
export function dyadicOf(value: number): Dyadic {
  if (Number.isSafeInteger(value)) return { mantissa: BigInt(value), exponent: 0 };
  bitsView.setFloat64(0, value);
  const bits = bitsView.getBigUint64(0);
  const fraction = BigInt.asUintN(Number(FRACTION_BITS), bits);
  const biased = Number((bits >> FRACTION_BITS) & 0x7ffn);
  const magnitude = biased === 0 ? fraction : fraction | (1n << FRACTION_BITS);
  return {
    mantissa: value < 0 ? -magnitude : magnitude,
    exponent: LEAST + Math.max(0, biased - 1),
  };
}

export function addDyadic(a: Dyadic, b: Dyadic): Dyadic {
  if (a.mantissa === 0n) return b;
  if (b.mantissa === 0n) return a;
  const exponent = Math.min(a.exponent, b.exponent);
  return { mantissa: mantissaAt(a, exponent) + mantissaAt(b, exponent), exponent };
}

export function negateDyadic({ mantissa, exponent }: Dyadic): Dyadic {
  return { mantissa: -mantissa, exponent };
}

export function squareDyadic({ mantissa, exponent }: Dyadic): Dyadic {
  return { mantissa: mantissa * mantissa, exponent: 2 * exponent };
}

/** The sum in units of 2^exponent, which must not be greater than its own. */
export function mantissaAt(sum: Dyadic, exponent: number): bigint {
  return sum.mantissa << BigInt(sum.exponent - exponent);
}

/** The double nearest to sum / divisor, ties to even. Throws `SumOverflow` beyond the range of doubles. */
export function roundDyadic({ mantissa, exponent }: Dyadic, divisor: Exact = 1): number {
  return mustBeFinite(nearest(mantissa, BigInt(divisor), exponent));
}

/** Throws `SumOverflow`: no answer holds an infinite number. */
export function mustBeFinite(value: number): number {
  if (Number.isFinite(value)) return value;
  throw new RollupsError("SumOverflow", "A value of floats is beyond the range of doubles", {});
}

/** The stored form, equal for equal sums and for no others. */
export function encodeDyadic(sum: Dyadic): number | string {
  if (sum.mantissa === 0n) return 0;
  const value = nearest(sum.mantissa, 1n, sum.exponent);
  if (Number.isFinite(value) && isEqual(dyadicOf(value), sum)) return value;
  let { mantissa, exponent } = sum;
  const zeros = trailingZeros(mantissa);
  mantissa >>= BigInt(zeros);
  exponent += zeros;
  return `${mantissa.toString(16)}p${exponent}`;
}

/** Throws `CorruptTile` for what is no stored sum. */
export function decodeDyadic(stored: Exact | string): Dyadic {
  if (typeof stored === "number" && Number.isFinite(stored)) return dyadicOf(stored);
  const [, sign, digits, exponent] = /^(-?)([0-9a-f]+)p(-?\d{1,5})$/.exec(String(stored)) ?? [];
  if (digits === undefined) {
    throw new RollupsError("CorruptTile", "A stored sum of floats cannot be read", {
      text: String(stored).slice(0, 64),
    });
  }
  const magnitude = BigInt(`0x${digits}`);
  return { mantissa: sign === "-" ? -magnitude : magnitude, exponent: Number(exponent) };
}

function isEqual(a: Dyadic, b: Dyadic): boolean {
  const exponent = Math.min(a.exponent, b.exponent);
  return mantissaAt(a, exponent) === mantissaAt(b, exponent);
}

/** Of a number that is not 0. */
function trailingZeros(value: bigint): number {
  const digits = (value < 0n ? -value : value).toString(2);
  return digits.length - 1 - digits.lastIndexOf("1");
}
