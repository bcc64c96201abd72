/** How long tiles and records are kept. Imports nothing of the product. */
import { bucketBegin, firstInstant, movedWall, wallClock } from "./clock.js";

/** Days that tiles stay when they do not answer any more. */
const GRACE = "7 day";

/**
 * The start of the first partition of which something is younger than a length such as "90 day"; the
 * tiles before it do not answer, and with `isDeleted` are gone.
 */
export function keptFrom(
  length: string,
  partition: string,
  zone: string,
  clock: number,
  isDeleted: boolean,
): number {
  const now = isDeleted
    ? wallClock(zone, firstInstant(zone, movedWall(wallClock(zone, clock), GRACE, -1)))
    : wallClock(zone, clock);
  return bucketBegin(partition, zone, firstInstant(zone, movedWall(now, length, -1)));
}

/** The start of the day before which records have expired that are kept for a length. */
export function recordsFrom(length: string, zone: string, clock: number): number {
  const wall = movedWall(wallClock(zone, clock), length, -1);
  return bucketBegin("day", zone, firstInstant(zone, wall));
}
