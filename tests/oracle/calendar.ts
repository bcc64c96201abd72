/**
 * Calendar buckets for the oracle. The platform's own `Intl` says what a wall clock shows; the rest
 * is arithmetic on dates. Shares no code with the engine: that is the point of it.
 */

export type Bucket = "quarterHour" | "hour" | "day" | "week" | "month" | "quarter" | "year";

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(zone, format);
  }
  return format;
}

/** Zone → instant → wall clock: asking the platform takes microseconds, and there are many rows. */
const walls = new Map<string, Map<number, string>>();

/** What the clock on the wall shows at an instant: `2012-03-01T09:30:00.000`. Years 1000 to 9999. */
export function wallClock(zone: string, ms: number): string {
  let known = walls.get(zone);
  if (known === undefined) walls.set(zone, (known = new Map()));
  let wall = known.get(ms);
  if (wall === undefined) known.set(ms, (wall = readWall(zone, ms)));
  return wall;
}

function readWall(zone: string, ms: number): string {
  const parts: Record<string, string> = {};
  for (const { type, value } of formatOf(zone).formatToParts(ms)) parts[type] = value;
  const { year, month, day, hour, minute, second } = parts;
  // No zone's offset has fractions of a second.
  const milliseconds = new Date(ms).toISOString().slice(20, 23);
  return `${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}`;
}

/** The date on the wall: `2012-03-01`. */
export function dateOf(zone: string, ms: number): string {
  return wallClock(zone, ms).slice(0, 10);
}

/** 0 to 23. */
export function hourOf(zone: string, ms: number): number {
  return Number(wallClock(zone, ms).slice(11, 13));
}

/** 1 Monday to 7 Sunday. */
export function weekdayOf(zone: string, ms: number): number {
  return weekdayOfDate(dateOf(zone, ms));
}

/** The name of the bucket that an instant falls into: the wall clock at its nominal start. */
export function bucketOf(bucket: Bucket, zone: string, ms: number): string {
  if (bucket === "hour") return `${wallClock(zone, ms).slice(0, 13)}:00:00.000`;
  if (bucket === "quarterHour") return quarterHourOf(wallClock(zone, ms));
  return bucketOfDate(bucket, dateOf(zone, ms));
}

function quarterHourOf(wall: string): string {
  const minute = 15 * Math.floor(Number(wall.slice(14, 16)) / 15);
  return `${wall.slice(0, 14)}${String(minute).padStart(2, "0")}:00.000`;
}

/** Buckets that are whole days. */
export type DayBucket = Exclude<Bucket, "quarterHour" | "hour">;

/** The name of the day, week, month, quarter or year that a date falls into. */
export function bucketOfDate(bucket: DayBucket, date: string): string {
  const year = date.slice(0, 4);
  const month = date.slice(5, 7);
  switch (bucket) {
    case "day":
      return midnight(date);
    case "week":
      return midnight(addDays(date, 1 - weekdayOfDate(date)));
    case "month":
      return midnight(`${year}-${month}-01`);
    case "quarter":
      return midnight(`${year}-${quarterStart[month]}-01`);
    case "year":
      return midnight(`${year}-01-01`);
  }
}

const quarterStart: { [month: string]: string } = {
  ...{ "01": "01", "02": "01", "03": "01" },
  ...{ "04": "04", "05": "04", "06": "04" },
  ...{ "07": "07", "08": "07", "09": "07" },
  ...{ "10": "10", "11": "10", "12": "10" },
};

/** The names of all buckets that the dates from `first` to `last` fall into, in order. */
export function bucketsBetween(bucket: DayBucket, first: string, last: string): string[] {
  const names: string[] = [];
  for (let date = first; date <= last; date = addDays(date, 1)) {
    const name = bucketOfDate(bucket, date);
    if (names.at(-1) !== name) names.push(name);
  }
  return names;
}

/** The date some days later, or earlier. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

function weekdayOfDate(date: string): number {
  const sundayIsZero = new Date(`${date}T00:00:00Z`).getUTCDay();
  return sundayIsZero === 0 ? 7 : sundayIsZero;
}

function midnight(date: string): string {
  return `${date}T00:00:00.000`;
}
