/** The HTTP server: finds the route, answers preflights, turns failures into the platform's JSON errors. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ConflictError } from "../database/database.js";
import { FunctionError, RequestError } from "../errors.js";
import { Exchange, type Route } from "./exchange.js";

export interface Logger {
  error(message: string, error?: unknown): void;
}

/** A failure as status, code and message. */
function describe(error: unknown): { status: number; code: string; message: string } {
  if (error instanceof RequestError) return error;
  if (error instanceof ConflictError) {
    return { status: 503, code: "OptimisticConcurrencyControlFailure", message: error.message };
  }
  if (error instanceof FunctionError) {
    return { status: 400, code: "FunctionError", message: error.message };
  }
  return { status: 500, code: "InternalServerError", message: (error as Error).message };
}

const KEEP_ALIVE_MS = 65_000;

/** HTTP actions answer cross-origin requests themselves; everything else allows any origin. */
export type OriginPolicy = (exchange: Exchange) => "any" | "own";

/** Serves requests with a handler; unexpected failures are logged and answered with 500. */
export function newServer(handle: Route, originPolicy: OriginPolicy, logger: Logger): Server {
  return createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const exchange = new Exchange(request, response);
    const answer = async () => {
      try {
        if (originPolicy(exchange) === "any") {
          exchange.allowOrigin();
          if (exchange.method === "OPTIONS" && exchange.header("access-control-request-method")) {
            exchange.preflight();
            return;
          }
        }
        await handle(exchange);
      } catch (error) {
        const { status, code, message } = describe(error);
        if (status === 500) logger.error(`${exchange.method} ${exchange.url.pathname}`, error);
        if (response.headersSent) response.destroy();
        else exchange.send(status, { code, message });
      }
    };
    void answer();
  });
}

/** Routes by "METHOD /path", then by the longest "METHOD /prefix/*". */
export function router(routes: Record<string, Route>): Route {
  const prefixes = Object.keys(routes)
    .filter((key) => key.endsWith("*"))
    .sort((a, b) => b.length - a.length);
  return async (exchange) => {
    const key = `${exchange.method} ${exchange.url.pathname}`;
    const exact = routes[key];
    if (exact !== undefined) return exact(exchange);
    const prefix = prefixes.find(
      (each) =>
        key.startsWith(each.slice(0, -1)) ||
        `* ${exchange.url.pathname}`.startsWith(each.slice(0, -1)),
    );
    if (prefix !== undefined) return routes[prefix]!(exchange);
    throw new RequestError(404, "NotFound", `No such endpoint: ${key}`);
  };
}

/** Listens on the loopback interface only; resolves to the port. */
export async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

/** Stops listening and drops open connections. */
export async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
