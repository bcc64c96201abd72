/**
 * The stored forms of what is neither a count nor a whole sum, written and read by hand: sums of floats,
 * and sketches, whose bins are counted. Imports nothing of the product.
 */
import { FLOAT_BITS } from "./cube.js";

/**
 * The stored form of a whole number times 2^-bits: a double where it is one, else hexadecimal digits of
 * the odd number that is left and the power of two.
 */
export function storedFloatSum(amount: bigint, bits = FLOAT_BITS): number | string {
  if (amount === 0n) return 0;
  let odd = amount;
  let power = -bits;
  for (; (odd & 1n) === 0n; odd >>= 1n) power++;
  const asDouble = Number(odd);
  return BigInt(asDouble) === odd && Number.isSafeInteger(asDouble)
    ? asDouble * 2 ** power
    : `${odd.toString(16)}p${power}`;
}

/** Bins and how many each holds, in order, as one text; null for none. */
export function binsText(bins: ReadonlyMap<number, number>): string | null {
  if (bins.size === 0) return null;
  return [...bins]
    .sort(([a], [b]) => a - b)
    .map(([bin, count]) => `${bin}:${count}`)
    .join(" ");
}

const LAST = "0123456789abcdefghijklmnopqrstuv";
const MORE = "ABCDEFGHIJKLMNOPQRSTUVWXYZwxyz-_";
const NUMBER = `[${MORE.replace("-", "\\-")}]*[${LAST}]`;

/** What is stored of a sketch, as `binsText`: distances, each with a count where it is not 1. */
export function readBins(text: string): string | null {
  const bins = new Map<number, number>();
  let bin = -1;
  const rest = text.replace(
    new RegExp(`(${NUMBER})?\\*(${NUMBER})|(${NUMBER})`, "g"),
    (...found) => {
      const [, far, count, only] = found as (string | undefined)[];
      bin += numberIn(only ?? far ?? LAST[1]!);
      bins.set(bin, (bins.get(bin) ?? 0) + (count === undefined ? 1 : numberIn(count)));
      return "";
    },
  );
  if (rest !== "") throw new Error(`No sketch: ${text}`);
  return binsText(bins);
}

function numberIn(digits: string): number {
  return [...digits].reduce(
    (value, digit) => value * 32 + Math.max(LAST.indexOf(digit), MORE.indexOf(digit)),
    0,
  );
}

/** Last whole numbers of the bins of quantiles: the whole parts of the powers of 1.02, each once. */
const ends = [1];
for (let bound = 1; ends.at(-1)! < Number.MAX_SAFE_INTEGER; bound *= 1.02) {
  const end = Math.min(Math.floor(bound), Number.MAX_SAFE_INTEGER);
  if (end !== ends.at(-1)) ends.push(end);
}

/** The bin of a whole number: 0 of zero, those of negative numbers behind all others. */
export function quantileBin(amount: bigint): number {
  if (amount === 0n) return 0;
  const size = Number(amount < 0n ? -amount : amount);
  return (amount < 0n ? 2048 : 0) + 1 + ends.findIndex((end) => end >= size);
}
