/**
 * The embedded local backend: one process that the stock Convex CLI pushes to and stock clients
 * connect to. This file puts the rooms together; each of them is small and knows little of the rest.
 */
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { IdentityProvider, type TokenRequest } from "./auth/provider.js";
import { Verifier } from "./auth/verifier.js";
import { removeConnection, writeConnection } from "./connection.js";
import { qualifiedName } from "./database/catalog.js";
import { Database, wallNanos } from "./database/database.js";
import { Journal } from "./database/journal.js";
import {
  DEFAULT_PROFILE,
  type Limits,
  limitsOf,
  type PartialLimits,
  type Profile,
} from "./database/limits.js";
import { RequestError } from "./errors.js";
import { Runner } from "./execution/runner.js";
import {
  type ConflictStats,
  type FunctionCounters,
  FunctionStats,
  type UserTimes,
} from "./execution/stats.js";
import { DeployRoutes } from "./http/deployRoutes.js";
import type { Exchange, Route } from "./http/exchange.js";
import { FunctionRoutes } from "./http/functionRoutes.js";
import { SiteRoutes } from "./http/siteRoutes.js";
import { storageRoutes } from "./http/storageRoutes.js";
import { close, listen, type Logger, newServer, router } from "./http/server.js";
import { Deployer } from "./push/deployer.js";
import { Crons } from "./scheduler/crons.js";
import { Scheduler } from "./scheduler/scheduler.js";
import { FileStore } from "./storage/files.js";
import { QueryCache } from "./sync/queryCache.js";
import { serveSync } from "./sync/server.js";
import { SessionRequests } from "./sync/sessionRequests.js";
import { SystemQueries } from "./sync/systemQueries.js";

export type { Limits, PartialLimits, Profile } from "./database/limits.js";

export interface BackendOptions {
  /** 0 or absent: any free port. */
  port?: number;
  sitePort?: number;
  /** Where to keep data over restarts; in memory when absent. */
  dataDir?: string;
  /** How strict it is; `limits` change single ones. Default: DEFAULT_PROFILE. */
  profile?: Profile;
  limits?: PartialLimits;
  logger?: Logger;
  adminKey?: string;
  /** Environment variables of the app, over the backend's own defaults. */
  env?: Record<string, string>;
  /** Where `.convex-local/` goes; null writes none. Default: the current directory. */
  connectionDir?: string | null;
}

export interface BackendStats {
  ts: string;
  documents: Record<string, number>;
  functions: Record<string, FunctionCounters>;
  /** Of functions that ran, nested ones too. */
  userTimes: Record<string, UserTimes>;
  conflicts: ConflictStats;
  realmsCreated: number;
  /** Calls whose heap was judged by running them again, and those that ended otherwise then. */
  heaps: { judged: number; diverged: number };
  jobs: { pending: number; running: number };
  /** Sockets open, answers kept, runs of live or cached queries and runs spared. */
  sync: { sockets: number; cached: number; runs: number; hits: number };
}

export interface LocalBackend {
  readonly url: string;
  readonly siteUrl: string;
  readonly adminKey: string;
  readonly limits: Limits;
  /** Variables that name its identity provider; with the profile `production` the app has to set them. */
  readonly identityEnvironment: Record<string, string>;
  /** The database itself, for tests that look inside. */
  readonly database: Database;
  stats(): BackendStats;
  resetStats(): void;
  /** Cuts every client's connection, to test that they recover. */
  dropConnections(): void;
  /** A token of the backend's own identity provider. */
  token(request: TokenRequest): Promise<string>;
  stop(): Promise<void>;
}

const JOURNAL_FILE = "journal.ndjson";

const quietLogger: Logger = {
  error: (message, error) => console.error(`[local] ${message}`, error ?? ""),
};

/** Starts a backend on the loopback interface. */
export async function startBackend(options: BackendOptions = {}): Promise<LocalBackend> {
  const profile = options.profile ?? DEFAULT_PROFILE;
  const limits = limitsOf(profile, options.limits);
  const logger = options.logger ?? quietLogger;
  const adminKey = options.adminKey ?? `local|${randomBytes(24).toString("hex")}`;
  const dataDir = options.dataDir ?? null;
  if (dataDir !== null) await mkdir(dataDir, { recursive: true });
  let url = "";
  let siteUrl = "";

  const database = new Database(limits);
  const requests = new SessionRequests();
  const journal =
    dataDir === null ? null : await Journal.open(join(dataDir, JOURNAL_FILE), database, requests);
  database.advanceTo(wallNanos());
  const identities = await IdentityProvider.open(dataDir, () => url);
  const verifier = new Verifier(adminKey, {
    url: () => identities.environment.AUTH_JWKS,
    jwks: () => identities.jwks,
  });
  const files = new FileStore(
    database,
    dataDir === null ? null : join(dataDir, "files"),
    () => url,
  );
  const stats = new FunctionStats();
  const runner = new Runner(database, files, limits, stats, (claims, component, seconds) =>
    identities.sign(claims, component, seconds),
  );
  const cache = new QueryCache(runner, database);
  const deployer = new Deployer(runner, verifier, dataDir, () => ({
    CONVEX_CLOUD_URL: url,
    CONVEX_SITE_URL: siteUrl,
    ...(profile === "relaxed" ? identities.environment : {}),
    ...options.env,
  }));

  const report = (message: string, error: unknown) => logger.error(message, error);
  const scheduler = new Scheduler(runner, database, report);
  const crons = new Crons(runner, report);
  deployer.onDeploy = (deployment) => {
    cache.clear();
    crons.deploy(deployment);
  };

  const isAdmin = (exchange: Exchange, bodyKey?: unknown): boolean => {
    const header = exchange.header("authorization");
    const key = header?.startsWith("Convex ") === true ? header.slice(7) : bodyKey;
    return typeof key === "string" && verifier.isAdminKey(key);
  };
  const adminOnly = (exchange: Exchange): void => {
    if (!isAdmin(exchange)) throw new RequestError(401, "BadAdminKey", "An admin key is needed");
  };
  const forAdmin =
    (answer: () => unknown): Route =>
    (exchange) => {
      adminOnly(exchange);
      exchange.send(200, answer() ?? {});
    };

  const collectStats = (): BackendStats => {
    const documents: Record<string, number> = {};
    for (const table of database.catalog.allTables()) {
      documents[qualifiedName(table)] = database.count(table);
    }
    return {
      ts: database.latest.ts.toString(),
      documents,
      functions: stats.functionCounters(),
      userTimes: stats.userTimes(),
      conflicts: stats.conflictCounters(),
      realmsCreated: runner.pool.created,
      heaps: { ...runner.heap.counts },
      jobs: { pending: scheduler.pending, running: scheduler.running },
      sync: { sockets: sync.open, ...cache.stats },
    };
  };

  // The port must be known before the app can be evaluated, so requests may arrive before it is there.
  const { promise: restored, resolve: openRequests } = deferred();
  const whenRestored =
    (handle: Route): Route =>
    async (exchange) => {
      await restored;
      await handle(exchange);
    };

  const functions = new FunctionRoutes(runner, verifier, cache);
  const site = new SiteRoutes(runner, verifier, () => siteUrl);
  const server = newServer(
    whenRestored(
      router({
        ...functions.routes,
        "POST /api/run/*": (exchange) => functions.serveRun(exchange),
        ...new DeployRoutes(deployer, isAdmin, () => ({ url, siteUrl })).routes,
        ...storageRoutes(runner),
        "* /http/*": (exchange) => site.serve(exchange, "/http"),
        "GET /version": (exchange) => exchange.send(200, "local"),
        "GET /instance_name": (exchange) => {
          exchange.response.end("local-embedded");
        },
        "GET /.well-known/jwks.json": (exchange) => exchange.send(200, identities.jwks),
        "GET /.well-known/openid-configuration": (exchange) =>
          exchange.send(200, identities.discovery),
        "POST /local/token": async (exchange) => {
          adminOnly(exchange);
          const request = await exchange.json<TokenRequest>();
          if (typeof request.subject !== "string") {
            throw new RequestError(400, "BadRequest", "`subject` must be a string");
          }
          exchange.send(200, { token: await identities.token(request) });
        },
        "POST /local/identity": async (exchange) => {
          adminOnly(exchange);
          await deployer.setMissing(identities.environment);
          exchange.send(200, {});
        },
        "GET /local/stats": forAdmin(collectStats),
        "POST /local/stats/reset": forAdmin(() => stats.reset()),
        "GET /local/usage": forAdmin(() => runner.usage.read()),
        "POST /local/usage/reset": forAdmin(() => runner.usage.reset()),
      }),
    ),
    (exchange) => (exchange.url.pathname.startsWith("/http/") ? "own" : "any"),
    logger,
  );
  const system = new SystemQueries(runner, database, deployer);
  const sync = serveSync(server, { runner, cache, verifier, requests, system }, restored, (error) =>
    logger.error("sync", error),
  );
  const siteServer = newServer(
    whenRestored((exchange) => site.serve(exchange, "")),
    () => "own",
    logger,
  );

  try {
    url = `http://127.0.0.1:${await listen(server, options.port ?? 0)}`;
    siteUrl = `http://127.0.0.1:${await listen(siteServer, options.sitePort ?? 0)}`;
  } catch (error) {
    await Promise.all([close(server), close(siteServer), journal?.close()]);
    throw error;
  }
  await deployer.restore();
  openRequests();
  await scheduler.start();

  const connectionDir = options.connectionDir === undefined ? process.cwd() : options.connectionDir;
  if (connectionDir !== null) writeConnection({ url, siteUrl, adminKey }, connectionDir);

  return {
    url,
    siteUrl,
    adminKey,
    limits,
    identityEnvironment: identities.environment,
    database,
    stats: collectStats,
    resetStats: () => stats.reset(),
    dropConnections: () => sync.drop(),
    token: (request) => identities.token(request),
    stop: async () => {
      runner.heap.stop();
      scheduler.stop();
      crons.stop();
      sync.close();
      await Promise.all([close(server), close(siteServer)]);
      await journal?.close();
      if (connectionDir !== null) removeConnection(url, connectionDir);
    },
  };
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}
