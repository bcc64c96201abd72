/** Whether what is known is enough to propose something by. */
import type { Pattern } from "../patterns/pattern.js";
import { DAY_MS } from "../time/civil.js";

export interface EvidenceLimits {
  /** Reports that a proposal rests upon at least. */
  reports: number;
  /** Days from the first to the last report of the cube, to add a rollup … */
  daysToAdd: number;
  /** … and to take something away: people ask some questions once a week. */
  daysToDrop: number;
  /** Records that are looked at, unless there are fewer. */
  records: number;
}

/** A day of reports begins after midnight and ends before the next one. */
export const evidenceLimits: EvidenceLimits = {
  ...{ reports: 20, daysToAdd: 0.9, daysToDrop: 6.9, records: 500 },
};

export interface Evidence {
  reports: number;
  days: number;
  /** Records that were looked at, and those that there are. */
  sampled: number;
  records: number;
}

/** What is there, and what is needed. */
export type Missing = { readonly [Name in keyof Evidence]?: { has: number; needs: number } };

export type Confidence = "low" | "medium" | "high";

/** Days from the first report of some patterns to the last. */
export function daysOf(patterns: readonly Pattern[]): number {
  if (patterns.length === 0) return 0;
  const first = Math.min(...patterns.map(({ firstSeen }) => firstSeen));
  return (Math.max(...patterns.map(({ lastSeen }) => lastSeen)) - first) / DAY_MS;
}

/** What is missing to propose something; null where it is enough. */
export function missingOf(
  { reports, days, sampled, records }: Evidence,
  limits: EvidenceLimits,
  takes: boolean,
): Missing | null {
  const daysNeeded = takes ? Math.max(limits.daysToAdd, limits.daysToDrop) : limits.daysToAdd;
  const recordsNeeded = Math.min(records, limits.records);
  const missing: Missing = {
    ...(reports < limits.reports && { reports: { has: reports, needs: limits.reports } }),
    ...(days < daysNeeded && { days: { has: days, needs: daysNeeded } }),
    ...(sampled < recordsNeeded && { sampled: { has: sampled, needs: recordsNeeded } }),
  };
  return Object.keys(missing).length === 0 ? null : missing;
}

/** A sketch's size is a bound, so what keeps one is never sure. */
export function confidenceOf(
  { reports, days, sampled, records }: Evidence,
  hasSketches: boolean,
): Confidence {
  const share = records === 0 ? 1 : sampled / records;
  if (reports < 100 || days < 2 || share < 0.05) return "low";
  return reports >= 400 && days >= 6.9 && share >= 0.5 && !hasSketches ? "high" : "medium";
}
