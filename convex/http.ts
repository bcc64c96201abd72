/** HTTP routes of the deployment's site. */
import { httpRouter } from "convex/server";
import { api } from "./_generated/api.js";
import { httpAction } from "./_generated/server.js";
import { freshness } from "./limits.js";
import { rollups } from "./rollups.js";

const http = httpRouter();

/** Liveness for load balancers and scripts. */
http.route({
  path: "/healthz",
  method: "GET",
  handler: httpAction(() => Promise.resolve(Response.json({ status: "ok" }))),
});

/** Stock Cube clients: `/cubejs-api/v1/load` and the others. */
rollups.http(http, {
  api: api.aggregates,
  admit: api.requests.admit,
  patterns: api.patterns.report,
});

/** Agents: the Model Context Protocol at `/mcp`. */
rollups.mcp(http, { api: api.aggregates, admit: api.requests.admit });

/** What Prometheus scrapes, with the token in `ROLLUPS_METRICS_TOKEN`. */
rollups.metrics(http, { freshness });

export default http;
