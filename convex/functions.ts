/**
 * The builders that every function of the app is made with. Public ones take a `tenantId`, check the
 * caller's membership and put the verified member into `ctx`; every mutation, internal ones too,
 * captures what it did to cube tables. The raw builders are banned by lint outside this file, so no
 * mutation can bypass capture.
 */
import { customCtx, customMutation, customQuery } from "convex-helpers/server/customFunctions";
import { v } from "convex/values";
import {
  internalMutation as rawInternalMutation,
  internalQuery as rawInternalQuery,
  mutation as rawMutation,
  query as rawQuery,
  type MutationCtx,
} from "./_generated/server";
import { mustBeMember } from "./access/membership";
import { capturing } from "./changeLog/capture";

const tenantArgs = { tenantId: v.string() };

/** A public query of one tenant: `ctx.member` is the verified caller. */
export const tenantQuery = customQuery(rawQuery, {
  args: tenantArgs,
  input: async (ctx, { tenantId }) => ({
    ctx: { member: await mustBeMember(ctx, tenantId) },
    args: {},
  }),
});

/** A public mutation of one tenant: `ctx.member` is the verified caller, `ctx.db` captures. */
export const tenantMutation = customMutation(rawMutation, {
  args: tenantArgs,
  input: async (ctx, { tenantId }) => {
    const member = await mustBeMember(ctx, tenantId);
    const captured = capturing(ctx);
    return { ctx: { db: captured.db, member }, args: {}, onSuccess: captured.flush };
  },
});

/** A public query about the caller alone, of no tenant. */
export const callerQuery = customQuery(
  rawQuery,
  customCtx(() => ({})),
);

/** An internal mutation; `ctx.db` captures. */
export const internalMutation = customMutation(rawInternalMutation, {
  args: {},
  input: async (ctx: MutationCtx) => {
    const captured = capturing(ctx);
    return { ctx: { db: captured.db }, args: {}, onSuccess: captured.flush };
  },
});

export const internalQuery = rawInternalQuery;
