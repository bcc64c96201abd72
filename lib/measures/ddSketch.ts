/**
 * Quantiles within a relative error: DDSketch (Masson, Rim, Lee 2019) over whole numbers, which is what
 * facts hold. A bin counts the records between two powers of γ. What is stored depends on γ: another
 * one is another kind of statistic.
 */
import { RollupsError } from "../errors.js";

/** Most that a quantile differs from the value of its rank, as a share of that value. */
export const QUANTILE_ERROR = 0.01;

/**
 * Ratio of a bin's bounds. (γ − 1) / (γ + 1) is 0.99 %: what is left of the 1 % is far more than all
 * roundings, and bins hold values rather than miss the bound by one of them.
 */
const GAMMA = 1.02;

/**
 * `ends()[k]` is the last whole number of bin k + 1, whose numbers are above `ends()[k − 1]`; bin 0 is for
 * zero. By multiplication, which is the same on every engine, as a logarithm need not be.
 */
function ends(): readonly number[] {
  return (table ??= endsOfBins());
}

/** Made when first asked for: most calls never look at a sketch, and a Convex function loads its modules each time. */
let table: readonly number[] | null = null;

/** Bins of negative numbers come after all others, that of −x as far behind as that of x. */
const NEGATIVE = 2048;

/** The bin of a safe integer. O(log bins). */
export function quantileBin(value: number): number {
  if (value === 0) return 0;
  const magnitude = value < 0 ? -value : value;
  const lasts = ends();
  let low = 0;
  let high = lasts.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lasts[middle] as number) >= magnitude) high = middle;
    else low = middle + 1;
  }
  return (value < 0 ? NEGATIVE : 0) + low + 1;
}

/**
 * The value at rank ⌊q · (n − 1)⌋ in ascending order, the lower of two where the quantile lies between
 * them, give or take 1 % of it; null of nothing. Numbers below 50 come out exactly. Throws
 * `CorruptTile` for bins that no number falls into. O(bins log bins).
 */
export function quantileOf(bins: ReadonlyMap<number, number>, q: number): number | null {
  let n = 0;
  for (const count of bins.values()) n += count;
  if (n === 0) return null;
  const order = (bin: number) => (bin >= NEGATIVE ? NEGATIVE - bin : bin);
  const ascending = [...bins.keys()].sort((a, b) => order(a) - order(b));
  let left = Math.floor(q * (n - 1));
  for (const bin of ascending) {
    left -= bins.get(bin) as number;
    if (left < 0) return valueOf(bin);
  }
  throw new RollupsError("CorruptTile", "A stored sketch has negative counts", {});
}

/** The number that is relatively closest to all whole numbers of the bin. */
function valueOf(bin: number): number {
  if (bin === 0) return 0;
  const [sign, end] = bin < NEGATIVE ? [1, bin - 1] : [-1, bin - NEGATIVE - 1];
  const high = ends()[end];
  if (high === undefined) {
    throw new RollupsError("CorruptTile", "A stored sketch has a bin that holds no number", {
      bin,
    });
  }
  const low = 1 + (ends()[end - 1] ?? 0);
  return sign * (low + (low * (high - low)) / (high + low));
}

function endsOfBins(): number[] {
  const found: number[] = [];
  let bound = 1;
  for (let end = 1; end < Number.MAX_SAFE_INTEGER; bound *= GAMMA) {
    end = Math.min(Math.floor(bound), Number.MAX_SAFE_INTEGER);
    // Near 1 several bounds lie between two whole numbers.
    if (end !== found.at(-1)) found.push(end);
  }
  return found;
}
