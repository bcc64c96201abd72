/**
 * Where the percentile `p` of `n` sorted values lies: the first value that a share `p` of them does not exceed, as
 * `percentile_disc` of SQL has it. From 0. `p`, from 0 to 1, counts as the decimal number that it is written as, so
 * 0.07 of 100 values is the seventh. `n` is at least 1. O(decimals of p).
 */
export function nearestRank(p: number, n: number): number {
  const [digits = "0", exponent = "0"] = String(p).split("e");
  const [whole = "0", decimals = ""] = digits.split(".");
  const denominator = 10n ** BigInt(decimals.length - Number(exponent));
  const share = BigInt(whole + decimals) * BigInt(n);
  return Math.max(0, Number((share + denominator - 1n) / denominator) - 1);
}
