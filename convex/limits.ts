/** Bounds that an operator sets by environment variables, without a deploy of code. */
import { env } from "./_generated/server.js";
import type { CubeDefinition, LimitOverrides } from "../src/client/index.js";
import { catalogue } from "./cubes.js";

/** How long workers rest where the environment does not say. */
const restMsDefaults = { min: 5000, max: 45_000 };

export const limits: LimitOverrides = {
  answers: { ...positive("workUs", env.ROLLUPS_ANSWER_MS_MAX, 1000) },
  fold: {
    ...positive("writeBytesPerSecond", env.ROLLUPS_WRITE_BYTES_PER_SECOND),
    ...positive("logRetentionDays", env.ROLLUPS_LOG_RETENTION_DAYS),
    ...atLeastZero("retentionGraceDays", env.ROLLUPS_RETENTION_GRACE_DAYS),
    ...restsOf(env.ROLLUPS_REST_MS_MIN, env.ROLLUPS_REST_MS_MAX, Object.values(catalogue)),
  },
};

/** The age of unfolded changes that rules for Prometheus warn of. A rest alone may take 45 s. */
export const freshness = {
  warnMs: 120_000,
  ...positive("warnMs", env.ROLLUPS_FRESHNESS_WARN_MS),
  errorMs: 600_000,
};

interface Rests {
  restMsMin?: number;
  restMsMax?: number;
}

/**
 * How long workers rest, but never longer than the shortest target of a rollup: the class refuses such a rest, and would
 * do so in each call, as a variable may change after the push. A target below 5 s is left to the class: it is no variable's fault.
 */
export function restsOf(
  min: string | undefined,
  max: string | undefined,
  cubes: readonly CubeDefinition[],
): Rests {
  const targets = cubes
    .flatMap(({ rollups }) => Object.values(rollups))
    .flatMap(({ freshness = {} }) => Object.values(freshness) as number[]);
  const most = Math.max(restMsDefaults.min, Math.min(...targets));
  const said: Rests = { ...atLeastZero("restMsMin", min), ...atLeastZero("restMsMax", max) };
  if (most < restMsDefaults.max) said.restMsMax ??= most;
  return Object.fromEntries(Object.entries(said).map(([name, ms]) => [name, Math.min(most, ms)]));
}

/** What is no number, or not in range, is as if it were not set. */
function positive<Name extends string>(name: Name, text: string | undefined, unit = 1) {
  const value = Number(text) * unit;
  return value > 0 ? ({ [name]: value } as Record<Name, number>) : {};
}

function atLeastZero<Name extends string>(name: Name, text: string | undefined) {
  const value = Number(text || NaN);
  return value >= 0 ? ({ [name]: value } as Record<Name, number>) : {};
}
