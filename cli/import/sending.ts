/** How batches reach the deployment: checked once, then sent; a dry run sends nothing. */
import type { BackendClient } from "../backendClient.js";
import { BatchRefused, Failure } from "../failure.js";
import type { BatchResult, KnownRow } from "../records/batchSender.js";
import type { RowDefinition } from "./fields.js";
import type { Row } from "./rowBuilder.js";

export interface Sending {
  send(rows: readonly Row[]): Promise<BatchResult>;
  /** Looks rows up by their keys, and stores nothing; undefined in a dry run. */
  known: ((rows: readonly Row[]) => Promise<ReadonlyMap<number, KnownRow["outcome"]>>) | undefined;
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
export async function openSending(
  client: BackendClient | undefined,
  { definition, tenant, replace }: SendingOptions,
): Promise<Sending> {
  if (client === undefined) {
    const send = async (rows: readonly Row[]) => ({ accepted: rows.length, rejected: [] });
    return { send, known: undefined, startedAt: undefined };
  }
  const call = (rows: readonly Row[], check: boolean) =>
    client.mutation<BatchResult & { at: number }>(definition.mutation, {
      ...{ tenantId: tenant, rows, onKnown: replace ? "replace" : "report" },
      ...(check ? { check } : {}),
    });
  const { at } = await call([], true).catch((error: unknown) => {
    if (!(error instanceof BatchRefused)) throw error;
    throw new Failure(
      "WrongDeployment",
      `${definition.mutation} refuses an empty batch: ${error.message}`,
      "Is --url the deployment of this app, with its functions up to date?",
    );
  });
  return {
    send: (rows) => call(rows, false),
    known: async (rows) => {
      const { known = [] } = await call(rows, true);
      return new Map(known.map(({ index, outcome }) => [index, outcome]));
    },
    startedAt: at,
  };
}
