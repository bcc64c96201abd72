/** What a deployment is billed for, and what that costs. */

/** Counted things of some span of time. Bytes are plain bytes. */
export interface Usage {
  /** Function calls, nested ones and runs of subscriptions included. */
  calls: number;
  bytesRead: number;
  bytesWritten: number;
}

export interface Prices {
  /** Dollars per million calls. */
  calls: number;
  /** Dollars per GB (10⁹ bytes) read or written. */
  bandwidth: number;
  /** Dollars per GB and month; each index holds its own copy. */
  storage: number;
}

/** Convex's Professional plan. */
export const PROFESSIONAL: Prices = { calls: 2, bandwidth: 0.2, storage: 0.2 };

/** Dollars. */
export function priceOf({ calls, bytesRead, bytesWritten }: Usage, prices: Prices): number {
  return (calls / 1e6) * prices.calls + ((bytesRead + bytesWritten) / 1e9) * prices.bandwidth;
}

/** Dollars per month. */
export function priceOfStorage(bytes: number, prices: Prices): number {
  return (bytes / 1e9) * prices.storage;
}
