/** `/metrics` on the app's HTTP router, for Prometheus and its like, behind a token of its own. */
import {
  httpActionGeneric,
  type GenericActionCtx,
  type GenericDataModel,
  type HttpRouter,
} from "convex/server";
import type { ComponentApi } from "../../../convex/components/rollups/_generated/component.js";
import { metricsLimits } from "../../../convex/components/rollups/limits/metrics.js";
import type { LimitOverrides } from "../../../convex/components/rollups/limits/limits.js";
import type { FreshnessTargets } from "../../../lib/model/cube.js";
import { familiesOf, type Reading } from "./families.js";
import { CONTENT_TYPE, openMetrics } from "./openMetrics.js";

export interface MetricsOptions {
  /** Default "/metrics". */
  path?: string;
  /** The environment variable with the token, 16 characters or more (default "ROLLUPS_METRICS_TOKEN"). */
  tokenVariable?: string;
  /** The age of the oldest unfolded change that rules warn of, and that they call an error. */
  freshness?: { warnMs?: number; errorMs?: number };
}

/** A shorter token can be guessed, and counts as none. */
const TOKEN_LENGTH_MIN = 16;

/** 401 without the token, with another, and where the deployment has none. */
export function addMetricsRoute(
  router: HttpRouter,
  { metrics }: Pick<ComponentApi, "metrics">,
  limits: LimitOverrides,
  targets: FreshnessTargets,
  { path = "/metrics", tokenVariable = "ROLLUPS_METRICS_TOKEN", freshness = {} }: MetricsOptions,
): void {
  const handler = httpActionGeneric(async (ctx, request) => {
    const given = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
    const token = process.env[tokenVariable] ?? "";
    if (token.length < TOKEN_LENGTH_MIN || !(await isSame(given, token)))
      return new Response("Unauthorized\n", {
        status: 401,
        headers: { "WWW-Authenticate": "Bearer" },
      });
    const reading = await read(ctx, metrics, limits, targets);
    const body = openMetrics(familiesOf({ ...reading, targets: freshness }));
    return new Response(body, {
      headers: { "Content-Type": CONTENT_TYPE, "Cache-Control": "no-store" },
    });
  });
  router.route({ path, method: "GET", handler });
}

/** Takes the same time wherever the texts differ: it compares their hashes to the end. */
async function isSame(a: string, b: string): Promise<boolean> {
  const hash = async (text: string) =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  const [x, y] = await Promise.all([hash(a), hash(b)]);
  return x.reduce((differences, byte, i) => differences | (byte ^ y[i]!), 0) === 0;
}

/** One call per page of tenants that are awake, and one per named tenant. Each is small. */
async function read(
  ctx: GenericActionCtx<GenericDataModel>,
  metrics: ComponentApi["metrics"],
  limits: LimitOverrides,
  targets: FreshnessTargets,
): Promise<Omit<Reading, "targets">> {
  const { tenants: most, pages, rollups: rollupsMost } = { ...metricsLimits, ...limits.metrics };
  const deployment = await ctx.runQuery(metrics.deployment, { limits });
  const awake: Reading["awake"][number][] = [];
  let next: string | null = "";
  for (let i = 0; i < pages && next !== null; i++) {
    const page: { tenants: Reading["awake"]; next: string | null } = await ctx.runQuery(
      metrics.page,
      { after: next, limits },
    );
    awake.push(...page.tenants);
    next = page.next;
  }
  awake.sort((a, b) => b.lagMs - a.lagMs || (a.tenantId < b.tenantId ? -1 : 1));
  // Deployments of few tenants see all of them, asleep or not, so that no series comes and goes.
  const rollups = Object.fromEntries(Object.entries(targets).slice(0, rollupsMost));
  const told = { limits, freshness: rollups };
  const names = [
    ...new Set([...awake.map(({ tenantId }) => tenantId), ...deployment.tenants]),
  ].slice(0, most);
  const details = await Promise.all(
    names.map(
      async (tenantId) =>
        [tenantId, await ctx.runQuery(metrics.tenant, { tenantId, ...told })] as const,
    ),
  );
  return { deployment, awake, named: new Map(details), rollups, isCut: next !== null };
}
