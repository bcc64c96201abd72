/**
 * The builders of the component's functions. Those that the app calls are told what the app says; those
 * of upkeep ask it. Either way it is in `ctx.app`, and the time is in `ctx.now`.
 */
import { customCtx, customMutation, customQuery } from "convex-helpers/server/customFunctions";
import { v } from "convex/values";
import {
  internalAction as rawInternalAction,
  internalMutation as rawInternalMutation,
  internalQuery as rawInternalQuery,
  mutation as rawMutation,
  query as rawQuery,
} from "./_generated/server.js";
import { appOf } from "./app/app.js";
import { mustStoredApp } from "./app/stored.js";
import { codedMutation, codedQuery } from "./errors/platformLimits.js";
import { vApp, type ToldApp } from "./schema/toldApp.js";

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

const told = { tenantId: v.string(), app: vApp };

const entered = (_ctx: unknown, { tenantId, app }: { tenantId: string; app: ToldApp }) => ({
  ctx: { tenantId, app: appOf(app), now: Date.now() },
  args: {},
});

/** A query of one tenant that the app calls. The app has checked its caller. */
export const tenantQuery = customQuery(withCodes(rawQuery, codedQuery), {
  args: told,
  input: entered,
});

/** A mutation of one tenant that the app calls. */
export const tenantMutation = customMutation(withCodes(rawMutation, codedMutation), {
  args: told,
  input: entered,
});

const timed = customCtx(() => ({ now: Date.now() }));

/** Functions that the app calls, and that need nothing of what it says. */
export const query = customQuery(rawQuery, timed);
export const mutation = rawMutation;

/**
 * Queries that many viewers share. They read no clock, as Convex keeps the result of one that does for some seconds
 * only; what they answer changes with what they read, and with nothing else.
 */
export const sharedQuery = withCodes(rawQuery, codedQuery);

const ofTenant = { tenantId: v.string() };

/** Upkeep of one tenant. Throws `SourceUnreachable` where the app cannot be asked. */
export const upkeepQuery = customQuery(rawInternalQuery, {
  args: ofTenant,
  input: async (ctx, { tenantId }) => ({
    ctx: { app: await mustStoredApp(ctx, tenantId), now: Date.now() },
    args: { tenantId },
  }),
});

/** The same, writing. */
export const upkeepMutation = customMutation(rawInternalMutation, {
  args: ofTenant,
  input: async (ctx, { tenantId }) => ({
    ctx: { app: await mustStoredApp(ctx, tenantId), now: Date.now() },
    args: { tenantId },
  }),
});

/** Upkeep that needs nothing of the app, or asks it itself. */
export const internalQuery = customQuery(rawInternalQuery, timed);
export const internalMutation = customMutation(rawInternalMutation, timed);
export const internalAction = rawInternalAction;
