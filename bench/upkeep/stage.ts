/**
 * What every case runs on: a deployment as strict as Convex, of the reference app and one function more,
 * which writes rows past capture, as an import of data does that was there before the component.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { ConvexHttpClient } from "convex/browser";
import { makeFunctionReference } from "convex/server";
import { ensureTenant } from "../../cli/connection.js";
import { AppCopy } from "../../tests/support/appCopy.js";
import type { PartialLimits } from "../../local/backend.js";
import { catalogue } from "../../convex/cubes.js";
import { batches } from "../data/rows.js";
import { startBackendProcess, type BackendProcess } from "../support/backendProcess.js";
import { Tenant, whenRoom, type CubeName } from "../support/tenant.js";
import type { Row } from "./rows.js";

const rawRows = `
import { v } from "convex/values";
import { internalMutation } from "./_generated/server";

export const insert = internalMutation({
  args: { table: v.union(v.literal("watchRecords"), v.literal("inventoryRecords")), rows: v.array(v.any()) },
  returns: v.null(),
  handler: async (ctx, { table, rows }) => {
    for (const row of rows) await ctx.db.insert(table, row);
    return null;
  },
});
`;

const insertRaw = makeFunctionReference<
  "mutation",
  { table: string; rows: Record<string, unknown>[] },
  null
>("rawRows:insert");

const RAW_BATCH = 500;
/** A worker rests at most this long with nothing to do before it sleeps. */
const QUIET_MS = 60_000;

export interface StageOptions {
  /** Whether nested calls share their caller's second. */
  nestedTime: "shared" | "separate";
  /** The clock of user time: on a busy machine the CPU's tells more. */
  userClock: "wall" | "cpu";
  /** Milliseconds of each read, as far as the backend can take it. */
  readLatencyMs?: number;
  /** A call may take what it takes, so an iteration folds its batch into all generations. */
  isUnbounded?: boolean;
}

/**
 * What folding costs that has to fit nothing, neither a second nor a transaction: as many changes as it folded at once
 * before there was a budget, into all generations.
 */
const unboundedFold = {
  ...{ workUs: 1e12, pieceUs: 1e12, changes: 2000, writeBytesPerSecond: 1e9 },
  // All rows are there before the second batch is folded.
  busyMs: 10_000,
};
/** By the CPU's clock nothing counts that others do: iterations that begin late because of them are none that were lost. */
const unhurriedFold = { graceMs: 1e9 };
const unboundedLimits = {
  ...{ userTimeMs: 600_000, heapBytes: null, coldContexts: false, writtenBytesPerSecond: 1e9 },
  transaction: {
    ...{ bytesRead: 1e9, bytesWritten: 1e9, databaseQueries: 1e6 },
    ...{ documentsRead: 1e6, documentsWritten: 1e6 },
  },
};

export class Stage {
  private constructor(
    readonly backend: BackendProcess,
    private readonly app: AppCopy,
    private readonly admin: ConvexHttpClient,
  ) {}

  static async start({ readLatencyMs, isUnbounded, ...times }: StageOptions): Promise<Stage> {
    const app = await AppCopy.layOut();
    await app.write("convex/rawRows.ts", rawRows);
    const fold = {
      ...(times.userClock === "cpu" && unhurriedFold),
      ...(isUnbounded && unboundedFold),
    };
    const changed = Object.entries(fold).map(([name, value]) => `${name}: ${value},`);
    await app.replace("convex/limits.ts", "fold: {", `fold: { ${changed.join(" ")}`);
    // Errors with their text: what fails is to be read.
    const limits = {
      ...{ ...times, redacted: false, ...(readLatencyMs && { readLatencyMs }) },
      ...(isUnbounded && unboundedLimits),
    };
    const backend = await startBackendProcess({
      app: app.cwd,
      limits: limits as PartialLimits,
    });
    const admin = new ConvexHttpClient(backend.url, { logger: false });
    (admin as unknown as { setAdminAuth(key: string): void }).setAdminAuth(backend.adminKey);
    return new Stage(backend, app, admin);
  }

  /** Rows that are there before upkeep knows the tenant, in this order of creation. */
  async insertRaw(tenantId: string, cube: CubeName, rows: Iterable<Row>): Promise<void> {
    const { table } = catalogue[cube];
    for (const batch of batches(rows, RAW_BATCH)) {
      const args = { table, rows: batch.map((row) => ({ ...row, tenantId })) };
      await whenRoom(() => this.admin.mutation(insertRaw as never, args as never));
    }
  }

  /** A tenant without members. */
  ensureTenant(tenantId: string): Promise<void> {
    return whenRoom(() => ensureTenant(this.backend, { tenantId }));
  }

  tenant(tenantId: string): Promise<Tenant> {
    return Tenant.open(this.backend, tenantId);
  }

  /** Stops the loop of a tenant for good, as an operator may. */
  async stopWorker(tenantId: string): Promise<void> {
    const response = await fetch(`${this.backend.url}/api/mutation`, {
      method: "POST",
      headers: { Authorization: `Convex ${this.backend.adminKey}` },
      body: JSON.stringify({
        componentPath: "rollups/batchWorker",
        path: "lib:stop",
        args: { name: `fold:${tenantId}` },
      }),
    });
    const answer = (await response.json()) as { status: string };
    if (answer.status !== "success") throw new Error(JSON.stringify(answer));
  }

  /** Waits until no worker of any tenant has run for a while. */
  async quiet(withinMs = 1_800_000): Promise<void> {
    const end = Date.now() + withinMs;
    let seen = -1;
    let since = Date.now();
    while (Date.now() - since < QUIET_MS) {
      if (Date.now() > end) throw new Error("The workers do not come to rest.");
      await sleep(1000);
      const loops = (await this.backend.stats()).userTimes[LOOP]?.runs ?? 0;
      if (loops !== seen) {
        seen = loops;
        since = Date.now();
      }
    }
  }

  async reset(): Promise<void> {
    await this.backend.resetUsage();
    await this.backend.resetStats();
  }

  async stop(): Promise<void> {
    await this.backend.stop();
    await this.app.remove();
  }
}

/** The worker's iteration: plan and step, in one call. */
export const LOOP = "rollups/batchWorker/loop:loop";
