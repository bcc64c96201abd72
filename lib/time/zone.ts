/**
 * UTC offsets of IANA zones. `Intl` is the only source of zone rules here, and asking it costs
 * microseconds, so its answers are kept as short lists of offset changes, built lazily for spans of
 * about a year. A look-up is then a few comparisons.
 */
import { RollupsError } from "../errors.js";
import { DAY_MS, HOUR_MS, dayNumber } from "./civil.js";

/** Length of one lazily built table. A power of two, so that halving it ends at exactly 1 ms. */
const SPAN_MS = 2 ** 35;

/**
 * Two instants this far apart (6.2 days) with equal offsets are taken to have none other between
 * them. The shortest excursion in the zone database since 1970 lasts longer.
 */
const PROBE_MS = 2 ** 29;

/** How far before a span its first entry looks for the change in force; more than one hour. */
const LOOK_BACK_MS = 2 ** 22;

/** Spans kept per zone before the oldest knowledge is thrown away. */
const SPANS_MAX = 512;

interface Span {
  /** When each offset came into force; `-Infinity` first where that was long before the span. */
  starts: number[];
  offsets: number[];
}

/** The period around an instant in which the offset does not change. */
export interface OffsetPeriod {
  /** The change that began it, or `-Infinity` where it lies more than an hour before the table. */
  start: number;
  offset: number;
}

/** Offset changes of one zone. */
export class ZoneTable {
  /** One name for all spellings and aliases of the zone. */
  readonly canonical: string;
  private readonly format: Intl.DateTimeFormat;
  private readonly spans = new Map<number, Span>();
  private lastIndex = Number.NaN;
  private lastSpan: Span = { starts: [], offsets: [] };

  /** Throws `UnknownZone`. */
  constructor(readonly zone: string) {
    const format = formatOf(zone);
    if (format === null)
      throw new RollupsError("UnknownZone", `Unknown time zone: ${zone}`, { zone });
    this.format = format;
    this.canonical = format.resolvedOptions().timeZone;
  }

  /** Milliseconds to add to UTC to get the wall clock at `t`. */
  offsetAt(t: number): number {
    const span = this.spanAt(t);
    let i = span.starts.length - 1;
    while (i > 0 && (span.starts[i] as number) > t) i--;
    return span.offsets[i] as number;
  }

  /** The offset at `t`, and since when. */
  periodAt(t: number): OffsetPeriod {
    const span = this.spanAt(t);
    let i = span.starts.length - 1;
    while (i > 0 && (span.starts[i] as number) > t) i--;
    return { start: span.starts[i] as number, offset: span.offsets[i] as number };
  }

  /** Offset changes T with after < T ≤ through, ascending. */
  changesBetween(after: number, through: number): OffsetPeriod[] {
    const found: OffsetPeriod[] = [];
    const last = Math.floor(through / SPAN_MS);
    for (let index = Math.floor(after / SPAN_MS); index <= last; index++) {
      const span = this.spanAt(index * SPAN_MS);
      span.starts.forEach((start, i) => {
        if (start > after && start <= through && start >= index * SPAN_MS) {
          found.push({ start, offset: span.offsets[i] as number });
        }
      });
    }
    return found;
  }

  private spanAt(t: number): Span {
    const index = Math.floor(t / SPAN_MS);
    if (index === this.lastIndex) return this.lastSpan;
    let span = this.spans.get(index);
    if (span === undefined) {
      if (this.spans.size >= SPANS_MAX) this.spans.clear();
      span = this.build(index * SPAN_MS);
      this.spans.set(index, span);
    }
    this.lastIndex = index;
    this.lastSpan = span;
    return span;
  }

  private build(from: number): Span {
    const before: OffsetPeriod[] = [];
    const offset = this.measure(from);
    this.collect(from - LOOK_BACK_MS, this.measure(from - LOOK_BACK_MS), from, offset, before);
    const changes: OffsetPeriod[] = [];
    this.collect(from, offset, from + SPAN_MS, this.measure(from + SPAN_MS), changes);
    const inside = changes.filter((change) => change.start < from + SPAN_MS);
    return {
      starts: [before.at(-1)?.start ?? -Infinity, ...inside.map((change) => change.start)],
      offsets: [offset, ...inside.map((change) => change.offset)],
    };
  }

  /** Halves (low, high] until each change of offset in it is known to the millisecond. */
  private collect(
    low: number,
    lowOffset: number,
    high: number,
    highOffset: number,
    into: OffsetPeriod[],
  ): void {
    if (lowOffset === highOffset && high - low <= PROBE_MS) return;
    if (high - low <= 1) {
      into.push({ start: high, offset: highOffset });
      return;
    }
    const middle = low + (high - low) / 2;
    const middleOffset = this.measure(middle);
    this.collect(low, lowOffset, middle, middleOffset, into);
    this.collect(middle, middleOffset, high, highOffset, into);
  }

  private measure(t: number): number {
    const match = /^(\d+)\/(\d+)\/(\d+), (\d+):(\d+):(\d+)$/.exec(this.format.format(t));
    if (match === null) {
      throw new RollupsError("TimeOutOfRange", `Not a time that has a calendar date: ${t}`, { t });
    }
    const [month, day, year, hour, minute, second] = match.slice(1).map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const wall =
      dayNumber(year, month, day) * DAY_MS + hour * HOUR_MS + minute * 60_000 + second * 1000;
    return wall - Math.floor(t / 1000) * 1000;
  }
}

const tables = new Map<string, ZoneTable>();

/** The shared table of a zone. Throws `UnknownZone`. */
export function zoneTable(zone: string): ZoneTable {
  let table = tables.get(zone);
  if (table === undefined) {
    table = new ZoneTable(zone);
    tables.set(zone, table);
  }
  return table;
}

/** Whether `name` is an IANA zone (or alias) that this runtime knows. Offsets such as `+02:00` are not. */
export function isZone(name: string): boolean {
  return tables.has(name) || formatOf(name) !== null;
}

/** Whether two names mean the same zone. Throws `UnknownZone`. */
export function sameZone(a: string, b: string): boolean {
  return a === b || zoneTable(a).canonical === zoneTable(b).canonical;
}

function formatOf(zone: string): Intl.DateTimeFormat | null {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(zone)) return null;
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
  } catch {
    return null;
  }
}
