/** What operators ask of a tenant's rollups, and have done. */
import { makeFunctionReference } from "convex/server";
import type { Health, Rollout, Stage } from "../../react/index.js";

export type OperatedRollup = Health["rollups"][number] & {
  /** When the last whole comparison of it with the records ended, epoch ms. */
  verifiedAt: number | null;
  /** Buckets that this comparison found wrong; they are restored since, or will be. */
  differed: number;
  /** When its tiles were last measured, once a day: null before, and 0 where there were none by then. */
  storedBytes: number | null;
  /** Dollars a month, at the pace so far; null where that is not known yet. */
  cost: { storage: number | null; upkeep: number | null };
};

export interface Build {
  cube: string;
  rollups: string[];
  /** Records read so far. */
  documents: number;
  /** 0 to 1, or null where that is not known. */
  progress: number | null;
  documentsPerSecond: number;
  startedAt: number;
}

export interface OperatedHealth extends Health {
  rollups: OperatedRollup[];
  /** When the worker is due, epoch ms; null where it sleeps or is stopped. */
  dueAt: number | null;
  standstill: { message: string; forMs: number } | null;
  backfills: Build[];
  repairs: number;
  drifts: number;
  /** Null where the app wants no alerts. */
  alerts: OperatedAlerts | null;
  /** Dollars a month. */
  cost: { storage: number; upkeep: number; total: number };
  budget: {
    megabytesPerMonth: number;
    usedMegabytes: number;
    isOver: boolean;
    isSlow: boolean;
  } | null;
  verification: {
    passes: number;
    checked: number;
    equal: number;
    consistency: number | null;
    lastPassAt: number | null;
    dueAt: number;
    setback: { code: string; times: number } | null;
  } | null;
}

interface AlertSubject {
  kind: string;
  cube: string | null;
  rollup: string | null;
}

export interface OperatedAlerts {
  open: (AlertSubject & { state: "ok" | "warn" | "error"; since: number; message: string })[];
  undelivered: (AlertSubject & {
    at: number;
    attempts: number;
    error: string | null;
    isGivenUp: boolean;
  })[];
}

/** Comparisons of one cube, since they were last cleared. */
export interface Compared {
  cube: string;
  since: number;
  equal: number;
  different: number;
  /** By reason. */
  failed: Record<string, number>;
  skipped: Record<string, number>;
}

export type DifferenceKind = "missing" | "extra" | "value" | "order" | "total";

export interface Difference {
  cube: string;
  question: string;
  kind: DifferenceKind;
  query: unknown;
  route: string;
  commit: string;
  rows: number;
  /** The first differing row, as each way has it. */
  old: unknown;
  new: unknown;
  times: number;
  firstSeen: number;
  lastSeen: number;
}

export interface Review {
  comparisons: Compared[];
  differences: Difference[];
}

type OfTenant = { tenantId: string };

export type Move = { stage: Stage | "follow"; percent?: number; cube?: string };

export const operate = {
  health: makeFunctionReference<"query", OfTenant, OperatedHealth>("aggregates:health"),
  flag: makeFunctionReference<"query", OfTenant, { mode: "on" | "off"; rollout?: Rollout }>(
    "flags:get",
  ),
  differences: makeFunctionReference<"query", OfTenant, Review>("flags:differences"),
  move: makeFunctionReference<"mutation", OfTenant & Move, null>("flags:move"),
  clear: makeFunctionReference<"mutation", OfTenant, { more: boolean }>("flags:clear"),
  rebuild: makeFunctionReference<"mutation", OfTenant & { cube: string; rollup: string }, object>(
    "rollups:rebuild",
  ),
  verify: makeFunctionReference<"mutation", OfTenant, null>("rollups:verify"),
  replay: makeFunctionReference<"mutation", OfTenant, unknown>("rollups:replay"),
};
