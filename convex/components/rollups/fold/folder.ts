/**
 * Folding changes into the tiles of generations, in the cache. Changes are prepared in bites: what they do
 * is netted with those before, and the chunks that they touch are loaded, as long as they fit. Those that
 * did are applied together, so a tile is decoded and encoded once however many of them touch it. A change that cannot be applied is set aside as
 * a dead letter of its generation: one poison change must not wedge the queue.
 */
import type { ErrorCode } from "../../../../lib/errorCodes.js";
import { RollupsError } from "../../../../lib/errors.js";
import type { Change } from "../../../../lib/fold/change.js";
import { DeltaBatch, type PartitionDelta } from "../../../../lib/fold/deltas.js";
import { foldPartition } from "../../../../lib/fold/foldPartition.js";
import type { CellPlace, PartitionCells } from "../../../../lib/fold/rewriteCells.js";
import { storedFrom } from "../../../../lib/tiles/coverage.js";
import type { Doc, Id } from "../_generated/dataModel.js";
import type { MutationCtx } from "../app/ctx.js";
import { pokeAlerts } from "../app/pokeAlerts.js";
import { queueChange } from "../repairs/queue.js";
import { archiveAt, archivedBy, markStale } from "../archives/archives.js";
import { failState } from "../generations/failState.js";
import type { PartitionWrite, TileCache } from "../tiles/store.js";
import type { Budget } from "../transaction/budget.js";
import type { Generation } from "../generations/generation.js";

export interface LoggedChange {
  change: Change;
  commitTs: bigint;
}

/** Changes that reach one generation. */
export interface FoldJob {
  generation: Generation;
  state: Id<"rollupStates">;
  changes: LoggedChange[];
}

/** What the prepared changes of a generation do; `batch` is null where they are looked at one by one. */
interface Prepared {
  batch: DeltaBatch | null;
  count: number;
}

export class Folder {
  private readonly prepared = new Map<Id<"rollupStates">, Prepared>();
  /** Generations that failed in this iteration; they are not folded any more. */
  private readonly failed = new Set<Id<"rollupStates">>();
  /** Archives that this iteration knows to be stale. */
  private readonly marked = new Set<string>();

  constructor(
    private readonly ctx: MutationCtx,
    private readonly cache: TileCache,
    private readonly tenantId: string,
    private readonly budget: Budget,
  ) {}

  /**
   * Loads what the jobs touch; false when that does not fit. What is loaded by then stays loaded, so
   * changes are prepared in the order in which they are to be applied.
   */
  async prepare(jobs: FoldJob[]): Promise<boolean> {
    const fits = () => this.budget.fits(this.cache.loaded);
    for (const job of jobs) if (!(await this.prepareOne(job, fits))) return false;
    return true;
  }

  /** What is left of the iteration's work, in microseconds. */
  workLeft(): number {
    return this.budget.workLeft(this.cache.loaded);
  }

  /** The share of the iteration's work, or of the transaction's room, that is used: the greater one. */
  used(): number {
    return this.budget.used(this.cache.loaded);
  }

  /** Whether nothing was loaded yet: what does not fit now never does. */
  isFresh(): boolean {
    return this.cache.loaded.ranges === 0;
  }

  hasFailed(state: Id<"rollupStates">): boolean {
    return this.failed.has(state);
  }

  /** Folds all prepared changes into all their generations. */
  async apply(jobs: FoldJob[]): Promise<void> {
    for (const job of jobs) {
      const prepared = this.prepared.get(job.state);
      this.prepared.delete(job.state);
      if (this.failed.has(job.state)) continue;
      const known = prepared?.count === job.changes.length ? prepared.batch : null;
      await this.applySome(job, job.changes, known);
      await this.markArchives(job);
    }
  }

  /** A generation that cannot be maintained any more stops being folded and serving, by name. */
  async fail(state: Id<"rollupStates">, code: ErrorCode, message: string): Promise<void> {
    this.failed.add(state);
    await failState(this.ctx, state, { code, message });
  }

  /** Archives of partitions that the changes reach do not hold any more what their tiles do, or would. */
  private async markArchives({ generation, changes }: FoldJob): Promise<void> {
    for (const place of changes.flatMap(({ change }) => archivedBy(generation, change))) {
      const key = `${generation.rollup}/${place.granularity}/${place.partitionStart}`;
      if (this.marked.has(key)) continue;
      this.marked.add(key);
      await markStale(this.ctx, place, await archiveAt(this.ctx, place));
    }
  }

  private async prepareOne(job: FoldJob, fits: () => boolean): Promise<boolean> {
    const { generation, state, changes } = job;
    if (this.failed.has(state)) return true;
    let prepared = this.prepared.get(state);
    if (prepared === undefined) {
      this.prepared.set(
        state,
        (prepared = { batch: new DeltaBatch(generation.definition), count: 0 }),
      );
    }
    const { batch } = prepared;
    if (batch === null || !addAll(batch, changes)) {
      prepared.batch = null;
      return await this.load(job, fits);
    }
    prepared.count += changes.length;
    if (await this.loadTouched(job, batch.takeTouched(), fits)) return true;
    for (const { change } of changes) batch.undo(change);
    prepared.count -= changes.length;
    return false;
  }

  private async loadTouched(
    { generation, state, changes }: FoldJob,
    touched: readonly PartitionCells<CellPlace>[],
    fits: () => boolean,
  ): Promise<boolean> {
    try {
      for (const place of touched) {
        if (place.partitionStart < storedFrom(generation.coverage, place.level)) continue;
        if (!(await this.cache.load(generation, place, fits))) return false;
        this.cache.loaded.cells += place.cells.length;
      }
      this.cache.loaded.changes += changes.length;
    } catch (error) {
      if (!(error instanceof RollupsError) || error.code !== "CardinalityExceeded") throw error;
      await this.fail(state, error.code, error.message);
    }
    return true;
  }

  private async load(
    { generation, state, changes }: FoldJob,
    fits: () => boolean,
  ): Promise<boolean> {
    if (this.failed.has(state)) return true;
    try {
      for (const delta of storedDeltas(generation, batchOf(generation, changes))) {
        if (!(await this.cache.load(generation, delta, fits))) return false;
        this.cache.loaded.cells += delta.cells.length;
      }
      this.cache.loaded.changes += changes.length;
    } catch (error) {
      if (!(error instanceof RollupsError)) throw error;
      if (error.code === "CardinalityExceeded") {
        await this.fail(state, error.code, error.message);
      } else if (changes.length > 1) {
        // One of them is to blame; the others need their tiles all the same.
        for (const change of changes) {
          if (!(await this.load({ generation, state, changes: [change] }, fits))) return false;
        }
      }
      // The error of a single change shows again when it is applied.
    }
    return true;
  }

  private async applySome(
    { generation, state }: Omit<FoldJob, "changes">,
    changes: LoggedChange[],
    batch: DeltaBatch | null = null,
  ): Promise<void> {
    if (changes.length === 0 || this.failed.has(state)) return;
    try {
      this.applyAll(generation, storedDeltas(generation, batch ?? batchOf(generation, changes)));
    } catch (error) {
      if (!(error instanceof RollupsError)) throw error;
      // No change is to blame, and none would do without.
      if (error.code === "TileTooLarge") return await this.fail(state, error.code, error.message);
      const [only] = changes;
      if (changes.length === 1 && only !== undefined) {
        await this.setAside(generation, state, only, error);
        return;
      }
      // Halves find one bad change among many in few steps.
      const middle = Math.ceil(changes.length / 2);
      for (const half of [changes.slice(0, middle), changes.slice(middle)]) {
        // What nets to nothing in all of them was not loaded, and may not do so in a half.
        await this.load({ generation, state, changes: half }, () => true);
        await this.applySome({ generation, state }, half);
      }
    }
  }

  private applyAll(generation: Generation, deltas: readonly PartitionDelta[]): void {
    const writes: PartitionWrite[] = [];
    for (const delta of deltas) {
      const { level, partitionStart } = delta;
      const chunks = this.cache.loadedChunks({ generation, level, partitionStart });
      const folded = foldPartition(generation.definition, delta, chunks, this.cache.chunkLimits);
      writes.push({ generation, level, partitionStart, ...folded });
    }
    // Only when every partition could be folded does any of them change.
    for (const write of writes) this.cache.apply(write);
  }

  private async setAside(
    generation: Generation,
    state: Id<"rollupStates">,
    { change, commitTs }: LoggedChange,
    error: RollupsError,
  ): Promise<void> {
    await this.ctx.db.insert("deadLetters", {
      tenantId: this.tenantId,
      rollup: generation.rollup,
      generation: generation.generation,
      commitTs,
      change: change as Doc<"deadLetters">["change"],
      code: error.code,
      message: error.message,
    });
    // Until its buckets are restored from the source, the generation does not serve.
    await queueChange(this.ctx, generation, change);
    const row = await this.ctx.db.get("rollupStates", state);
    if (row !== null && !row.degraded) {
      await this.ctx.db.patch("rollupStates", state, { degraded: true });
      await pokeAlerts(this.ctx, this.tenantId);
    }
  }
}

/** Adds changes to a batch; false where one cannot be added, after which it must not be used. */
function addAll(batch: DeltaBatch, changes: readonly LoggedChange[]): boolean {
  try {
    for (const { change } of changes) batch.add(change);
    return true;
  } catch (error) {
    if (!(error instanceof RollupsError)) throw error;
    return false;
  }
}

function batchOf({ definition }: Generation, changes: readonly LoggedChange[]): DeltaBatch {
  const batch = new DeltaBatch(definition);
  for (const { change } of changes) batch.add(change);
  return batch;
}

/** What a batch does to the levels that are still kept where they lie. */
function storedDeltas({ coverage }: Generation, batch: DeltaBatch): PartitionDelta[] {
  return batch
    .partitions()
    .filter(({ level, partitionStart }) => partitionStart >= storedFrom(coverage, level));
}
