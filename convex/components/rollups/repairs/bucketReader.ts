/**
 * The source's records of some buckets, in few questions: the app's code runs from the cold for each. All
 * buckets are asked for at once, and one by one where so many records lie between them. Rollups of one cube
 * share what was asked.
 */
import type { Fact } from "../../../../lib/model/cube.js";
import { timeOf } from "../../../../lib/model/fact.js";
import type { Level } from "../../../../lib/model/rollup.js";
import { nextBucket } from "../../../../lib/time/calendar.js";
import type { Doc } from "../_generated/dataModel.js";
import { mustCube } from "../app/cubes.js";
import type { QueryCtx } from "../app/ctx.js";
import { readCountable } from "../sources/scan.js";

/** Records that are read of all buckets, and what lies between them, at most. */
const TOGETHER_MAX = 1000;

/** What may still be asked and looked at, and the answers. */
interface Room {
  asks: number;
  records: number;
  /** By cube and range. */
  asked: Map<string, Fact[]>;
}

export class BucketReader {
  private together: Fact[] | null = null;
  private isTried = false;

  /** `buckets` are all that may be read, in order. */
  constructor(
    private readonly ctx: QueryCtx,
    private readonly state: Doc<"rollupStates">,
    private readonly level: Level,
    private readonly room: Room,
    private readonly buckets: readonly number[],
  ) {}

  /**
   * The records of a bucket, at most `limit`; null where it has more. Takes them from the room, and is not
   * to be called where that has no question left.
   */
  async read(bucket: number, limit: number): Promise<Fact[] | null> {
    await this.readTogether(limit);
    const { timeField } = this.state.definition;
    const to = this.endOf(bucket);
    if (this.together !== null) {
      return this.together.filter((fact) => {
        const t = timeOf(fact, timeField);
        return t >= bucket && t < to;
      });
    }
    return await this.ask(bucket, to, limit);
  }

  private async readTogether(limit: number): Promise<void> {
    if (this.isTried) return;
    this.isTried = true;
    const [first] = this.buckets;
    const last = this.buckets.at(-1);
    if (first === undefined || last === undefined || first === last || this.room.asks < 2) return;
    this.together = await this.ask(first, this.endOf(last), Math.min(limit, TOGETHER_MAX));
  }

  private async ask(from: number, to: number, limit: number): Promise<Fact[] | null> {
    const { room, ctx } = this;
    const { cube, tenantId } = this.state;
    const key = `${cube}/${from}/${to}`;
    let facts = room.asked.get(key) ?? null;
    if (facts === null) {
      room.asks -= 1;
      facts = await readCountable(ctx, mustCube(ctx, cube), tenantId, from, to, limit);
      if (facts !== null) room.asked.set(key, facts);
    } else if (facts.length > limit) return null;
    room.records -= facts?.length ?? limit;
    return facts;
  }

  private endOf(bucket: number): number {
    return nextBucket(this.level.granularity, this.state.definition.timezone, bucket);
  }
}
