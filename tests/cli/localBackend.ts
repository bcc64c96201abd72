/** A local backend with the app, as a process of its own, for suites that run commands against it. */
import { BackendClient } from "../../cli/backendClient.js";
import { ensureMember, ensureTenant, mintToken } from "../../cli/connection.js";
import {
  projectRoot,
  startBackendProcess,
  type BackendProcess,
} from "../../cli/demo/backendProcess.js";
import { freePort } from "../../cli/demo/ports.js";
import { Failure } from "../../cli/failure.js";
import { pushApp } from "../../local/push.js";
import { stageLimits } from "../support/stage.js";
import { runCommand, type Finished } from "./runCommand.js";
import { scratchDirectory } from "./support.js";

export type Row = Record<string, string | number | null>;

export class LocalBackend {
  private constructor(
    public process: BackendProcess,
    private readonly ports: { port: number; sitePort: number },
    readonly scratch: Awaited<ReturnType<typeof scratchDirectory>>,
  ) {}

  static async start(): Promise<LocalBackend> {
    const scratch = await scratchDirectory();
    const ports = { port: await freePort(), sitePort: await freePort() };
    const backend = await startBackendProcess({
      ...{ ...ports, dataDir: scratch.path("data"), limits: stageLimits },
    });
    await pushApp(backend, { cwd: projectRoot });
    return new LocalBackend(backend, ports, scratch);
  }

  get url(): string {
    return this.process.url;
  }

  /** Kills it without warning and starts it again on the same data and ports. */
  async crash(): Promise<void> {
    process.kill(this.process.pid, "SIGKILL");
    await this.process.ended.catch(() => undefined);
    const dataDir = this.scratch.path("data");
    this.process = await startBackendProcess({ ...this.ports, dataDir, limits: stageLimits });
  }

  async stop(): Promise<void> {
    await this.process.stop();
    await this.scratch.remove();
  }

  /** `npm run import` into a tenant. */
  importInto(tenant: string, ...args: string[]): Promise<Finished> {
    return runCommand("import", [...args, "--tenant", tenant, "--url", this.url]);
  }

  /**
   * What a member of the tenant reads, of all that was written: waits while the rollups are being
   * built, or the tail is too long to be read.
   */
  async read(tenantId: string, query: object): Promise<Row[]> {
    await ensureTenant(this.process, { tenantId });
    await ensureMember(this.process, { tenantId, subject: "reader", role: "viewer" });
    const token = await mintToken(this.process, { subject: "reader" });
    const client = new BackendClient(this.url, { token });
    for (;;) {
      const answer = await client
        .query<{ data: Row[]; freshness: string }>("aggregates:load", { tenantId, query })
        .catch((error: unknown) => {
          if (error instanceof Failure && error.code === "Building") return null;
          throw error;
        });
      if (answer?.freshness === "live") return answer.data;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
