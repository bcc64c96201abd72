/** A local backend for apps outside the repository, and callers that name functions by text. */
import { ConvexHttpClient } from "convex/browser";
import { makeFunctionReference } from "convex/server";
import type { LocalBackend } from "../../local/backend.js";
import { pushApp, runCli, setIdentity } from "../../local/push.js";
import { startStage } from "../support/stage.js";
import type { AppFolder } from "./layOut.js";

type Args = Record<string, unknown>;

export class Caller {
  constructor(readonly client: ConvexHttpClient) {}

  async mutation<Result>(name: string, args: object): Promise<Result> {
    const reference = makeFunctionReference<"mutation", Args, Result>(name);
    return await this.client.mutation(reference, { ...args });
  }

  async query<Result>(name: string, args: object): Promise<Result> {
    return await this.client.query(makeFunctionReference<"query", Args, Result>(name), { ...args });
  }

  async action<Result>(name: string, args: object): Promise<Result> {
    const reference = makeFunctionReference<"action", Args, Result>(name);
    return await this.client.action(reference, { ...args });
  }
}

export class Backend {
  /** May call internal functions, too. */
  readonly admin: Caller;

  private constructor(readonly local: LocalBackend) {
    const client = new ConvexHttpClient(local.url, { logger: false });
    (client as unknown as { setAdminAuth(key: string): void }).setAdminAuth(local.adminKey);
    this.admin = new Caller(client);
  }

  static async start(): Promise<Backend> {
    // Some of the apps refuse by a text alone.
    const local = await startStage({ limits: { redacted: false } });
    await setIdentity(local);
    return new Backend(local);
  }

  /** Pushes with the stock CLI, as `npx convex dev` does. */
  async push({ cwd }: AppFolder): Promise<void> {
    await runCli(this.local, ["codegen", "--typecheck", "disable"], { cwd });
    await pushApp(this.local, { cwd });
  }

  /** `npx convex run`. */
  async run({ cwd }: AppFolder, name: string, args: object = {}): Promise<void> {
    await runCli(this.local, ["run", name, JSON.stringify(args)], { cwd });
  }

  /** A signed-in caller, whose token has these claims besides. */
  async signedIn(subject: string, claims: object = {}): Promise<Caller> {
    const client = new ConvexHttpClient(this.local.url, { logger: false });
    client.setAuth(await this.token(subject, claims));
    return new Caller(client);
  }

  async token(subject: string, claims: object = {}): Promise<string> {
    const response = await fetch(`${this.local.url}/local/token`, {
      method: "POST",
      headers: { Authorization: `Convex ${this.local.adminKey}` },
      body: JSON.stringify({ subject, ...claims }),
    });
    const { token } = (await response.json()) as { token: string };
    return token;
  }

  async stop(): Promise<void> {
    await this.local.stop();
  }
}

/** Waits for something to come about; throws after `ms`. */
export async function until(isTrue: () => Promise<boolean>, ms = 60_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`It did not come about within ${ms} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** What `rows` answers, as far as these tests look at it. */
export interface Answer {
  data: Record<string, string | number | null>[];
  servedBy: string;
  exact: boolean;
}
