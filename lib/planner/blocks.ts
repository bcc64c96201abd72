/**
 * Blocks: the ranges in which a browser asks for tiles. They depend on the calendar, the level and its size class
 * alone, never on a question, so that different questions of different viewers ask for the same ones.
 */
import type { Level } from "../model/rollup.js";
import type { TileRead } from "../tiles/cover.js";
import type { DecodedTile } from "../tiles/decodedTile.js";
import { bucketLabel, bucketStart, firstInstantOf, parseWall } from "../time/calendar.js";
import { civilDate, DAY_MS, dayNumber } from "../time/civil.js";
import type { Granularity } from "../time/granularity.js";
import type { Candidate } from "./plan.js";

/** Partitions whose start lies in [from, to), both of which are starts of partitions; null is unbounded. */
export interface Block {
  from: number | null;
  to: number | null;
}

/** What a block is to come to, about: a message that is parsed in a third of a millisecond. */
const BLOCK_BYTES = 32 * 1024;
/** Most partitions of a block: of small ones, more would be sent than is asked for. */
const PARTITIONS_MAX = 16;
/** A partition is taken to have so many bytes at least. */
const PARTITION_BYTES_MIN = 512;

/** How `held:catalog` names a level among its sizes. */
export function levelKey(
  { rollup, generation }: Pick<Candidate, "rollup" | "generation">,
  { granularity }: Pick<Level, "granularity">,
): string {
  return `${rollup.cube}.${rollup.name}@${generation}/${granularity}`;
}

/** How many partitions of so many bytes make a block: a power of two. */
export function partitionsPerBlock(bytesPerPartition: number): number {
  const bytes = Math.max(bytesPerPartition, PARTITION_BYTES_MIN);
  let partitions = 1;
  while (partitions < PARTITIONS_MAX && partitions * 2 * bytes <= BLOCK_BYTES) partitions *= 2;
  return partitions;
}

/**
 * The blocks that hold all partitions of a read, in order of time and without overlap. Those that are over at
 * `now` are aligned to multiples of `perBlock` and cut at the start of the partition that is not. That one and
 * all later ones are one block; so is everything before it, for a read without a beginning. The blocks may hold
 * more than the read: take from them by `tilesWithin`. O(blocks).
 */
export function splitRead(
  { partition }: Level,
  zone: string,
  { fromPartition: from, toPartition: to }: Pick<TileRead, "fromPartition" | "toPartition">,
  now: number,
  perBlock: number,
): Block[] {
  const open = bucketStart(partition, zone, now);
  const end = Math.min(to ?? open, open);
  const blocks: Block[] = [];
  if (from === null) blocks.push({ from, to: open });
  else if (from < end) {
    const first = ordinalOf(partition, zone, from);
    let ordinal = Math.floor(first / perBlock) * perBlock;
    for (let start = startOf(partition, zone, ordinal); start < end;) {
      ordinal += perBlock;
      const next = startOf(partition, zone, ordinal);
      blocks.push({ from: start, to: Math.min(next, open) });
      start = next;
    }
  }
  if (to === null || to > open) blocks.push({ from: open, to: null });
  return blocks;
}

/**
 * The tiles of a read, out of those that are held for the blocks that it was split into. `tiles` of a part may come
 * from a wider block: only what lies within the part's own is taken, as another part gives the rest.
 */
export function tilesWithin(
  { fromPartition, toPartition }: Pick<TileRead, "fromPartition" | "toPartition">,
  parts: readonly { block: Block; tiles: readonly DecodedTile[] }[],
): DecodedTile[] {
  const read = { from: fromPartition, to: toPartition };
  return parts.flatMap(({ block, tiles }) =>
    tiles.filter(({ partitionStart }) => isIn(read, partitionStart) && isIn(block, partitionStart)),
  );
}

function isIn({ from, to }: Block, t: number): boolean {
  return (from === null || t >= from) && (to === null || t < to);
}

/** Monday, 1970-01-05, counted from 1970-01-01. */
const FIRST_MONDAY = 4;

/** The partition's number among all of its kind. Those of less than a day are taken a day at a time. */
function ordinalOf(partition: Granularity, zone: string, start: number): number {
  const label = bucketLabel(partition, zone, start);
  const day = Math.floor((parseWall(label) as number) / DAY_MS);
  const { year, month } = civilDate(day);
  switch (partition) {
    case "year":
      return year;
    case "quarter":
      return year * 4 + Math.floor((month - 1) / 3);
    case "month":
      return year * 12 + month - 1;
    case "week":
      return Math.floor((day - FIRST_MONDAY) / 7);
    case "day":
    case "hour":
    case "quarterHour":
      return day;
    default:
      return partition satisfies never;
  }
}

/** The inverse of `ordinalOf`. */
function startOf(partition: Granularity, zone: string, ordinal: number): number {
  return firstInstantOf(zone, firstDayOf(partition, ordinal) * DAY_MS);
}

function firstDayOf(partition: Granularity, ordinal: number): number {
  switch (partition) {
    case "year":
      return dayNumber(ordinal, 1, 1);
    case "quarter":
      return dayNumber(0, ordinal * 3 + 1, 1);
    case "month":
      return dayNumber(0, ordinal + 1, 1);
    case "week":
      return ordinal * 7 + FIRST_MONDAY;
    case "day":
    case "hour":
    case "quarterHour":
      return ordinal;
    default:
      return partition satisfies never;
  }
}
