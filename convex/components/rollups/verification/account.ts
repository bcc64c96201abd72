/**
 * What verification may use, of all tenants together: an account that fills evenly, an hour's share at
 * most, and that steps draw on. A step may overdraw it; the next one then waits.
 */
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";
import type { Limits } from "../limits/limits.js";

export interface Account {
  /** Bytes that may be used, as of `at`; below 0 is debt. */
  balance: number;
  at: number;
  /** Bytes that were used since then: a month at most. */
  used: number;
  since: number;
}

const MONTH_MS = 30 * 86_400_000;
const HOUR_MS = 3_600_000;

/** What an hour brings, in bytes: also what is saved at most, and what one tenant's turn may take. */
export function hourlyBytes({ megabytesPerMonth }: Limits["verification"]): number {
  return (megabytesPerMonth * 1e6 * HOUR_MS) / MONTH_MS;
}

/** An account that was never used holds an hour's share. */
export function newAccount(limits: Limits["verification"], now: number): Account {
  return { balance: hourlyBytes(limits), at: now, used: 0, since: now };
}

/** The account at a later time. */
export function filled(account: Account, limits: Limits["verification"], now: number): Account {
  const hourly = hourlyBytes(limits);
  const brought = (hourly * Math.max(0, now - account.at)) / HOUR_MS;
  const isNewMonth = now - account.since >= MONTH_MS;
  return {
    balance: Math.min(hourly, account.balance + brought),
    at: now,
    used: isNewMonth ? 0 : account.used,
    since: isNewMonth ? now : account.since,
  };
}

/** The account after some bytes were used. */
export function charged(account: Account, bytes: number): Account {
  return { ...account, balance: account.balance - bytes, used: account.used + bytes };
}

/** The account, and the chain that draws on it; null before the first tick of the cron. */
export async function readChain(
  ctx: Pick<QueryCtx, "db">,
): Promise<Doc<"verificationChains"> | null> {
  return await ctx.db.query("verificationChains").first();
}
