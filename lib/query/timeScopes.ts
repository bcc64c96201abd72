/**
 * Which stretches of time a query's measures look at: the buckets of its range and, for balances and
 * rolling windows, what lies around them. The planner reads by it and the groups collect by it, so
 * that both cut time at the same instants.
 *
 * A bucket that sticks out of the range counts as far as it lies inside, for windows too: the window
 * of the last bucket ends where the range ends. Without granularity the range is the one bucket.
 */
import type { Reach, Window } from "../measures/window.js";
import { bucketLabel, bucketStart, nextBucket, parseWall } from "../time/calendar.js";
import {
  indexOfWall,
  shiftByInterval,
  wallOfIndex,
  type AnyGranularity,
} from "../time/customGranularity.js";
import { commonGranularity, shiftedInstant, type SpanUnit } from "../time/span.js";
import type { Granularity } from "../time/granularity.js";
import { granularitiesOf, type NormalizedQuery } from "./normalizedQuery.js";

/** An instant and what the clock nominally shows then; infinite where time is open. */
interface Boundary {
  t: number;
  wall: number;
}

export interface Bucket {
  from: Boundary;
  to: Boundary;
}

/** Half-open, infinite where open. */
export interface Stretch {
  from: number;
  to: number;
}

export class TimeScopes {
  /** Everything that has to be looked at; null is unbounded. */
  readonly from: number | null;
  readonly to: number | null;
  /**
   * Every stretch is made of whole buckets of this granularity in the query's zone, but for `cuts`.
   * Null where the query has none: the cuts then say it all.
   */
  readonly grain: Granularity | null;
  /** Ascending. With bounded ranges no stretch begins or ends before the first or after the last. */
  readonly cuts: readonly number[];
  private readonly granularity: AnyGranularity | null;
  private readonly range: Bucket;

  constructor(
    private readonly query: Pick<NormalizedQuery, "time" | "timezone">,
    /** Those of the query's measures, each once. */
    readonly windows: readonly Window[],
    /** Whether some measure, or the list of groups itself, is about the buckets alone. */
    readonly hasPlain: boolean,
    /** Instants at which a filter may turn out differently: nothing may be counted together across one. */
    tested: readonly number[] = [],
  ) {
    const { time } = query;
    this.granularity = time?.granularity ?? null;
    this.range = rangeOf(time);
    const from = time?.from ?? null;
    const to = time?.to ?? null;
    this.grain =
      this.granularity === null
        ? null
        : commonGranularity([...granularitiesOf(query), ...windows.flatMap(unitsOf)]);
    // Of an open range the buckets are those of its records, so it has to be known which lie in it.
    const isOpen = this.granularity !== null && (from === null || to === null);
    const stretches = this.ends().flatMap((bucket) =>
      windows.map((window) => this.stretch(window, bucket)),
    );
    if (hasPlain || isOpen) stretches.push({ from: this.range.from.t, to: this.range.to.t });
    const all = stretches.flatMap((one) => [one.from, one.to]);
    const low = Math.min(...stretches.map((one) => one.from));
    const high = Math.max(...stretches.map((one) => one.to));
    if (stretches.length === 0) this.from = this.to = from;
    else {
      this.from = from === null || low === -Infinity ? null : low;
      this.to = to === null || high === Infinity ? null : high;
    }
    const inside = tested.filter((t) => t > (this.from ?? -Infinity) && t < (this.to ?? Infinity));
    const cuts = [...all.filter(Number.isFinite), ...inside];
    this.cuts = [...new Set(cuts)].sort((a, b) => a - b);
  }

  /** The part inside the range of the query's bucket that `t` lies in. */
  bucketAt(t: number): Bucket {
    const { granularity, range } = this;
    if (granularity === null) return range;
    const { timezone } = this.query;
    const start = bucketStart(granularity, timezone, t);
    const end = nextBucket(granularity, timezone, start);
    const name = parseWall(bucketLabel(granularity, timezone, start)) as number;
    return {
      from: start <= range.from.t ? range.from : { t: start, wall: name },
      to: end >= range.to.t ? range.to : { t: end, wall: nominalEnd(granularity, name) },
    };
  }

  /** What a window covers, seen from a bucket. */
  stretch({ trailing, leading, offset }: Window, bucket: Bucket): Stretch {
    const at = offset === "start" ? bucket.from : bucket.to;
    return { from: this.reach(at, trailing, -1), to: this.reach(at, leading, 1) };
  }

  private reach(at: Boundary, reach: Reach, sign: 1 | -1): number {
    if (reach === null) return at.t;
    if (reach === "unbounded") return sign * Infinity;
    return shiftedInstant(this.query.timezone, at.wall, reach, sign);
  }

  /** The first and the last bucket where the range has them; all others lie on the grain. */
  private ends(): Bucket[] {
    const { from, to } = this.range;
    if (this.granularity === null) return [this.range];
    if (from.t === to.t) return [];
    return [
      ...(from.t === -Infinity ? [] : [this.bucketAt(from.t)]),
      ...(to.t === Infinity ? [] : [this.bucketAt(to.t - 1)]),
    ];
  }
}

/** `windows` are those of the query's measures, null for a measure of the bucket alone. */
export function scopesOfWindows(
  query: Pick<NormalizedQuery, "time" | "timezone">,
  windows: readonly (Window | null)[],
  tested: readonly number[] = [],
): TimeScopes {
  const distinct = windows.filter(
    (window, i): window is Window =>
      window !== null &&
      windows.findIndex((other) => other !== null && sameWindow(other, window)) === i,
  );
  const hasPlain = distinct.length === 0 || windows.includes(null);
  return new TimeScopes(query, distinct, hasPlain, tested);
}

export function sameWindow(a: Window, b: Window): boolean {
  return (
    a.offset === b.offset && sameReach(a.trailing, b.trailing) && sameReach(a.leading, b.leading)
  );
}

function sameReach(a: Reach, b: Reach): boolean {
  if (a === null || b === null || a === "unbounded" || b === "unbounded") return a === b;
  return a.count === b.count && a.unit === b.unit;
}

/** What the clock shows at the end of the bucket that begins at `wall`, unless it is set there. */
function nominalEnd(granularity: AnyGranularity, wall: number): number {
  if (typeof granularity === "object") {
    return wallOfIndex(granularity, indexOfWall(granularity, wall) + 1);
  }
  const isQuarter = granularity === "quarterHour";
  return shiftByInterval(
    wall,
    isQuarter ? { count: 15, unit: "minute" } : { count: 1, unit: granularity },
  );
}

function unitsOf({ trailing, leading }: Window): SpanUnit[] {
  return [trailing, leading].flatMap((reach) =>
    reach === null || reach === "unbounded" ? [] : [reach.unit],
  );
}

function rangeOf(time: NormalizedQuery["time"]): Bucket {
  const { from, to } = time?.dateRange ?? { from: null, to: null };
  const start = from === null ? -Infinity : (parseWall(from) as number);
  const end = to === null ? Infinity : (parseWall(to) as number) + 1;
  return {
    from: time?.from == null ? { t: -Infinity, wall: -Infinity } : { t: time.from, wall: start },
    to:
      time?.to == null
        ? { t: Infinity, wall: Infinity }
        : // Ends that cross make an empty range at its start.
          { t: time.to, wall: time.to === time.from ? start : end },
  };
}
