/**
 * What the answer to a question has to be: group by, over all rows, one row at a time. Imports
 * nothing of the product.
 */
import type { Row } from "../source/rows";
import { bucketName, bucketsWithin, firstInstant, firstInstantAfter } from "./clock";
import { oracleCubes, toNumber, type OracleCube, type Value } from "./cube";
import type { Question } from "./question";

export type AnswerRow = Record<string, Value>;

interface Entry {
  row: Row;
  pair: Value[];
  inRange: boolean;
}

/** The rows in order, cut to limit and offset, and how many there were before. */
export function oracleAnswer(
  rows: readonly Row[],
  question: Question,
  tenantZone: string,
): { rows: AnswerRow[]; total: number } {
  const cube = oracleCubes[question.cube]!;
  const zone = question.timezone ?? tenantZone;
  const { from, to } = rangeOf(question, zone);
  const hasLevel = question.measures.some((name) => cube.measures[name]!.kind === "level");
  const groups = new Map<string, Entry[]>();
  for (const row of rows) {
    if (row.at >= to || (row.at < from && !hasLevel)) continue;
    for (const pair of pairsOf(cube, row, question, tenantZone)) {
      const key = JSON.stringify(pair);
      const entry = { row, pair, inRange: row.at >= from };
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [entry]);
      else group.push(entry);
    }
  }
  const granularity = question.time?.granularity ?? null;
  if (groups.size === 0 && question.dimensions.length === 0 && granularity === null) {
    groups.set("[]", []);
  }
  const answered: AnswerRow[] = [];
  const nameOf = ({ row }: Entry) => bucketName(granularity!, zone, row.at);
  const names =
    granularity === null
      ? [null]
      : hasLevel
        ? levelBuckets(granularity, zone, from, to, [...groups.values()].flat())
        : [...new Set([...groups.values()].flat().map(nameOf))];
  for (const [key, group] of groups) {
    const within = group.filter(({ inRange }) => inRange);
    for (const name of names) {
      const here = name === null ? within : within.filter((entry) => nameOf(entry) === name);
      const upTo =
        name === null ? group : group.filter((entry) => !entry.inRange || nameOf(entry) <= name);
      const exists = hasLevel ? upTo.length > 0 : here.length > 0;
      if (!exists && !(question.dimensions.length === 0 && name === null)) continue;
      const row: AnswerRow = {};
      const pair = JSON.parse(key) as Value[];
      question.dimensions.forEach((name, i) => (row[`${cube.name}.${name}`] = pair[i]!));
      if (name !== null) row[`${cube.name}.at.${granularity}`] = name;
      for (const measure of question.measures) {
        const entries = cube.measures[measure]!.kind === "level" ? upTo : here;
        row[`${cube.name}.${measure}`] = measured(cube, measure, entries, question, tenantZone);
      }
      answered.push(row);
    }
  }
  inOrder(answered, question);
  const end = question.limit === null ? undefined : question.offset + question.limit;
  return { rows: answered.slice(question.offset, end), total: answered.length };
}

/** The instants of the question's range, half-open; infinite where it is open. */
export function rangeOf(question: Question, zone: string): { from: number; to: number } {
  const { from = null, to = null } = question.time ?? {};
  const low = from === null ? -Infinity : firstInstant(zone, from);
  const high = to === null ? Infinity : firstInstantAfter(zone, to);
  return { from: low, to: Math.max(low, high) };
}

/** Every combination of the row's values that the filters let pass. */
function pairsOf(cube: OracleCube, row: Row, question: Question, zone: string): Value[][] {
  const values = (member: string) => cube.dimensions[member]!(row, zone);
  let pairs: Value[][] = [[]];
  for (const member of question.dimensions) {
    pairs = pairs.flatMap((pair) => values(member).map((value) => [...pair, value]));
  }
  return pairs.filter((pair) =>
    question.filters.every(({ member, operator, values: wanted }) => {
      const index = question.dimensions.indexOf(member);
      return holds(index < 0 ? values(member) : [pair[index]!], operator, wanted);
    }),
  );
}

function holds(values: Value[], operator: string, wanted: (string | null)[]): boolean {
  const isIn = values.some((value) =>
    wanted.some((one) => (value === null || one === null ? value === one : same(value, one))),
  );
  switch (operator) {
    case "equals":
    case "in":
      return isIn;
    case "notEquals":
    case "notIn":
      return !isIn;
    case "set":
      return values.every((value) => value !== null);
    default:
      return values.some((value) => value === null);
  }
}

const same = (value: string | number, text: string) =>
  typeof value === "number" ? value === Number(text) : value === text;

/** The names of all buckets of the range; where it is open, from the first to the last record in it. */
function levelBuckets(
  granularity: string,
  zone: string,
  from: number,
  to: number,
  entries: readonly Entry[],
): string[] {
  const times = entries.filter(({ inRange }) => inRange).map(({ row }) => row.at);
  const first = from === -Infinity ? Math.min(...times) : from;
  const end = to === Infinity ? Math.max(...times) + 1 : to;
  if (!Number.isFinite(first) || !Number.isFinite(end)) return [];
  return bucketsWithin(granularity, zone, first, end, bucketName);
}

function measured(
  cube: OracleCube,
  name: string,
  all: readonly Entry[],
  question: Question,
  zone: string,
): number | null {
  const { kind, of, where } = cube.measures[name]!;
  const entries = where === undefined ? all : all.filter(({ row }) => where(row, zone));
  if (kind === "count") return entries.length;
  if (kind === "distinct") {
    const index = question.dimensions.indexOf(of!);
    const values = entries.flatMap(({ row, pair }) =>
      index < 0 ? cube.dimensions[of!]!(row, zone) : [pair[index]!],
    );
    return new Set(values.filter((value) => value !== null)).size;
  }
  const amount = cube.amounts[of!]!;
  const given = entries.map(({ row }) => amount.of(row)).filter((value) => value !== null);
  if (kind === "level" && entries.length > 0 && given.length === 0) return 0;
  if (given.length === 0) return null;
  const total = given.reduce((sum, value) => sum + value, 0n);
  switch (kind) {
    case "avg":
      return toNumber(total, amount.scale, given.length);
    case "min":
      return toNumber(
        given.reduce((a, b) => (b < a ? b : a)),
        amount.scale,
      );
    case "max":
      return toNumber(
        given.reduce((a, b) => (b > a ? b : a)),
        amount.scale,
      );
    default:
      return toNumber(total, amount.scale);
  }
}

/** As asked, or Cube's usual order; then by time and the dimensions. Nulls last, descending first. */
function inOrder(rows: AnswerRow[], question: Question): void {
  const { cube, dimensions, measures, time } = question;
  const timeColumn = time?.granularity == null ? null : `${cube}.at.${time.granularity}`;
  const column = (member: string) =>
    member === "at" && timeColumn !== null ? timeColumn : `${cube}.${member}`;
  const usual = (): Question["order"] => {
    if (timeColumn !== null) return [["at", "asc"]];
    if (dimensions.length === 0) return [];
    return measures.length > 0 ? [[measures[0]!, "desc"]] : [[dimensions[0]!, "asc"]];
  };
  const keys = (question.order ?? usual()!).map(
    ([member, direction]) => [column(member), direction === "desc" ? -1 : 1] as const,
  );
  if (timeColumn !== null) keys.push([timeColumn, 1]);
  for (const member of dimensions) keys.push([column(member), 1]);
  rows.sort((a, b) => {
    for (const [key, sign] of keys) {
      const [x, y] = [a[key]!, b[key]!];
      if (x === y) continue;
      if (x === null) return sign;
      if (y === null) return -sign;
      return x < y ? -sign : sign;
    }
    return 0;
  });
}
