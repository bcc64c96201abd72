/** Which generations a tenant should begin, end or give up: what is declared against what is stored. */
import { lackedAt, positionOf } from "../log/positions.js";
import { mustCube } from "../app/cubes.js";
import { readRebuilds } from "../repairs/plan.js";
import { definitionChanges, rebuildable, rebuiltFrom } from "../generations/declared.js";
import { sourceSpan } from "../sources/scan.js";
import type { QueryCtx } from "../app/ctx.js";
import type { DefineJob } from "../schema/work.js";
import type { Doc } from "../_generated/dataModel.js";
import { isOvertaken, outdated } from "./reach.js";
import { findTurn } from "./turns.js";
import type { View } from "./view.js";

interface DefinePlan {
  /** Null where generations are as they should be, or wait. */
  job: DefineJob | null;
  /** Something is to be built, and other tenants build in its place. */
  isWaiting: boolean;
}

export async function planDefine(ctx: QueryCtx, view: View): Promise<DefinePlan> {
  const { tenantId, fold, states, backfill, expired, unfolded } = view;
  const next = ({ _id }: Doc<"rollupStates">) => lackedAt(positionOf(fold, _id), unfolded);
  const gone = outdated(ctx, states, backfill, next);
  // Of an expired source no generation can be replaced, so none is given up before it has to be.
  const isReplaceable = ({ cube, status }: (typeof gone)[number]) =>
    !expired.has(cube) || status === "building";
  const replaceable = gone.filter(isReplaceable);
  const overtaken = gone
    .filter((state) => !isReplaceable(state) && isOvertaken(state, backfill, next(state)))
    .map(({ _id }) => _id);
  const { start, retire, refuse } = definitionChanges(ctx, states, replaceable, expired);
  const rebuilds = await readRebuilds(ctx, tenantId);
  if (rebuilds.length > 0) {
    const wanted = rebuildable(ctx, rebuilds, states, { start, retire, refuse });
    start.push(...rebuiltFrom(ctx, wanted, states, expired));
  }
  const rebuilt = rebuilds.map(({ _id }) => _id);
  // In the place of generations that cannot go on others begin at once.
  const mustBegin = start.length === 0 || gone.length > 0;
  const turns = mustBegin ? null : await findTurn(ctx, tenantId, states);
  const isWaiting = turns === "none";
  const begun = isWaiting
    ? { start: [], rebuilt: [], turns: null, spans: {} }
    : { start, rebuilt, turns, spans: await spansOf(ctx, tenantId, start) };
  const job: DefineJob = { kind: "define", ...begun, retire, refuse, overtaken };
  const changes = [job.start, job.retire, job.refuse, job.overtaken, job.rebuilt];
  return { job: changes.some((some) => some.length > 0) ? job : null, isWaiting };
}

/** The first and the last record of each cube that something is built of. */
async function spansOf(
  ctx: QueryCtx,
  tenantId: string,
  start: DefineJob["start"],
): Promise<DefineJob["spans"]> {
  const spans: DefineJob["spans"] = {};
  for (const name of new Set(start.map(({ definition }) => definition.cube))) {
    spans[name] = await sourceSpan(ctx, mustCube(ctx, name), tenantId);
  }
  return spans;
}
