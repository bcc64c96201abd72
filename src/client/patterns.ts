/** What an app exports so that what is asked is known: `report` for pages and Cube's API, the others for admins. */
import {
  actionGeneric,
  internalMutationGeneric,
  makeFunctionReference,
  type GenericDataModel,
  type GenericMutationCtx,
  type GenericQueryCtx,
  type RegisteredAction,
  type RegisteredMutation,
  type RegisteredQuery,
} from "convex/server";
import { v, type Infer } from "convex/values";
import { codedMutation } from "../../convex/components/rollups/errors/platformLimits.js";
import { vAsked } from "../../convex/components/rollups/schema/patterns.js";
import type { Pattern } from "../../lib/patterns/pattern.js";
import type { Narrowing } from "./embedding/CallerLock.js";
import type { Lent } from "./rollout/functions.js";
import type { TenantArgs } from "./types/tenants.js";

type Questions = { questions: Infer<typeof vAsked>[] };

/** What `rollups.patterns()` gives. A module exports all of it. */
export interface PatternFunctions<Argument extends string, Tenant> {
  /** What people ask, by form: those that are asked most first, an hour old at most. */
  list: RegisteredQuery<"public", TenantArgs<Argument, Tenant>, Promise<Pattern[]>>;
  /** Forgets it. */
  clear: RegisteredMutation<"public", TenantArgs<Argument, Tenant>, Promise<{ more: boolean }>>;
  /** Stores what a page asked, if the minute has room; returns whether it had. */
  report: RegisteredAction<"public", TenantArgs<Argument, Tenant> & Questions, Promise<boolean>>;
  /** Called by `report`. */
  store: RegisteredMutation<"internal", Questions, Promise<boolean>>;
}

type Lending = Pick<Lent, "tenantArgs" | "tenantIn" | "moduleOf"> & {
  /** What narrows the caller's questions; null for nothing. */
  mayRead: (ctx: GenericQueryCtx<GenericDataModel>, tenant: string) => Promise<Narrowing | null>;
  store: (
    ctx: GenericMutationCtx<GenericDataModel>,
    tenant: string,
    questions: unknown,
    narrowing: Narrowing | null,
  ) => Promise<boolean>;
};

/**
 * `report`, and what it calls, in one module. It is an action, as a client's mutations wait for each other: a report
 * is never before what a person does.
 */
export function reporting({ tenantArgs, tenantIn, mayRead, moduleOf, store: put }: Lending) {
  const args = { ...tenantArgs, questions: v.array(vAsked) };

  const store = internalMutationGeneric({
    args,
    returns: v.boolean(),
    handler: async (ctx, given): Promise<boolean> =>
      await codedMutation(async () => {
        const { tenant, rest } = tenantIn(given);
        const narrowing = await mayRead(
          ctx as unknown as GenericQueryCtx<GenericDataModel>,
          tenant,
        );
        return await put(ctx, tenant, rest["questions"], narrowing);
      }),
  });

  const report = actionGeneric({
    args,
    returns: v.boolean(),
    handler: async (ctx, given): Promise<boolean> => {
      const name = `${await moduleOf(ctx)}:store`;
      return (await ctx.runMutation(makeFunctionReference<"mutation">(name), given)) as boolean;
    },
  });

  return { store, report };
}
