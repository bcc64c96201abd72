/**
 * What an app exports for its rollout. The old and the new way of a reported question are compared in an action, so that
 * a failure of either is a value, and time is told; what both read they read in one query.
 */
import {
  actionGeneric,
  internalMutationGeneric,
  internalQueryGeneric,
  makeFunctionReference,
  type GenericActionCtx,
  type GenericDataModel,
  type GenericMutationCtx,
  type GenericQueryCtx,
} from "convex/server";
import { ConvexError, v, type PropertyValidators } from "convex/values";
import type { ComponentApi } from "../../../convex/components/rollups/_generated/component.js";
import { codedQuery } from "../../../convex/components/rollups/errors/platformLimits.js";
import type { LimitOverrides } from "../../../convex/components/rollups/limits/limits.js";
import { kindOf } from "../../../lib/errorCodes.js";
import type { Comparison, OldAnswer, RolloutOptions, Said } from "./options.js";

type AnyQueryCtx = GenericQueryCtx<GenericDataModel>;
type Args = Record<string, unknown>;

/** What the class `Rollups` lends. */
export interface Lent {
  component: ComponentApi;
  limits: LimitOverrides;
  /** The app wants to be told of rollbacks. */
  isAlerting: boolean;
  tenantArgs: PropertyValidators;
  tenantIn: (given: Args) => { tenant: string; rest: Args };
  mayRead: (ctx: AnyQueryCtx, tenant: string) => Promise<unknown>;
  /** The module of the function that runs. */
  moduleOf: (ctx: Pick<GenericActionCtx<GenericDataModel>, "meta">) => Promise<string | null>;
  /** The one cube that a question is about; null where it names none, or several. */
  cubeOf: (query: unknown) => string | null;
  rows: (ctx: AnyQueryCtx, tenant: string, query: unknown) => Promise<unknown>;
  compare: (
    ctx: AnyQueryCtx,
    tenant: string,
    query: unknown,
    old: OldAnswer | null,
  ) => Promise<Comparison>;
}

export type AnyRolloutOptions = RolloutOptions<AnyQueryCtx, string>;

/** Who looks; all who are not signed in are one viewer. */
export async function viewerOf(ctx: AnyQueryCtx, { viewer }: AnyRolloutOptions): Promise<string> {
  if (viewer !== undefined) return await viewer(ctx);
  return (await ctx.auth.getUserIdentity())?.tokenIdentifier ?? "";
}

/** What the app says in place of what is stored; null where it leaves that to the table. */
export async function saidOf(
  ctx: AnyQueryCtx,
  options: AnyRolloutOptions,
  tenant: string,
  viewer: string,
): Promise<Said | null> {
  return (await options.stage?.(ctx, tenant, viewer)) ?? null;
}

interface Admitted {
  tenantId: string;
  cube: string;
  stage?: Said["stage"];
  percent?: number;
}

/** `report`, and what it calls. They lie in one module, which it finds by its own name. */
export function comparing(lent: Lent, options: AnyRolloutOptions) {
  const { component, limits, tenantIn } = lent;
  const args = { ...lent.tenantArgs, query: v.any() };
  const asked = (given: Args) => {
    const { tenant, rest } = tenantIn(given);
    return { tenant, query: rest["query"] };
  };

  /** Whether a question is compared now: the caller may read, the stage asks for it, the minute has room. */
  const admit = internalMutationGeneric({
    args,
    returns: v.any(),
    handler: async (ctx, given): Promise<Admitted | null> => {
      const { tenant, query } = asked(given);
      const reading = ctx as unknown as AnyQueryCtx;
      await lent.mayRead(reading, tenant);
      const cube = lent.cubeOf(query);
      if (cube === null) return null;
      const said = await saidOf(reading, options, tenant, await viewerOf(reading, options));
      const { stage, percent } = { ...said };
      const admitted = {
        ...{ tenantId: tenant, cube },
        ...(stage !== undefined && { stage }),
        ...(percent !== undefined && { percent }),
      };
      const caller = ctx as GenericMutationCtx<GenericDataModel>;
      const isAdmitted = await caller.runMutation(component.rollout.record.admit, {
        ...admitted,
        limits,
      });
      return isAdmitted ? admitted : null;
    },
  });

  /** The new way alone. */
  const answer = internalQueryGeneric({
    args,
    returns: v.null(),
    handler: async (ctx, given): Promise<null> => {
      const { tenant, query } = asked(given);
      await lent.rows(ctx as AnyQueryCtx, tenant, query);
      return null;
    },
  });

  /** Both ways, of one snapshot. */
  const compare = internalQueryGeneric({
    args,
    returns: v.any(),
    handler: async (ctx, given): Promise<Comparison> =>
      await codedQuery(async () => {
        const { tenant, query } = asked(given);
        const reading = ctx as AnyQueryCtx;
        const old = (await options.old?.(reading, tenant, query)) ?? null;
        return await lent.compare(reading, tenant, query, old);
      }),
  });

  const report = actionGeneric({
    args,
    returns: v.null(),
    handler: async (ctx, given): Promise<null> => {
      const module = await lent.moduleOf(ctx);
      const admitted = (await ctx.runMutation(
        makeFunctionReference<"mutation">(`${module}:admit`),
        given,
      )) as Admitted | null;
      if (admitted === null) return null;
      const ask = async (name: string): Promise<unknown> =>
        await ctx.runQuery(makeFunctionReference<"query">(`${module}:${name}`), given);
      const began = Date.now();
      let comparison: Comparison | null = null;
      try {
        await ask("answer");
      } catch (error) {
        comparison = failed(error);
      }
      const tookMs = comparison === null ? Date.now() - began : null;
      try {
        comparison ??= (await ask("compare")) as Comparison;
      } catch (error) {
        // The new way alone has answered, so it is the comparison that could not be made.
        comparison = { outcome: "skipped", reason: codeOf(error) ?? "Internal" };
      }
      const recorded = {
        ...{ ...admitted, limits, comparison, tookMs },
        ...(lent.isAlerting && { isAlerting: true }),
      };
      await ctx.runMutation(component.rollout.record.record, recorded);
      return null;
    },
  });

  return { admit, answer, compare, report };
}

/** What is declined by a code is no failure: the same question may be answered later, or asked otherwise. */
function failed(error: unknown): Comparison {
  const code = codeOf(error);
  const kind = code === null ? "fault" : kindOf(code);
  const isFailure = kind === "fault" || kind === "unavailable";
  return { outcome: isFailure ? "failed" : "skipped", reason: code ?? "Internal" };
}

function codeOf(error: unknown): string | null {
  if (!(error instanceof ConvexError)) return null;
  const { code } = { ...(error.data as object) } as { code?: unknown };
  return typeof code === "string" ? code : null;
}
