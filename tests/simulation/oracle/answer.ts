/**
 * What the answer to a question has to be: group by, over all rows, one row at a time. Imports
 * nothing of the product.
 */
import type { Row } from "../source/rows.js";
import {
  bucketName,
  bucketsWithin,
  firstInstant,
  firstInstantAfter,
  isOfClock,
  lastEnd,
  nextBegin,
  followingName,
  movedWall,
} from "./clock.js";
import {
  oracleCubes,
  FLOAT_BITS,
  quotient,
  root,
  toNumber,
  type OracleCube,
  type OracleWindow,
  type Value,
} from "./cube.js";
import { holds, holdsAll } from "../../oracle/filters.js";
import { computedMeasures, type Question } from "./question.js";

export type AnswerRow = Record<string, Value>;

interface Entry {
  row: Row;
  pair: Value[];
  inRange: boolean;
}

/** One row's place in time: the bucket's name, and where the measures look. */
interface Frame {
  name: string | null;
  /** By the measure's name: instants [from, to), of measures that look around their bucket. */
  looks: Map<string, { from: number; to: number }>;
}

/** The rows in order, cut to limit and offset, and how many there were before. */
export function oracleAnswer(
  rows: readonly Row[],
  question: Question,
  tenantZone: string,
): { rows: AnswerRow[]; total: number } {
  if (question.compared === null) return answerOne(rows, question, tenantZone);
  const parts = rangesOf(question).map((one) => {
    const { rows: answered, total } = answerOne(rows, one, tenantZone);
    const label = `${one.time!.from} - ${one.time!.to}`;
    return { rows: answered.map((row) => ({ ...row, compareDateRange: label })), total };
  });
  return {
    rows: parts.flatMap((part) => part.rows),
    total: parts.reduce((sum, { total }) => sum + total, 0),
  };
}

/** The question about each of its ranges. */
export function rangesOf(question: Question): Question[] {
  const { compared, time } = question;
  if (compared === null) return [question];
  const granularity = time?.granularity ?? null;
  return compared.map(([from, to]) => ({
    ...question,
    compared: null,
    time: { granularity, from, to },
  }));
}

function answerOne(
  rows: readonly Row[],
  question: Question,
  tenantZone: string,
): { rows: AnswerRow[]; total: number } {
  const cube = oracleCubes[question.cube]!;
  const zone = question.timezone ?? tenantZone;
  const { from, to } = rangeOf(question, zone);
  const around = windowed(question);
  const computed = computedMeasures(question);
  const hasPlain = around.length < computed.length;
  const groups = new Map<string, Entry[]>();
  const entries: Entry[] = [];
  for (const row of rows) {
    const inRange = row.at >= from && row.at < to;
    if (!inRange && around.length === 0) continue;
    for (const pair of pairsOf(cube, row, question, zone)) {
      const key = JSON.stringify(pair);
      const entry = { row, pair, inRange };
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [entry]);
      else group.push(entry);
      entries.push(entry);
    }
  }
  const granularity = question.time?.granularity ?? null;
  if (groups.size === 0 && question.dimensions.length === 0 && granularity === null) {
    groups.set("[]", []);
  }
  const nameOf = ({ row }: Entry) => bucketName(granularity!, zone, row.at);
  const names =
    granularity === null
      ? [null]
      : around.length > 0
        ? allBuckets(granularity, zone, from, to, entries)
        : [...new Set(entries.map(nameOf))];
  const frames = names.map((name) => frameOf(question, zone, name, around));
  const answered: AnswerRow[] = [];
  for (const [key, group] of groups) {
    const within = group.filter(({ inRange }) => inRange);
    for (const { name, looks } of frames) {
      const here = name === null ? within : within.filter((entry) => nameOf(entry) === name);
      const seenBy = (measure: string): Entry[] => {
        const look = looks.get(measure);
        if (look === undefined) return here;
        return group.filter(({ row }) => row.at >= look.from && row.at < look.to);
      };
      const exists =
        (hasPlain && here.length > 0) || around.some((measure) => seenBy(measure).length > 0);
      if (!exists && !(question.dimensions.length === 0 && name === null)) continue;
      const row: AnswerRow = {};
      const pair = JSON.parse(key) as Value[];
      question.dimensions.forEach((name, i) => (row[`${cube.name}.${name}`] = pair[i]!));
      if (name !== null) row[`${cube.name}.at.${granularity}`] = name;
      for (const measure of computed) {
        row[`${cube.name}.${measure}`] = measured(
          cube,
          measure,
          seenBy(measure),
          question,
          tenantZone,
        );
      }
      answered.push(row);
    }
  }
  const column = (name: string) => `${cube.name}.${name}`;
  const kept = answered.filter((row) =>
    question.having.every((filter) =>
      holdsAll(filter, ({ member, operator, values = [] }) =>
        holds(operator, [row[column(member)]!], values),
      ),
    ),
  );
  const hidden = computed.slice(question.measures.length);
  for (const row of kept) for (const name of hidden) delete row[column(name)];
  inOrder(kept, question);
  const end = question.limit === null ? undefined : question.offset + question.limit;
  return { rows: kept.slice(question.offset, end), total: kept.length };
}

/** Those of the question's measures that look around their bucket. */
function windowed(question: Question): string[] {
  const { measures } = oracleCubes[question.cube]!;
  return computedMeasures(question).filter((name) => measures[name]!.window !== undefined);
}

/** Whether a measure looks around an end that the question does not have, so that it has to be refused. */
export function hangsInTheAir(question: Question): boolean {
  const { granularity = null, from = null, to = null } = question.time ?? {};
  if (granularity !== null || question.compared !== null) return false;
  return windowed(question).some((name) => {
    const { offset, trailing, leading } = oracleCubes[question.cube]!.measures[name]!.window!;
    return offset === "start"
      ? from === null && leading !== "unbounded"
      : to === null && trailing !== "unbounded";
  });
}

const looks = new Map<string, { from: number; to: number }>();

function frameOf(
  question: Question,
  zone: string,
  name: string | null,
  around: readonly string[],
): Frame {
  const { granularity = null, from = null, to = null } = question.time ?? {};
  const frame: Frame = { name, looks: new Map() };
  for (const measure of around) {
    const key = [question.cube, measure, zone, granularity, name, from, to].join();
    let look = looks.get(key);
    if (look === undefined) {
      const { window } = oracleCubes[question.cube]!.measures[measure]!;
      if (looks.size >= LOOKS_MAX) looks.clear();
      looks.set(key, (look = lookOf(window!, zone, granularity, name, from, to)));
    }
    frame.looks.set(measure, look);
  }
  return frame;
}

const LOOKS_MAX = 50_000;

/** What a window covers from a bucket, as far as that lies inside the range, or from the whole range. */
function lookOf(
  { trailing, leading, offset = "end" }: OracleWindow,
  zone: string,
  granularity: string | null,
  name: string | null,
  from: string | null,
  to: string | null,
): { from: number; to: number } {
  const at =
    offset === "start"
      ? beginOf(zone, granularity, name, from)
      : endOf(zone, granularity, name, to);
  const reach = (length: string | undefined, sign: 1 | -1): number => {
    if (length === "unbounded" || at === null) return sign * Infinity;
    return length === undefined ? at.t : firstInstant(zone, movedWall(at.wall, length, sign));
  };
  return { from: reach(trailing, -1), to: at === null ? Infinity : reach(leading, 1) };
}

/** What the clocks show there, and the instant. */
interface Anchor {
  wall: string;
  t: number;
}

/** Where a bucket begins in the range, the first time if the clocks repeat it; null: never. */
function beginOf(
  zone: string,
  granularity: string | null,
  name: string | null,
  from: string | null,
): Anchor | null {
  const low = from === null ? null : { wall: from, t: firstInstant(zone, from) };
  if (name === null) return low;
  if (low === null || low.wall <= name) return { wall: name, t: firstInstant(zone, name) };
  if (bucketName(granularity!, zone, low.t) === name) return low;
  // The clocks were past it when the range began, and ran back.
  return { wall: name, t: nextBegin(granularity!, zone, name, low.t) };
}

/** Where a bucket ends in the range, the last time if the clocks repeat it; null: never. */
function endOf(
  zone: string,
  granularity: string | null,
  name: string | null,
  to: string | null,
): Anchor | null {
  const high =
    to === null ? null : { wall: movedWall(to, "1 ms", 1), t: firstInstantAfter(zone, to) };
  if (name === null) return high;
  const wall = followingName(granularity!, name);
  if (high !== null && high.wall < wall) return high;
  const first = firstInstant(zone, wall);
  if (!isOfClock(granularity!)) return { wall, t: first };
  return { wall, t: lastEnd(granularity!, zone, name, first, high?.t ?? Infinity) };
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
    question.filters.every((filter) =>
      holdsAll(filter, ({ member, operator, values: wanted = [] }) => {
        const index = question.dimensions.indexOf(member);
        return holds(operator, index < 0 ? values(member) : [pair[index]!], wanted);
      }),
    ),
  );
}

/** The names of all buckets of the range; where it is open, from the first to the last record in it. */
function allBuckets(
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
  const { kind, of, q, where, parts } = cube.measures[name]!;
  if (kind === "ratio") {
    const [above, below] = parts!.map((part) => measured(cube, part, all, question, zone));
    return above == null || below == null || below === 0 ? null : above / below + 0;
  }
  const entries = where === undefined ? all : all.filter(({ row }) => where(row, zone));
  if (kind === "count") return entries.length;
  if (kind === "distinct" || kind === "approx") {
    const index = question.dimensions.indexOf(of!);
    const values = entries.flatMap(({ row, pair }) =>
      index < 0 ? cube.dimensions[of!]!(row, zone) : [pair[index]!],
    );
    return new Set(values.filter((value) => value !== null)).size;
  }
  const { of: amountOf, scale, isFloat } = cube.amounts[of!]!;
  const given = entries.map(({ row }) => amountOf(row)).filter((value) => value !== null);
  if (kind === "level" && entries.length > 0 && given.length === 0) return 0;
  if (given.length === 0) return null;
  const total = given.reduce((sum, value) => sum + value, 0n);
  if (isFloat) return measuredFloat(kind, given, total);
  switch (kind) {
    case "quantile": {
      const ascending = [...given].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      return toNumber(ascending[Math.floor(q! * (given.length - 1))]!, scale);
    }
    case "avg":
      return toNumber(total, scale, given.length);
    case "min":
      return toNumber(
        given.reduce((a, b) => (b < a ? b : a)),
        scale,
      );
    case "max":
      return toNumber(
        given.reduce((a, b) => (b > a ? b : a)),
        scale,
      );
    case "variance":
    case "stddev": {
      // The mean square of the distances from the mean, all times n, so that nothing is divided yet.
      const n = BigInt(given.length);
      const squares = given.reduce((sum, value) => sum + (n * value - total) ** 2n, 0n);
      return (kind === "variance" ? quotient : root)(squares, n ** 3n * 100n ** BigInt(scale));
    }
    default:
      return toNumber(total, scale);
  }
}

/** Of amounts in units of 2^-FLOAT_BITS; rounded once, to the nearest double. */
function measuredFloat(kind: string, given: readonly bigint[], total: bigint): number {
  const n = BigInt(given.length);
  const one = 1n << BigInt(FLOAT_BITS);
  switch (kind) {
    case "avg":
      return quotient(total, n * one, FLOAT_DECIMALS);
    case "min":
      return quotient(
        given.reduce((a, b) => (b < a ? b : a)),
        one,
        FLOAT_DECIMALS,
      );
    case "max":
      return quotient(
        given.reduce((a, b) => (b > a ? b : a)),
        one,
        FLOAT_DECIMALS,
      );
    case "variance": {
      const squares = given.reduce((sum, value) => sum + (n * value - total) ** 2n, 0n);
      return quotient(squares, n ** 3n * one ** 2n, 2 * FLOAT_DECIMALS);
    }
    default:
      return quotient(total, one, FLOAT_DECIMALS);
  }
}

const FLOAT_DECIMALS = 80;

/** As asked, or Cube's usual order; then by time and the dimensions. Nulls last in both directions. */
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
      if (x === null) return 1;
      if (y === null) return -1;
      return x < y ? -sign : sign;
    }
    return 0;
  });
}
