/**
 * What the fold worker does about retention, in the plan and in the step: it moves the coverage of
 * serving generations to where declaration and clock want it, brings archived partitions back, and
 * deletes what is past its time. A state is written when a boundary moves only, as every answer reads it.
 */
import { canonicalJson } from "../../../../lib/hash/canonical.js";
import { servedCoverage, type KeptLevel } from "../../../../lib/tiles/retention.js";
import type { Doc } from "../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../app/ctx.js";
import { mayReadOn } from "../transaction/budget.js";
import type { FoldJob } from "../schema/work.js";
import { clockOf, coverageOf, retainOf } from "../generations/coverage.js";
import { dueTo, sweepLevel, sweepSteps } from "./expire.js";
import {
  factsToBuild,
  isPuttingBack,
  makeMove,
  nextMove,
  readRestores,
  type RestoreSite,
} from "./restore.js";

type State = Doc<"rollupStates">;
type Restore = Doc<"restores">;

/**
 * Whether there is something to do, and the records that a restore is built from. `isFolded` says that
 * the log is read to its end, so that those records are what the tiles would be after it. `isWaiting` says
 * that an archive is being written or read. Without restores and due deletions one index range is read.
 */
export async function planKeeping(
  ctx: QueryCtx,
  tenantId: string,
  states: State[],
  isFolded: boolean,
  now: number,
): Promise<{ isDue: boolean; isWaiting: boolean; build: FoldJob["build"] }> {
  const restores = await readRestores(ctx, tenantId);
  let isDue = false;
  let isWaiting = restores.some(({ status }) => status === "reading");
  let build: FoldJob["build"] = null;
  for (const restore of restores) {
    const site = siteOf(states, restore, new Map());
    const move = site === null ? null : await nextMove(ctx, site, now);
    if (site === null || move === null) isDue = true;
    else if (move.kind === "build") {
      if (build !== null || !isFolded) continue;
      build = await factsToBuild(ctx, site, move.partitionStart);
      isDue = true;
    } else if (move.kind !== "wait") isDue = true;
  }
  const clock = clockOf(ctx);
  for (const state of states) {
    if (isDue || state.status !== "ready") continue;
    const coverage = nextCoverage(ctx, state, coverageOf(state));
    if (hasMoved(state, coverage)) isDue = true;
    for (const kept of coverage) {
      if (isDue || isPuttingBack(restores, state, kept)) continue;
      const to = dueTo(state, kept, clock);
      if (to === null) continue;
      isDue = (await sweepSteps(ctx, state, kept, to, now)).length > 0;
      isWaiting ||= !isDue;
    }
  }
  return { isDue, isWaiting, build };
}

/**
 * Does it. `isCurrent` says of which generations all is folded that the plan saw; with `maySweep` tiles are
 * deleted. Returns whether there may be more to do, or something is waited for.
 */
export async function keep(
  ctx: MutationCtx,
  tenantId: string,
  states: State[],
  build: FoldJob["build"],
  isCurrent: (state: State["_id"]) => boolean,
  maySweep: boolean,
  now: number,
): Promise<boolean> {
  const ready = states.filter(({ status }) => status === "ready");
  const next = new Map(
    ready.map((state) => [state._id, nextCoverage(ctx, state, coverageOf(state))]),
  );
  let restores = await readRestores(ctx, tenantId);
  for (const restore of restores) {
    const site = siteOf(ready, restore, next);
    if (site === null) await ctx.db.delete("restores", restore._id);
    else {
      const move = await nextMove(ctx, site, now);
      const kept = await makeMove(ctx, site, move, isCurrent(restore.state) ? build : null, now);
      const coverage = replaced(next.get(restore.state) ?? [], kept);
      next.set(restore.state, nextCoverage(ctx, site.state, coverage));
    }
  }
  let isLeft = restores.some(({ status }) => status !== "failed");
  if (restores.length > 0) restores = await readRestores(ctx, tenantId);
  const clock = clockOf(ctx);
  let room = maySweep ? ctx.app.limits.fold.sweepTiles : 0;
  // Of one level something is done whatever was read before: the iteration would come again for ever.
  let isFirst = true;
  for (const state of ready) {
    let coverage = next.get(state._id) ?? [];
    for (const kept of coverage) {
      const to = dueTo(state, kept, clock);
      if (to === null) continue;
      isLeft = true;
      if (isPuttingBack(restores, state, kept)) continue;
      if (room <= 0 || !(isFirst || (await mayReadOn(ctx)))) continue;
      const steps = await sweepSteps(ctx, state, kept, to, now);
      if (steps.length > 0) isFirst = false;
      const { after, tiles } = await sweepLevel(ctx, state, kept, steps, room, now);
      coverage = replaced(coverage, after);
      room -= tiles;
    }
    if (hasMoved(state, coverage)) await ctx.db.patch("rollupStates", state._id, { coverage });
  }
  return isLeft;
}

/** What a restore is about; null when its generation does not serve any more. */
function siteOf(
  states: State[],
  restore: Restore,
  next: ReadonlyMap<State["_id"], KeptLevel[]>,
): RestoreSite | null {
  const state = states.find(({ _id, status }) => _id === restore.state && status === "ready");
  const level = state?.definition.levels.find(
    ({ granularity }) => granularity === restore.granularity,
  );
  const kept = (state && (next.get(state._id) ?? coverageOf(state)))?.find(
    ({ granularity }) => granularity === restore.granularity,
  );
  if (state === undefined || level === undefined || kept === undefined) return null;
  return { state, level, kept, restore };
}

function replaced(coverage: KeptLevel[], kept: KeptLevel): KeptLevel[] {
  return coverage.map((one) => (one.granularity === kept.granularity ? kept : one));
}

function nextCoverage(
  ctx: Pick<QueryCtx, "app" | "now">,
  state: State,
  coverage: KeptLevel[],
): KeptLevel[] {
  return servedCoverage(state.definition, retainOf(ctx, state), coverage, { now: ctx.now });
}

function hasMoved(state: State, coverage: KeptLevel[]): boolean {
  return canonicalJson(coverageOf(state)) !== canonicalJson(coverage);
}
