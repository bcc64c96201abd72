/** Parts of the log that are added to what is known as of a commit: the tail of tiles, and what came since. */
import { isCounted, type Change } from "../../../../lib/fold/change.js";
import { changesAfter, start } from "../../../../lib/fold/position.js";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";
import { lackedAt, positionOf } from "./positions.js";
import { foldState, readCommits, readLog, type LogRow } from "./reader.js";
import { isReadLike } from "../app/readings.js";

/** Changes since a commit that are read at once; a commit is never cut. */
const SINCE_CHANGES_MAX = 4000;

type State = Doc<"rollupStates">;

/** Changes of a cube, in order, up to a commit. */
export interface LogPart {
  changes: Change[];
  /** The newest commit of the snapshot where `complete`, else the last one that is in it, whole. */
  asOf: bigint;
  complete: boolean;
}

/** What is not folded, as of the newest commit of the snapshot. */
export interface UnfoldedPart {
  asOf: bigint;
  /** The changes that the tiles of a generation lack, in order. */
  of(state: Pick<State, "_id">): Change[];
}

/**
 * The changes that the tiles of a cube's rollups lack. Null where they are too many, or were read
 * otherwise than one of the rollups: the worker will see to both.
 */
export async function readTail(
  ctx: QueryCtx,
  tenantId: string,
  cube: string,
  states: readonly State[],
): Promise<UnfoldedPart | null> {
  const fold = await foldState(ctx, tenantId);
  const position = fold?.position ?? start;
  const { rows, complete } = await readLog(ctx, { tenantId }, position, {
    changes: ctx.app.limits.answers.tailChanges,
    rows: ctx.app.limits.answers.tailRows,
    bytes: ctx.app.limits.answers.tailBytes,
  });
  if (!complete) return null;
  const placed = [...changesAfter(rows, position)].filter(({ change }) => isOf(cube, change));
  if (isOvertaken(states, new Set(placed.map(({ row }) => row)))) return null;
  const asOf = rows.at(-1)?.commitTs ?? position.commitTs - 1n;
  return {
    asOf,
    of: ({ _id }) => lackedAt(positionOf(fold, _id), placed).map(({ change }) => change),
  };
}

/** The changes after commit `since`, of whole commits. Null where some were read otherwise than a rollup. */
export async function readSince(
  ctx: QueryCtx,
  tenantId: string,
  cube: string,
  states: readonly State[],
  since: bigint,
): Promise<LogPart | null> {
  const from = { commitTs: since + 1n, row: 0, change: 0 };
  const limits = {
    changes: SINCE_CHANGES_MAX,
    rows: ctx.app.limits.answers.tailRows,
    bytes: ctx.app.limits.answers.tailBytes,
  };
  const { rows, complete } = await readLog(ctx, { tenantId }, from, limits);
  const last = rows.at(-1)?.commitTs ?? since;
  let whole = complete ? rows : rows.filter(({ commitTs }) => commitTs < last);
  // One commit that is larger than the limits is read to its end.
  if (whole.length === 0 && !complete) {
    whole = await readCommits(ctx, { tenantId }, last, last);
  }
  const mine = whole.filter(({ changes }) => changes.some((change) => isOf(cube, change)));
  if (isOvertaken(states, new Set(mine))) return null;
  return {
    changes: mine.flatMap(({ changes }) => changes.filter((change) => isOf(cube, change))),
    asOf: whole.at(-1)?.commitTs ?? since,
    complete,
  };
}

function isOf(cube: string, change: Change): boolean {
  return change.cube === cube && isCounted(change);
}

function isOvertaken(states: readonly State[], rows: ReadonlySet<LogRow>): boolean {
  return states.some(({ definition }) =>
    [...rows].some(({ readings }) => !isReadLike(definition, readings)),
  );
}
