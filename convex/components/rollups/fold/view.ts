/** What every plan of a tenant looks at first, in one snapshot. */
import { changesAfter, start, type PlacedChange } from "../../../../lib/fold/position.js";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";
import { nextBackfill, readStates } from "../generations/states.js";
import { furthestOf } from "../log/positions.js";
import { foldState, readBatch, type LogRow } from "../log/reader.js";
import { expiredSources } from "../sources/sourceFrom.js";

export interface View {
  tenantId: string;
  strikes: number;
  fold: Doc<"foldStates"> | null;
  states: Doc<"rollupStates">[];
  backfill: Doc<"backfills"> | null;
  /** Cubes whose records have expired → from when on they are kept, epoch ms. */
  expired: ReadonlyMap<string, number>;
  log: Awaited<ReturnType<typeof readBatch>>;
  /** Its changes that not every generation has. */
  unfolded: PlacedChange<LogRow>[];
}

export async function readView(ctx: QueryCtx, tenantId: string, strikes: number): Promise<View> {
  const [fold, states, backfill, expired] = await Promise.all([
    foldState(ctx, tenantId),
    readStates(ctx, tenantId),
    nextBackfill(ctx, tenantId),
    expiredSources(ctx, tenantId),
  ]);
  const position = fold?.position ?? start;
  const { bytesRead } = await ctx.meta.getTransactionMetrics();
  const ahead = (fold?.ahead ?? []).map((one) => one.position);
  // What follows is not folded before all generations are there, and what is begun is not cut into smaller rounds.
  const upTo = ahead.length > 0 ? furthestOf(ahead, position).commitTs : null;
  const { changes, rows, bytes } = ctx.app.limits.fold;
  const most = {
    changes: halved(changes, strikes),
    rows,
    bytes: Math.min(bytes, shareOf(ctx, bytesRead)),
  };
  const log = await readBatch(ctx, tenantId, position, most, upTo);
  const unfolded = [...changesAfter(log.rows, position)];
  return { tenantId, strikes, fold, states, backfill, expired, log, unfolded };
}

/** What is taken on after so many lost iterations. At least one. */
export function halved(most: number, strikes: number): number {
  return Math.max(1, Math.floor(most / 2 ** strikes));
}

/** What reading log rows, or source documents, may take of a limit. */
export function shareOf(
  ctx: Pick<QueryCtx, "app">,
  { used, remaining }: { used: number; remaining: number },
): number {
  return Math.max(1, Math.floor((used + remaining) * ctx.app.limits.fold.readShare));
}
