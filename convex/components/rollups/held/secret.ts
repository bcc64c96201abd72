/**
 * The deployment's secret, of which view keys are made. Only an action has chance that nobody can foretell: a
 * mutation's is one sequence that its seed tells.
 */
import { v } from "convex/values";
import { internal } from "../_generated/api.js";
import type { MutationCtx, QueryCtx } from "../_generated/server.js";
import { internalAction, internalMutation } from "../functions.js";

const SECRET_BYTES = 32;

/** Hexadecimal; null until it is made. One row. */
export async function readSecret(ctx: Pick<QueryCtx, "db">): Promise<string | null> {
  return (await ctx.db.query("viewSecrets").first())?.secret ?? null;
}

/** Has the secret made where there is none. */
export async function ensureSecret(ctx: Pick<MutationCtx, "db" | "scheduler">): Promise<void> {
  if ((await readSecret(ctx)) !== null) return;
  await ctx.scheduler.runAfter(0, internal.held.secret.make, {});
}

/** Any number of times: the first one stays. */
export const make = internalAction({
  args: {},
  returns: v.null(),
  handler: async (ctx): Promise<null> => {
    const secret = toHex(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
    await ctx.runMutation(internal.held.secret.keep, { secret });
    return null;
  },
});

export const keep = internalMutation({
  args: { secret: v.string() },
  returns: v.null(),
  handler: async (ctx, { secret }) => {
    if ((await readSecret(ctx)) === null) await ctx.db.insert("viewSecrets", { secret });
    return null;
  },
});

export function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
