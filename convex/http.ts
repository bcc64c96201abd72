/** HTTP routes of the deployment's site. */
import { httpRouter } from "convex/server";
import { httpAction } from "./_generated/server.js";

const http = httpRouter();

/** Liveness for load balancers and scripts. */
http.route({
  path: "/healthz",
  method: "GET",
  handler: httpAction(() => Promise.resolve(Response.json({ status: "ok" }))),
});

export default http;
