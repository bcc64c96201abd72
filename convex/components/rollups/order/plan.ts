/**
 * What the fold worker does next for a tenant's order statistics: it begins and ends them as they are declared, fills
 * one of them from the source, page by page, and moves records that changed. Runs in the plan's stale snapshot.
 *
 * A statistic's trees hold the records up to its cursor, in the order of creation, as of its position in the log of its
 * cube. A page is read only where all of the log is moved to: both are of one snapshot, so that a record is of one
 * commit whichever of the two brought it.
 */
import { appliesTo } from "../../../../lib/fold/backfill.js";
import { comparePositions, changesAfter } from "../../../../lib/fold/position.js";
import { Moves, type Move } from "../../../../lib/order/changes.js";
import { placeOf } from "../../../../lib/order/statistic.js";
import type { QueryCtx } from "../app/ctx.js";
import { mustCube } from "../app/cubes.js";
import { isReadLike } from "../app/readings.js";
import { hasBetween, newestLogged, readLog } from "../log/reader.js";
import type { FoldJob } from "../schema/work.js";
import { readPage } from "../sources/scan.js";
import { declaredOrders, ordersStamp, readOrders, type OrderState } from "./states.js";

/** No commit is later. */
const LAST_COMMIT = 2n ** 63n - 1n;

type OrderWork = NonNullable<FoldJob["order"]>;
type FoldWork = Extract<OrderWork, { kind: "fold" }>;

/** What the plan found, and the commit before which no statistic needs the log: `unread`, or an earlier one. */
interface PlannedOrders {
  order: FoldJob["order"];
  keepsFrom: bigint;
}

export async function planOrders(
  ctx: QueryCtx,
  tenantId: string,
  strikes: number,
  unread: bigint,
): Promise<PlannedOrders> {
  const states = await readOrders(ctx, tenantId);
  const order = await nextWork(ctx, tenantId, states, strikes);
  let keepsFrom = unread;
  for (const state of states.filter(isFolded)) {
    const { cursor, position } = state;
    if (cursor === null || position.commitTs >= keepsFrom) continue;
    // One of a cube that is not written stays where it is, and lacks nothing.
    if (await isBehind(ctx, tenantId, state)) keepsFrom = position.commitTs;
  }
  return { order, keepsFrom };
}

async function nextWork(
  ctx: QueryCtx,
  tenantId: string,
  states: readonly OrderState[],
  strikes: number,
): Promise<FoldJob["order"]> {
  const basis = ordersStamp(states);
  const changes = declarationChanges(ctx, states);
  if (changes.start.length + changes.retire.length > 0) {
    return { kind: "change", basis, ...changes };
  }
  // The least advanced first; of those that are as far, the oldest.
  const folded = states
    .filter(isFolded)
    .sort((a, b) => comparePositions(a.position, b.position) || a._creationTime - b._creationTime);
  let found: FoldWork | null = null;
  for (const state of folded) {
    if (found !== null) {
      found.isLast &&= !(await isBehind(ctx, tenantId, state));
      continue;
    }
    const work = await foldWork(ctx, tenantId, state, strikes);
    if (work === "overtaken") return { kind: "change", basis, start: [], retire: [state._id] };
    if (work !== null) found = { ...work, basis };
  }
  const retiring = states.find(({ status }) => status === "retiring");
  if (found !== null) return { ...found, isLast: found.isLast && retiring === undefined };
  return retiring === undefined ? null : { kind: "sweep", basis, state: retiring._id };
}

function isFolded({ status }: Pick<OrderState, "status">): boolean {
  return status === "building" || status === "ready";
}

/**
 * A declared statistic without a current generation is started. One that another replaces goes, and so does one that
 * is not declared any more. A ready one of another definition serves until then.
 */
function declarationChanges(ctx: QueryCtx, states: readonly OrderState[]) {
  const declared = declaredOrders(ctx.app);
  const declaredOf = ({ cube, name }: OrderState) =>
    declared.find(({ definition }) => definition.cube === cube && definition.name === name);
  const isCurrent = (state: OrderState) =>
    state.status !== "retiring" &&
    !state.isOutdated &&
    state.fingerprint === declaredOf(state)?.fingerprint;
  const start = declared
    .filter((one) => !states.some((state) => isCurrent(state) && declaredOf(state) === one))
    .map((one) => {
      const mine = states.filter((state) => declaredOf(state) === one);
      const generation = Math.max(0, ...mine.map((state) => state.generation)) + 1;
      return { ...one, generation };
    });
  const retire = states.filter((state) => {
    if (state.status === "retiring" || isCurrent(state)) return false;
    const wanted = declaredOf(state);
    const isReplaced = states.some(
      (other) => other.status === "ready" && isCurrent(other) && declaredOf(other) === wanted,
    );
    return wanted === undefined || isReplaced || state.status !== "ready";
  });
  return { start, retire: retire.map(({ _id }) => _id) };
}

/** Whether records are still to be read, or changes of the log to be moved. Reads one row at most. */
async function isBehind(
  ctx: QueryCtx,
  tenantId: string,
  { cube, cursor, position: { commitTs, row } }: OrderState,
): Promise<boolean> {
  if (cursor !== "end" || row > 0) return true;
  return await hasBetween(ctx, { tenantId, cube }, commitTs - 1n, LAST_COMMIT);
}

/** The next moves of one statistic; null where it has none, "overtaken" where it cannot be moved any more. */
async function foldWork(
  ctx: QueryCtx,
  tenantId: string,
  state: OrderState,
  strikes: number,
): Promise<Omit<FoldWork, "basis"> | "overtaken" | null> {
  const { definition, cursor } = state;
  const { limits } = ctx.app;
  const most = Math.max(1, Math.floor(limits.orders.moves / 2 ** strikes));
  const moves = new Moves(definition);
  let position = state.position;
  let isComplete = true;
  if (cursor === null) {
    const newest = (await newestLogged(ctx, tenantId)) ?? 0n;
    position = { commitTs: newest + 1n, row: 0, change: 0 };
  } else {
    const log = await readLog(ctx, { tenantId, cube: state.cube }, position, {
      changes: Math.max(1, Math.floor(limits.orders.changes / 2 ** strikes)),
      rows: limits.fold.rows,
      bytes: limits.fold.bytes / 4,
    });
    isComplete = log.complete;
    for (const { change, commitTs, row, next } of changesAfter(log.rows, position)) {
      if (moves.size >= most) {
        isComplete = false;
        break;
      }
      if (!isReadLike(definition, row.readings)) {
        if (comparePositions(position, state.position) === 0) return overtakenOrWaiting(ctx, state);
        isComplete = false;
        break;
      }
      if (appliesTo({ cursor, page: null }, change, commitTs)) moves.add(change);
      position = next;
    }
    // All commits of the snapshot are in; any other is later.
    if (isComplete && log.rows.length > 0) {
      position = { commitTs: position.commitTs + 1n, row: 0, change: 0 };
    }
  }
  const paged: Move[] = [];
  let reached = cursor;
  if (isComplete && cursor !== "end" && moves.size < most) {
    const cube = mustCube(ctx, state.cube);
    if (!isReadLike(definition, ctx.app.readings)) return null;
    const { facts, last } = await readPage(ctx, cube, tenantId, cursor, most - moves.size);
    for (const { id, fact } of facts) {
      paged.push({ before: null, after: placeOf(definition, id, fact) });
    }
    const end = facts.at(-1);
    reached = last || end === undefined ? "end" : { createdAt: end.createdAt, id: end.id };
  }
  const isMoved = comparePositions(position, state.position) !== 0;
  if (!isMoved && reached === cursor) return null;
  return {
    kind: "fold",
    state: state._id,
    moves: [...moves.all(), ...paged],
    position,
    cursor: reached,
    isLast: isComplete && reached === "end",
  };
}

/** One that the code declares as it is begins again; another waits, and serves no more, until one replaces it. */
function overtakenOrWaiting(ctx: QueryCtx, { fingerprint }: OrderState): "overtaken" | null {
  return declaredOrders(ctx.app).some((one) => one.fingerprint === fingerprint)
    ? "overtaken"
    : null;
}
