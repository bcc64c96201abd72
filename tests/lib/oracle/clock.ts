/**
 * The oracle's calendar: asks Intl about every single instant and knows no tables. Slow on purpose.
 * Imports nothing from lib/.
 */
export interface Wall {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** What the clocks of `zone` show at `t`. */
export function wallAt(zone: string, t: number): Wall {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-CA", {
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
  const parts = Object.fromEntries(
    format.formatToParts(t).map(({ type, value }) => [type, Number(value)]),
  ) as Record<string, number>;
  return {
    year: parts.year!,
    month: parts.month!,
    day: parts.day!,
    hour: parts.hour!,
    minute: parts.minute!,
    second: parts.second!,
    millisecond: ((t % 1000) + 1000) % 1000,
  };
}

/** `YYYY-MM-DDTHH:mm:ss.SSS`. */
export function textOf({ year, month, day, hour, minute, second, millisecond }: Wall): string {
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second, millisecond))
    .toISOString()
    .slice(0, 23);
}

export function wallText(zone: string, t: number): string {
  return textOf(wallAt(zone, t));
}

/** What the sales cube's own granularities are: counted from an origin, forwards and backwards. */
export const lengths: Record<string, { length: string; origin: string }> = {
  halfHour: { length: "30 minute", origin: "2001-01-01T00:00:00.000" },
  shift: { length: "8 hour", origin: "2001-01-01T06:00:00.000" },
  workday: { length: "1 day", origin: "2001-01-01T06:30:00.000" },
  fortnight: { length: "2 week", origin: "2012-01-02T00:00:00.000" },
  midweek: { length: "1 week", origin: "2000-12-31T00:00:00.000" },
  monthEnd: { length: "1 month", origin: "2012-01-31T00:00:00.000" },
  third: { length: "4 month", origin: "2001-01-01T00:00:00.000" },
  fiscalYear: { length: "1 year", origin: "2001-04-01T00:00:00.000" },
};

/** Granularities of which an hour that the clock repeats holds several, in turns. */
export const isWithinHour = (granularity: string) =>
  granularity === "quarterHour" || granularity === "halfHour";

/** How many lengths lie between the origin and the last boundary at or before `text`. */
function countTo(granularity: string, text: string): number {
  const { length, origin } = lengths[granularity]!;
  const [count, unit] = length.split(" ") as [string, string];
  const days = { minute: 1 / 1440, hour: 1 / 24, day: 1, week: 7, month: 30.44, year: 365.24 }[
    unit
  ]!;
  const distance = Date.parse(`${text}Z`) - Date.parse(`${origin}Z`);
  let k = Math.round(distance / 86_400_000 / days / Number(count));
  while (boundary(granularity, k) > text) k--;
  while (boundary(granularity, k + 1) <= text) k++;
  return k;
}

function boundary(granularity: string, k: number): string {
  const { length, origin } = lengths[granularity]!;
  const [count, unit] = length.split(" ") as [string, string];
  return moved(origin, `${Math.abs(k) * Number(count)} ${unit}`, k < 0 ? -1 : 1);
}

/** The wall clock truncated to the granularity: the name of the bucket. Weeks begin on Monday. */
export function truncated(granularity: string, wall: Wall): string {
  if (granularity in lengths) {
    return boundary(granularity, countTo(granularity, textOf(wall)));
  }
  const start = { ...wall, minute: 0, second: 0, millisecond: 0 };
  if (granularity === "quarterHour") {
    return textOf({ ...start, minute: wall.minute - (wall.minute % 15) });
  }
  if (granularity === "hour") return textOf(start);
  start.hour = 0;
  if (granularity === "day") return textOf(start);
  if (granularity === "week") {
    const back = (new Date(Date.UTC(wall.year, wall.month - 1, wall.day)).getUTCDay() + 6) % 7;
    return textOf({ ...start, day: wall.day - back });
  }
  start.day = 1;
  if (granularity === "quarter") start.month = Math.floor((wall.month - 1) / 3) * 3 + 1;
  if (granularity === "year") start.month = 1;
  return textOf(start);
}

/** The bucket after the one named `label`. */
export function following(granularity: string, label: string): string {
  if (granularity in lengths) return boundary(granularity, countTo(granularity, label) + 1);
  const date = new Date(`${label}Z`);
  if (granularity === "quarterHour") date.setUTCMinutes(date.getUTCMinutes() + 15);
  if (granularity === "hour") date.setUTCHours(date.getUTCHours() + 1);
  if (granularity === "day") date.setUTCDate(date.getUTCDate() + 1);
  if (granularity === "week") date.setUTCDate(date.getUTCDate() + 7);
  if (granularity === "month") date.setUTCMonth(date.getUTCMonth() + 1);
  if (granularity === "quarter") date.setUTCMonth(date.getUTCMonth() + 3);
  if (granularity === "year") date.setUTCFullYear(date.getUTCFullYear() + 1);
  return date.toISOString().slice(0, 23);
}

/** ISO weekday of a wall clock's date. */
export function weekdayOf({ year, month, day }: Wall): number {
  return ((new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7) + 1;
}

const shown = new Map<string, boolean>();

/** Whether the clocks of `zone` show any time of the hour named `label`, which they skip when set forward. */
export function isShown(zone: string, label: string, granularity = "hour"): boolean {
  const key = `${zone} ${label} ${granularity}`;
  let known = shown.get(key);
  if (known === undefined) {
    known = quartersOf(zone, label, granularity).length > 0;
    shown.set(key, known);
  }
  return known;
}

/** When the clocks of `zone` last leave the part of an hour named `label`. */
export function lastEnd(zone: string, label: string, granularity: string): number {
  return Math.max(...quartersOf(zone, label, granularity)) + 900_000;
}

/** The quarters of the hour named `label`, or of a part of it, wherever clocks show one. */
function quartersOf(zone: string, label: string, granularity: string): number[] {
  const asUtc = Date.parse(`${label}Z`);
  return [-86_400_000, 86_400_000].flatMap((distance) => {
    const near = asUtc + distance;
    const offset = Date.parse(`${wallText(zone, near)}Z`) - near;
    return [0, 1, 2, 3]
      .map((quarter) => asUtc - offset + quarter * 900_000)
      .filter((t) => truncated(granularity, wallAt(zone, t)) === label);
  });
}

/** A wall clock moved by a length such as "7 day"; of a shorter month the last day is taken. */
export function moved(text: string, length: string, sign: 1 | -1): string {
  const [count, units] = length.split(" ") as [string, string];
  const unit = units.replace(/s$/, "");
  const by = sign * Number(count);
  const date = new Date(`${text}Z`);
  const milliseconds: Record<string, number> = {
    millisecond: 1,
    minute: 60_000,
    hour: 3_600_000,
    day: 86_400_000,
    week: 7 * 86_400_000,
  };
  if (unit in milliseconds) {
    return new Date(date.getTime() + by * milliseconds[unit]!).toISOString().slice(0, 23);
  }
  const months = by * (unit === "year" ? 12 : unit === "quarter" ? 3 : 1);
  const day = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() + months);
  // The 31st of a month of 30 days is taken for the 1st of the next.
  if (date.getUTCDate() !== day) date.setUTCDate(0);
  return date.toISOString().slice(0, 23);
}

/** The latest time that the clocks of `zone` have shown by `t`: later than now where they were set back. */
export function latestShown(zone: string, t: number): string {
  const now = wallText(zone, t);
  const before = wallText(zone, t - 3 * 3_600_000);
  if (Date.parse(`${now}Z`) - Date.parse(`${before}Z`) >= 3 * 3_600_000) return now;
  const minute = t - (t % 60_000);
  const minutes = Array.from({ length: 180 }, (_, i) => wallText(zone, minute - i * 60_000 - 1));
  return minutes.reduce((a, b) => (a > b ? a : b), now);
}
