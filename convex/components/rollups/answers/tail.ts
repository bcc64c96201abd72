/** The part of the log that tiles lack: all of it, or what completes them to one commit. */
import { HeldTail } from "../../../../lib/answer/heldTail.js";
import { isCounted, type Position } from "../../../../lib/fold/change.js";
import { changesAfter, type PlacedChange } from "../../../../lib/fold/position.js";
import { cubeLog, cubeSeam, type CubeLog } from "../log/cubeLog.js";
import { readCommits, readLog, type Log, type LogRow } from "../log/reader.js";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";
import { once } from "../app/once.js";

/** "live": tiles and the whole tail. "folded": tiles only, as of a commit that is folded. */
export type Freshness = "live" | "folded";

type State = Doc<"rollupStates">;
type StateId = State["_id"];

/** Whose tail is read, and for whom. */
export interface TailOf {
  tenantId: string;
  cube: string;
  freshness: Freshness;
  /** Whether the answer says as of which commit it is. A folded one that need not depends on tiles alone. */
  isDated: boolean;
}

export interface Tail {
  /** The generations that it was read for. */
  states: readonly State[];
  /** Where it was read. */
  log: Log;
  /** As it is: a tail that is too long to be added makes an answer folded that was to be live. */
  freshness: Freshness;
  /**
   * An answer from tiles and their changes includes every change of the cube up to this commit, and none after. Null
   * where nobody asked.
   */
  watermark: bigint | null;
  /** Whether the tiles of a generation and `changesOf` are as of the watermark. */
  completes(state: State): boolean;
  /** What the tiles of a generation lack of it: each begins at a position of its own. */
  changesOf(state: State): PlacedChange<LogRow>[];
  /** The same for `evaluate`, netted once for all ranges that the generation answers. */
  heldBy(state: State): HeldTail;
  /** Commit of the newest change of the cube in it, or of the build that its tiles began with; null as `watermark`. */
  asOf(): bigint | null;
}

/**
 * The tail of some generations of a cube. Of a live answer the read is unbounded above, so that a reactive
 * query sees later appends. A folded one is as of the furthest commit that is folded into any of them, so
 * that ranges that are compared are of one commit.
 */
export async function readTail(
  ctx: QueryCtx,
  { tenantId, cube, freshness, isDated }: TailOf,
  states: readonly State[],
): Promise<Tail> {
  if (freshness === "folded" && !isDated) {
    const tail = await undatedTail(ctx, tenantId, cube, states);
    if (tail !== null) return tail;
  }
  const own = await once(ctx, `log ${cube}`, () => cubeLog(ctx, tenantId, cube));
  if (freshness === "live") {
    const { tailChanges, tailRows, tailBytes } = ctx.app.limits.answers;
    const bounds = { changes: tailChanges, rows: tailRows, bytes: tailBytes };
    const { rows, complete } = await once(ctx, `tail ${cube}`, () =>
      readLog(ctx, own.log, own.position, bounds),
    );
    // Nothing is left out, so what was looked at by the newest build is in it, too.
    if (complete) return datedTail(own, cube, rows, "live", states, own.builtAt);
  }
  const positions = states.map(({ _id }) => own.positionOf(_id));
  const to = positions.map(wholeTo).reduce(latest, 0n);
  const from = positions.map(({ commitTs }) => commitTs).reduce((a, b) => (a < b ? a : b), to + 1n);
  const rows = await readCommits(ctx, own.log, from, to);
  return datedTail(own, cube, rows, "folded", states, to);
}

/** The last commit that is folded, once one that is folded in part is completed. */
function wholeTo({ commitTs, row, change }: Position): bigint {
  return row > 0 || change > 0 ? commitTs : commitTs - 1n;
}

/**
 * What completes the tiles of one generation to the commit that they are folded to, whichever that is. Reads nothing
 * that each fold writes. Null where generations have to be brought to one commit, and where the log is not yet read by
 * cube.
 */
async function undatedTail(
  ctx: QueryCtx,
  tenantId: string,
  cube: string,
  states: readonly State[],
): Promise<Tail | null> {
  const ids = new Set(states.map(({ _id }) => _id));
  const [only, ...others] = ids;
  if (only === undefined || others.length > 0) return null;
  const seam = await cubeSeam(ctx, tenantId, cube);
  if (seam === null) return null;
  const within = seam.generations.find(({ state }) => state === only)?.position;
  const rows =
    within && (await readCommits(ctx, { tenantId, cube }, within.commitTs, within.commitTs));
  return {
    ...partsOf({ tenantId, cube }, states, "folded", () =>
      rows ? [...changesAfter(rows, within)] : [],
    ),
    watermark: null,
    asOf: () => null,
  };
}

function datedTail(
  own: CubeLog,
  cube: string,
  rows: LogRow[],
  freshness: Freshness,
  states: readonly State[],
  reached: bigint,
): Tail {
  const passed = own.position.commitTs - 1n;
  const watermark = [passed, reached, rows.at(-1)?.commitTs ?? 0n].reduce(latest, 0n);
  const parts = partsOf(own.log, states, freshness, (id) => [
    ...changesAfter(rows, own.positionOf(id)),
  ]);
  return {
    ...parts,
    watermark,
    asOf() {
      const { builtAt } = own;
      const isPassed = builtAt >= 0n && builtAt <= passed;
      const folded = states.flatMap(({ _id }) => own.foldedTo(_id) ?? []);
      // Folds have noted their cubes since the first build that has noted itself.
      if (folded.length === 0) folded.push(isPassed ? builtAt : passed);
      const added = states.flatMap((state) => {
        const change = parts.changesOf(state).findLast((one) => isOf(cube, one));
        return change?.commitTs ?? [];
      });
      return [isPassed ? builtAt : 0n, ...folded, ...added].reduce(latest, 0n);
    },
  };
}

function isOf(cube: string, { change }: PlacedChange): boolean {
  return change.cube === cube && isCounted(change);
}

/** `lacked` is worked out once for each generation. */
function partsOf(
  log: Log,
  states: readonly State[],
  freshness: Freshness,
  lacked: (id: StateId) => PlacedChange<LogRow>[],
): Omit<Tail, "watermark" | "asOf"> {
  const known = new Map<StateId, PlacedChange<LogRow>[]>();
  const changesOf = ({ _id }: State) => {
    const changes = known.get(_id) ?? lacked(_id);
    known.set(_id, changes);
    return changes;
  };
  const held = new Map<StateId, HeldTail>();
  const heldBy = (state: State) => {
    const found =
      held.get(state._id) ?? new HeldTail(() => changesOf(state).map(({ change }) => change));
    held.set(state._id, found);
    return found;
  };
  return {
    ...{ states, log, freshness, changesOf, heldBy },
    completes: ({ _id }) => freshness === "live" || states.some((state) => state._id === _id),
  };
}

function latest(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
