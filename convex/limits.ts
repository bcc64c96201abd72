/** Bounds that an operator sets by environment variables, without a deploy of code. */
import { env } from "./_generated/server.js";
import type { LimitOverrides } from "../src/client/index.js";

export const limits: LimitOverrides = {
  answers: { ...positive("workUs", env.ROLLUPS_ANSWER_MS_MAX, 1000) },
  fold: {
    ...positive("writeBytesPerSecond", env.ROLLUPS_WRITE_BYTES_PER_SECOND),
    ...positive("logRetentionDays", env.ROLLUPS_LOG_RETENTION_DAYS),
    ...atLeastZero("retentionGraceDays", env.ROLLUPS_RETENTION_GRACE_DAYS),
    ...atLeastZero("restMsMin", env.ROLLUPS_REST_MS_MIN),
    ...atLeastZero("restMsMax", env.ROLLUPS_REST_MS_MAX),
  },
};

/** The age of unfolded changes that rules for Prometheus warn of. A rest alone may take 45 s. */
export const freshness = {
  warnMs: 120_000,
  ...positive("warnMs", env.ROLLUPS_FRESHNESS_WARN_MS),
  errorMs: 600_000,
};

/** What is no number, or not in range, is as if it were not set. */
function positive<Name extends string>(name: Name, text: string | undefined, unit = 1) {
  const value = Number(text) * unit;
  return value > 0 ? ({ [name]: value } as Record<Name, number>) : {};
}

function atLeastZero<Name extends string>(name: Name, text: string | undefined) {
  const value = Number(text || NaN);
  return value >= 0 ? ({ [name]: value } as Record<Name, number>) : {};
}
