/**
 * What every public function and HTTP route needs of its caller, in one place for whoever reviews
 * access. The builders of `functions.ts` enforce it; `tests/hostile/access.test.ts` calls every
 * function as every role and fails when this table and the app disagree, or when one is missing.
 */
import type { Need } from "./membership.js";

/**
 * "ask" and "read" are the decision about callers with a lock: those are answered within it, these are refused.
 * "key": as "read", or with the tenant's view key.
 * "service": any caller with the deployment's service token.
 * "caller": about the caller alone, of no tenant. "anyone": no token needed, and nothing to learn.
 */
export type Access = Need | "key" | "service" | "caller" | "anyone";

export const accessRules: Readonly<Record<string, Access>> = {
  "tenants:mine": "caller",

  "activity:recent": "read",
  "aggregates:board": "ask",
  "aggregates:explain": "ask",
  "aggregates:freshness": "read",
  "aggregates:health": "read",
  "aggregates:load": "ask",
  "aggregates:meta": "ask",
  "aggregates:rows": "ask",
  "flags:get": "read",
  "flags:report": "read",
  "held:catalog": "key",
  "held:key": "read",
  "held:tail": "key",
  "held:tiles": "key",
  "patterns:report": "ask",
  "records:page": "read",
  "requests:admit": "ask",
  "sources:changes": "read",
  "sources:head": "read",
  "sources:page": "read",
  "views:list": "read",

  "inventory:record": "write",
  "inventory:recordBatch": "write",
  "inventory:remove": "write",
  "inventory:update": "write",
  "views:remove": "write",
  "views:save": "write",
  "watch:record": "write",
  "watch:recordBatch": "write",
  "watch:remove": "write",
  "watch:update": "write",

  "advisor:sample": "administer",
  "advisor:standing": "administer",
  "advisor:stored": "administer",
  "advisor:written": "administer",
  "embeds:create": "administer",
  "flags:clear": "administer",
  "flags:differences": "administer",
  "flags:move": "administer",
  "flags:set": "administer",
  "patterns:clear": "administer",
  "patterns:list": "administer",
  "rollups:rebuild": "administer",
  "rollups:refresh": "administer",
  "rollups:replay": "administer",
  "rollups:restore": "administer",
  "rollups:verify": "administer",

  // As the functions that they call.
  "GET /cubejs-api/v1/*": "ask",
  "OPTIONS /cubejs-api/v1/*": "anyone",
  "POST /cubejs-api/v1/*": "ask",

  "POST /mcp": "read",
  // They say that there is nothing but POST.
  "GET /mcp": "anyone",
  "DELETE /mcp": "anyone",
  "OPTIONS /mcp": "anyone",

  "GET /healthz": "anyone",
  "GET /livez": "anyone",
  "GET /readyz": "anyone",
  "GET /metrics": "service",
};
