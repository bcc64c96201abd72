/**
 * The builders that every function of the app is made with. Public ones take a `tenantId`, check the
 * caller's membership and role and put the verified member into `ctx`; every mutation, internal ones
 * too, captures what it did to cube tables. The raw builders are banned by lint outside this file, so
 * no mutation can bypass capture, and no public function the check.
 */
import { customCtx, customMutation, customQuery } from "convex-helpers/server/customFunctions";
import { v } from "convex/values";
import { codedMutation, codedQuery } from "../src/client/index.js";
import {
  internalMutation as rawInternalMutation,
  internalQuery as rawInternalQuery,
  mutation as rawMutation,
  query as rawQuery,
} from "./_generated/server.js";
import { mustBeMember, mustMay, type Need } from "./access/membership.js";
import { rollups } from "./rollups.js";

const tenantArgs = { tenantId: v.string() };

/** What a public function needs of its caller's role, beside `args` and `handler`. */
interface Access {
  needs?: Need;
}

type Handler = (ctx: unknown, args: unknown) => unknown;
type Build = (definition: { handler: Handler }) => unknown;

/** A raw builder whose functions turn errors of the engine and of the platform's limits into codes. */
function withCodes<Builder>(build: Builder, coded: typeof codedQuery): Builder {
  const wrapped: Build = (definition) =>
    (build as Build)({
      ...definition,
      handler: (ctx, args) => coded(() => definition.handler(ctx, args)),
    });
  return wrapped as Builder;
}

/** A public query of one tenant: `ctx.member` is the verified caller. Needs "read" unless it says more. */
export const tenantQuery = customQuery(withCodes(rawQuery, codedQuery), {
  args: tenantArgs,
  input: async (ctx, { tenantId }, { needs = "read" }: Access) => {
    const member = await mustBeMember(ctx, tenantId);
    mustMay(member, needs);
    return { ctx: { member }, args: {} };
  },
});

/**
 * A public mutation of one tenant: `ctx.member` is the verified caller, `ctx.db` captures. Needs
 * "write" unless it says otherwise.
 */
export const tenantMutation = customMutation(withCodes(rawMutation, codedMutation), {
  args: tenantArgs,
  input: async (ctx, { tenantId }, { needs = "write" }: Access) => {
    const member = await mustBeMember(ctx, tenantId);
    mustMay(member, needs);
    const captured = rollups.capturing(ctx);
    return { ctx: { db: captured.db, member }, args: {}, onSuccess: captured.flush };
  },
});

/** A public query about the caller alone, of no tenant. */
export const callerQuery = customQuery(
  withCodes(rawQuery, codedQuery),
  customCtx(() => ({})),
);

/** An internal mutation; `ctx.db` captures. */
export const internalMutation = customMutation(rawInternalMutation, rollups.capture);

export const internalQuery = rawInternalQuery;
