/**
 * Folding the log. What a fold costs is the tiles that it touches, so an iteration folds many changes into
 * few generations instead of few changes into all: the least advanced first, one after the other, and only those
 * that fit. Generations advance in rounds. What one of them has reached the others come to before any goes
 * further, so all are at one position again and again.
 */
import { isCounted, type Position } from "../../../../lib/fold/change.js";
import {
  changesAfter,
  comparePositions,
  start,
  type PlacedChange,
} from "../../../../lib/fold/position.js";
import type { Doc, Id } from "../_generated/dataModel.js";
import type { MutationCtx } from "../app/ctx.js";
import { generationOf } from "../generations/generation.js";
import {
  aheadOf,
  furthestOf,
  lackedAt,
  leastOf,
  positionOf,
  type Ahead,
} from "../log/positions.js";
import type { FoldJob } from "../schema/work.js";
import type { TileCache } from "../tiles/store.js";
import { hasBudget } from "../transaction/budget.js";
import { foldBites } from "./bites.js";
import { costOf, costsOf, inTurn, type Runner } from "./costs.js";
import type { Folder, LoggedChange } from "./folder.js";
import { isLive, partFor } from "./reach.js";

type State = Doc<"rollupStates">;
type Placed = PlacedChange;

/** How far an iteration came. */
export interface Folded {
  /** What every live generation is folded to … */
  position: Position;
  /** … and the ones that are folded further. */
  ahead: Ahead[];
  /** What a change costs each of them, where that is known. */
  costs: NonNullable<Doc<"foldStates">["costs"]>;
  /** Changes that every live generation has now, and had not before. */
  changes: Placed[];
  /** Whether any generation got further. */
  isMoved: boolean;
  /** Whether a generation is folded up to the newest commit of the plan's snapshot. */
  isCurrent(state: Id<"rollupStates">): boolean;
  /** Whether all are. */
  isAllCurrent: boolean;
  /** The live generations. */
  live: State[];
}

/** Folds as many changes into as many generations as the iteration may take on. */
export async function foldRows(
  ctx: MutationCtx,
  cache: TileCache,
  folder: Folder,
  job: FoldJob,
  states: State[],
  backfill: Doc<"backfills"> | null,
  fold: Doc<"foldStates"> | null,
): Promise<Folded> {
  const from = fold?.position ?? start;
  const changes = [...changesAfter(job.rows, from)];
  const runners = states.filter(isLive).map((state): Runner => {
    const position = positionOf(fold, state._id);
    return { state, from: position, to: position, us: costOf(fold, state._id) };
  });
  const round = roundOf(changes, from, runners);
  // What the last fold took: the estimate for a generation without a cost of its own. Null before the first.
  let last: number | null = null;
  let isFull = false;
  /** Generations that no change of the round reaches. */
  const passing: Runner[] = [];
  for (const runner of inTurn(runners, round.length, folder.workLeft())) {
    const own = lackedAt(runner.from, round);
    const mine = own.flatMap((placed, at) => {
      const change = partFor(runner.state, backfill, placed);
      return change === null ? [] : [{ change, commitTs: placed.commitTs, at }];
    });
    if (mine.length === 0) {
      passing.push(runner);
      continue;
    }
    const left = folder.workLeft();
    const expected = runner.us === null ? (last ?? 0) : runner.us * mine.length;
    // The first one goes however little is left.
    if (last !== null && (isFull || expected > left)) continue;
    const count = await foldInto(ctx, cache, folder, runner.state, mine);
    // Changes that do not reach it are passed on the way.
    const end = mine[count]?.at ?? own.length;
    runner.to = own[end - 1]?.next ?? runner.from;
    last = left - folder.workLeft();
    if (count >= ctx.app.limits.fold.costChanges) runner.us = Math.ceil(last / count);
    isFull ||= count < mine.length || !(await hasBudget(ctx, cache));
  }
  // They advance for free to where the others are. Any further would be a goal that the others have to reach.
  const come = runners.filter((runner) => !passing.includes(runner)).map(({ to }) => to);
  const end = furthestOf(come, round.at(-1)?.next ?? from);
  for (const runner of passing) if (comparePositions(end, runner.to) > 0) runner.to = end;
  const live = runners.filter(({ state }) => !folder.hasFailed(state._id));
  return reached(job, fold, changes, runners, live);
}

/** The changes that this round folds: up to where a generation is already, else all. */
function roundOf(changes: Placed[], from: Position, runners: readonly Runner[]): Placed[] {
  const goal = furthestOf(
    runners.map((runner) => runner.from),
    from,
  );
  const round = changes.filter(({ next }) => comparePositions(next, goal) <= 0);
  return round.length === 0 ? changes : round;
}

async function foldInto(
  ctx: MutationCtx,
  cache: TileCache,
  folder: Folder,
  state: State,
  changes: LoggedChange[],
): Promise<number> {
  const generation = generationOf(state);
  return await foldBites(ctx, cache, folder, changes.length, (a, b) => [
    { generation, state: state._id, changes: changes.slice(a, b) },
  ]);
}

function reached(
  job: FoldJob,
  fold: Doc<"foldStates"> | null,
  changes: Placed[],
  runners: readonly Runner[],
  live: readonly Runner[],
): Folded {
  const from = fold?.position ?? start;
  const last = changes.at(-1)?.next ?? from;
  const isPast = ({ to }: Runner) => job.complete && comparePositions(to, last) >= 0;
  const least = leastOf(
    live.map(({ to }) => to),
    last,
  );
  const passed = changes.filter(({ next }) => comparePositions(next, least) <= 0);
  const current = new Set(live.filter(isPast).map(({ state }) => state._id));
  const isAllCurrent = job.complete && current.size === live.length;
  // The end of the log was read: its last commit is whole, and of those before the newest build none is left.
  const end = isAllCurrent
    ? whole(job.rows.at(-1)?.commitTs ?? -1n, job.builtAt)
    : behind(job, changes, least);
  const position = comparePositions(end, least) > 0 ? end : least;
  return {
    position,
    ahead: live
      .filter(({ to }) => comparePositions(to, position) > 0)
      .map(({ state, to }) => aheadAt(fold, changes, state, to)),
    costs: costsOf(live),
    changes: passed,
    isMoved:
      comparePositions(position, from) !== 0 ||
      runners.some(({ from, to }) => comparePositions(to, from) > 0),
    isCurrent: (state) => current.has(state),
    isAllCurrent,
    live: live.map(({ state }) => state),
  };
}

/** Whether the rows include all of a commit. A generation may be further than they go. */
export function hasAllOf({ rows, complete, isWhole }: FoldJob, commitTs: bigint): boolean {
  const last = rows.at(-1)?.commitTs ?? -1n;
  return complete || last > commitTs || (isWhole && last === commitTs);
}

/** A place behind the last change of a commit is behind the commit: nobody reads its rows again to find that out. */
function behind(job: FoldJob, changes: readonly Placed[], place: Position): Position {
  const { commitTs, row, change } = place;
  const hasMore = changes.some(
    (one) => one.commitTs === commitTs && comparePositions(one.next, place) > 0,
  );
  return row + change > 0 && hasAllOf(job, commitTs) && !hasMore
    ? whole(commitTs, commitTs)
    : place;
}

/** The position once all commits up to both are folded. */
function whole(a: bigint, b: bigint): Position {
  return { commitTs: (a > b ? a : b) + 1n, row: 0, change: 0 };
}

function aheadAt(
  fold: Doc<"foldStates"> | null,
  changes: readonly Placed[],
  { _id: state, cube }: State,
  position: Position,
): Ahead {
  const known = aheadOf(fold, state)?.foldedTo;
  const newest = changes.findLast(
    ({ change, next }) =>
      change.cube === cube && isCounted(change) && comparePositions(next, position) <= 0,
  )?.commitTs;
  // It may be further than these changes go.
  const foldedTo = known === undefined || (newest ?? -1n) > known ? newest : known;
  return { state, position, ...(foldedTo === undefined ? {} : { foldedTo }) };
}
