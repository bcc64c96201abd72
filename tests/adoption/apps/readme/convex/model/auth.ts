import type { Id } from "../_generated/dataModel";
import type { QueryCtx } from "../_generated/server";

/** Throws unless the caller is a member of the org. */
export async function requireMember(ctx: QueryCtx, orgId: Id<"orgs">): Promise<void> {
  const identity = await ctx.auth.getUserIdentity();
  const members = await ctx.db
    .query("members")
    .withIndex("by_token", (q) => q.eq("token", identity?.tokenIdentifier ?? ""))
    .collect();
  if (!members.some((member) => member.orgId === orgId)) throw new Error("No such org.");
}

/** Throws unless the caller may administer the org, as every member of this small app may. */
export const requireOwner = requireMember;
