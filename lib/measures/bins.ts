/**
 * Counts by bin: what both sketches are. Adding is +1, removing −1, merging addition, so a sketch is as
 * additive, removable and independent of order as a count is, and so are all answers read from it.
 *
 * Stored as one text, equal for equal counts and for no others: bins ascend, each as its distance from
 * the one before (from −1), then `*` and its count. A count of 1 is left out, and between two counts a
 * distance of 1. Numbers are in base 32, most significant digit first; all digits but the last are written
 * with other letters, which is how a reader knows where a number ends.
 */
import { RollupsError } from "../errors.js";

/** Bin → records in it, never 0. Bins are whole numbers from 0. Negative counts occur in deltas only. */
export type Bins = Map<number, number>;

const LAST = "0123456789abcdefghijklmnopqrstuv";
const MORE = "ABCDEFGHIJKLMNOPQRSTUVWXYZwxyz-_";
const COUNT = "*".charCodeAt(0);

/** Character code → digit, plus 32 where more digits follow; −1 for what is no digit. */
const digitOf = Int8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  const more = MORE.indexOf(character);
  return more >= 0 ? more + 32 : LAST.indexOf(character);
});

/** Adds `count` records to a bin, in place. */
export function addToBin(bins: Bins, bin: number, count: number): void {
  const after = (bins.get(bin) ?? 0) + count;
  if (after === 0) bins.delete(bin);
  else bins.set(bin, after);
}

/** Adds all of `other` to `bins`, in place. O(other). */
export function addBins(bins: Bins, other: ReadonlyMap<number, number>): void {
  for (const [bin, count] of other) addToBin(bins, bin, count);
}

/** The stored form; null for none. Counts must be positive. O(bins log bins). */
export function encodeBins(bins: ReadonlyMap<number, number>): string | null {
  if (bins.size === 0) return null;
  let text = "";
  let last = -1;
  let endsInCount = true;
  for (const bin of Float64Array.from(bins.keys()).sort()) {
    const count = bins.get(bin) as number;
    const distance = bin - last;
    const hasCount = count !== 1;
    if (distance !== 1 || !hasCount || !endsInCount) text += encodeNumber(distance);
    if (hasCount) text += `*${encodeNumber(count)}`;
    last = bin;
    endsInCount = hasCount;
  }
  return text;
}

/**
 * Adds what a text stores to `bins`, or takes it out, in place. Throws `CorruptTile` for what is no such text: what passes
 * holds safe integers only, each bin once, so it can be written again. O(length).
 */
export function addEncoded(bins: Bins, text: string, by: 1 | -1 = 1): void {
  if (text === "") throw corrupt(text);
  let at = 0;
  let bin = -1;
  const number = (): number => {
    let value = 0;
    for (;;) {
      const digit = digitOf[text.charCodeAt(at++)] ?? -1;
      if (digit < 0) throw corrupt(text);
      value = value * 32 + (digit % 32);
      if (digit >= 32) continue;
      if (value < 1 || !Number.isSafeInteger(value)) throw corrupt(text);
      return value;
    }
  };
  while (at < text.length) {
    bin += text.charCodeAt(at) === COUNT ? 1 : number();
    if (!Number.isSafeInteger(bin)) throw corrupt(text);
    let count = 1;
    if (text.charCodeAt(at) === COUNT) {
      at++;
      count = number();
    }
    addToBin(bins, bin, count * by);
  }
}

function encodeNumber(value: number): string {
  let text = LAST.charAt(value % 32);
  for (let rest = Math.floor(value / 32); rest > 0; rest = Math.floor(rest / 32)) {
    text = MORE.charAt(rest % 32) + text;
  }
  return text;
}

function corrupt(text: string): RollupsError {
  return new RollupsError("CorruptTile", "A stored sketch cannot be read", {
    text: text.slice(0, 64),
  });
}
