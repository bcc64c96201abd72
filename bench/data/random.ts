/** Seeded dice, so that a measurement or a failing test can be repeated from its seed. */

export interface Dice {
  /** Uniform in [0, 1). */
  unit(): number;
  /** Uniform integer in [0, n). */
  below(n: number): number;
  /** Integer in [0, n), small ones more often: what popularity looks like. */
  skewed(n: number): number;
}

/** Mulberry32: 32 bits of state, good enough to spread rows, fast enough for millions. */
export function dice(seed: number): Dice {
  let state = seed | 0;
  const unit = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    unit,
    below: (n) => Math.floor(unit() * n),
    skewed: (n) => Math.floor(unit() ** 2 * n),
  };
}
