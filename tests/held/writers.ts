/** Writers of both cubes: single records, batches, edits and deletions, most of now and some of long ago. */
import type { ConvexHttpClient } from "convex/browser";
import { END_MS, FOURTEEN_MONTHS, stockRows, watchRows } from "../../bench/data/rows.js";
import { api } from "../../convex/_generated/api.js";
import { TENANT as tenantId } from "../realData/backend.js";
import type { Dice } from "../simulation/random.js";

type Id<Mutation extends { _args: { id: unknown } }> = Mutation["_args"]["id"];

/** Rows as of now: those of the made-up data end on a day long ago. */
export function movedRows(count: number, seed: number, days = FOURTEEN_MONTHS.days) {
  const by = Date.now() - END_MS;
  const spread = { ...FOURTEEN_MONTHS, seed, days };
  return {
    watch: [...watchRows(count, spread)].map((row) => ({ ...row, watchedAt: row.watchedAt + by })),
    inventory: [...stockRows(count, spread)].map((row) => ({
      ...row,
      occurredAt: row.occurredAt + by,
    })),
  };
}

export class Writer {
  writes = 0;
  private readonly watchIds: Id<typeof api.watch.update>[] = [];
  private readonly stockIds: Id<typeof api.inventory.update>[] = [];

  constructor(
    private readonly client: ConvexHttpClient,
    private readonly dice: Dice,
  ) {}

  /** Writes until it is over, with a pause after each. */
  async run(isOver: () => boolean, waitMs: number): Promise<void> {
    while (!isOver()) {
      await this.write();
      this.writes++;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  private async write(): Promise<void> {
    const { client, dice } = this;
    const seed = dice.below(1_000_000);
    const days = dice.chance(0.7) ? 2 : 400;
    const kind = dice.below(10);
    if (kind < 4) {
      const { watch, inventory } = movedRows(1, seed, days);
      const [seen, moved] = await Promise.all([
        client.mutation(api.watch.record, { tenantId, row: watch[0]! }),
        client.mutation(api.inventory.record, { tenantId, row: inventory[0]! }),
      ]);
      this.watchIds.push(seen.id);
      this.stockIds.push(moved.id);
    } else if (kind < 6) {
      const { watch, inventory } = movedRows(1 + dice.below(12), seed, days);
      if (kind === 4) await client.mutation(api.watch.recordBatch, { tenantId, rows: watch });
      else await client.mutation(api.inventory.recordBatch, { tenantId, rows: inventory });
    } else if (kind < 8) {
      const patch = { durationSeconds: dice.below(9_000_000) / 1000 };
      const moved = { quantity: dice.below(200) - 100 };
      const [id, stock] = [this.watchIds.at(-1), this.stockIds.at(-1)];
      if (id) await client.mutation(api.watch.update, { tenantId, id, patch });
      if (stock) {
        await client.mutation(api.inventory.update, { tenantId, id: stock, patch: moved });
      }
    } else if (this.watchIds.length > 3) {
      const id = this.watchIds.shift()!;
      await client.mutation(api.watch.remove, { tenantId, id });
      const stock = this.stockIds.shift()!;
      await client.mutation(api.inventory.remove, { tenantId, id: stock });
    }
  }
}
