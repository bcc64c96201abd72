/**
 * Where the tiles of a cube stand, and what they lack. Each append and each fold of the cube runs it again, so it is one
 * for all questions and small.
 */
import { v } from "convex/values";
import { toWireChanges } from "../../../../lib/answer/wireChanges.js";
import { isCounted, type Position } from "../../../../lib/fold/change.js";
import {
  changesAfter,
  comparePositions,
  start,
  type PlacedChange,
} from "../../../../lib/fold/position.js";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../_generated/server.js";
import { sharedQuery } from "../functions.js";
import { rollupKey } from "../generations/generation.js";
import { statesOf } from "../generations/states.js";
import { limitsOf, type Limits, type LimitOverrides } from "../limits/limits.js";
import { cubeLog } from "../log/cubeLog.js";
import { leastOf } from "../log/positions.js";
import { readLog, type Log, type LogRow } from "../log/reader.js";
import { cubeArgs } from "../schema/requests.js";
import { mustHoldKey, vKey } from "./keys.js";

type Placed = PlacedChange<LogRow>;

/** A generation that serves, and the position that it is folded to. */
interface Standing {
  state: Doc<"rollupStates">;
  position: Position;
}

/** As `WireTail` of `lib/answer/wireTail.ts` reads it. */
export const tail = sharedQuery({
  args: { tenantId: v.string(), key: vKey, ...cubeArgs, limits: v.any() },
  returns: v.object({
    /** The changes are all there are, so answers are as of the newest commit. Else they only complete commits. */
    isLive: v.boolean(),
    /**
     * Commit of the oldest change that some tiles lack; null where none do. Its age is the lag. Of a tail that is
     * not live the change may be of another cube, as long as the log is not read by cube.
     */
    unfoldedSince: v.union(v.null(), v.string()),
    /** The counted changes of the cube by `toWireChanges`, in log order; how each was read by its place below. */
    changes: v.string(),
    /** How their facts were read; see `lib/resolve/reading.ts`. */
    readings: v.array(v.string()),
    /**
     * The tiles of a generation and `changes[from…to)` are as of the watermark. Generations that too large a
     * commit is folded into in part are left out: `rows` is then asked.
     */
    generations: v.array(
      v.object({
        /** "cube.rollup". */
        rollup: v.string(),
        generation: v.number(),
        from: v.number(),
        to: v.number(),
        /** A commit timestamp, as text. */
        watermark: v.string(),
      }),
    ),
  }),
  handler: async (ctx, { tenantId, key, cube, limits }) => {
    await mustHoldKey(ctx, tenantId, key);
    const bounds = limitsOf(limits as LimitOverrides).held;
    const [own, states] = await Promise.all([
      cubeLog(ctx, tenantId, cube),
      statesOf(ctx, tenantId, cube),
    ]);
    const standings = states
      .filter(({ status, degraded }) => status === "ready" && !degraded)
      .map((state): Standing => ({ state, position: own.positionOf(state._id) }));
    const least = leastOf(
      standings.map(({ position }) => position),
      own.position,
    );
    const log = await readLog(ctx, own.log, least, readLimits(bounds));
    const isLive = log.complete;
    const rows = isLive ? log.rows : await halfFolded(ctx, own.log, standings, bounds);
    const placed = [...changesAfter(rows, isLive ? least : start)].filter(
      ({ change }) => change.cube === cube && isCounted(change),
    );
    const passed = least.commitTs - 1n;
    const newest = [passed, own.builtAt, rows.at(-1)?.commitTs ?? 0n].reduce(latest, 0n);
    const readings = [...new Set(placed.map(({ row }) => readingOf(row, cube)))];
    const since = isLive
      ? placed[0]?.commitTs
      : log.rows.find(({ changes }) => changes.length > 0)?.commitTs;
    return {
      isLive,
      unfoldedSince: since?.toString() ?? null,
      changes: toWireChanges(
        placed.map(({ change: { before, after }, row }) => ({
          ...{ before, after, reading: readings.indexOf(readingOf(row, cube)) },
        })),
      ),
      readings,
      generations: standings.flatMap(({ state, position }) => {
        const to = isLive ? newest : wholeTo(position);
        if (!isLive && isPartly(position) && !rows.some((row) => row.commitTs === to)) return [];
        return [
          {
            rollup: rollupKey(state.definition),
            generation: state.generation,
            from: countOf(placed, ({ next }) => comparePositions(next, position) <= 0),
            to: countOf(placed, ({ commitTs }) => commitTs <= to),
            watermark: latest(to, 0n).toString(),
          },
        ];
      }),
    };
  },
});

/** The commits that are folded in part, whole and in order, without those that are beyond the bounds. */
async function halfFolded(
  ctx: QueryCtx,
  of: Log,
  standings: readonly Standing[],
  bounds: Limits["held"],
): Promise<LogRow[]> {
  const partly = standings.filter(({ position }) => isPartly(position));
  const commits = [...new Set(partly.map(({ position }) => position.commitTs))];
  const rows: LogRow[] = [];
  for (const commitTs of commits.sort((a, b) => (a < b ? -1 : 1))) {
    const position = { commitTs, row: 0, change: 0 };
    const log = await readLog(ctx, of, position, readLimits(bounds));
    const mine = log.rows.filter((row) => row.commitTs === commitTs);
    // It is whole where the read came to something behind it.
    if (log.complete || mine.length < log.rows.length) rows.push(...mine);
  }
  return rows;
}

function readLimits({ tailChanges, tailRows, tailBytes }: Limits["held"]) {
  return { changes: tailChanges, rows: tailRows, bytes: tailBytes };
}

const isPartly = ({ row, change }: Position) => row > 0 || change > 0;

/** The last commit that is folded, once one that is folded in part is completed. */
function wholeTo(position: Position): bigint {
  return isPartly(position) ? position.commitTs : position.commitTs - 1n;
}

/** How many of the first changes are so: those of one kind come before all others. */
function countOf(placed: readonly Placed[], isSo: (change: Placed) => boolean): number {
  const end = placed.findIndex((change) => !isSo(change));
  return end < 0 ? placed.length : end;
}

/** Empty for a row that nothing is known of, which is like no rollup's. */
function readingOf({ readings }: LogRow, cube: string): string {
  return Object.hasOwn(readings, cube) ? (readings[cube] as string) : "";
}

function latest(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
