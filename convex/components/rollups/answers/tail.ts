/** The part of the log that is not folded, or what a folded answer needs of it. */
import { changesAfter, start, type PlacedChange } from "../../../../lib/fold/position.js";
import { isCounted } from "../../../../lib/fold/change.js";
import { builtAtOf, foldState, readLog, readRestOfCommit, type LogRow } from "../log/reader.js";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";

/** "live": tiles and the whole tail. "folded": tiles only, as of the fold position. */
export type Freshness = "live" | "folded";

export interface Tail {
  changes: PlacedChange<LogRow>[];
  /** As it is: a tail that is too long to be added makes an answer folded that was to be live. */
  freshness: Freshness;
  /** An answer from tiles and these changes includes every change up to this commit, and none after. */
  watermark: bigint;
  /** Commit of the newest change of a cube in it, or of the build that its tiles began with. */
  asOf(cube: string): bigint;
}

/**
 * The changes after the fold position. The read is unbounded above, so that a reactive query sees
 * later appends. A folded answer adds just the rest of a commit that is folded in part.
 */
export async function readTail(
  ctx: QueryCtx,
  tenantId: string,
  freshness: Freshness,
): Promise<Tail> {
  const fold = await foldState(ctx, tenantId);
  const position = fold?.position ?? start;
  if (freshness === "live") {
    const limits = {
      changes: ctx.app.limits.answers.tailChanges,
      rows: ctx.app.limits.answers.tailRows,
      bytes: ctx.app.limits.answers.tailBytes,
    };
    const { rows, complete } = await readLog(ctx, tenantId, position, limits);
    // Nothing is left out, so what was looked at by the newest build is in it, too.
    if (complete) return tailOf(fold, rows, "live", builtAtOf(fold));
  }
  return tailOf(fold, await readRestOfCommit(ctx, tenantId, position), "folded", -1n);
}

function tailOf(
  fold: Doc<"foldStates"> | null,
  rows: LogRow[],
  freshness: Freshness,
  builtAt: bigint,
): Tail {
  const position = fold?.position ?? start;
  const changes = [...changesAfter(rows, position)];
  const passed = position.commitTs - 1n;
  return {
    changes,
    freshness,
    watermark: latest(0n, passed, builtAt, rows.at(-1)?.commitTs ?? 0n),
    asOf(cube) {
      const added = changes.findLast(({ change }) => change.cube === cube && isCounted(change));
      const built = builtAtOf(fold);
      const isPassed = built >= 0n && built <= passed;
      // Folds have noted their cubes since the first build that has noted itself.
      const folded = fold?.foldedTo?.[cube] ?? (isPassed ? built : passed);
      return latest(0n, folded, isPassed ? built : 0n, added?.commitTs ?? 0n);
    },
  };
}

function latest(...commits: bigint[]): bigint {
  return commits.reduce((a, b) => (a > b ? a : b));
}
