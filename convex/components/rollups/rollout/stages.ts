/** How far tenants and their cubes have moved to rollups: reading it, and moving it. */
import { v } from "convex/values";
import type { Rollout } from "../../../../lib/rollout/stage.js";
import type { Verdict } from "../../../../lib/rollout/verdict.js";
import type { Doc } from "../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../_generated/server.js";
import { pokeAlerts } from "../app/pokeAlerts.js";
import { fail } from "../errors/errors.js";
import { sharedQuery, tenantMutation } from "../functions.js";
import { moveArgs, vRollback, vStage } from "../schema/rollout.js";

type Reading = Pick<QueryCtx, "db">;
type Writing = Pick<MutationCtx, "db">;

/** Cubes of an app that have a rollout of their own. */
const CUBES_MAX = 200;

export const vRollout = v.object({
  /** Null is the tenant's. */
  cube: v.union(v.string(), v.null()),
  stage: vStage,
  percent: v.number(),
  salt: v.string(),
  rollback: v.union(v.null(), vRollback),
});

/** The tenant's rollout, where it has one, and those of its cubes. It changes only when one is moved or taken back. */
export const get = sharedQuery({
  args: { tenantId: v.string() },
  returns: v.array(vRollout),
  handler: async (ctx, { tenantId }) =>
    (await readRollouts(ctx, tenantId)).map(({ cube, stage, percent, salt, rollback }) => ({
      ...{ cube, stage, percent, salt, rollback },
    })),
});

/** Moves the tenant's rollout, or a cube's. A rollback is done with, and what was compared before does not count. */
export const move = tenantMutation({
  args: moveArgs,
  returns: v.null(),
  handler: async (ctx, { stage, percent = 0, cube = null, salt }) => {
    const { tenantId } = ctx;
    if (cube !== null && !Object.hasOwn(ctx.app.cubes, cube)) {
      fail("UnknownCube", `There is no cube "${cube}".`, { cube });
    }
    if (!(percent >= 0 && percent <= 100)) {
      fail("InvalidQuery", "percent must be from 0 to 100.", { path: "percent", percent });
    }
    if (stage === "follow" && cube === null) {
      fail("InvalidQuery", 'Only a cube can follow: name it in "cube".', { path: "stage" });
    }
    const known = await rolloutOf(ctx, tenantId, cube);
    if (stage === "follow") {
      if (known !== null) await ctx.db.delete("rollouts", known._id);
    } else {
      const own = { salt: salt ?? known?.salt ?? tenantId, changedAt: ctx.now, rollback: null };
      await put(ctx, { tenantId, cube, stage, percent, ...own }, known);
    }
    await beginAgain(ctx, tenantId, cube);
    if (known?.rollback) await pokeAlerts(ctx, tenantId);
    return null;
  },
});

/** All of a tenant at once, "on" or "off": no cube keeps a rollout of its own. */
export const set = tenantMutation({
  args: { mode: v.union(v.literal("on"), v.literal("off")) },
  returns: v.null(),
  handler: async (ctx, { mode }) => {
    const { tenantId } = ctx;
    const rollouts = await readRollouts(ctx, tenantId);
    for (const { _id, cube } of rollouts) if (cube !== null) await ctx.db.delete("rollouts", _id);
    const known = rollouts.find(({ cube }) => cube === null) ?? null;
    const own = { salt: known?.salt ?? tenantId, changedAt: ctx.now, rollback: null };
    await put(ctx, { tenantId, cube: null, stage: mode, percent: 0, ...own }, known);
    await beginAgain(ctx, tenantId, null);
    if (rollouts.some(({ rollback }) => rollback !== null)) await pokeAlerts(ctx, tenantId);
    return null;
  },
});

/** What is in force for a cube: its own rollout, else the tenant's, else none. Two point reads. */
export async function inForce(
  ctx: Reading,
  tenantId: string,
  cube: string,
): Promise<Doc<"rollouts"> | null> {
  return (await rolloutOf(ctx, tenantId, cube)) ?? (await rolloutOf(ctx, tenantId, null));
}

/** Takes the new way of one cube back; the other cubes of the tenant stay as they are. */
export async function rollBack(
  ctx: Writing,
  { tenantId, cube }: { tenantId: string; cube: string },
  { stage, percent, salt }: Rollout,
  { at, ...verdict }: Verdict & { at: number },
): Promise<void> {
  const rollback = { ...verdict, at, from: stage, percent };
  const row = { tenantId, cube, stage: "off", percent: 0, salt, changedAt: at, rollback } as const;
  await put(ctx, row, await rolloutOf(ctx, tenantId, cube));
}

type Row = Omit<Doc<"rollouts">, "_id" | "_creationTime">;

async function put(ctx: Writing, row: Row, known: Doc<"rollouts"> | null): Promise<void> {
  if (known === null) await ctx.db.insert("rollouts", row);
  else await ctx.db.replace("rollouts", known._id, row);
}

async function rolloutOf(ctx: Reading, tenantId: string, cube: string | null) {
  return await ctx.db
    .query("rollouts")
    .withIndex("by_tenant_and_cube", (q) => q.eq("tenantId", tenantId).eq("cube", cube))
    .unique();
}

async function readRollouts(ctx: Reading, tenantId: string): Promise<Doc<"rollouts">[]> {
  return await ctx.db
    .query("rollouts")
    .withIndex("by_tenant_and_cube", (q) => q.eq("tenantId", tenantId))
    .take(CUBES_MAX);
}

/** What was compared under the old stage says nothing of the new one. */
async function beginAgain(ctx: Writing, tenantId: string, cube: string | null): Promise<void> {
  const rows = await ctx.db
    .query("comparisons")
    .withIndex("by_tenant_and_cube", (q) => {
      const all = q.eq("tenantId", tenantId);
      return cube === null ? all : all.eq("cube", cube);
    })
    .take(CUBES_MAX);
  for (const { _id } of rows) await ctx.db.patch("comparisons", _id, { minutes: [] });
}
