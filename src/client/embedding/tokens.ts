/**
 * Tokens for pages elsewhere: the deployment signs a tenant and a lock into a JWT that lives for minutes, and Convex
 * verifies it as any other, where `auth.config.ts` lists the deployment as a provider.
 */
import type { GenericDataModel, GenericMutationCtx } from "convex/server";
import { fail } from "../../../convex/components/rollups/errors/errors.js";
import type { Catalogue } from "../../../lib/model/cube.js";
import { CallerLock } from "./CallerLock.js";
import { invalid, mustBeLock, type LockOptions } from "./lock.js";

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

/** What a token says: questions about one tenant, within a lock, for `lock` of `new Rollups(…)` to return. */
export interface Embed {
  tenant: string;
  lock: CallerLock;
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
  const { tenant, lock } = told as { tenant?: unknown; lock?: unknown };
  return typeof tenant === "string" ? { tenant, lock: new CallerLock(lock as LockOptions) } : null;
}

/** What a token is signed for. */
export interface EmbedAsked {
  /** "app" in an app without tenants. */
  tenant: string;
  lock: LockOptions;
  /** A whole number from 1 to 3,600 (default 600). */
  expiresInSeconds?: number | undefined;
}

/**
 * A token, and when it expires (epoch ms), inside the app's own mutation and after its own check of who may give one:
 * the platform signs in mutations alone. Throws `InvalidDefinition` with `path` for a lock that is not well formed.
 */
export async function signEmbed(
  ctx: Pick<GenericMutationCtx<GenericDataModel>, "auth">,
  rollups: { cubes: Catalogue },
  { tenant, lock, expiresInSeconds: seconds = SECONDS_DEFAULT }: EmbedAsked,
): Promise<{ token: string; expiresAt: number }> {
  mustBeLock(rollups.cubes, lock);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > SECONDS_MAX) {
    throw invalid("expiresInSeconds", `must be a whole number from 1 to ${SECONDS_MAX}`);
  }
  const claim = JSON.stringify({ tenant, lock });
  if (claim.length > CLAIM_LENGTH_MAX) {
    throw invalid("lock", `must have at most ${CLAIM_LENGTH_MAX} characters`);
  }
  const claims = { aud: AUDIENCE, sub: SUBJECT, [CLAIM]: claim };
  const token = await ctx.auth.signJwt({ claims, expiresInSeconds: seconds });
  return { token, expiresAt: Date.now() + seconds * 1000 };
}
