/** When a cron runs next, in UTC, for every schedule that `cronJobs()` can express. */

export type CronSchedule = Record<string, unknown>;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAYS_AHEAD_MAX = 366 * 8;

const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");

interface Fields {
  minutes: Set<number>;
  hours: Set<number>;
  days: Set<number> | null;
  months: Set<number> | null;
  weekdays: Set<number> | null;
}

function parseField(
  text: string,
  low: number,
  high: number,
  names: readonly string[],
  firstName: number,
): Set<number> {
  const number = (word: string): number => {
    const named = names.findIndex((name) => word.toLowerCase().startsWith(name.slice(0, 3)));
    const value = /^\d+$/.test(word) ? Number(word) : named < 0 ? NaN : named + firstName;
    if (!(value >= low && value <= high)) throw new Error(`Invalid cron field "${text}"`);
    return value;
  };
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const [range, step = "1"] = part.split("/") as [string, string?];
    const [from, to] =
      range === "*"
        ? [low, high]
        : range.includes("-")
          ? (range.split("-").map(number) as [number, number])
          : [number(range), part.includes("/") ? high : number(range)];
    for (let value = from; value <= to; value += Number(step)) values.add(value);
  }
  return values;
}

function parseExpression(expression: string): Fields {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== 5) throw new Error(`Invalid cron expression "${expression}"`);
  const [minute, hour, day, month, weekday] = fields as [string, string, string, string, string];
  const weekdays =
    weekday === "*" || weekday === "?" ? null : parseField(weekday, 0, 7, WEEKDAYS, 0);
  if (weekdays?.has(7) === true) weekdays.add(0);
  return {
    minutes: parseField(minute, 0, 59, [], 0),
    hours: parseField(hour, 0, 23, [], 0),
    days: day === "*" || day === "?" ? null : parseField(day, 1, 31, [], 0),
    months: month === "*" ? null : parseField(month, 1, 12, MONTHS, 1),
    weekdays,
  };
}

/** Crons without a minute are spread over the hour by their name, so that they do not all run at once. */
function minuteOf(schedule: CronSchedule, id: string): number {
  if (typeof schedule.minuteUTC === "number") return schedule.minuteUTC;
  let hash = 0;
  for (const char of id) hash = (hash * 31 + char.charCodeAt(0)) >>> 0;
  return hash % 60;
}

function fieldsOf(schedule: CronSchedule, id: string): Fields {
  if (schedule.type === "cron") return parseExpression(schedule.cron as string);
  const minutes = new Set([minuteOf(schedule, id)]);
  const everyHour = new Set(Array.from({ length: 24 }, (_, hour) => hour));
  const hours = schedule.type === "hourly" ? everyHour : new Set([schedule.hourUTC as number]);
  const fields: Fields = { minutes, hours, days: null, months: null, weekdays: null };
  if (schedule.type === "weekly") {
    fields.weekdays = new Set([WEEKDAYS.indexOf(schedule.dayOfWeek as string)]);
  }
  if (schedule.type === "monthly") fields.days = new Set([schedule.day as number]);
  return fields;
}

function matchesDay({ days, months, weekdays }: Fields, date: Date): boolean {
  if (months !== null && !months.has(date.getUTCMonth() + 1)) return false;
  const inDays = days?.has(date.getUTCDate());
  const inWeek = weekdays?.has(date.getUTCDay());
  // As in cron: when both are restricted, either suffices.
  if (inDays !== undefined && inWeek !== undefined) return inDays || inWeek;
  return inDays ?? inWeek ?? true;
}

/** The first run strictly after a time. An interval counts from that time. */
export function nextRunMs(schedule: CronSchedule, id: string, afterMs: number): number {
  if (schedule.type === "interval") {
    const { seconds = 0, minutes = 0, hours = 0 } = schedule as Record<string, number>;
    return afterMs + ((hours * 60 + minutes) * 60 + seconds) * 1000;
  }
  const fields = fieldsOf(schedule, id);
  const start = Math.floor(afterMs / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  const firstDay = Math.floor(start / DAY_MS) * DAY_MS;
  for (let day = 0; day < DAYS_AHEAD_MAX; day++) {
    const midnight = firstDay + day * DAY_MS;
    if (!matchesDay(fields, new Date(midnight))) continue;
    for (let minute = 0; minute < 1440; minute++) {
      const time = midnight + minute * MINUTE_MS;
      if (time < start) continue;
      if (fields.minutes.has(minute % 60) && fields.hours.has(Math.floor(minute / 60))) return time;
    }
  }
  throw new Error(`The schedule of cron "${id}" never comes`);
}
