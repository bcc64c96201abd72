/** Seeded randomness for the demo data: the same seed gives the same data on every machine. */

export type Random = {
  /** 0 ≤ x < 1. */
  next(): number;
  /** A whole number, 0 ≤ n < count. */
  below(count: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** Mean 0, deviation 1. */
  normal(): number;
};

/** sfc32, seeded with the text's hash (xmur3). Both are in the public domain. */
export function randomFrom(seed: string): Random {
  let [a, b, c, d] = hashWords(seed);
  function next(): number {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  }
  for (let warmUp = 0; warmUp < 15; warmUp += 1) next();
  return {
    next,
    below: (count) => Math.floor(next() * count),
    chance: (probability) => next() < probability,
    // Irwin–Hall: close enough to a bell curve, and cheap.
    normal: () => next() + next() + next() + next() + next() + next() - 3,
  };
}

function hashWords(text: string): [number, number, number, number] {
  let hash = 1779033703 ^ text.length;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 3432918353);
    hash = (hash << 13) | (hash >>> 19);
  }
  const word = () => {
    hash = Math.imul(hash ^ (hash >>> 16), 2246822507);
    hash = Math.imul(hash ^ (hash >>> 13), 3266489909);
    hash ^= hash >>> 16;
    return hash | 0;
  };
  return [word(), word(), word(), word()];
}

/**
 * Draws ranks 0…count−1 with frequencies falling as 1/(rank+1)^exponent: few are popular, many are
 * not. `draw(random, limit)` keeps to the first `limit` ranks. O(log count) per draw.
 */
export function zipf(count: number, exponent: number) {
  const cumulative = new Float64Array(count);
  let total = 0;
  for (let rank = 0; rank < count; rank += 1) {
    total += 1 / (rank + 1) ** exponent;
    cumulative[rank] = total;
  }
  return (random: Random, limit = count): number => {
    const most = Math.max(1, Math.min(limit, count));
    const target = random.next() * cumulative[most - 1]!;
    let [low, high] = [0, most - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle]! <= target) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
