/** A gateway: one subscription per question at a deployment, and many readers of each. */
import type { AddressInfo } from "node:net";
import type { WebSocketServer } from "ws";
import type { Layered } from "./cache/layered.js";
import { Counters } from "./counters.js";
import { tokenOf, type TenantArgument } from "./http/exchange.js";
import { httpServer } from "./http/server.js";
import { Streams } from "./http/streams.js";
import { defaultLimits, type GatewayLimits } from "./limits.js";
import type { Log } from "./log.js";
import { functionsOf } from "./questions/asked.js";
import { Desk } from "./questions/desk.js";
import { Kept } from "./questions/kept.js";
import { Questions } from "./questions/questions.js";
import { Readiness } from "./readiness.js";
import { Sessions } from "./sessions/sessions.js";
import { SocketServer } from "./sockets/server.js";

export interface GatewayOptions {
  /** The deployment's, such as "https://happy-animal-123.convex.cloud". */
  url: string;
  port: number;
  host: string;
  /** Where the app exports `load`, `board`, `explain` and `meta`, such as "rollups". */
  module: string;
  /** The path of the app's function that tells view keys, such as "held:key". In an app without it no two callers share. */
  key: string;
  tenantArgument: TenantArgument;
  /** Origins whose pages may ask; null for all. */
  origins: readonly string[] | null;
  /** Of the package `ws`. */
  WebSocketServer: typeof WebSocketServer;
  /** Answers by their commit; none by default. */
  cache?: Layered;
  limits?: Partial<GatewayLimits>;
  log: Log;
}

export interface Gateway {
  /** Such as "http://127.0.0.1:4000". */
  url: string;
  counters: Counters;
  /** Open requests have `graceMs`. */
  stop(): Promise<void>;
}

/** Resolves when it listens; rejects where the port is taken. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { url, port, host, log, tenantArgument, origins } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const counters = new Counters();
  const now = Date.now;
  const functions = functionsOf(options.module, options.key);
  const sessions = new Sessions({ url, key: functions.key, limits, counters, log });
  const { cache = null } = options;
  const { reuseMs } = limits;
  const kept = cache && new Kept({ cache, deployment: url, reuseMs, counters, now });
  const questions = new Questions({ functions, limits, counters, kept });
  const desk = new Desk({ functions, sessions, questions, kept, counters, limits, now });
  const streams = new Streams(desk, counters, limits);
  const readiness = new Readiness(url, now);
  const http = httpServer({
    ...{ desk, streams, counters, limits, log, tenantArgument, origins, now },
    readiness,
    metrics: () =>
      counters.text({
        sessions: { help: "Callers with a connection to the deployment.", value: sessions.size },
        questions: { help: "Distinct questions with a subscription.", value: questions.size },
        readers: { help: "Streams and subscriptions of clients.", value: desk.readers },
        sockets: { help: "WebSockets of clients.", value: sockets.size },
      }) + (cache?.metrics() ?? ""),
  });
  const sockets = new SocketServer(http, {
    ...{ desk, counters, limits, now, log, tenantArgument, origins, tokenOf },
    WebSocketServer: options.WebSocketServer,
  });
  await new Promise<void>((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, host, resolve);
  });
  const address = http.address() as AddressInfo;
  const listens = `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`;
  log("info", "listens", { url: listens, deployment: url });
  return {
    url: listens,
    counters,
    stop: async () => {
      if (readiness.isStopping) return;
      readiness.isStopping = true;
      log("info", "stops", { readers: desk.readers });
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      streams.close();
      sockets.close();
      http.closeIdleConnections();
      const cut = setTimeout(() => {
        sockets.terminate();
        http.closeAllConnections();
      }, limits.graceMs);
      await closed;
      clearTimeout(cut);
      questions.close();
      sessions.close();
    },
  };
}
