/**
 * Source records may expire while their rollups stay. From then on the source is whole only from an
 * instant on, and whoever reads it stops there by name: what lies before would be silently partial.
 */
import { RollupsError } from "../errors.js";
import { TIME_MIN, bucketStart, parseWall, wallClock } from "../time/calendar.js";
import { parseSpan, shiftedInstant } from "../time/span.js";

/**
 * The start of the day, in the tenant's zone, before which records have expired at `now`: nothing
 * younger than `expire` lies before it. Null where that is before all time, or `expire` means nothing.
 */
export function expiryBoundary(expire: string, zone: string, now: number): number | null {
  const span = parseSpan(expire);
  const wall = parseWall(wallClock(zone, now));
  if (span === null || wall === null) return null;
  const t = shiftedInstant(zone, wall, span, -1);
  return t > TIME_MIN ? bucketStart("day", zone, t) : null;
}

/**
 * Whether [from, to) holds instants before `sourceFrom`; null ends are unbounded, a null `sourceFrom`
 * means that the source is whole.
 */
export function reachesExpired(
  sourceFrom: number | null,
  from: number | null,
  to: number | null,
): boolean {
  if (sourceFrom === null || (from !== null && from === to)) return false;
  return from === null || from < sourceFrom;
}

/** The refusal of a look at records that are gone. */
export function sourceExpired(
  cube: string,
  sourceFrom: number,
  details: Record<string, unknown> = {},
): RollupsError {
  return new RollupsError(
    "SourceExpired",
    `Records of ${cube} before ${new Date(sourceFrom).toISOString()} have expired`,
    { cube, sourceFrom, ...details },
  );
}
