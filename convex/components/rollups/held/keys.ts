/**
 * View keys. The holder of a tenant's key may read its rollups, so all viewers ask with equal arguments and share
 * one run. A key is made of the deployment's secret, the tenant and how often its views were revoked; the transaction
 * that revokes them makes every older key a wrong one.
 */
import { v } from "convex/values";
import type { QueryCtx } from "../_generated/server.js";
import { fail } from "../errors/errors.js";
import { mutation, sharedQuery } from "../functions.js";
import { readSecret, toHex } from "./secret.js";

/** 128 bits, as hexadecimal digits. */
const KEY_LENGTH = 32;

/** A key, or null where the app has checked the caller itself. */
export const vKey = v.union(v.string(), v.null());

/** The tenant's key; null until the deployment has its secret, which takes some minutes at most. */
export const key = sharedQuery({
  args: { tenantId: v.string() },
  returns: v.union(v.null(), v.string()),
  handler: async (ctx, { tenantId }) => await keyOf(ctx, tenantId),
});

/** Makes all keys of the tenant wrong. Those who may still read it are told the new one by `key`. */
export const revoke = mutation({
  args: { tenantId: v.string() },
  returns: v.null(),
  handler: async (ctx, { tenantId }) => {
    const row = await revocationsOf(ctx, tenantId);
    if (row === null) await ctx.db.insert("viewKeys", { tenantId, revocations: 1 });
    else await ctx.db.patch("viewKeys", row._id, { revocations: row.revocations + 1 });
    return null;
  },
});

/** Throws `Forbidden` for every key but the tenant's own, whatever is wrong with it. Two point reads. */
export async function mustHoldKey(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
  key: string | null,
): Promise<void> {
  if (key === null || key === (await keyOf(ctx, tenantId))) return;
  fail("Forbidden", "You may not do this, or it does not exist.");
}

async function keyOf(ctx: Pick<QueryCtx, "db">, tenantId: string): Promise<string | null> {
  const [secret, row] = await Promise.all([readSecret(ctx), revocationsOf(ctx, tenantId)]);
  if (secret === null) return null;
  const text = (value: string) => new TextEncoder().encode(value);
  const hash = { name: "HMAC", hash: "SHA-256" };
  const signer = await crypto.subtle.importKey("raw", text(secret), hash, false, ["sign"]);
  const named = JSON.stringify([tenantId, row?.revocations ?? 0]);
  const signed = await crypto.subtle.sign("HMAC", signer, text(named));
  return toHex(new Uint8Array(signed)).slice(0, KEY_LENGTH);
}

async function revocationsOf(ctx: Pick<QueryCtx, "db">, tenantId: string) {
  return await ctx.db
    .query("viewKeys")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .unique();
}
