/**
 * Folding a list of changes in order, as many as the iteration may take on. What they cost shows when the
 * first ones are prepared; the next ones are as many as fit by that. All are applied at once.
 */
import type { MutationCtx } from "../app/ctx.js";
import type { TileCache } from "../tiles/store.js";
import type { Folder, FoldJob } from "./folder.js";

/**
 * Folds the first of `length` changes; returns how many. `jobs` gives those of a stretch by generation.
 * When not even one change fits into a fresh transaction, the rollup that takes the most room has
 * failed: the next iteration goes on without it.
 */
export async function foldBites(
  ctx: Pick<MutationCtx, "app">,
  cache: TileCache,
  folder: Folder,
  length: number,
  jobs: (start: number, end: number) => FoldJob[],
): Promise<number> {
  const { firstBite, biteMax } = ctx.app.limits.fold;
  const isFresh = folder.isFresh();
  const before = folder.used();
  let prepared = 0;
  // What a bite loads that does not fit stays loaded, so the first is as small as can be.
  let bite = 1;
  while (prepared < length) {
    const end = Math.min(length, prepared + bite);
    if (!(await folder.prepare(jobs(prepared, end)))) break;
    const isFirst = prepared === 0;
    prepared = end;
    const left = 1 - folder.used();
    const each = (folder.used() - before) / prepared;
    if (left < each) break;
    const most = isFirst ? firstBite : biteMax;
    bite = each === 0 ? most : Math.min(most, Math.max(1, Math.floor(left / each)));
  }
  if (prepared > 0) await folder.apply(jobs(0, prepared));
  else if (length > 0 && isFresh) await failLargest(folder, cache, jobs(0, 1));
  return prepared;
}

async function failLargest(folder: Folder, cache: TileCache, jobs: FoldJob[]): Promise<void> {
  const largest = cache.largestRollup();
  const job = jobs.find(({ generation }) => generation.rollup === largest) ?? jobs[0];
  if (job === undefined) return;
  await folder.fail(
    job.state,
    "CardinalityExceeded",
    `${job.generation.rollup} takes more room than a transaction can hold`,
  );
}
