/**
 * A second, naive model of what a query means: group by over the source documents, one record at a
 * time, with arbitrary-precision sums. Imports nothing from lib/.
 */
import {
  following,
  isShown,
  isWithinHour,
  lastEnd,
  latestShown,
  moved,
  textOf,
  truncated,
  wallAt,
  weekdayOf,
} from "./clock.js";
import {
  conditionsOf,
  holds,
  holdsAll,
  holdsOfTime,
  type MemberFilter,
  type OracleFilter,
  type Value,
} from "../../oracle/filters.js";

export type { Value } from "../../oracle/filters.js";

export type Doc = Record<string, unknown>;
export type OracleRow = Record<string, Value>;

export interface OracleCube {
  name: string;
  timeField: string;
  dimensions: Record<string, { kind: "one" | "many" | "hour" | "weekday"; field: string }>;
  segments?: Record<string, OracleFilter>;
  measures: Record<
    string,
    {
      kind:
        | "count"
        | "sum"
        | "avg"
        | "min"
        | "max"
        | "distinct"
        | "level"
        | "variance"
        | "stddev"
        | "quantile"
        | "ratio";
      of: (doc: Doc) => Decimal | null;
      dimension?: string;
      /** Share of the values that a quantile does not exceed. */
      q?: number;
      /** How far the engine's value may be from this one, as a share of it; 0 by default. */
      within?: number;
      /** Numerator and denominator of a ratio. */
      parts?: [string, string];
      /** Records for which it is false do not count. `zone` is the tenant's. */
      if?: (doc: Doc, zone: string) => boolean;
      /** Lengths as "7 day" or "unbounded". */
      window?: { trailing?: string; leading?: string; offset?: "start" | "end" };
    }
  >;
}

/** units × 10^-scale. */
export interface Decimal {
  units: bigint;
  scale: number;
}

export interface OracleQuery {
  measures?: string[];
  dimensions?: string[];
  /** Of one dimension. The finest granularity comes first; where there are several, no measure looks around. */
  timeDimensions?: { dimension: string; granularity?: string; dateRange?: [string, string] }[];
  filters?: OracleFilter[];
  segments?: string[];
  order?: [string, "asc" | "desc"][];
  limit?: number;
  offset?: number;
  total?: boolean;
  others?: boolean;
  ungrouped?: boolean;
  timezone: string;
}

export const decimal = (value: unknown, scale: number): Decimal | null =>
  value == null ? null : { units: BigInt(Math.round(Number(value) * 10 ** scale)), scale };

/** Decimals that every double of a binary exponent of at least −60 has at most. */
const FLOAT_SCALE = 60;

/** A double as the decimal that it is. */
export const float = (value: unknown): Decimal | null => {
  if (value == null) return null;
  let [whole, halvings] = [value as number, 0];
  for (; !Number.isInteger(whole); halvings++) whole *= 2;
  const units = BigInt(whole) * 5n ** BigInt(halvings) * 10n ** BigInt(FLOAT_SCALE - halvings);
  return { units, scale: FLOAT_SCALE };
};

export const times = (a: Decimal | null, b: Decimal | null): Decimal | null =>
  a && b && { units: a.units * b.units, scale: a.scale + b.scale };

/** All rows of the answer, in order, before limit and offset are applied. */
export function evaluate(
  cube: OracleCube,
  query: OracleQuery,
  tenantZone: string,
  docs: Iterable<Doc>,
): OracleRow[] {
  const short = (member: string) => member.split(".")[1]!;
  const dimensions = query.dimensions ?? [];
  const isMeasure = ({ member }: MemberFilter) => short(member) in cube.measures;
  const [having, filters] = [true, false].map((ofRows) =>
    (query.filters ?? []).filter((one) => conditionsOf([one]).some(isMeasure) === ofRows),
  ) as [OracleFilter[], OracleFilter[]];
  const segments = (query.segments ?? []).map((name) => cube.segments![short(name)]!);
  const filteredBy = conditionsOf(having).map(({ member }) => member);
  const measures = [...new Set([...(query.measures ?? []), ...filteredBy])];
  const [time] = query.timeDimensions ?? [];
  const granularity = time?.granularity;
  const granularities = (query.timeDimensions ?? []).flatMap((one) => one.granularity ?? []);
  const [from, to] = time?.dateRange ?? [null, null];
  const kindOf = (member: string) => cube.measures[short(member)]!.kind;
  const isPlain = (member: string) =>
    kindOf(member) !== "level" && cube.measures[short(member)]!.window === undefined;
  const hasPlain = measures.length === 0 || measures.some(isPlain);
  const hasAround = !measures.every(isPlain);

  const valuesOf = (doc: Doc, member: string): Value[] => {
    const { kind, field } = cube.dimensions[short(member)]!;
    if (kind === "many") {
      const list = (doc[field] ?? []) as string[];
      return list.length === 0 ? [null] : [...new Set(list)];
    }
    if (kind === "one") return [(doc[field] ?? null) as Value];
    const wall = wallAt(query.timezone, doc[field] as number);
    return [kind === "hour" ? wall.hour : weekdayOf(wall)];
  };
  interface Entry {
    doc: Doc;
    t: number;
    pair: Value[];
    inRange: boolean;
    /** Name of the bucket. */
    bucket: string;
    /** The latest time that the clock has shown by then. */
    shown: string;
  }
  const entries: Entry[] = [];
  for (const doc of docs) {
    const t = doc[cube.timeField] as number;
    const wall = wallAt(query.timezone, t);
    const at = textOf(wall);
    const inRange = (from === null || at >= from) && (to === null || at <= to);
    if (!inRange && !hasAround) continue;
    const shown = latestShown(query.timezone, t);
    let pairs: Value[][] = [[]];
    for (const member of dimensions) {
      pairs = pairs.flatMap((pair) => valuesOf(doc, member).map((value) => [...pair, value]));
    }
    for (const pair of pairs) {
      const condition = ({ member, operator, values }: MemberFilter) => {
        if (short(member) === cube.timeField) return holdsOfTime(operator, at, values ?? []);
        const index = dimensions.indexOf(member);
        return holds(operator, index >= 0 ? [pair[index]!] : valuesOf(doc, member), values ?? []);
      };
      const passes = [...filters, ...segments].every((filter) => holdsAll(filter, condition));
      const bucket = granularities.map((one) => truncated(one, wall)).join(" ");
      if (passes) entries.push({ doc, t, pair, inRange, bucket, shown });
    }
  }

  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = query.ungrouped
      ? JSON.stringify([...entry.pair, groups.size])
      : JSON.stringify(entry.pair);
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  const isTotal = dimensions.length === 0 && granularity === undefined && !query.ungrouped;
  if (isTotal && groups.size === 0) {
    groups.set("[]", []);
  }

  const buckets: string[] = [];
  if (granularity !== undefined) {
    const used = entries.filter(({ inRange }) => inRange).map(({ bucket }) => bucket);
    if (!hasAround) buckets.push(...new Set(used));
    else {
      used.sort();
      const wallOf = (text: string) => wallAt("UTC", Date.parse(`${text}Z`));
      const first = from === null ? used[0] : truncated(granularity, wallOf(from));
      const last = to === null ? used.at(-1) : to;
      if (first !== undefined && last !== undefined) {
        for (let label = first; label <= last; label = following(granularity, label)) {
          const isOfClock = granularity === "hour" || isWithinHour(granularity);
          if (!isOfClock || isShown(query.timezone, label, granularity)) buckets.push(label);
        }
      }
    }
  }

  const rows: OracleRow[] = [];
  for (const [key, group] of groups) {
    const pair = JSON.parse(key) as Value[];
    for (const label of granularity === undefined ? [null] : buckets) {
      const inRange = group.filter((entry) => entry.inRange);
      const here = label === null ? inRange : inRange.filter(({ bucket }) => bucket === label);
      const start = latest(label, from) ?? "";
      const last = to === null ? null : moved(to, "1 millisecond", 1);
      const end = earliest(label && following(granularity!, label), last) ?? "~";
      const isBeforeEnd = ({ t, shown }: Entry) =>
        label !== null && isWithinHour(granularity!)
          ? t < lastEnd(query.timezone, label, granularity!) && (last === null || shown < last)
          : shown < end;
      const usedBy = (name: string): Entry[] => {
        const { kind, window } = cube.measures[name]!;
        if (kind === "level") return group.filter(isBeforeEnd);
        if (window === undefined) return here;
        const at = window.offset === "start" ? start : end;
        const [low, high] = [reach(at, window.trailing, -1), reach(at, window.leading, 1)];
        const isOpen = window.offset !== "start" && window.leading === undefined;
        return group.filter(
          (entry) => entry.shown >= low && (isOpen ? isBeforeEnd(entry) : entry.shown < high),
        );
      };
      const isUsed =
        (hasPlain && here.length > 0) ||
        measures.some((name) => !isPlain(name) && usedBy(short(name)).length > 0);
      if (!isUsed && !(dimensions.length === 0 && label === null)) continue;
      const row: OracleRow = {};
      dimensions.forEach((member, i) => (row[member] = pair[i]!));
      label?.split(" ").forEach((one, i) => {
        row[`${time!.dimension}.${granularities[i]}`] = one;
      });
      const valueOf = (name: string): number | null => {
        const measure = cube.measures[name]!;
        if (measure.kind === "ratio") {
          const [numerator, denominator] = measure.parts!.map(valueOf) as [number?, number?];
          return numerator != null && denominator ? numerator / denominator + 0 : null;
        }
        const used = usedBy(name).filter(({ doc }) => measure.if?.(doc, tenantZone) ?? true);
        return measureOf(measure, used, (entry) => {
          const index = dimensions.indexOf(`${cube.name}.${measure.dimension}`);
          return index >= 0
            ? [entry.pair[index]!]
            : valuesOf(entry.doc, `${cube.name}.${measure.dimension}`);
        });
      };
      for (const member of measures) row[member] = valueOf(short(member));
      rows.push(row);
    }
  }
  const kept = rows.filter((row) =>
    having.every((filter) =>
      holdsAll(filter, ({ member, operator, values }) =>
        holds(operator, [row[member]!], values ?? []),
      ),
    ),
  );
  const hidden = filteredBy.filter((name) => query.measures?.includes(name) !== true);
  for (const row of kept) for (const name of hidden) delete row[name];
  return sorted(kept, query);
}

/** The rows as they are cut by offset and limit, and with what the limit leaves out, where that is asked for. */
export function cutRows(
  cube: OracleCube,
  query: OracleQuery,
  tenantZone: string,
  docs: Iterable<Doc>,
  all: readonly OracleRow[],
): OracleRow[] {
  const { offset = 0, limit = 10_000, dimensions = [], others } = query;
  const rows = all.slice(offset, offset + limit);
  if (others !== true) return rows;
  const rest = all.slice(limit);
  const listed = rows.map((row) => ({ ...row, others: null }));
  if (rest.length === 0) return listed;
  const keyOf = (row: OracleRow) => JSON.stringify(dimensions.map((name) => row[name]));
  const left = new Set(rest.map(keyOf));
  const { timezone } = query;
  const plain = { ...query, limit: undefined, order: undefined, others: undefined };
  const remaining = [...docs].filter((doc) => {
    const [row] = evaluate(cube, { dimensions, timezone }, tenantZone, [doc]);
    return row !== undefined && left.has(keyOf(row));
  });
  const isOfRows = (filter: OracleFilter) =>
    conditionsOf([filter]).some(({ member }) => member.split(".")[1]! in cube.measures);
  const filters = query.filters?.filter((one) => !isOfRows(one)) ?? [];
  const [row] = evaluate(cube, { ...plain, dimensions: [], filters }, tenantZone, remaining);
  const nulls = Object.fromEntries(dimensions.map((name) => [name, null]));
  return [...listed, { ...nulls, ...row, others: rest.length }];
}

function reach(at: string, length: string | undefined, sign: 1 | -1): string {
  if (length === "unbounded") return sign < 0 ? "" : "~";
  return length === undefined || at === "" || at === "~" ? at : moved(at, length, sign);
}

function latest(a: string | null, b: string | null): string | null {
  return a === null || b === null ? (a ?? b) : a > b ? a : b;
}

function earliest(a: string | null, b: string | null): string | null {
  return a === null || b === null ? (a ?? b) : a < b ? a : b;
}

function measureOf<Entry extends { doc: Doc }>(
  { kind, of, q = 0 }: OracleCube["measures"][string],
  entries: Entry[],
  distinctOf: (entry: Entry) => Value[],
): number | null {
  if (kind === "count") return entries.length;
  if (kind === "distinct") {
    return new Set(entries.flatMap(distinctOf).filter((value) => value !== null)).size;
  }
  const values = entries.map(({ doc }) => of(doc)).filter((value) => value !== null);
  if (kind === "level" && entries.length > 0 && values.length === 0) return 0;
  if (values.length === 0) return null;
  const { scale } = values[0]!;
  const units = values.map((value) => value.units);
  const sum = units.reduce((a, b) => a + b, 0n);
  switch (kind) {
    case "sum":
    case "level":
      return quotient(sum, 10n ** BigInt(scale));
    case "avg":
      return quotient(sum, 10n ** BigInt(scale) * BigInt(units.length));
    case "variance":
    case "stddev": {
      // The mean square of the distances from the mean, all times n so that nothing is divided yet.
      const n = BigInt(units.length);
      const squares = units.map((one) => (n * one - sum) ** 2n).reduce((a, b) => a + b, 0n);
      const denominator = n ** 3n * 100n ** BigInt(scale);
      return kind === "variance" ? quotient(squares, denominator) : root(squares, denominator);
    }
    case "min":
      return quotient(
        units.reduce((a, b) => (a < b ? a : b)),
        10n ** BigInt(scale),
      );
    case "max":
      return quotient(
        units.reduce((a, b) => (a > b ? a : b)),
        10n ** BigInt(scale),
      );
    case "quantile": {
      const ascending = [...units].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      return quotient(ascending[Math.floor(q * (units.length - 1))]!, 10n ** BigInt(scale));
    }
    case "ratio":
      throw new Error("made of other measures");
    default:
      return kind satisfies never;
  }
}

/** Long division to 60 decimals; parsing a decimal text rounds correctly. */
function quotient(numerator: bigint, denominator: bigint): number {
  const sign = numerator < 0n ? "-" : "";
  const magnitude = numerator < 0n ? -numerator : numerator;
  const digits = ((magnitude * 10n ** 60n) / denominator).toString().padStart(61, "0");
  return Number(`${sign}${digits.slice(0, -60)}.${digits.slice(-60)}`) + 0;
}

/** Bisection to 60 decimals. */
function root(numerator: bigint, denominator: bigint): number {
  const square = (numerator * 10n ** 120n) / denominator;
  let [low, high] = [0n, square + 1n];
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (middle * middle <= square) low = middle;
    else high = middle;
  }
  return quotient(low, 10n ** 60n);
}

function sorted(rows: OracleRow[], query: OracleQuery): OracleRow[] {
  const dimensions = query.dimensions ?? [];
  const measures = query.measures ?? [];
  const labels = (query.timeDimensions ?? []).flatMap(({ dimension, granularity }) =>
    granularity === undefined ? [] : [`${dimension}.${granularity}`],
  );
  const [label = null] = labels;
  let order = query.order;
  if (order === undefined) {
    if (label !== null) order = [[label, "asc"]];
    else if (dimensions.length > 0 && measures.length > 0) order = [[measures[0]!, "desc"]];
    else order = dimensions.length > 0 ? [[dimensions[0]!, "asc"]] : [];
  }
  const all: [string, "asc" | "desc"][] = [
    ...order,
    ...labels.map((one) => [one, "asc"] as [string, "asc"]),
    ...[...dimensions, ...(query.ungrouped ? measures : [])].map(
      (member) => [member, "asc"] as [string, "asc"],
    ),
  ];
  return [...rows].sort((a, b) => {
    for (const [key, direction] of all) {
      const [x, y] = [a[key]!, b[key]!];
      if (x === y) continue;
      // Nulls come last in both directions.
      if (x === null) return 1;
      if (y === null) return -1;
      return x < y === (direction === "asc") ? -1 : 1;
    }
    return 0;
  });
}
