/**
 * The log of one cube as its answers read it, and how far it is folded. A write to another cube, and folding that, leave
 * all of it as it is.
 */
import { start } from "../../../../lib/fold/position.js";
import type { Position } from "../../../../lib/fold/change.js";
import type { Doc, Id } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";
import { aheadOf, positionOf } from "./positions.js";
import { builtAtOf, foldState, newestCommit, oldestUnfolded, type Log } from "./reader.js";

type Reading = Pick<QueryCtx, "db">;

export interface CubeLog {
  /** Whose rows `positionOf` counts. Those of all cubes before the cube's own are counted. */
  log: Log;
  /** What every live generation is folded to. */
  position: Position;
  /** The commit that began, or cut over to, the newest generations; -1 while there are none. */
  builtAt: bigint;
  positionOf(state: Id<"rollupStates">): Position;
  /** Commit of the newest change of the cube that a generation has; null where none is noted. */
  foldedTo(state: Id<"rollupStates">): bigint | null;
}

/** By the row of the cube or, where there is none yet, by that of the tenant. */
export async function cubeLog(ctx: Reading, tenantId: string, cube: string): Promise<CubeLog> {
  const own = await cubeFold(ctx, tenantId, cube);
  if (own === null) return tenantLog(await foldState(ctx, tenantId), tenantId, cube);
  const { position, generations } = own;
  const known = (id: Id<"rollupStates">) => generations.find(({ state }) => state === id);
  return {
    log: { tenantId, cube },
    position,
    builtAt: builtAtOf(own),
    positionOf: (state) => known(state)?.position ?? position,
    foldedTo: (state) => known(state)?.foldedTo ?? null,
  };
}

function tenantLog(fold: Doc<"foldStates"> | null, tenantId: string, cube: string): CubeLog {
  return {
    log: { tenantId },
    position: fold?.position ?? start,
    builtAt: builtAtOf(fold),
    positionOf: (state) => positionOf(fold, state),
    foldedTo: (state) => aheadOf(fold, state)?.foldedTo ?? fold?.foldedTo?.[cube] ?? null,
  };
}

/** The newest commit that is known of the cube. */
export async function newestOfCube(ctx: Reading, tenantId: string, cube: string): Promise<bigint> {
  const own = await cubeLog(ctx, tenantId, cube);
  return await newestCommit(ctx, own.log, own);
}

/** The newest commit that is known of the tenant. */
export async function newestOfTenant(ctx: Reading, tenantId: string): Promise<bigint> {
  const fold = await foldState(ctx, tenantId);
  const position = fold?.position ?? start;
  return await newestCommit(ctx, { tenantId }, { position, builtAt: builtAtOf(fold) });
}

/** Commit of the oldest change of the cube that some generation lacks; null where none does. */
export async function unfoldedOfCube(
  ctx: Reading,
  tenantId: string,
  cube: string,
): Promise<bigint | null> {
  const { log, position } = await cubeLog(ctx, tenantId, cube);
  return await oldestUnfolded(ctx, log, position);
}

export async function cubeFold(
  ctx: Reading,
  tenantId: string,
  cube: string,
): Promise<Doc<"cubeFolds"> | null> {
  return await ctx.db
    .query("cubeFolds")
    .withIndex("by_tenant_and_cube", (q) => q.eq("tenantId", tenantId).eq("cube", cube))
    .unique();
}

/** Null for a cube that has no row of its own. */
export async function cubeSeam(
  ctx: Reading,
  tenantId: string,
  cube: string,
): Promise<Doc<"cubeSeams"> | null> {
  return await ctx.db
    .query("cubeSeams")
    .withIndex("by_tenant_and_cube", (q) => q.eq("tenantId", tenantId).eq("cube", cube))
    .unique();
}
