/** How batches reach the deployment: checked once, then sent; a dry run sends nothing. */
import type { BackendClient } from "../backendClient";
import type { BatchResult } from "./batchSender";
import type { RowDefinition } from "./fields";
import type { Row } from "./rowBuilder";

export interface Sending {
  send(rows: readonly Row[]): Promise<BatchResult>;
  /** When the import began, by the server's clock in milliseconds; undefined in a dry run. */
  startedAt: number | undefined;
}

export interface SendingOptions {
  definition: RowDefinition;
  tenant: string;
  /** Store what known rows read now where it differs. */
  replace: boolean;
}

/**
 * An empty check before the first row shows whether the caller may write, and what time it is there.
 * Without a client every row that was sent counts as accepted.
 */
export async function recordsOf(
  client: BackendClient | undefined,
  { definition, tenant, replace }: SendingOptions,
): Promise<Sending> {
  if (client === undefined) {
    const send = async (rows: readonly Row[]) => ({ accepted: rows.length, rejected: [] });
    return { send, startedAt: undefined };
  }
  const call = (rows: readonly Row[], check: boolean) =>
    client.mutation<BatchResult & { at: number }>(definition.mutation, {
      ...{ tenantId: tenant, rows, onKnown: replace ? "replace" : "report" },
      ...(check ? { check } : {}),
    });
  const { at } = await call([], true);
  return { send: (rows) => call(rows, false), startedAt: at };
}
