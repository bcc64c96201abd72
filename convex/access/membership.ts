/**
 * Who the caller is and for which tenant it may act. The tenant comes from a verified membership
 * only: a caller who is not a member of a tenant learns nothing about it, not even that it exists.
 */
import type { Auth } from "convex/server";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../_generated/server.js";
import { embedOf, fail, type CallerLock } from "../../src/client/index.js";

export type MemberRole = Doc<"memberships">["role"];

/** "embed": a caller with a token of `embeds:create`. It is stored nowhere. */
export type Role = MemberRole | "embed";

/**
 * What a function needs of its caller's role. "ask": its answers can be narrowed to the caller's lock, by the class
 * `Rollups`. "read": they cannot, so that a caller with a lock is refused.
 */
export type Need = "ask" | "read" | "write" | "administer";

/** A verified caller. */
export interface Member {
  tenantId: string;
  role: Role;
  /** The identity provider's stable key. */
  tokenIdentifier: string;
  /** What the caller's questions are narrowed to; null for all but embeds. */
  lock: CallerLock | null;
}

/** What each role may do. A service account imports data; it does not administer. */
export const allowed: Record<Role, readonly Need[]> = {
  embed: ["ask"],
  viewer: ["ask", "read"],
  editor: ["ask", "read", "write"],
  service: ["ask", "read", "write"],
  admin: ["ask", "read", "write", "administer"],
};

/** The caller's membership of `tenantId`, or `Forbidden`: one code for every reason. */
export async function mustBeMember(
  ctx: Pick<QueryCtx, "db"> & { auth: Auth },
  tenantId: string,
): Promise<Member> {
  const identity = await ctx.auth.getUserIdentity();
  const embed = embedOf(identity);
  if (embed !== null && identity !== null) {
    if (embed.tenant !== tenantId) forbidden();
    const { tokenIdentifier } = identity;
    return { tenantId, role: "embed", tokenIdentifier, lock: embed.lock };
  }
  const membership =
    identity === null
      ? null
      : await ctx.db
          .query("memberships")
          .withIndex("by_token_and_tenant", (q) =>
            q.eq("tokenIdentifier", identity.tokenIdentifier).eq("tenantId", tenantId),
          )
          .unique();
  if (membership === null) return forbidden();
  const { role, tokenIdentifier } = membership;
  return { tenantId: membership.tenantId, role, tokenIdentifier, lock: null };
}

/** Throws `Forbidden` unless the member's role may do what is needed. */
export function mustMay(member: Member, need: Need): void {
  if (!allowed[member.role].includes(need)) forbidden();
}

/** Throws `Forbidden` unless the member is an admin. */
export function mustAdminister(member: Member): void {
  mustMay(member, "administer");
}

/** The one refusal of access control. */
export function forbidden(): never {
  return fail("Forbidden", "You may not do this, or it does not exist.");
}

/** The tenant's row. `Forbidden` when there is none. */
export async function mustGetTenant(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
): Promise<Doc<"tenants">> {
  const tenant = await ctx.db
    .query("tenants")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .unique();
  return tenant ?? forbidden();
}
