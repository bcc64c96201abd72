/** The part of the log that tiles lack: all of it, or what completes them to one commit. */
import { HeldTail } from "../../../../lib/answer/heldTail.js";
import { isCounted, type Position } from "../../../../lib/fold/change.js";
import { changesAfter, start, type PlacedChange } from "../../../../lib/fold/position.js";
import { aheadOf, positionOf } from "../log/positions.js";
import { builtAtOf, foldState, readCommits, readLog, type LogRow } from "../log/reader.js";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";

/** "live": tiles and the whole tail. "folded": tiles only, as of a commit that is folded. */
export type Freshness = "live" | "folded";

type State = Doc<"rollupStates">;

export interface Tail {
  /** The generations that it was read for. */
  states: readonly State[];
  /** As it is: a tail that is too long to be added makes an answer folded that was to be live. */
  freshness: Freshness;
  /** An answer from tiles and their changes includes every change up to this commit, and none after. */
  watermark: bigint;
  /** Whether the tiles of a generation and `changesOf` are as of the watermark. */
  completes(state: State): boolean;
  /** What the tiles of a generation lack of it: each begins at a position of its own. */
  changesOf(state: State): PlacedChange<LogRow>[];
  /** The same for `evaluate`, netted once for all ranges that the generation answers. */
  heldBy(state: State): HeldTail;
  /** Commit of the newest change of a cube in it, or of the build that its tiles began with. */
  asOf(cube: string): bigint;
}

/**
 * The tail of some generations of a cube. Of a live answer the read is unbounded above, so that a reactive
 * query sees later appends. A folded one is as of the furthest commit that is folded into any of them, so
 * that ranges that are compared are of one commit.
 */
export async function readTail(
  ctx: QueryCtx,
  tenantId: string,
  freshness: Freshness,
  states: readonly State[],
): Promise<Tail> {
  const fold = await foldState(ctx, tenantId);
  if (freshness === "live") {
    const { tailChanges, tailRows, tailBytes } = ctx.app.limits.answers;
    const { rows, complete } = await readLog(ctx, tenantId, fold?.position ?? start, {
      changes: tailChanges,
      rows: tailRows,
      bytes: tailBytes,
    });
    // Nothing is left out, so what was looked at by the newest build is in it, too.
    if (complete) return tailOf(fold, rows, "live", states, builtAtOf(fold));
  }
  const positions = states.map(({ _id }) => positionOf(fold, _id));
  const to = positions.map(wholeTo).reduce(latest, 0n);
  const from = positions.map(({ commitTs }) => commitTs).reduce((a, b) => (a < b ? a : b), to + 1n);
  const rows = await readCommits(ctx, tenantId, from, to);
  return tailOf(fold, rows, "folded", states, to);
}

/** The last commit that is folded, once one that is folded in part is completed. */
function wholeTo({ commitTs, row, change }: Position): bigint {
  return row > 0 || change > 0 ? commitTs : commitTs - 1n;
}

function tailOf(
  fold: Doc<"foldStates"> | null,
  rows: LogRow[],
  freshness: Freshness,
  states: readonly State[],
  reached: bigint,
): Tail {
  const passed = (fold?.position ?? start).commitTs - 1n;
  const watermark = [passed, reached, rows.at(-1)?.commitTs ?? 0n].reduce(latest, 0n);
  const known = new Map<State["_id"], PlacedChange<LogRow>[]>();
  const changesOf = ({ _id }: State) => {
    const changes = known.get(_id) ?? [...changesAfter(rows, positionOf(fold, _id))];
    known.set(_id, changes);
    return changes;
  };
  const held = new Map<State["_id"], HeldTail>();
  const heldBy = (state: State) => {
    const found =
      held.get(state._id) ?? new HeldTail(() => changesOf(state).map(({ change }) => change));
    held.set(state._id, found);
    return found;
  };
  return {
    ...{ states, freshness, watermark, changesOf, heldBy },
    completes: ({ _id }) => freshness === "live" || states.some((state) => state._id === _id),
    asOf(cube) {
      const built = builtAtOf(fold);
      const isPassed = built >= 0n && built <= passed;
      // Folds have noted their cubes since the first build that has noted itself.
      const folded = fold?.foldedTo?.[cube] ?? (isPassed ? built : passed);
      const own = states.flatMap((state) => {
        const added = changesOf(state).findLast(
          ({ change }) => change.cube === cube && isCounted(change),
        );
        return [aheadOf(fold, state._id)?.foldedTo ?? 0n, added?.commitTs ?? 0n];
      });
      return [folded, isPassed ? built : 0n, ...own].reduce(latest, 0n);
    },
  };
}

function latest(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
