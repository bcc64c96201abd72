/**
 * The backends of the suites: the profile that is the default, with user time on the CPU clock and patience
 * for slots, since a busy machine is slow and not wrong. Suites that need something gentler say so where they start theirs.
 * Nobody outside Convex knows whether nested calls share their caller's limits: `NESTED=separate` runs any
 * suite with limits of their own, and a few run so always.
 */
import type { Profile } from "../../local/database/limits.js";
import {
  startBackend,
  type BackendOptions,
  type LocalBackend,
  type PartialLimits,
} from "../../local/backend.js";

/**
 * What differs from the default, for backends in processes of their own. Heaps are looked at where folds and
 * answers are held against the limits, in `tests/work/coldFolds`: judging each fold takes half as long again.
 */
export const stageLimits = {
  userClock: "cpu",
  slotWaitMs: 60_000,
  heapBytes: null,
  nestedTime: process.env.NESTED === "separate" ? "separate" : "shared",
} as const satisfies PartialLimits;

/**
 * The profile of suites with many records: they fold three times as fast where code stays warm, and what they
 * compare does not depend on it. `npm run test:all` has them strict, too.
 */
export const heavyProfile: Profile = process.env.HEAVY === "production" ? "production" : "relaxed";

/** Starts a backend in this process, on free ports. */
export function startStage(options: BackendOptions = {}): Promise<LocalBackend> {
  return startBackend({
    connectionDir: null,
    ...options,
    limits: { ...stageLimits, ...options.limits },
  });
}
