/**
 * The oracle: what the answer to a question has to be, computed the plainest way there is. Every row
 * is looked at, put into its groups, and each group is counted by itself. Imports nothing of the
 * product, so that the two can only agree by both being right.
 */
import { bucketOf, bucketsBetween, dateOf, wallClock, type Bucket } from "./calendar.js";
import type { OracleCube, OracleMeasure, Value } from "./cubes.js";
import { toAverage, toNumber, total } from "./decimal.js";

/** The part of Cube's query JSON that the oracle understands. */
export interface Question {
  measures: readonly string[];
  dimensions?: readonly string[];
  /** At most one. `dateRange` holds two dates, or times with milliseconds; both are inclusive. */
  timeDimensions?: readonly {
    dimension: string;
    granularity?: string;
    dateRange?: readonly string[];
  }[];
  /** Without null among the values. */
  filters?: readonly {
    member: string;
    operator: "equals" | "notEquals";
    values: readonly string[];
  }[];
  order?: Readonly<Record<string, "asc" | "desc">>;
  limit?: number;
}

export type Row = Record<string, Value>;

interface Group<R> {
  columns: Row;
  rows: R[];
}

/** The rows of the answer, in the question's order or else in Cube's; ties by the group columns. */
export function answer<R>(
  cube: OracleCube<R>,
  rows: readonly R[],
  question: Question,
  zone = "UTC",
): Row[] {
  const hasLevel = levelNames(cube, question).length > 0;
  const answered = (hasLevel ? levels : plain)(cube, rows, question, zone);
  if (answered.length === 0 && groupColumns(question).length === 0)
    answered.push(measured(cube, question.measures, []));
  return inOrder(answered, question).slice(0, question.limit ?? answered.length);
}

function plain<R>(
  cube: OracleCube<R>,
  rows: readonly R[],
  question: Question,
  zone: string,
): Row[] {
  const inRange = rows.filter((row) => isInRange(cube, row, question, zone));
  return groupBy(cube, inRange, question, zone, true).map((group) => ({
    ...group.columns,
    ...measured(cube, question.measures, group.rows),
  }));
}

/**
 * Stock on hand: for each group and each bucket of the range, everything up to the bucket's end. A
 * group has a row in every bucket from its first record on.
 */
function levels<R>(
  cube: OracleCube<R>,
  rows: readonly R[],
  question: Question,
  zone: string,
): Row[] {
  const { time, granularity, from, to } = timeOf(question);
  const past = rows.filter((row) => to === null || wallClock(zone, cube.time(row)) <= to);
  const levelMeasures = levelNames(cube, question);
  const others = question.measures.filter((name) => !levelMeasures.includes(name));
  const dates = past.map((row) => dateOf(zone, cube.time(row))).sort();
  const [first, last] = [from ?? dates[0] ?? "", to ?? dates.at(-1) ?? ""];
  const answered: Row[] = [];
  for (const group of groupBy(cube, past, question, zone, false)) {
    if (granularity === null) {
      const within = group.rows.filter((row) => isInRange(cube, row, question, zone));
      answered.push({
        ...group.columns,
        ...measured(cube, levelMeasures, group.rows),
        ...measured(cube, others, within),
      });
      continue;
    }
    if (granularity === "hour" || granularity === "quarterHour") {
      throw new Error("The oracle has no levels by the hour.");
    }
    const placed = group.rows.map((row) => ({
      row,
      bucket: bucketOf(granularity, zone, cube.time(row)),
      isInRange: isInRange(cube, row, question, zone),
    }));
    for (const name of bucketsBetween(granularity, first.slice(0, 10), last.slice(0, 10))) {
      const upToEnd = placed.filter(({ bucket }) => bucket <= name);
      if (upToEnd.length === 0) continue;
      const within = upToEnd.filter(({ bucket, isInRange }) => bucket === name && isInRange);
      const rowsOf = (some: typeof placed) => some.map(({ row }) => row);
      answered.push({
        ...group.columns,
        [`${time}.${granularity}`]: name,
        ...measured(cube, levelMeasures, rowsOf(upToEnd)),
        ...measured(cube, others, rowsOf(within)),
      });
    }
  }
  return answered;
}

/** One group per combination of values; a row with several values is in several groups. */
function groupBy<R>(
  cube: OracleCube<R>,
  rows: readonly R[],
  question: Question,
  zone: string,
  byTime: boolean,
): Group<R>[] {
  const { time, granularity } = timeOf(question);
  const members = question.dimensions ?? [];
  const names = byTime && granularity !== null ? [...members, `${time}.${granularity}`] : members;
  const groups = new Map<string, Group<R>>();
  for (const row of rows) {
    if (!passesRecordFilters(cube, row, question, zone)) continue;
    let combinations: Value[][] = [[]];
    for (const member of members) {
      const values = valuesOf(cube, member, row, zone).filter((value) =>
        passesValueFilters(member, value, question),
      );
      combinations = combinations.flatMap((chosen) => values.map((value) => [...chosen, value]));
    }
    for (const values of combinations) {
      if (byTime && granularity !== null) values.push(bucketOf(granularity, zone, cube.time(row)));
      const key = JSON.stringify(values);
      const group = groups.get(key);
      if (group !== undefined) group.rows.push(row);
      else {
        const columns = Object.fromEntries(names.map((name, i) => [name, values[i] ?? null]));
        groups.set(key, { columns, rows: [row] });
      }
    }
  }
  return [...groups.values()];
}

function measured<R>(cube: OracleCube<R>, names: readonly string[], rows: readonly R[]): Row {
  const columns: Row = {};
  for (const name of names) columns[name] = measure(measureOf(cube, name), rows);
  return columns;
}

/** Counts of nothing are 0; everything else of nothing is null. */
function measure<R>(measure: OracleMeasure<R>, rows: readonly R[]): number | null {
  if (measure.kind === "count") return rows.length;
  if (measure.kind === "distinct") return new Set(rows.map((row) => measure.of(row))).size;
  if (rows.length === 0) return null;
  const { places } = measure;
  const values = rows.map((row) => measure.of(row));
  switch (measure.kind) {
    case "quantile": {
      const ascending = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      return toNumber(ascending[Math.floor(measure.q * (values.length - 1))]!, places);
    }
    case "sum":
    case "level":
      return toNumber(total(values), places);
    case "average":
      return toAverage(total(values), rows.length, places);
    case "least":
      return toNumber(
        values.reduce((least, value) => (value < least ? value : least)),
        places,
      );
    case "most":
      return toNumber(
        values.reduce((most, value) => (value > most ? value : most)),
        places,
      );
  }
}

/** A filter on a member that is not grouped by asks whether the record has any such value. */
function passesRecordFilters<R>(
  cube: OracleCube<R>,
  row: R,
  { filters = [], dimensions = [] }: Question,
  zone: string,
): boolean {
  return filters.every(({ member, operator, values }) => {
    if (dimensions.includes(member)) return true;
    const hasAny = valuesOf(cube, member, row, zone).some((value) =>
      values.includes(String(value)),
    );
    return hasAny === (operator === "equals");
  });
}

/** A filter on a member that is grouped by chooses among its values. */
function passesValueFilters(member: string, value: Value, { filters = [] }: Question): boolean {
  return filters
    .filter((filter) => filter.member === member)
    .every(({ operator, values }) => values.includes(String(value)) === (operator === "equals"));
}

function isInRange<R>(cube: OracleCube<R>, row: R, question: Question, zone: string): boolean {
  const { from, to } = timeOf(question);
  if (from === null || to === null) return true;
  const wall = wallClock(zone, cube.time(row));
  return wall >= from && wall <= to;
}

/** The one time dimension; its range as wall clock with milliseconds. */
function timeOf({ timeDimensions = [] }: Question): {
  time: string;
  granularity: Bucket | null;
  from: string | null;
  to: string | null;
} {
  const [first] = timeDimensions;
  const [from, to] = first?.dateRange ?? [];
  const isDate = (text: string) => text.length === 10;
  return {
    time: first?.dimension ?? "",
    granularity: (first?.granularity as Bucket | undefined) ?? null,
    from: from === undefined ? null : isDate(from) ? `${from}T00:00:00.000` : from,
    to: to === undefined ? null : isDate(to) ? `${to}T23:59:59.999` : to,
  };
}

function groupColumns(question: Question): string[] {
  const { time, granularity } = timeOf(question);
  const columns = granularity === null ? [] : [`${time}.${granularity}`];
  return [...columns, ...(question.dimensions ?? [])];
}

/** As asked; then by every group column, time first. Nulls come last in both directions. */
function inOrder(rows: readonly Row[], question: Question): Row[] {
  const asked = Object.entries(question.order ?? usualOrder(question));
  const rest = groupColumns(question).map((column): [string, "asc"] => [column, "asc"]);
  return [...rows].sort((a, b) => {
    for (const [column, direction] of [...asked, ...rest]) {
      const [x, y] = [a[column] ?? null, b[column] ?? null];
      if (x === y) continue;
      if (x === null || y === null) return x === null ? 1 : -1;
      return x < y === (direction === "asc") ? -1 : 1;
    }
    return 0;
  });
}

/** Cube's: by time, else the first measure down. */
function usualOrder(question: Question): NonNullable<Question["order"]> {
  const { time, granularity } = timeOf(question);
  if (granularity !== null) return { [`${time}.${granularity}`]: "asc" };
  return { [question.measures[0]!]: "desc" };
}

function levelNames<R>(cube: OracleCube<R>, { measures }: Question): string[] {
  return measures.filter((name) => measureOf(cube, name).kind === "level");
}

function measureOf<R>(cube: OracleCube<R>, name: string): OracleMeasure<R> {
  const found = cube.measures[name];
  if (found === undefined) throw new Error(`The oracle has no measure ${name}.`);
  return found;
}

function valuesOf<R>(cube: OracleCube<R>, member: string, row: R, zone: string): readonly Value[] {
  const values = cube.dimensions[member];
  if (values === undefined) throw new Error(`The oracle has no dimension ${member}.`);
  return values(row, zone);
}
