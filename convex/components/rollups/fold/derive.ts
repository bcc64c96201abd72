/**
 * Taking the history of building generations from the tiles of serving ones, some stretches of time in
 * each iteration, in order of time. Both are folded in the same transactions, so a change counts in a
 * stretch that is derived as in the tiles it is derived from, and in one that is not through them alone.
 */
import { RollupsError } from "../../../../lib/errors.js";
import { rewriteCells } from "../../../../lib/fold/rewriteCells.js";
import { mergeStored } from "../../../../lib/measures/accumulators.js";
import {
  derivedCells,
  isEnough,
  toldStretches,
  type ToldStretch,
} from "../../../../lib/fold/derivation.js";
import type { StoredRollup } from "../../../../lib/model/rollup.js";
import { decodeTile, type CellState } from "../../../../lib/tiles/codec.js";
import { storedFrom } from "../../../../lib/tiles/coverage.js";
import type { Cell } from "../../../../lib/tiles/tile.js";
import { comparePositions } from "../../../../lib/fold/position.js";
import { bucketStart, nextBucket } from "../../../../lib/time/calendar.js";
import type { Doc } from "../_generated/dataModel.js";
import type { MutationCtx } from "../app/ctx.js";
import { hasBudget, type Budget } from "../transaction/budget.js";
import { positionOf } from "../log/positions.js";
import type { Folder } from "./folder.js";
import { firstPartition, type PartitionWrite, type TileCache } from "../tiles/store.js";
import type { Generation } from "../generations/generation.js";
import { generationOf } from "../generations/generation.js";

/** Stretches derived by one iteration at most: folding is to have its share. */
const STRETCHES_MAX = 8;

type Built = Doc<"backfills">["generations"][number];
type Derive = NonNullable<Built["derive"]>;

const isOpen = ({ derive }: Built) =>
  derive !== undefined && (derive.to === null || derive.to < derive.before);

/** Whether nothing is left to be derived. */
export function isDerived({ generations }: Pick<Doc<"backfills">, "generations">): boolean {
  return !generations.some(isOpen);
}

/**
 * Derives on, as far as the budget allows, and returns the backfill as it is then. To be called before
 * anything is folded: tiles are looked for where they are stored. A generation whose source does not
 * serve any more fails by name, and so does one of which not even one bucket fits.
 */
export async function deriveHistory(
  ctx: MutationCtx,
  cache: TileCache,
  folder: Folder,
  budget: Budget,
  states: Doc<"rollupStates">[],
  backfill: Doc<"backfills"> | null,
  fold: Doc<"foldStates"> | null,
): Promise<Doc<"backfills"> | null> {
  if (backfill === null || isDerived(backfill)) return backfill;
  let { generations } = backfill;
  for (let stretches = 0; stretches < STRETCHES_MAX; stretches++) {
    const built = generations.find(isOpen);
    if (built?.derive === undefined) break;
    const mayGoOn = folder.workLeft() > 0 && (await hasBudget(ctx, cache));
    if (stretches > 0 && !mayGoOn) break;
    const { derive } = built;
    const isMine = (state: Doc<"rollupStates">, { rollup, generation }: Omit<Built, "derive">) =>
      state.cube === backfill.cube && state.rollup === rollup && state.generation === generation;
    const target = states.find((state) => isMine(state, built) && state.status === "building");
    const source = states.find((state) => isMine(state, derive));
    let to: number | null = derive.before;
    const isServing = source?.status === "ready" && !source.degraded;
    const pair = target && isServing && pairOf(generationOf(target), generationOf(source), derive);
    if (target !== undefined && !pair) {
      await folder.fail(target._id, "SourceExpired", lostSource(derive));
    } else if (target !== undefined && source !== undefined && pair) {
      // What either has of the log the other would lack, or have twice. They meet after each round.
      if (!isLevel(fold, target, source)) break;
      to = await deriveStretch(ctx, cache, budget, pair, derive.to);
      if (to === null && stretches > 0) break;
      if (to === null) {
        const { rollup } = generationOf(target);
        const message = `${rollup} takes more room than a transaction can hold`;
        await folder.fail(target._id, "CardinalityExceeded", message);
        to = derive.before;
      }
    }
    const reached = { ...built, derive: { ...derive, to } };
    generations = generations.map((one) => (one === built ? reached : one));
  }
  await ctx.db.patch("backfills", backfill._id, { generations });
  return { ...backfill, generations };
}

function isLevel(
  fold: Doc<"foldStates"> | null,
  a: Doc<"rollupStates">,
  b: Doc<"rollupStates">,
): boolean {
  return comparePositions(positionOf(fold, a._id), positionOf(fold, b._id)) === 0;
}

function lostSource({ rollup, generation }: Derive): string {
  return `Its history was to be taken from ${rollup}@${generation}, which does not serve, or hold it, any more`;
}

/** Whose history is taken from where, and the stretch that is next. */
interface Pair {
  target: Generation;
  source: Generation;
  told: ToldStretch;
}

/** Null where the source does not hold all that the target stores of what is next. */
function pairOf(target: Generation, source: Generation, { before, to }: Derive): Pair | null {
  const told = toldStretches(source, before)?.find((stretch) => (to ?? -Infinity) < stretch.to);
  if (told === undefined || !isEnough(target, told)) return null;
  // Its coverage may have moved meanwhile.
  const { granularity } = told.level;
  const isWhole = to === null || bucketStart(granularity, source.definition.timezone, to) === to;
  return isWhole ? { target, source, told } : null;
}

/**
 * Derives the buckets of the source's next partition from `begin` on, as many as fit; returns up to
 * when, or null if that is not even one.
 */
async function deriveStretch(
  ctx: MutationCtx,
  cache: TileCache,
  budget: Budget,
  { target, source, told }: Pair,
  begin: number | null,
): Promise<number | null> {
  const { timezone: zone } = source.definition;
  const { level } = told;
  const { granularity, partition } = level;
  const next = begin === null ? null : bucketStart(partition, zone, begin);
  const partitionStart = await firstPartition(ctx, source, granularity, next);
  if (partitionStart === null || partitionStart >= told.to) return told.to;
  const from = Math.max(partitionStart, begin ?? partitionStart);
  const end = Math.min(told.to, nextBucket(partition, zone, partitionStart));
  const fits = () => budget.fits(cache.loaded);
  let reached: number | null = null;
  try {
    const chunks = await cache.whole(source, level, partitionStart, fits);
    const byBucket = grouped(
      chunks
        .flatMap((tile) => decodeTile(source.definition, level, partitionStart, tile))
        .filter(({ bucket }) => bucket >= from && bucket < end),
      ({ bucket }) => bucket,
    );
    for (const bucket of [...byBucket.keys()].sort((a, b) => a - b)) {
      const mayGoOn = budget.workLeft(cache.loaded) > 0 && (await hasBudget(ctx, cache));
      if (reached !== null && !mayGoOn) return reached;
      const cells = byBucket.get(bucket) ?? [];
      if (!(await addCells(cache, fits, target, source.definition, cells))) return reached;
      reached = nextBucket(granularity, zone, bucket);
    }
    return end;
  } catch (error) {
    if (!(error instanceof RollupsError) || error.code !== "CardinalityExceeded") throw error;
    return reached;
  }
}

/**
 * Merges cells of the source into all levels of the target, where they are stored; false, and nothing
 * done, if they do not fit.
 */
async function addCells(
  cache: TileCache,
  fits: () => boolean,
  target: Generation,
  source: StoredRollup,
  cells: Cell[],
): Promise<boolean> {
  const { definition, coverage } = target;
  const writes: PartitionWrite[] = [];
  for (const level of definition.levels) {
    const partitions = grouped(derivedCells(definition, level, source, cells), ({ bucket }) =>
      bucketStart(level.partition, definition.timezone, bucket),
    );
    for (const [partitionStart, derived] of partitions) {
      if (partitionStart < storedFrom(coverage, level)) continue;
      const place = { level, partitionStart };
      const within = { ...place, cells: derived };
      if (!(await cache.load(target, within, fits))) return false;
      cache.loaded.cells += derived.length;
      const chunks = cache.loadedChunks({ generation: target, ...place });
      const added = rewriteCells(
        definition,
        within,
        chunks,
        (known, { values, pending }) =>
          known === null ? { values, pending } : merged(definition, known, { values, pending }),
        cache.chunkLimits,
      );
      writes.push({ generation: target, ...place, ...added });
    }
  }
  for (const write of writes) cache.apply(write);
  return true;
}

function merged({ accumulators }: StoredRollup, a: CellState, b: CellState): CellState {
  return {
    values: accumulators.map(({ kind }, i) =>
      mergeStored(kind, a.values[i] ?? null, b.values[i] ?? null),
    ),
    pending: a.pending | b.pending,
  };
}

function grouped(cells: readonly Cell[], keyOf: (cell: Cell) => number): Map<number, Cell[]> {
  const groups = new Map<number, Cell[]>();
  for (const cell of cells) {
    const key = keyOf(cell);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [cell]);
    else group.push(cell);
  }
  return groups;
}
