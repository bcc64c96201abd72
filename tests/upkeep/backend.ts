/**
 * The reference app on a backend of its own whose crons a test runs by itself, so that what is counted is
 * what it asked for.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ConvexHttpClient } from "convex/browser";
import { Tenant } from "../../bench/support/tenant.js";
import { api } from "../../convex/_generated/api.js";
import type { LocalBackend } from "../../local/backend.js";
import { jobTable, parseJob, setJobState } from "../../local/execution/jobDocument.js";
import type { Usage } from "../../local/execution/usageMeter.js";
import { setEnvironment } from "../../local/push.js";
import { stockRow } from "../convex/harness.js";
import { AppCopy } from "../support/appCopy.js";
import type { Profile } from "../../local/database/limits.js";
import { startStage } from "../support/stage.js";

const crons = "convex/components/rollups/crons.ts";
const noCrons = 'import { cronJobs } from "convex/server";\nexport default cronJobs();\n';

export class UpkeepBackend {
  private constructor(
    readonly app: AppCopy,
    readonly local: LocalBackend,
  ) {}

  /**
   * `env`: variables of the reference app; `changes`: texts of its files to replace. The rest is as shipped.
   */
  static async start(
    env: Record<string, string> = {},
    changes: Record<string, [from: string, to: string]> = {},
    profile: Profile = "production",
  ): Promise<UpkeepBackend> {
    const app = await AppCopy.layOut();
    await app.write(crons, noCrons);
    for (const [path, [from, to]] of Object.entries(changes)) await app.replace(path, from, to);
    const local = await startStage({ profile });
    if (Object.keys(env).length > 0) await setEnvironment(local, env);
    await app.push(local);
    return new UpkeepBackend(app, local);
  }

  async stop(): Promise<void> {
    await this.local.stop();
    await this.app.remove();
  }

  tenant(tenantId: string): Promise<Tenant> {
    return Tenant.open(this.local, tenantId);
  }

  async record(client: ConvexHttpClient, tenantId: string, rows = 1): Promise<void> {
    const some = Array.from({ length: rows }, () => stockRow({ occurredAt: Date.now() }));
    if (rows === 1) await client.mutation(api.inventory.record, { tenantId, row: some[0]! });
    else await client.mutation(api.inventory.recordBatch, { tenantId, rows: some });
  }

  /** Runs an internal function of the component, as a cron does. */
  async run(path: string, args: object = {}): Promise<unknown> {
    const answer = (await this.asAdmin("/api/function", "POST", {
      ...{ componentPath: "rollups", path, args, format: "json" },
    })) as { status: string; value: unknown };
    if (answer.status !== "success") throw new Error(`${path}: ${JSON.stringify(answer)}`);
    return answer.value;
  }

  async usage(): Promise<Usage> {
    return (await this.asAdmin("/local/usage", "GET")) as Usage;
  }

  async resetUsage(): Promise<void> {
    await this.asAdmin("/local/usage/reset", "POST");
  }

  /** Stored documents of a table of the component. */
  stored<Fields extends object>(name: string): Fields[] {
    const { database } = this.local;
    const table = database.catalog.table("rollups", name);
    if (table === undefined) return [];
    return [...database.documents(table)].map(({ text }) => JSON.parse(text) as Fields);
  }

  /** Paths of the jobs that wait for their time. */
  pendingJobs(): string[] {
    return this.jobs().map(({ path }) => path);
  }

  /** What "cancel all" in the dashboard does, and what a backup that is restored is like. */
  cancelJobs(): number {
    const { database } = this.local;
    const jobs = this.jobs();
    const transaction = database.begin();
    for (const { home, id } of jobs) {
      if (transaction.get(jobTable(transaction, home), id) === null) continue;
      setJobState(transaction, home, id, { kind: "canceled" }, Date.now());
    }
    database.commit(transaction, "cancel all");
    return jobs.length;
  }

  /** Waits until nothing is scheduled: all workers sleep. */
  async asleep(ms = 120_000): Promise<void> {
    await until(() => this.jobs().length === 0, ms);
  }

  private jobs() {
    const { database } = this.local;
    return [...database.catalog.allTables()]
      .filter(({ name }) => name === "_scheduled_functions")
      .flatMap((table) =>
        [...database.documents(table)].map(({ text }) => parseJob(table.component, text)),
      )
      .filter(({ state }) => state.kind === "pending");
  }

  private async asAdmin(path: string, method: "GET" | "POST", body?: object): Promise<unknown> {
    const response = await fetch(this.local.url + path, {
      method,
      headers: { Authorization: `Convex ${this.local.adminKey}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return await response.json();
  }
}

/** Waits for something to come about; throws after `ms`. */
export async function until(isTrue: () => boolean | Promise<boolean>, ms = 60_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`It did not come about within ${ms} ms.`);
    await sleep(50);
  }
}
