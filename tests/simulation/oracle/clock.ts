/**
 * The oracle's calendar. `Intl` says how far a zone's clocks are from UTC; the rest is text. Imports
 * nothing of the product.
 */
const DAY = 86_400_000;
const HOUR = 3_600_000;
/** Clocks of the simulation's zones and years are changed at quarters of an hour only. */
const QUARTER = 900_000;

const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, Map<number, number>>();

/** Milliseconds that the zone's clocks are ahead of UTC. */
export function offsetOf(zone: string, t: number): number {
  let known = offsets.get(zone);
  if (known === undefined) offsets.set(zone, (known = new Map()));
  const slot = Math.floor(t / QUARTER);
  let offset = known.get(slot);
  if (offset === undefined) known.set(slot, (offset = measure(zone, slot * QUARTER)));
  return offset;
}

function measure(zone: string, t: number): number {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("sv-SE", {
      timeZone: zone,
      dateStyle: "short",
      timeStyle: "medium",
    });
    formats.set(zone, format);
  }
  return Date.parse(`${format.format(t).replace(" ", "T")}Z`) - t;
}

/** Whether two of the simulation's zones are at times not whole hours apart: New York and UTC always are. */
export function showsOtherMinutes(a: string, b: string): boolean {
  return a !== b && ![a, b].every((zone) => zone === "UTC" || zone === "America/New_York");
}

/** What the clocks show: `2025-03-01T09:30:00.000`. */
export function wallClock(zone: string, t: number): string {
  return new Date(t + offsetOf(zone, t)).toISOString().slice(0, 23);
}

export function hourOf(zone: string, t: number): number {
  return new Date(t + offsetOf(zone, t)).getUTCHours();
}

/** 1 Monday to 7 Sunday. */
export function weekdayOf(zone: string, t: number): number {
  return ((new Date(t + offsetOf(zone, t)).getUTCDay() + 6) % 7) + 1;
}

const bucketNames = new Map<string, Map<number, string>>();

/** The name of the bucket of an instant: the wall clock, cut off. Weeks begin on Monday. */
export function bucketName(granularity: string, zone: string, t: number): string {
  const key = `${granularity} ${zone}`;
  let known = bucketNames.get(key);
  if (known === undefined) bucketNames.set(key, (known = new Map()));
  const slot = Math.floor(t / QUARTER);
  let name = known.get(slot);
  if (name === undefined) known.set(slot, (name = nameBucket(granularity, zone, t)));
  return name;
}

function nameBucket(granularity: string, zone: string, t: number): string {
  const wall = wallClock(zone, t);
  const own = ownSizes[granularity];
  if (own !== undefined) return lastBoundary(own, wall);
  const date = wall.slice(0, 10);
  switch (granularity) {
    case "quarterHour": {
      const minute = Math.floor(Number(wall.slice(14, 16)) / 15) * 15;
      return `${wall.slice(0, 14)}${String(minute).padStart(2, "0")}:00.000`;
    }
    case "hour":
      return `${wall.slice(0, 13)}:00:00.000`;
    case "day":
      return `${date}T00:00:00.000`;
    case "week": {
      const monday = Date.parse(`${date}Z`) - (weekdayOf(zone, t) - 1) * DAY;
      return `${new Date(monday).toISOString().slice(0, 10)}T00:00:00.000`;
    }
    case "month":
      return `${date.slice(0, 7)}-01T00:00:00.000`;
    case "quarter": {
      const month = Math.floor((Number(date.slice(5, 7)) - 1) / 3) * 3 + 1;
      return `${date.slice(0, 5)}${String(month).padStart(2, "0")}-01T00:00:00.000`;
    }
    default:
      return `${date.slice(0, 4)}-01-01T00:00:00.000`;
  }
}

/** The app's own granularities: a boundary, and how far it is to the next one. */
const ownSizes: Record<string, { origin: string; count: number; unit: string }> = {
  halfHour: { origin: "2001-01-01T00:00:00.000", count: 30, unit: "minute" },
  shift: { origin: "2001-01-01T06:00:00.000", count: 8, unit: "hour" },
  fortnight: { origin: "2024-12-30T00:00:00.000", count: 2, unit: "week" },
  monthFrom31: { origin: "2024-01-31T00:00:00.000", count: 1, unit: "month" },
  fiscalYear: { origin: "2024-04-01T00:00:00.000", count: 12, unit: "month" },
};

export const ownNames = Object.keys(ownSizes);

type OwnSize = (typeof ownSizes)[string];

/** The boundary that is k sizes after the origin: always counted from there, so that the 31st comes back. */
function boundary({ origin, count, unit }: OwnSize, k: number): string {
  return movedWall(origin, `${Math.abs(k * count)} ${unit}`, k < 0 ? -1 : 1);
}

/** The newest boundary that the clocks do not show a time before. */
function lastBoundary(own: OwnSize, wall: string): string {
  const passed = Date.parse(`${wall}Z`) - Date.parse(`${own.origin}Z`);
  const unit = own.unit === "month" ? (passed < 0 ? 31 : 28) * DAY : lengths[own.unit]!;
  let k = Math.ceil(passed / (own.count * unit)) + 1;
  while (boundary(own, k) > wall) k--;
  return boundary(own, k);
}

/** Whether the buckets go by what the clock shows, so that one it repeats has two parts. */
export function isOfClock(granularity: string): boolean {
  const unit = ownSizes[granularity]?.unit ?? granularity;
  return unit === "minute" || unit === "hour" || unit === "quarterHour";
}

/** Where the last part ends, before `limit`, of a bucket that the clocks may repeat after its `first` end. */
export function lastEnd(
  granularity: string,
  zone: string,
  name: string,
  first: number,
  limit: number,
): number {
  let end = first;
  for (let t = first; t < Math.min(limit, first + 3 * HOUR); t += QUARTER) {
    if (bucketName(granularity, zone, t) === name) end = Math.min(limit, t + QUARTER);
  }
  return end;
}

/** The next instant in the bucket of that name after one that is not. */
export function nextBegin(granularity: string, zone: string, name: string, t: number): number {
  let next = Math.floor(t / QUARTER) * QUARTER;
  while (bucketName(granularity, zone, next) !== name) next += QUARTER;
  return next;
}

/** What tells one bucket from all others: its name and, as clocks repeat hours, an hour's offset. */
export function bucketId(granularity: string, zone: string, t: number): string {
  const name = bucketName(granularity, zone, t);
  const isRepeated = granularity === "hour" || granularity === "quarterHour";
  return isRepeated ? `${name} ${offsetOf(zone, t)}` : name;
}

const firstInstants = new Map<string, number>();

/** The first instant at which the clocks show this time or, where they skip it, a later one. */
export function firstInstant(zone: string, wall: string): number {
  const key = `${zone} ${wall}`;
  let first = firstInstants.get(key);
  if (first === undefined) firstInstants.set(key, (first = findFirst(zone, wall)));
  return first;
}

/** The same for the millisecond after a time: where a range ends that includes it. */
export function firstInstantAfter(zone: string, wall: string): number {
  const key = `${zone} after ${wall}`;
  let first = firstInstants.get(key);
  if (first === undefined) {
    const next = new Date(Date.parse(`${wall}Z`) + 1).toISOString().slice(0, 23);
    firstInstants.set(key, (first = findFirst(zone, next)));
  }
  return first;
}

function findFirst(zone: string, wall: string): number {
  const asUtc = Date.parse(`${wall}Z`);
  // By hand: the earliest quarter of an hour that ends after the time, then the instant within it.
  for (let t = Math.floor((asUtc - DAY) / QUARTER) * QUARTER; t < asUtc + DAY; t += QUARTER) {
    if (t + QUARTER + offsetOf(zone, t) > asUtc) return Math.max(t, asUtc - offsetOf(zone, t));
  }
  throw new Error(`${zone} never shows ${wall}.`);
}

/** A wall clock moved by a length such as "2 day": what it shows then, of a shorter month the last day. */
export function movedWall(wall: string, length: string, sign: 1 | -1): string {
  const [count, unit] = length.split(" ") as [string, string];
  const date = new Date(`${wall}Z`);
  const by = sign * Number(count) * (unit === "year" ? 12 : 1);
  if (unit === "month" || unit === "year") {
    const day = date.getUTCDate();
    date.setUTCDate(1);
    date.setUTCMonth(date.getUTCMonth() + by);
    const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
    date.setUTCDate(Math.min(day, last));
  } else date.setTime(date.getTime() + by * lengths[unit]!);
  return date.toISOString().slice(0, 23);
}

const lengths: Record<string, number> = {
  ...{ ms: 1, minute: 60_000, hour: HOUR, day: DAY, week: 7 * DAY },
};

const followingNames: Record<string, [count: number, unit: string]> = {
  quarterHour: [15, "minute"],
  ...{ hour: [1, "hour"], day: [1, "day"], week: [1, "week"] },
  ...{ month: [1, "month"], quarter: [3, "month"], year: [12, "month"] },
};

/** The name of the bucket after the one of that name. */
export function followingName(granularity: string, name: string): string {
  const own = ownSizes[granularity];
  if (own === undefined) return movedWall(name, followingNames[granularity]!.join(" "), 1);
  // Longer than no bucket, and shorter than two.
  const later = movedWall(
    name,
    `${own.count * (own.unit === "month" ? 31 : 1)} ${own.unit === "month" ? "day" : own.unit}`,
    1,
  );
  return lastBoundary(own, later);
}

/** Shorter than any bucket, so that none is stepped over: clocks cut hours to quarters at most. */
const steps: Record<string, number> = {
  ...{ quarterHour: QUARTER, halfHour: QUARTER, shift: HOUR },
  ...{ fortnight: 13 * DAY, monthFrom31: 27 * DAY, fiscalYear: 360 * DAY },
  hour: QUARTER,
  day: 20 * HOUR,
  week: 6 * DAY,
  month: 27 * DAY,
  quarter: 80 * DAY,
  year: 360 * DAY,
};

/** Where the bucket ends that starts at an instant. */
export function bucketEnd(granularity: string, zone: string, start: number): number {
  const id = bucketId(granularity, zone, start);
  let end = start + steps[granularity]!;
  while (bucketId(granularity, zone, end) === id) end += QUARTER;
  return end;
}

/** Where the bucket begins that an instant lies in. */
export function bucketBegin(granularity: string, zone: string, t: number): number {
  return firstInstant(zone, bucketName(granularity, zone, t));
}

const named = new Map<string, string[]>();

/** The ids of all buckets that hold an instant of [from, to), in order of time. */
export function bucketsWithin(
  granularity: string,
  zone: string,
  from: number,
  to: number,
  nameOf: typeof bucketName = bucketId,
): string[] {
  const key = `${nameOf.name} ${granularity} ${zone} ${from} ${to}`;
  let ids = named.get(key);
  if (ids === undefined) {
    const found = new Set<string>();
    for (let t = from; t < to; t += steps[granularity]!) found.add(nameOf(granularity, zone, t));
    if (to > from) found.add(nameOf(granularity, zone, to - 1));
    if (named.size > 20_000) named.clear();
    named.set(key, (ids = [...found]));
  }
  return ids;
}
