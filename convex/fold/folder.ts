/**
 * Folding changes into one generation's tiles, in the cache. All of a slice is applied, or, when a
 * change in it cannot be, the slice is retried change by change and the bad ones are set aside as
 * dead letters: one poison change must not wedge the queue.
 */
import { RollupsError } from "../../lib/errors";
import type { Change } from "../../lib/fold/change";
import { DeltaBatch } from "../../lib/fold/deltas";
import { foldPartition } from "../../lib/fold/foldPartition";
import type { Doc, Id } from "../_generated/dataModel";
import type { MutationCtx } from "../_generated/server";
import { queueDrift } from "../repairs/queue";
import type { Generation, PartitionWrite, TileCache } from "../tiles/store";

export interface LoggedChange {
  change: Change;
  commitTs: bigint;
}

export class Folder {
  constructor(
    private readonly ctx: MutationCtx,
    private readonly cache: TileCache,
    private readonly tenantId: string,
  ) {}

  /** Folds the changes into the generation. Errors of the engine become dead letters. */
  async fold(
    generation: Generation,
    state: Id<"rollupStates">,
    changes: LoggedChange[],
  ): Promise<void> {
    if (changes.length === 0) return;
    try {
      await this.foldAll(generation, changes);
    } catch (error) {
      if (!(error instanceof RollupsError)) throw error;
      const [only] = changes;
      if (changes.length === 1 && only !== undefined) {
        await this.setAside(generation, state, only, error);
        return;
      }
      for (const change of changes) await this.fold(generation, state, [change]);
    }
  }

  private async foldAll(generation: Generation, changes: LoggedChange[]): Promise<void> {
    const batch = new DeltaBatch(generation.definition);
    for (const { change } of changes) batch.add(change);
    const writes: PartitionWrite[] = [];
    for (const delta of batch.partitions()) {
      const { level, partitionStart } = delta;
      const chunks = await this.cache.chunks(generation, level, partitionStart);
      const folded = foldPartition(generation.definition, delta, chunks);
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
    await this.queueBuckets(generation, change);
    const row = await this.ctx.db.get("rollupStates", state);
    if (row !== null && !row.degraded) {
      await this.ctx.db.patch("rollupStates", state, { degraded: true });
    }
  }

  private async queueBuckets(generation: Generation, change: Change): Promise<void> {
    const [finest] = generation.definition.levels;
    if (finest === undefined) return;
    for (const fact of [change.before, change.after]) {
      const t = fact?.[generation.definition.timeField];
      if (typeof t === "number") await queueDrift(this.ctx, generation, finest, t);
    }
  }
}
