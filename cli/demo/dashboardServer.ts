/**
 * Builds the dashboard and serves it on the loopback interface, with the one thing that a static
 * server lacks: `GET /demo/token`, a development sign-in for pages of this very origin.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { build, preview, type Connect, type PreviewServer } from "vite";
import { projectRoot } from "./backendProcess.js";
import { loopback } from "./ports.js";

/** Writes the dashboard to where `vite.config.ts` says. */
export async function buildDashboard(): Promise<void> {
  await build({ root: projectRoot, logLevel: "warn" });
}

export type Grant = { url: string; token: string };

/** Serves it; `grant` makes a fresh token for each request. */
export async function serveDashboard(
  port: number,
  grant: () => Promise<Grant>,
): Promise<{ url: string; stop(): Promise<void> }> {
  const server: PreviewServer = await preview({
    root: projectRoot,
    logLevel: "warn",
    preview: { host: loopback, port, strictPort: true, open: false },
    plugins: [
      {
        name: "demo-token",
        configurePreviewServer({ middlewares }) {
          middlewares.use(tokenRoute(port, grant));
        },
      },
    ],
  });
  return {
    url: `http://${loopback}:${port}`,
    async stop() {
      await server.close();
    },
  };
}

/** Answers `GET /demo/token` to pages of this server only; exported for its test. */
export function tokenRoute(port: number, grant: () => Promise<Grant>): Connect.NextHandleFunction {
  return (request: IncomingMessage, response: ServerResponse, next) => {
    if (new URL(request.url ?? "/", "http://any").pathname !== "/demo/token") return next();
    if (request.method !== "GET") return answer(response, 405, { code: "MethodNotAllowed" });
    if (!isSameOrigin(request, port)) return answer(response, 403, { code: "Forbidden" });
    grant().then(
      (body) => answer(response, 200, body),
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        answer(response, 503, { code: "NoToken", message });
      },
    );
  };
}

/**
 * Whether the request comes from a page of this server (or from no page at all, such as curl). Host
 * is checked against names that cannot be rebound by DNS; Origin and Sec-Fetch-Site against other
 * pages in the same browser.
 */
function isSameOrigin(request: IncomingMessage, port: number): boolean {
  const hosts = [`${loopback}:${port}`, `localhost:${port}`];
  const { host, origin } = request.headers;
  const site = request.headers["sec-fetch-site"];
  if (host === undefined || !hosts.includes(host)) return false;
  if (origin !== undefined && origin !== `http://${host}`) return false;
  return site === undefined || site === "same-origin" || site === "none";
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(JSON.stringify(body));
}
