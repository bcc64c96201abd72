/** What a question says about time, and which of its filters are of records and which of rows. */
import { conditionsOf, type MemberFilter } from "../../oracle/filters.js";
import { daysOfGranularity, firstInstant, moved, type Granularity, type Stretch } from "./clock.js";
import { shortName, type OracleCube, type OracleFilter, type Question } from "./model.js";
import { rangeOf, stretchOf, type Now, type Range } from "./words.js";

/** One range of a question; a comparison has several. Ends are walls, null where open. */
export interface Reading {
  zone: string;
  now: Now;
  question: Question;
  /** Short name of the time dimension. */
  time: string;
  /** The finest first. */
  granularities: readonly Granularity[];
  /** What rows call the time, by each of them, and what it is called by its own name. */
  timeColumns: readonly string[];
  timeMember: string;
  from: string | null;
  /** The first time after the range. */
  to: string | null;
  filters: readonly OracleFilter[];
  having: readonly OracleFilter[];
  /** Of a comparison: what its rows say. */
  label: string | null;
}

/** Trees of one branch are that branch, and what all must hold may as well be told apart. */
function flat(filters: readonly OracleFilter[]): OracleFilter[] {
  return filters.flatMap((filter) => {
    if ("and" in filter) return flat(filter.and);
    if ("or" in filter && filter.or.length === 1) return flat(filter.or);
    return [filter];
  });
}

export function readingsOf(
  cube: OracleCube,
  question: Question,
  { now, tenantZone }: { now: number; tenantZone: string },
): Reading[] {
  const zone = question.timezone ?? tenantZone;
  const clock: Now = { instant: now, zone };
  const isMeasure = ({ member }: MemberFilter) => shortName(member) in cube.measures;
  const isTime = (name: string) => cube.dimensions[name]?.kind === "time";
  const all = flat(question.filters ?? []);
  const having = all.filter((one) => conditionsOf([one]).some(isMeasure));
  const ofRecords = all.filter((one) => !having.includes(one));
  const parted = (question.dimensions ?? []).filter((name) => name.split(".").length === 3);
  const items = question.timeDimensions ?? [];
  const named = [
    ...parted.map((name) => name.split(".")[2]!),
    ...items.flatMap(({ granularity }) => granularity ?? []),
  ];
  const granularities = [...new Set(named)]
    .map((name) => cube.granularities.find((one) => one.name === name)!)
    .sort((a, b) => daysOfGranularity(a) - daysOfGranularity(b));
  const ofTime = conditionsOf(ofRecords).find(({ member }) => isTime(shortName(member)));
  const time = parted[0]?.split(".")[1] ?? shortName(items[0]?.dimension ?? ofTime?.member ?? "");
  const timeName = time === "" ? cube.time : time;
  const timeMember = `${cube.name}.${timeName}`;
  const timeColumns = granularities.map(({ name }) => `${timeMember}.${name}`);
  const bounds = items.flatMap(({ dateRange }) =>
    dateRange === undefined ? [] : [rangeOf(dateRange, clock)],
  );
  const narrowing: Bounds[] = [];
  const filters = ofRecords.filter((one) => {
    if (!("member" in one) || !isTime(shortName(one.member))) return true;
    const bounds = narrowed(one, clock);
    narrowing.push(...(bounds ?? []));
    return bounds === null;
  });
  const reading = (own: readonly Range[], label: string | null): Reading => {
    const open = [...own.map(([from, to]): Bounds => [from, after(to)]), ...narrowing];
    const starts = open.flatMap(([from]) => from ?? []).sort();
    const ends = open.flatMap(([, to]) => to ?? []).sort();
    const [from, to] = [starts.at(-1) ?? null, ends[0] ?? null];
    return {
      ...{ zone, now: clock, question, granularities, having, filters, label },
      ...{ time: timeName, timeMember, timeColumns },
      from,
      // A range that ends before it begins is empty.
      to: from !== null && to !== null && to < from ? from : to,
    };
  };
  const compared = items.flatMap(({ compareDateRange }) => compareDateRange ?? []);
  if (compared.length === 0) return [reading(bounds, null)];
  return compared.map((told) => {
    const range = rangeOf(told, clock);
    return reading([range], range.join(" - "));
  });
}

/** A start, and the first time after the end. */
type Bounds = readonly [from: string | null, to: string | null];

const after = (wall: string) => moved(wall, 1, "millisecond");

/** What a filter on the time makes of the question's range; null where it may leave a gap. */
function narrowed({ operator, values = [] }: MemberFilter, now: Now): Bounds[] | null {
  const texts = values.filter((one) => one !== null).map(String);
  if (operator === "set") return [];
  if (operator === "equals" || operator === "in") {
    const [only] = texts;
    if (only === undefined || texts.length > 1) return null;
    const [from] = rangeOf(only, now);
    return [[from, after(from)]];
  }
  if (!dated.includes(operator)) return null;
  const [from, to] = rangeOf(texts, now);
  if (operator === "beforeDate") return [[null, from]];
  if (operator === "beforeOrOnDate") return [[null, after(to)]];
  if (operator === "afterDate") return [[after(to), null]];
  return operator === "afterOrOnDate" ? [[from, null]] : [[from, after(to)]];
}

const dated = [
  ...["inDateRange", "onTheDate", "beforeDate", "beforeOrOnDate", "afterDate", "afterOrOnDate"],
];

/** Whether a record of that time passes a filter on the time. A date that is equalled is its first millisecond. */
export function passesTime({ operator, values = [] }: MemberFilter, t: number, now: Now): boolean {
  if (operator === "set" || operator === "notSet") return operator === "set";
  const texts = values.filter((one) => one !== null).map(String);
  const { zone } = now;
  const isIn = ({ from, to }: Stretch) => t >= from && t < to;
  if (
    operator === "equals" ||
    operator === "in" ||
    operator === "notEquals" ||
    operator === "notIn"
  ) {
    const isOne = texts.some((text) => {
      const [from] = rangeOf(text, now);
      return isIn(stretchOf(zone, [from, from]));
    });
    return isOne === !operator.startsWith("not");
  }
  const [from, to] = rangeOf(texts, now);
  const end = firstInstant(zone, after(to));
  switch (operator) {
    case "beforeDate":
      return t < firstInstant(zone, from);
    case "beforeOrOnDate":
      return t < end;
    case "afterDate":
      return t >= end;
    case "afterOrOnDate":
      return t >= firstInstant(zone, from);
    case "notInDateRange":
      return !isIn(stretchOf(zone, [from, to]));
    default:
      return isIn(stretchOf(zone, [from, to]));
  }
}
