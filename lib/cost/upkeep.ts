/** What upkeep takes, counted by months of 30 days, and what that comes to. */
import { priceOf, priceOfStorage, type Prices, type Usage } from "./prices.js";

/** Counted since the month began, epoch ms. */
export interface Counted extends Usage {
  since: number;
}

const DAY_MS = 86_400_000;
export const MONTH_MS = 30 * DAY_MS;

/** A call costs as much as reading so many bytes: 2 dollars a million, and 0.20 a GB. */
export const CALL_BYTES = 10_000;

/** The count after some more. A month that is over begins again. */
export function counted(before: Counted | null, more: Usage, now: number): Counted {
  const isOver = before === null || now - before.since >= MONTH_MS;
  const { since, calls, bytesRead, bytesWritten } = isOver ? noneSince(now) : before;
  return {
    since,
    calls: calls + more.calls,
    bytesRead: bytesRead + more.bytesRead,
    bytesWritten: bytesWritten + more.bytesWritten,
  };
}

/** The count as it stands now: of a month that is over nothing counts. */
export function current(count: Counted | null, now: number): Counted {
  return counted(count, { calls: 0, bytesRead: 0, bytesWritten: 0 }, now);
}

function noneSince(since: number): Counted {
  return { since, calls: 0, bytesRead: 0, bytesWritten: 0 };
}

/** Bytes that budgets are of: a call counts as what it costs. */
export function budgetBytes({ calls, bytesRead, bytesWritten }: Usage): number {
  return bytesRead + bytesWritten + calls * CALL_BYTES;
}

/** Whether a budget is used up; 0 is none. */
export function isOverBudget(usage: Usage, megabytesPerMonth: number): boolean {
  return megabytesPerMonth > 0 && budgetBytes(usage) > megabytesPerMonth * 1e6;
}

/** Dollars of 30 days at the pace so far. A month that is younger than a day is taken to be a day old. */
export function monthlyUpkeep(count: Counted, prices: Prices, now: number): number {
  return priceOf(count, prices) * (MONTH_MS / Math.max(DAY_MS, now - count.since));
}

/** What a rollup takes, as the backend knows it. */
export interface RollupUse {
  /** Estimated, from the sizes of its newest tiles; null before they are taken. */
  storedBytes: number | null;
  /** Of the tenant's upkeep, by the time that its last large fold took; null before one. */
  upkeepShare: number | null;
}

export interface RollupCost {
  /** Dollars per month; null where it is not known yet. */
  storage: number | null;
  upkeep: number | null;
}

/** Dollars per month of a rollup, where the tenant's upkeep comes to `upkeep`. */
export function rollupCost(
  { storedBytes, upkeepShare }: RollupUse,
  upkeep: number,
  prices: Prices,
): RollupCost {
  return {
    storage: storedBytes === null ? null : priceOfStorage(storedBytes, prices),
    upkeep: upkeepShare === null ? null : upkeep * upkeepShare,
  };
}

/** Dollars per month of a tenant: its upkeep, and what is stored of its rollups as far as that is known. */
export function tenantCost(
  rollups: readonly RollupUse[],
  upkeep: number,
  prices: Prices,
): { storage: number; upkeep: number; total: number } {
  const bytes = rollups.reduce((sum, { storedBytes }) => sum + (storedBytes ?? 0), 0);
  const storage = priceOfStorage(bytes, prices);
  return { storage, upkeep, total: storage + upkeep };
}
