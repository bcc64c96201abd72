/** Callers with tokens of embeds, as Convex tells their claims once a token is verified. */
import { vi } from "vitest";
import type { LockOptions } from "../../../src/client/index.js";
import type { Backend } from "../../convex/harness.js";

export const DEPLOYMENT = "https://deployment.test";

/** Of both cubes, and of values that the samples have. */
export const sampleLock: LockOptions = {
  inventory: { filters: [{ dimension: "category", operator: "equals", values: ["Category 1"] }] },
  watch: { filters: [{ dimension: "category", operator: "in", values: ["Film"] }] },
};

/** The claims of a good token; some replaced. */
export function claims(tenant: string, lock: unknown, replaced: Record<string, unknown> = {}) {
  const rollupsEmbed = JSON.stringify({ tenant, lock });
  return { issuer: DEPLOYMENT, subject: "rollups-embed", rollupsEmbed, ...replaced };
}

/** A caller with them. */
export function embedded(
  t: Backend,
  tenant: string,
  lock: unknown = sampleLock,
  replaced: Record<string, unknown> = {},
) {
  vi.stubEnv("CONVEX_CLOUD_URL", DEPLOYMENT);
  return t.withIdentity(claims(tenant, lock, replaced) as { issuer: string; subject: string });
}
