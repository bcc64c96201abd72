/** The one hash of tiles and sketches. What it gives never changes: stored documents depend on it. */

const PRIMES = [0x01000193, 0x85ebca6b, 0xc2b2ae35] as const;

/**
 * An integer below 2^53: two lanes of FNV-1a (Fowler, Noll, Vo) over UTF-16 code units, each finished
 * by MurmurHash3's mixer (Appleby), which spreads short texts over the whole range. O(length).
 */
export function hashNumber(text: string): number {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, PRIMES[0]);
    high = Math.imul(high ^ unit, PRIMES[1]);
  }
  return (mix(high) & 0x1fffff) * 0x1_0000_0000 + mix(low);
}

function mix(lane: number): number {
  let bits = lane ^ (lane >>> 16);
  bits = Math.imul(bits, PRIMES[1]);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, PRIMES[2]);
  return (bits ^ (bits >>> 16)) >>> 0;
}
