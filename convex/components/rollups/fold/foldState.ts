/** Writing how far a tenant's log is folded; `log/reader.ts` reads it. */
import { start, type PlacedChange } from "../../../../lib/fold/position.js";
import { counted, type Counted } from "../../../../lib/cost/upkeep.js";
import { isCounted } from "../../../../lib/fold/change.js";
import { cubeFold } from "../log/cubeLog.js";
import { foldState } from "../log/reader.js";
import type { Doc } from "../_generated/dataModel.js";
import type { MutationCtx } from "../app/ctx.js";

export type FoldState = Omit<Doc<"foldStates">, "_id" | "_creationTime">;

/** What a fold brings: how far it came, the changes that all generations have now, and what was trimmed by then. */
export interface Folded extends Required<
  Pick<FoldState, "position" | "ahead" | "costs" | "isByCube">
> {
  changes: readonly Pick<PlacedChange, "change" | "commitTs">[];
  trimmedTo: bigint;
}

export async function saveFold(
  ctx: MutationCtx,
  tenantId: string,
  { position, ahead, costs, changes, trimmedTo, isByCube }: Folded,
  now: number,
): Promise<FoldState> {
  const state = await foldState(ctx, tenantId);
  const upkeep = counted(state?.upkeep ?? null, await takenBy(ctx), now);
  return await put(ctx, state, {
    ...(state ?? empty(tenantId, now)),
    ...{ position, ahead, costs, upkeep },
    foldedChanges: (state?.foldedChanges ?? 0) + changes.length,
    folds: (state?.folds ?? 0) + (changes.length > 0 ? 1 : 0),
    trimmedTo,
    foldedTo: { ...state?.foldedTo, ...newestByCube(changes) },
    isByCube,
    updatedAt: now,
  });
}

/** Calls of an iteration: what to do, doing it, and the loop's own. */
const CALLS_PER_ITERATION = 4;

/** What the iteration took so far: its tiles are written by now. */
async function takenBy({ meta }: Pick<MutationCtx, "meta">): Promise<Omit<Counted, "since">> {
  const { bytesRead, bytesWritten } = await meta.getTransactionMetrics();
  return {
    calls: CALLS_PER_ITERATION,
    bytesRead: bytesRead.used,
    bytesWritten: bytesWritten.used,
  };
}

/** Notes that generations of some cubes are begun, or cut over to, by this very commit. */
export async function markBuilt(
  ctx: MutationCtx,
  tenantId: string,
  cubes: Iterable<string>,
  now: number,
): Promise<void> {
  const state = await foldState(ctx, tenantId);
  const builtAt = ctx.db.vars.commitTs;
  await put(ctx, state, { ...(state ?? empty(tenantId, now)), builtAt });
  for (const cube of new Set(cubes)) {
    const own = await cubeFold(ctx, tenantId, cube);
    if (own !== null) await ctx.db.patch("cubeFolds", own._id, { builtAt });
  }
}

/** Changes come in the order of the log. */
function newestByCube(changes: Folded["changes"]): Record<string, bigint> {
  const counted = changes.filter(({ change }) => isCounted(change));
  return Object.fromEntries(counted.map(({ change, commitTs }) => [change.cube, commitTs]));
}

function empty(tenantId: string, now: number): FoldState {
  return {
    ...{ tenantId, position: start, foldedChanges: 0, folds: 0 },
    ...{ trimmedTo: 0n, updatedAt: now },
  };
}

async function put(
  ctx: MutationCtx,
  state: Doc<"foldStates"> | null,
  next: FoldState,
): Promise<FoldState> {
  if (state === null) await ctx.db.insert("foldStates", next);
  else await ctx.db.replace("foldStates", state._id, next);
  return next;
}
