/** Tokens for pages elsewhere that show a tenant's figures within a lock; admins sign them. */
import { v } from "convex/values";
import { signEmbed } from "../src/client/index.js";
import { tenantMutation } from "./functions.js";
import { rollups } from "./rollups.js";

/** `lock` is `LockOptions`; `expiresInSeconds` is 600 by default, and 3,600 at most. */
export const create = tenantMutation({
  needs: "administer",
  args: { lock: v.any(), expiresInSeconds: v.optional(v.number()) },
  returns: v.object({
    token: v.string(),
    /** Epoch ms. */
    expiresAt: v.number(),
  }),
  handler: (ctx, asked) => signEmbed(ctx, rollups, { tenant: ctx.member.tenantId, ...asked }),
});
