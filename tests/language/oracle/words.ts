/** Date ranges for the oracle, as Cube's documentation has them: dates, times, and ranges in words. */
import { firstInstant, moved, nameOf, calendar, wallAt, type Stretch, type Unit } from "./clock.js";

/** Wall clock, both ends inclusive. */
export type Range = readonly [from: string, to: string];

export interface Now {
  instant: number;
  zone: string;
}

const isDate = (text: string) => /^\d{4}-\d\d-\d\d/.test(text);

const startOf = (text: string) =>
  text.length === 10
    ? `${text}T00:00:00.000`
    : `${text}${":00.000".slice(text.length - 16)}`.slice(0, 23);

const endOf = (text: string) => (text.length === 10 ? `${text}T23:59:59.999` : startOf(text));

/** What a range of a question means at that moment. */
export function rangeOf(told: string | readonly string[], now: Now): Range {
  const [first = "", last = first] = typeof told === "string" ? [told] : told;
  return isDate(first) ? [startOf(first), endOf(last)] : rangeInWords(first, now);
}

/** The instants of a range. One that ends before it begins has none. */
export function stretchOf(zone: string, [from, to]: Range): Stretch {
  const start = firstInstant(zone, from);
  return { from: start, to: Math.max(start, firstInstant(zone, moved(to, 1, "millisecond"))) };
}

/** The start of the unit that a time lies in. */
function floor(wall: string, unit: Unit): string {
  if (unit === "second") return `${wall.slice(0, 19)}.000`;
  if (unit === "minute") return `${wall.slice(0, 16)}:00.000`;
  return nameOf(
    calendar.find(({ name }) => name === unit)!,
    wall,
  );
}

/** `count` whole units from a boundary on, negative for those before it. */
function units(start: string, count: number, unit: Unit): Range {
  const [from, to] = [start, moved(start, count, unit)].sort() as [string, string];
  return [from, moved(to, -1, "millisecond")];
}

function rangeInWords(told: string, { instant, zone }: Now): Range {
  const wall = wallAt(zone, instant);
  const words = told.trim().toLowerCase().split(/\s+/);
  const [which, second = "", third = ""] = words;
  const day = { yesterday: -1, today: 0, tomorrow: 1 }[which as "today"];
  if (words.length === 1 && day !== undefined) {
    return units(moved(floor(wall, "day"), day, "day"), 1, "day");
  }
  if (which === "from") {
    const [from = "", to = ""] = words.slice(1).join(" ").split(" to ");
    // As fine as the finest word that is said.
    const isSaid = (unit: string) => words.some((word) => word.startsWith(unit));
    const unit = (["second", "minute", "hour"] as const).find(isSaid) ?? "day";
    const [start] = units(floor(pointOf(from, wall), unit), 1, unit);
    const [, end] = units(floor(pointOf(to, wall), unit), 1, unit);
    return [start, end];
  }
  const isCounted = third !== "";
  const unit = (isCounted ? third : second).replace(/s$/, "") as Unit;
  const count = isCounted ? Number(second) : 1;
  const own = floor(wall, unit);
  if (which === "this") return units(own, 1, unit);
  // The unit that is under way is in neither.
  return which === "last" ? units(own, -count, unit) : units(moved(own, 1, unit), count, unit);
}

/** A moment in words. */
function pointOf(told: string, wall: string): string {
  if (told === "now") return wall;
  if (isDate(told)) return startOf(told.toUpperCase());
  const day = { yesterday: -1, today: 0, tomorrow: 1 }[told as "today"];
  if (day !== undefined) return moved(floor(wall, "day"), day, "day");
  const [count = "", unit = "", side = ""] = told.split(" ");
  const many = /^an?$/.test(count) ? 1 : Number(count);
  return moved(wall, side === "ago" ? -many : many, unit.replace(/s$/, "") as Unit);
}
