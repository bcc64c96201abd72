/** A backend with records in it: what the benches and the size tests start from. */
import { stockRows, watchRows, type StockRow, type WatchRow } from "../data/rows.js";
import { startBackendProcess, type BackendProcess, type ProcessOptions } from "./backendProcess.js";
import { Tenant, type CubeName } from "./tenant.js";

/** Upkeep as fast as it can: one tenant has the machine for itself. */
export const UNPACED = { ROLLUPS_WRITE_BYTES_PER_SECOND: "1000000000" };

export interface LoadedTenant {
  tenant: Tenant;
  /** Sending records until the last one was committed; then, until all of them were folded. */
  sent: { cube: CubeName; records: number; seconds: number }[];
  foldedAfterSeconds: number;
}

/** Rows in order of time, as records come. */
export function inOrder(cube: "watch", count: number): WatchRow[];
export function inOrder(cube: "inventory", count: number): StockRow[];
export function inOrder(cube: CubeName, count: number): (WatchRow | StockRow)[];
export function inOrder(cube: CubeName, count: number) {
  return cube === "watch"
    ? [...watchRows(count)].sort((a, b) => a.watchedAt - b.watchedAt)
    : [...stockRows(count)].sort((a, b) => a.occurredAt - b.occurredAt);
}

/** Opens a tenant and fills the given cubes with so many records each. */
export async function loadTenant(
  backend: BackendProcess,
  tenantId: string,
  records: Partial<Record<CubeName, number>>,
): Promise<LoadedTenant> {
  const tenant = await Tenant.open(backend, tenantId);
  await tenant.settled();
  const sent: LoadedTenant["sent"] = [];
  for (const [cube, count] of Object.entries(records) as [CubeName, number][]) {
    const { rows, seconds } = await tenant.send(cube, inOrder(cube, count));
    sent.push({ cube, records: rows, seconds });
  }
  const { seconds } = await tenant.settled(1_800_000);
  return { tenant, sent, foldedAfterSeconds: seconds };
}

/** Starts a backend of this repository's app whose upkeep is not paced. */
export function startUnpaced(options: ProcessOptions = {}): Promise<BackendProcess> {
  return startBackendProcess({ env: UNPACED, ...options });
}
