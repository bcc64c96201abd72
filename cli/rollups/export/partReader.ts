/**
 * The rows of a rollup, partition by partition. What is read at once grows while answers are small, and is halved where one is
 * too large. All rows of a part are of one commit.
 */
import type { Row } from "../../../lib/query/answer.js";
import { bucketStart, formatWall, nextBucket, parseWall } from "../../../lib/time/calendar.js";
import { Refusal } from "../../failure.js";
import { PAGE_ROWS, type Asking, type Loaded, type Query } from "./asking.js";
import { ATTEMPTS, moving } from "./exporting.js";
import type { DeclaredRollup } from "./rollup.js";

/** Wall clock as if of UTC, in ms: [from, to). Buckets are named by wall clocks, so zones do not matter here. */
export interface Stretch {
  from: number;
  to: number;
}

export interface ReadPart extends Stretch {
  rows: Row[];
  watermark: string;
  lastRefreshTime: string;
  servedBy: string;
}

/** Partitions that are read at once. */
const SPAN_MAX = 64;

/** The answer is more than one page: fewer partitions are read at once. */
class TooMuch extends Error {}

/** A commit came between two pages. */
class Moved extends Error {}

type Read = Pick<ReadPart, "rows" | "watermark" | "lastRefreshTime" | "servedBy">;

export class PartReader {
  private readonly column: string;

  constructor(
    private readonly asking: Asking,
    private readonly rollup: DeclaredRollup,
    private readonly query: Query,
  ) {
    this.column = `${rollup.time}.${rollup.granularity}`;
  }

  /** Parts with rows, in order of time. Throws `Moving`, and what the app refuses. */
  async *parts({ from, to }: Stretch): AsyncGenerator<ReadPart> {
    let span = 1;
    for (let at = from; at < to;) {
      const several = this.partitions(at, to, span);
      const end = several.at(-1)!.to;
      const read = await this.readSeveral({ from: at, to: end }, several.length > 1);
      if (read === null) {
        span = several.length >> 1;
        continue;
      }
      yield* this.divided(several, read);
      if (read.rows.length < PAGE_ROWS / 4) span = Math.min(SPAN_MAX, span * 2);
      at = end;
    }
  }

  /** The bucket that begins first, and the end of the last one, of those that begin on some days. */
  bucketsOf(firstDay: string, lastDay: string): Stretch {
    const { granularity } = this.rollup;
    const begins = (wall: number) => {
      const start = bucketStart(granularity, "UTC", wall);
      return start < wall ? nextBucket(granularity, "UTC", start) : start;
    };
    const [first, last] = [parseWall(firstDay) ?? 0, parseWall(lastDay) ?? 0];
    return { from: begins(first), to: begins(nextBucket("day", "UTC", last)) };
  }

  private partitions(from: number, to: number, count: number): Stretch[] {
    const { partition } = this.rollup;
    const found: Stretch[] = [];
    for (let at = from; at < to && found.length < count;) {
      const next = nextBucket(partition, "UTC", bucketStart(partition, "UTC", at));
      const end = Math.min(to, next);
      found.push({ from: at, to: end });
      at = end;
    }
    return found;
  }

  private *divided(stretches: readonly Stretch[], { rows, ...told }: Read): Generator<ReadPart> {
    let at = 0;
    for (const { from, to } of stretches) {
      const end = formatWall(to);
      const first = at;
      while (at < rows.length && String(rows[at]![this.column]) < end) at++;
      if (at > first) yield { from, to, ...told, rows: rows.slice(first, at) };
    }
  }

  /** Null where several partitions are too much for one page. */
  private async readSeveral(stretch: Stretch, isSeveral: boolean): Promise<Read | null> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        return await this.read(stretch, isSeveral);
      } catch (error) {
        if (error instanceof TooMuch) return null;
        if (!(error instanceof Moved)) throw error;
        this.asking.renew();
      }
    }
    throw moving(`What is from ${formatWall(stretch.from)} on`);
  }

  /** Where a stretch takes the app too long, its halves are read, down to one bucket. */
  private async read(stretch: Stretch, isSeveral: boolean): Promise<Read> {
    try {
      return await this.pages(stretch, isSeveral);
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "QueryTooLarge") throw error;
      if (isSeveral) throw new TooMuch();
      const { from, to } = stretch;
      const half = bucketStart(this.rollup.granularity, "UTC", (from + to) / 2);
      const middle = half > from ? half : nextBucket(this.rollup.granularity, "UTC", half);
      if (middle >= to) throw error;
      const first = await this.read({ from, to: middle }, false);
      const second = await this.read({ from: middle, to }, false);
      if (first.watermark !== second.watermark) throw new Moved();
      return { ...second, rows: [...first.rows, ...second.rows] };
    }
  }

  private async pages({ from, to }: Stretch, isSeveral: boolean): Promise<Read> {
    const rows: Row[] = [];
    let first: Loaded | null = null;
    for (;;) {
      const page: Loaded = await this.asking.load({
        ...this.query,
        timeDimensions: [
          {
            dimension: this.rollup.time,
            granularity: this.rollup.granularity,
            dateRange: [formatWall(from), formatWall(to - 1)],
          },
        ],
        ...{ limit: PAGE_ROWS, offset: rows.length },
      });
      first ??= page;
      if (page.watermark !== first.watermark) throw new Moved();
      for (const row of page.data) rows.push(row);
      if (page.data.length < PAGE_ROWS) break;
      if (isSeveral) throw new TooMuch();
    }
    const { watermark, lastRefreshTime, servedBy } = first;
    return { rows, watermark, lastRefreshTime, servedBy };
  }
}
