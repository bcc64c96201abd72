/**
 * Turns to build: after a deploy that changes what all tenants declare, few of them build at once, as each
 * writes all of its tiles. What served before serves on meanwhile. A tenant that serves nothing yet waits
 * for nobody.
 */
import type { Doc, Id } from "../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../app/ctx.js";
import { nextBackfill } from "../generations/states.js";

type Reading = Pick<QueryCtx, "db" | "now" | "app">;
type States = readonly Pick<Doc<"rollupStates">, "status">[];

/** A build that has not moved for this long keeps nobody else waiting. */
const STANDSTILL_MS = 10 * 60_000;

/** Turns that are over, for a tenant that would begin to build; "none" where it has to wait for one. */
export async function findTurn(
  ctx: Reading,
  tenantId: string,
  states: States,
): Promise<Id<"turns">[] | "none"> {
  const turns = await readTurns(ctx);
  if (!needsTurn(turns, tenantId, states)) return [];
  const over: Id<"turns">[] = [];
  for (const turn of turns) if (await isOver(ctx, turn)) over.push(turn._id);
  return turns.length - over.length < ctx.app.limits.fold.buildingTenants ? over : "none";
}

/**
 * Takes a turn in the step, unless it is to wait for nobody; false where there is none. Plans of many tenants are made in one snapshot, so
 * turns are counted once more. Of others only builds that seemed to be `over` are looked at, as every
 * page of those under way would conflict.
 */
export async function takeTurn(
  ctx: MutationCtx,
  tenantId: string,
  states: States,
  over: readonly Id<"turns">[] | null,
): Promise<boolean> {
  if (over === null) return true;
  const turns = await readTurns(ctx);
  if (!needsTurn(turns, tenantId, states)) return true;
  let taken = turns.length;
  for (const turn of turns) {
    if (!over.includes(turn._id) || !(await isOver(ctx, turn))) continue;
    await ctx.db.delete("turns", turn._id);
    taken--;
  }
  if (taken >= ctx.app.limits.fold.buildingTenants) return false;
  await ctx.db.insert("turns", { tenantId });
  return true;
}

/** Whether a tenant that begins to build would have to wait. */
export async function areTurnsTaken(ctx: Reading): Promise<boolean> {
  return (await findTurn(ctx, "", [{ status: "ready" }])) === "none";
}

async function readTurns(ctx: Pick<QueryCtx, "db">): Promise<Doc<"turns">[]> {
  return await ctx.db.query("turns").collect();
}

function needsTurn(turns: Doc<"turns">[], tenantId: string, states: States): boolean {
  return (
    states.some(({ status }) => status === "ready") &&
    !turns.some((turn) => turn.tenantId === tenantId)
  );
}

async function isOver(ctx: Reading, { tenantId }: Doc<"turns">): Promise<boolean> {
  const backfill = await nextBackfill(ctx, tenantId);
  return backfill === null || ctx.now - backfill.updatedAt > STANDSTILL_MS;
}
