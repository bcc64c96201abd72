/** What the CLI calls to push code and to manage the deployment. All of it needs the admin key. */
import type { Deployer } from "../push/deployer.js";
import { PushError, type PushRequest } from "../push/request.js";
import { RequestError } from "../errors.js";
import type { Exchange, Route } from "./exchange.js";

const LOG_POLL_MS = 5000;

const EMPTY_SCHEMA_CHANGE = { allocatedComponentIds: {}, schemaIds: {}, indexDiffs: {} };

/** Refused pushes answer 400 with a code and message, which the CLI prints. */
async function refusing<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof PushError)) throw error;
    throw new RequestError(400, error.code, error.message);
  }
}

export class DeployRoutes {
  constructor(
    private readonly deployer: Deployer,
    private readonly isAdmin: (exchange: Exchange, bodyKey: unknown) => boolean,
    private readonly urls: () => { url: string; siteUrl: string },
  ) {}

  private route<T>(serve: (body: T) => Promise<unknown> | unknown): Route {
    return async (exchange) => {
      const body = exchange.method === "GET" ? {} : await exchange.json<Record<string, unknown>>();
      if (!this.isAdmin(exchange, body.adminKey)) {
        throw new RequestError(
          403,
          "BadDeployKey",
          "The provided admin key was invalid for this instance",
        );
      }
      exchange.send(200, await refusing(async () => serve(body as T)));
    };
  }

  get routes(): Record<string, Route> {
    const { deployer } = this;
    return {
      "POST /api/get_config_hashes": this.route(() => ({
        config: { functions: "convex/", authInfo: [] },
        moduleHashes: [],
        nodeDependencies: [],
        udfServerVersion: deployer.serverVersion,
      })),
      "POST /api/deploy2/evaluate_push": this.route(() => ({ schemaChange: EMPTY_SCHEMA_CHANGE })),
      "POST /api/deploy2/evaluate_schema": this.route(() => ({
        componentSchemaEvaluations: {},
        newComponentDefinitions: [],
      })),
      "POST /api/deploy2/start_push": this.route((body: PushRequest) => deployer.start(body)),
      "POST /api/deploy2/wait_for_schema": this.route(
        (body: { schemaChange: { allocatedComponentIds: { push?: string } } }) =>
          deployer.schemaStatus(body.schemaChange.allocatedComponentIds.push),
      ),
      "POST /api/deploy2/finish_push": this.route(
        (body: {
          dryRun?: boolean;
          startPush: { schemaChange: { allocatedComponentIds: { push?: string } } };
        }) =>
          deployer.finish(
            body.startPush.schemaChange.allocatedComponentIds.push,
            body.dryRun === true,
          ),
      ),
      "POST /api/deploy2/report_push_completed": this.route(() => null),
      "POST /api/update_environment_variables": this.route(
        async (body: { changes: { name: string; value: string | null }[] }) => {
          await deployer.setEnvironment(body.changes);
          return null;
        },
      ),
      // `convex dev` and `convex logs` follow the log: there are no entries, the next poll may wait.
      "GET /api/stream_function_logs": async (exchange) => {
        await new Promise((resolve) => setTimeout(resolve, LOG_POLL_MS));
        exchange.send(200, { entries: [], newCursor: Date.now() });
      },
      "GET /api/v1/get_canonical_urls": this.route(() => {
        const { url, siteUrl } = this.urls();
        return { convexCloudUrl: url, convexSiteUrl: siteUrl };
      }),
    };
  }
}
