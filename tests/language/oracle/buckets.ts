/** The buckets of a range, and what windows see from them. Imports nothing of the product. */
import {
  bucketAt,
  firstInstant,
  following,
  isOfClock,
  moved,
  nameOf,
  partsOf,
  type Granularity,
  type Stretch,
} from "./clock.js";
import type { Reach, Window } from "./model.js";
import type { Reading } from "./reading.js";

/** A bucket of time as rows show it: its names, and the instants within the range that are of it. */
export interface Bucket {
  names: readonly string[];
  parts: readonly Stretch[];
  /** Where windows are counted from: instants, and what the clock nominally shows then; null where open. */
  start: End | null;
  end: End | null;
}

interface End {
  t: number;
  wall: string;
}

export class Buckets {
  readonly range: Stretch;

  constructor(private readonly reading: Reading) {
    const { zone, from, to } = reading;
    this.range = {
      from: from === null ? -Infinity : firstInstant(zone, from),
      to: to === null ? Infinity : firstInstant(zone, to),
    };
  }

  /** The whole range as one bucket. */
  whole(): Bucket {
    const { from, to } = this.reading;
    return {
      names: [],
      parts: [this.range],
      start: from === null ? null : { t: this.range.from, wall: from },
      end: to === null ? null : { t: this.range.to, wall: to },
    };
  }

  /** Those that hold one of the times. */
  of(times: readonly number[]): Bucket[] {
    const { zone, granularities } = this.reading;
    if (granularities.length === 0) return [this.whole()];
    const named = new Map<string, Bucket>();
    for (const t of times) {
      if (t < this.range.from || t >= this.range.to) continue;
      const names = granularities.map((one) => bucketAt(one, zone, t));
      const key = names.join();
      if (!named.has(key)) named.set(key, this.bucket(names));
    }
    return [...named.values()];
  }

  /** All of the range. Where it is open it ends at the first or the last of the times. */
  all(times: readonly number[]): Bucket[] {
    const { zone, granularities } = this.reading;
    const [finest] = granularities;
    if (finest === undefined) return [this.whole()];
    const first = this.range.from === -Infinity ? Math.min(...times) : this.range.from;
    const last = this.range.to === Infinity ? Math.max(...times) : this.range.to - 1;
    if (!(first <= last) || !Number.isFinite(first) || !Number.isFinite(last)) return [];
    const ends = [bucketAt(finest, zone, first), bucketAt(finest, zone, last)].sort();
    // A clock that is set back shows names again, some of them before that of the first.
    const around = isOfClock(finest) ? 2 : 0;
    const start = nameOf(finest, moved(ends[0]!, -around, "hour"));
    const end = moved(ends[1]!, around, "hour");
    const buckets: Bucket[] = [];
    for (let name = start; name <= end; name = following(finest, name)) {
      const bucket = this.bucket([name]);
      if (bucket.parts.length > 0) buckets.push(bucket);
    }
    return buckets;
  }

  /** The instants that a window covers, seen from a bucket. */
  seen(bucket: Bucket, { trailing, leading, offset }: Window): Stretch {
    const end = offset === "start" ? bucket.start : bucket.end;
    const open = offset === "start" ? -Infinity : Infinity;
    return {
      from: this.reached(end, open, trailing, -1),
      to: this.reached(end, open, leading, 1),
    };
  }

  /** The part of a bucket that lies in the range. An hour that the clock repeats ends when it last does. */
  private bucket(names: readonly string[]): Bucket {
    const { zone, granularities, from, to } = this.reading;
    const [finest] = granularities as [Granularity];
    const [name] = names as [string];
    // By several granularities a row is of what lies in a bucket of each.
    const parts = granularities.reduce(
      (all, granularity, i) => overlaps(all, partsOf(granularity, zone, names[i]!)),
      [this.range],
    );
    const [start, end] = [parts[0]?.from ?? 0, parts.at(-1)?.to ?? 0];
    return {
      names,
      parts,
      start: { t: start, wall: start === this.range.from && from !== null ? from : name },
      end: {
        t: end,
        wall: end === this.range.to && to !== null ? to : following(finest, name),
      },
    };
  }

  /** Where a window ends that reaches so far from an end of its bucket, or from where the range is open. */
  private reached(end: End | null, open: number, reach: Reach, sign: 1 | -1): number {
    if (reach === "unbounded") return sign * Infinity;
    if (end === null) return open;
    if (reach === null) return end.t;
    const [count, unit] = reach;
    return firstInstant(this.reading.zone, moved(end.wall, sign * count, unit));
  }
}

function overlaps(some: readonly Stretch[], others: readonly Stretch[]): Stretch[] {
  return some
    .flatMap((a) =>
      others.map((b) => ({ from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) })),
    )
    .filter(({ from, to }) => from < to);
}
