/**
 * Tokens for pages elsewhere: the deployment signs a tenant and a lock into a JWT that lives for minutes, and Convex
 * verifies it as any other, where `auth.config.ts` lists the deployment as a provider.
 */
import { mutationGeneric, type GenericMutationCtx, type GenericDataModel } from "convex/server";
import { v, type PropertyValidators } from "convex/values";
import { codedMutation } from "../../../convex/components/rollups/errors/platformLimits.js";
import { fail } from "../../../convex/components/rollups/errors/errors.js";
import type { LockOptions } from "./lock.js";

/** Whom the tokens are for: no other token of the deployment is taken for one of these. */
const AUDIENCE = "rollups-embed";
/** Members have other subjects. */
const SUBJECT = "rollups-embed";
/** One text: the claims of an identity have no structure on all platforms. */
const CLAIM = "rollupsEmbed";

const SECONDS_DEFAULT = 600;
/** The platform's bound. */
const SECONDS_MAX = 3600;
/** Of the claim: tokens have at most 8,000 characters. */
const CLAIM_LENGTH_MAX = 4000;

/** What a token says: questions about one tenant, within a lock. The lock is not checked yet. */
export interface Embed {
  tenant: string;
  lock: LockOptions;
}

/** A caller's claims, as `ctx.auth.getUserIdentity()` tells them. */
interface Identity {
  issuer: string;
  subject: string;
  [claim: string]: unknown;
}

/**
 * What a caller with an embed's token may ask; null for one with another token, or without. Throws `Forbidden` for a token
 * that claims to be one and is not whole, or was not signed by this deployment.
 */
export function embedOf(identity: Identity | null): Embed | null {
  if (identity === null || (!(CLAIM in identity) && identity.subject !== SUBJECT)) return null;
  const { issuer, subject, [CLAIM]: claim } = identity;
  const deployment = process.env["CONVEX_CLOUD_URL"];
  const isOurs = deployment !== undefined && issuer === deployment && subject === SUBJECT;
  const told = isOurs && typeof claim === "string" ? parsed(claim) : null;
  if (told === null) return fail("Forbidden", "You may not do this, or it does not exist.");
  return told;
}

function parsed(claim: string): Embed | null {
  let told: unknown;
  try {
    told = JSON.parse(claim);
  } catch {
    return null;
  }
  if (typeof told !== "object" || told === null) return null;
  const { tenant, lock } = told as Partial<Embed>;
  // Null would be no lock at all.
  const isWhole = typeof tenant === "string" && typeof lock === "object" && lock !== null;
  return isWhole ? { tenant, lock } : null;
}

/** What an app lends: its check of admins, and of the lock. Both throw. */
interface Lent {
  tenantArgs: PropertyValidators;
  tenantIn: (given: Record<string, unknown>) => { tenant: string; rest: Record<string, unknown> };
  mayAdminister: (ctx: GenericMutationCtx<GenericDataModel>, tenant: string) => Promise<unknown>;
  mustBeLock: (lock: unknown) => unknown;
}

/** Signs. A mutation, as the platform's key signs in mutations alone. */
export function signing({ tenantArgs, tenantIn, mayAdminister, mustBeLock }: Lent) {
  return mutationGeneric({
    args: { ...tenantArgs, lock: v.any(), expiresInSeconds: v.optional(v.number()) },
    returns: v.object({ token: v.string(), expiresAt: v.number() }),
    handler: async (ctx, given) =>
      await codedMutation(async () => {
        const { tenant, rest } = tenantIn(given);
        await mayAdminister(ctx, tenant);
        const { lock, expiresInSeconds = SECONDS_DEFAULT } = rest as {
          lock: unknown;
          expiresInSeconds?: number;
        };
        mustBeLock(lock);
        const isLength = Number.isInteger(expiresInSeconds) && expiresInSeconds >= 1;
        if (!isLength || expiresInSeconds > SECONDS_MAX) {
          const message = `expiresInSeconds must be a whole number from 1 to ${SECONDS_MAX}.`;
          fail("InvalidDefinition", message, { path: "expiresInSeconds" });
        }
        const claim = JSON.stringify({ tenant, lock });
        if (claim.length > CLAIM_LENGTH_MAX) {
          const message = `A lock has at most ${CLAIM_LENGTH_MAX} characters.`;
          fail("InvalidDefinition", message, { path: "lock" });
        }
        const token = await ctx.auth.signJwt({
          claims: { aud: AUDIENCE, sub: SUBJECT, [CLAIM]: claim },
          expiresInSeconds,
        });
        return { token, expiresAt: Date.now() + expiresInSeconds * 1000 };
      }),
  });
}
