/**
 * Holds what is deployed and replaces it: prepares pushes, checks stored documents against their
 * schemas, and switches over in one step. Keeps the last push on disk so that a restart serves it.
 */
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AuthProvider, Verifier } from "../auth/verifier.js";
import { Deployment } from "../execution/deployment.js";
import type { Runner } from "../execution/runner.js";
import { type PreparedPush, preparePush } from "./preparedPush.js";
import { PushError, type PushRequest } from "./request.js";
import { applySchemas, findMismatch } from "./schemaChange.js";

const APP_FILE = "app.json";
const PREPARED_MAX = 4;

interface SavedApp {
  request: PushRequest | null;
  environment: Record<string, string>;
}

export class Deployer {
  serverVersion = "1.48.0";
  private readonly prepared = new Map<string, PreparedPush>();
  private current: PreparedPush | null = null;
  private environment: Record<string, string> = {};
  private generation = 0;
  /** Called after every switch of the deployment. */
  onDeploy: (deployment: Deployment) => void = () => undefined;

  constructor(
    private readonly runner: Runner,
    private readonly verifier: Verifier,
    private readonly dataDir: string | null,
    /** Environment variables that the backend itself provides. */
    private readonly baseEnvironment: () => Record<string, string>,
  ) {}

  /** Environment variables as functions of the app see them. */
  get env(): Record<string, string> {
    return { ...this.baseEnvironment(), ...this.environment };
  }

  /** Variables set with `convex env set`. */
  get ownEnvironment(): Readonly<Record<string, string>> {
    return this.environment;
  }

  /** Serves the app that was pushed before a restart, if any. */
  async restore(): Promise<void> {
    if (this.dataDir === null) return;
    const text = await readFile(join(this.dataDir, APP_FILE), "utf8").catch(() => null);
    if (text === null) return;
    const saved = JSON.parse(text) as SavedApp;
    this.environment = saved.environment;
    if (saved.request !== null) {
      this.deploy(await preparePush(saved.request, this.runner.database.catalog, this.env));
    }
  }

  private async save(): Promise<void> {
    if (this.dataDir === null) return;
    const saved: SavedApp = {
      request: this.current?.request ?? null,
      environment: this.environment,
    };
    await mkdir(this.dataDir, { recursive: true });
    const path = join(this.dataDir, APP_FILE);
    await writeFile(`${path}.new`, JSON.stringify(saved));
    await rename(`${path}.new`, path);
  }

  /** Analyzes a push; answers what the CLI generates code from. */
  async start(request: PushRequest): Promise<unknown> {
    const push = await preparePush(request, this.runner.database.catalog, this.env);
    const id = randomUUID();
    this.prepared.set(id, push);
    if (this.prepared.size > PREPARED_MAX) {
      this.prepared.delete(this.prepared.keys().next().value!);
    }
    return {
      environmentVariables: {},
      externalDepsId: null,
      componentDefinitionPackages: {},
      appAuth: push.authProviders satisfies AuthProvider[],
      analysis: push.analysis,
      app: push.app,
      schemaChange: { allocatedComponentIds: { push: id }, schemaIds: {}, indexDiffs: {} },
    };
  }

  private mustPrepared(id: string | undefined): PreparedPush {
    const push = this.prepared.get(id ?? "");
    if (push === undefined)
      throw new PushError("UnknownPush", "The push has expired; start again.");
    return push;
  }

  schemaStatus(id: string | undefined): unknown {
    const problem = findMismatch(this.runner.database, this.mustPrepared(id).schemas);
    return problem === null ? { type: "complete" } : { type: "failed", ...problem };
  }

  /** Switches to a prepared push. */
  async finish(id: string | undefined, isDryRun: boolean): Promise<unknown> {
    const push = this.mustPrepared(id);
    const before = this.verifier.providers.map((each) => JSON.stringify(each));
    const after = push.authProviders.map((each) => JSON.stringify(each));
    if (!isDryRun) {
      const problem = findMismatch(this.runner.database, push.schemas);
      if (problem !== null) throw new PushError("SchemaMismatch", problem.error);
      this.deploy(push);
      this.prepared.delete(id!);
      await this.save();
    }
    return {
      authDiff: {
        added: after.filter((each) => !before.includes(each)),
        removed: before.filter((each) => !after.includes(each)),
      },
      definitionDiffs: {},
      componentDiffs: {},
    };
  }

  private deploy(push: PreparedPush): void {
    applySchemas(this.runner.database, push.schemas);
    this.current = push;
    this.verifier.providers = push.authProviders;
    this.runner.deployment = new Deployment(push.root, ++this.generation);
    this.runner.pool.clear();
    this.runner.heap.renew();
    this.onDeploy(this.runner.deployment);
  }

  /** Sets the variables that the app lacks; nothing where it has all. */
  async setMissing(variables: Readonly<Record<string, string>>): Promise<void> {
    const missing = Object.entries(variables).filter(([name]) => !Object.hasOwn(this.env, name));
    if (missing.length === 0) return;
    await this.setEnvironment(missing.map(([name, value]) => ({ name, value })));
  }

  /** Sets or removes environment variables; the app sees them at once. Refused when it cannot do without. */
  async setEnvironment(changes: { name: string; value: string | null }[]): Promise<void> {
    const before = this.environment;
    this.environment = { ...before };
    for (const { name, value } of changes) {
      if (value === null) delete this.environment[name];
      else this.environment[name] = value;
    }
    try {
      if (this.current !== null) {
        const { catalog } = this.runner.database;
        this.deploy(await preparePush(this.current.request, catalog, this.env));
      }
    } catch (error) {
      this.environment = before;
      throw error;
    }
    await this.save();
  }
}
