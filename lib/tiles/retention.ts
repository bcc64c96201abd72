/**
 * Moving a generation's coverage with the clock and with the declaration. Pure: what is stored, what
 * is declared and what time it is give what is to be stored next.
 */
import type { Level, StoredRollup } from "../model/rollup.js";
import type { Granularity } from "../time/granularity.js";
import { bucketStart, parseWall, wallClock } from "../time/calendar.js";
import { parseSpan, shiftedInstant, type Span } from "../time/span.js";
import type { LevelCoverage } from "./coverage.js";

/** The coverage of a level as it is stored: with what it follows from. */
export interface KeptLevel extends LevelCoverage {
  /** What was declared when this was computed; null when it is not limited any more. */
  retain: string | null;
  /** Since when, epoch ms: tiles are not deleted before they would have been for this long. */
  since: number;
  /** Tiles that start before are gone; those from here to `storedFrom` are being deleted. */
  sweptTo: number | null;
  /** Keeps tiles that start at `from` or later until `until`, whatever is declared. */
  hold: { from: number | null; until: number } | null;
  /** Partitions that start in [from, to) have an archive, unless they were empty; null is the beginning. */
  archived: { from: number | null; to: number } | null;
}

export type Retain = { readonly [G in Granularity]?: string };

export interface Clock {
  /** Epoch ms. */
  now: number;
  /** Tiles past their retention are deleted this much later. */
  graceDays: number;
}

/**
 * The coverage of a new generation. It begins without the tiles that are past retention and grace,
 * but with those that the generation it replaces holds back.
 */
export function firstCoverage(
  rollup: StoredRollup,
  retain: Retain,
  replaced: readonly KeptLevel[],
  clock: Clock,
): KeptLevel[] {
  return rollup.levels.flatMap((level): KeptLevel[] => {
    const text = retain[level.granularity];
    const span = spanOf(text);
    if (text === undefined || span === null) return [];
    const before = replaced.find(({ granularity }) => granularity === level.granularity);
    const hold = currentHold(before, clock.now);
    const stored = earlier(hold, expiry(level, rollup.timezone, span, graceAgo(rollup, clock)));
    return [
      {
        granularity: level.granularity,
        retain: text,
        since: before?.retain === text ? before.since : clock.now,
        servedFrom: earlier(hold, expiry(level, rollup.timezone, span, clock.now)),
        storedFrom: stored,
        sweptTo: stored,
        hold,
        // Archives go with their generation.
        archived: null,
      },
    ];
  });
}

/**
 * The coverage with `servedFrom` where it has to be now. It goes back as far as tiles are still
 * stored when more is declared, or held, than before.
 */
export function servedCoverage(
  rollup: StoredRollup,
  retain: Retain,
  coverage: readonly KeptLevel[],
  { now }: Pick<Clock, "now">,
): KeptLevel[] {
  return rollup.levels.flatMap((level): KeptLevel[] => {
    const { granularity } = level;
    const text = retain[granularity] ?? null;
    const known = coverage.find((one) => one.granularity === granularity);
    if (text === null && known === undefined) return [];
    const { storedFrom, sweptTo, since } = known ?? { storedFrom: null, sweptTo: null, since: now };
    const isWhole = storedFrom === null && sweptTo === null && known?.archived == null;
    if (text === null && isWhole) return [];
    const hold = currentHold(known, now);
    const span = spanOf(text ?? undefined);
    const wanted = span === null ? null : earlier(hold, expiry(level, rollup.timezone, span, now));
    return [
      {
        granularity,
        retain: text,
        since: known?.retain === text ? since : now,
        servedFrom: later(storedFrom, wanted),
        storedFrom,
        sweptTo,
        hold,
        archived: known?.archived ?? null,
      },
    ];
  });
}

/** Whether a change of the level's partition may make an archive stale. */
export function mayBeArchived({ archived }: KeptLevel, partitionStart: number): boolean {
  if (archived === null) return false;
  return partitionStart >= (archived.from ?? -Infinity) && partitionStart < archived.to;
}

/** `archived` once the partition [start, end) is to have an archive too. */
export function archivedWith(
  { archived, storedFrom }: KeptLevel,
  start: number,
  end: number,
): NonNullable<KeptLevel["archived"]> {
  // Where tiles were deleted after the last archive, partitions went without.
  const isFirst = archived === null || (storedFrom ?? -Infinity) > archived.to;
  const from = isFirst ? storedFrom : archived.from;
  return {
    from: from === null ? null : Math.min(from, start),
    to: isFirst ? end : Math.max(archived.to, end),
  };
}

/** Up to where tiles of a level may be deleted now: past their retention and the grace; null if none. */
export function sweepableTo(
  rollup: StoredRollup,
  { granularity, retain, since, hold, servedFrom }: KeptLevel,
  clock: Clock,
): number | null {
  const level = rollup.levels.find((one) => one.granularity === granularity);
  const span = spanOf(retain ?? undefined);
  if (level === undefined || span === null) return null;
  const ago = graceAgo(rollup, clock);
  if (since > ago) return null;
  const held = currentHold({ hold }, clock.now);
  const to = earlier(held, expiry(level, rollup.timezone, span, ago));
  return to === null || servedFrom === null ? null : Math.min(to, servedFrom);
}

/** The start of the first partition of which something is younger than `span` at `at`. */
function expiry(level: Level, zone: string, span: Span, at: number): number | null {
  const wall = parseWall(wallClock(zone, at)) as number;
  const t = shiftedInstant(zone, wall, span, -1);
  return t === -Infinity ? null : bucketStart(level.partition, zone, t);
}

function graceAgo({ timezone }: StoredRollup, { now, graceDays }: Clock): number {
  const wall = parseWall(wallClock(timezone, now)) as number;
  return shiftedInstant(timezone, wall, { count: graceDays, unit: "day" }, -1);
}

function currentHold(known: Pick<KeptLevel, "hold"> | undefined, now: number): KeptLevel["hold"] {
  const hold = known?.hold ?? null;
  return hold !== null && now < hold.until ? hold : null;
}

function earlier(hold: KeptLevel["hold"], t: number | null): number | null {
  if (hold === null) return t;
  return t === null || hold.from === null ? null : Math.min(hold.from, t);
}

function later(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}

function spanOf(text: string | undefined): Span | null {
  return text === undefined ? null : parseSpan(text);
}
