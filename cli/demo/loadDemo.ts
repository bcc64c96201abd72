/**
 * Sends the demo data, newest first: the dashboard's presets are full within seconds, and two years
 * of history follow behind them.
 */
import type { BackendClient } from "../backendClient.js";
import { BatchSender, type BatchResult } from "../records/batchSender.js";
import { Failure } from "../failure.js";
import { inventoryLedger } from "./inventoryLedger.js";
import type { Ledger } from "./record.js";
import { demoTenants, shareOut } from "./tenants.js";
import { watchLedger } from "./watchLedger.js";

export type LoadPlan = { records: number; end: number; seed: string };

export type LoadCounts = { total: number; accepted: number };

/** Rows per call: small enough for a transaction to be short, large enough to pay for itself. */
const batchRows = 500;

/** Rows that each ledger sends before the next one has its turn, so that all fill up alike. */
const turnRows = 2_000;

/** Rows of each ledger that come first: the last days of every tenant. */
const firstRows = 1_000;

type Source = { tenantId: string; mutation: string; ledger: Ledger<object>; next: number };

export class DemoLoad {
  readonly counts: LoadCounts;
  private readonly sources: Source[];
  private stopped = false;

  constructor(
    private readonly client: BackendClient,
    { records, end, seed }: LoadPlan,
    private readonly onProgress: (counts: LoadCounts) => void,
  ) {
    const watch = shareOut(records, "watch");
    const inventory = shareOut(records, "inventory");
    this.sources = demoTenants.flatMap((tenant) => {
      const { tenantId } = tenant;
      const views = watchLedger(tenant, watch.get(tenantId)!, end, seed);
      const moves = inventoryLedger(tenant, inventory.get(tenantId)!, end, seed);
      return [
        { tenantId, mutation: "watch:recordBatch", ledger: views, next: views.groups - 1 },
        { tenantId, mutation: "inventory:recordBatch", ledger: moves, next: moves.groups - 1 },
      ];
    });
    const total = this.sources.reduce((sum, { ledger }) => sum + ledger.rows, 0);
    this.counts = { total, accepted: 0 };
  }

  /** The last days of every tenant and cube. */
  async loadNewest(): Promise<void> {
    await Promise.all(this.sources.map((source) => this.send(source, firstRows)));
  }

  /** All that is left, in turns. */
  async loadHistory(): Promise<void> {
    while (!this.stopped && this.sources.some(({ next }) => next >= 0))
      await Promise.all(this.sources.map((source) => this.send(source, turnRows)));
  }

  /** Lets running batches finish and sends no more. */
  stop(): void {
    this.stopped = true;
  }

  private async send(source: Source, rows: number): Promise<void> {
    const { tenantId, mutation, ledger } = source;
    const sender = new BatchSender<object>({
      batchRows,
      concurrency: 1,
      send: (batch) => this.client.mutation<BatchResult>(mutation, { tenantId, rows: batch }),
      onAccepted: (count) => {
        this.counts.accepted += count;
        this.onProgress(this.counts);
      },
      onRejected(_row, code, message) {
        throw new Failure(code, `The backend refuses a row of the demo data: ${message}`);
      },
    });
    for (let sent = 0; sent < rows && source.next >= 0 && !this.stopped; source.next -= 1) {
      const group = ledger.group(source.next);
      await sender.push(...group);
      sent += group.length;
    }
    await sender.finish();
  }
}
