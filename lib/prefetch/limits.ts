/** Every bound of what is learned and asked ahead, with its reason. */
export const prefetchLimits = {
  /** What a source's counts keep of their weight at each step from it: ten steps are remembered, older ones fade. */
  decay: 0.9,
  /** Weight of steps that were never seen: what was seen once and nothing else is as likely as not. */
  prior: 1,
  /** A count below this weight is let go; its share stays with "something else". */
  weightMin: 0.1,
  /** Steps that are remembered to begin from. */
  sourcesMax: 64,
  /** Steps that are remembered to follow one. */
  targetsMax: 8,
  /** Of all that is remembered of a tenant: some thirty steps of a dashboard, far below what browsers store. */
  charactersMax: 128 * 1024,
  /** Questions of a step: a screen, and half of the next. */
  questionsMax: 24,
  /** From here on a byte that is used costs at most one that is not. At 0.3 it brought a tenth more hits, for twice the waste. */
  probabilityMin: 0.5,
  /** Bytes that one hit may waste on average: what a first screen fetches at once. */
  wasteOfHit: 96 * 1024,
};

export type PrefetchLimits = typeof prefetchLimits;
