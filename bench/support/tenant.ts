/** A tenant of a running backend, through stock HTTP clients of one of its members. */
import { setTimeout as sleep } from "node:timers/promises";
import { ConvexHttpClient } from "convex/browser";
import type { FunctionReturnType } from "convex/server";
import { ensureMember, ensureTenant, mintToken } from "../../cli/connection.js";
import { api } from "../../convex/_generated/api.js";
import type { Row } from "../../lib/query/answer.js";
import { batches } from "../data/rows.js";

/** Rows of queries that are not known to the compiler: any member. */
export type Loaded = Omit<FunctionReturnType<typeof api.aggregates.load>, "data"> & { data: Row[] };
export type Health = FunctionReturnType<typeof api.aggregates.health>;
export type CubeName = "watch" | "inventory";

const SUBJECT = "ann";
const NO_ROOM_MS = 300;

/** Makes a call again for as long as the deployment refuses it before it runs. */
export async function whenRoom<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const isRefused = /TooManyWrites|TooManyConcurrentRequests/.test((error as Error).message);
      if (!isRefused) throw error;
    }
    await sleep(NO_ROOM_MS);
  }
}
const POLL_MS = 100;

export class Tenant {
  private readonly client: ConvexHttpClient;

  private constructor(
    private readonly url: string,
    private readonly token: string,
    readonly tenantId: string,
  ) {
    this.client = this.connect();
  }

  /** The tenant with an admin as member; both are made when missing. */
  static async open(
    { url, adminKey }: { url: string; adminKey: string },
    tenantId: string,
  ): Promise<Tenant> {
    const connection = { url, adminKey };
    await ensureTenant(connection, { tenantId });
    await ensureMember(connection, { tenantId, subject: SUBJECT, role: "admin" });
    return new Tenant(url, await mintToken(connection, { subject: SUBJECT }), tenantId);
  }

  /** A client of its own, signed in as the member. */
  connect(): ConvexHttpClient {
    const client = new ConvexHttpClient(this.url, { logger: false });
    client.setAuth(this.token);
    return client;
  }

  load(query: unknown, freshness: "live" | "folded" = "live"): Promise<Loaded> {
    const { tenantId } = this;
    return this.client.query(api.aggregates.load, { tenantId, query: query as never, freshness });
  }

  health(): Promise<Health> {
    return this.client.query(api.aggregates.health, { tenantId: this.tenantId });
  }

  /** Sends rows in batches over some connections at once. Throws when a row is rejected. */
  async send(
    cube: CubeName,
    rows: Iterable<Record<string, unknown>>,
    { batchRows = 1000, connections = 4 } = {},
  ): Promise<{ rows: number; seconds: number }> {
    const startedAt = performance.now();
    const queue = batches(rows, batchRows);
    let sent = 0;
    const sender = async () => {
      const client = this.connect();
      // One generator feeds all senders; each takes the next batch when it is free.
      for (let next = queue.next(); !next.done; next = queue.next()) {
        const { value } = next;
        const result = await whenRoom(() =>
          client.mutation(
            api[cube].recordBatch,
            { tenantId: this.tenantId, rows: value },
            { skipQueue: true },
          ),
        );
        if (result.rejected.length > 0) {
          throw new Error(`Rows were rejected: ${JSON.stringify(result.rejected[0])}`);
        }
        sent += result.accepted;
      }
    };
    await Promise.all(Array.from({ length: connections }, sender));
    return { rows: sent, seconds: (performance.now() - startedAt) / 1000 };
  }

  /**
   * Waits until every rollup serves and nothing is left to fold or repair. Resolves to the wait.
   * Patient with a slow machine, on which a look may take too long, not with a worker that stands still.
   */
  async settled(standstillMs = 120_000): Promise<{ seconds: number }> {
    const startedAt = performance.now();
    let progress = "";
    let progressedAt = startedAt;
    for (;;) {
      const health = await this.health().catch((error: unknown) => {
        if (performance.now() - progressedAt > standstillMs) throw error;
        return null;
      });
      if (health === null) {
        await sleep(POLL_MS);
        continue;
      }
      const failed = health.rollups.filter(({ status }) => status === "failed");
      if (failed.length > 0) throw new Error(`Failed: ${JSON.stringify(failed)}`);
      const ready =
        health.rollups.length > 0 && health.rollups.every(({ status }) => status === "ready");
      if (ready && health.backlog === 0 && health.repairs === 0) {
        return { seconds: (performance.now() - startedAt) / 1000 };
      }
      const { watermark, backlog, repairs, backfills } = health;
      const now = JSON.stringify({ watermark, backlog, repairs, backfills });
      if (now !== progress) {
        progress = now;
        progressedAt = performance.now();
      }
      if (performance.now() - progressedAt > standstillMs) {
        throw new Error(`Stands still: ${JSON.stringify(health)}`);
      }
      await sleep(POLL_MS);
    }
  }
}
