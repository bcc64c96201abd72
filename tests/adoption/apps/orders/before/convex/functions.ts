import { customMutation } from "convex-helpers/server/customFunctions";
import { v } from "convex/values";
import { mutation } from "./_generated/server";
import { requireMember } from "./model/auth";

export const orgMutation = customMutation(mutation, {
  args: { orgId: v.id("orgs") },
  input: async (ctx, { orgId }) => {
    const userId = await requireMember(ctx, orgId);
    return { ctx: { orgId, userId }, args: {} };
  },
});
