/**
 * The oracle of the query language: the plainest evaluation over rows. Each record is put into its groups, each
 * bucket looks at what it is about, and each measure counts it by itself. Imports nothing of the product.
 */
import { conditionsOf, holds, holdsAll, type MemberFilter } from "../../oracle/filters.js";
import { Buckets, type Bucket } from "./buckets.js";
import { wallAt, weekdayOf, type Stretch } from "./clock.js";
import { measured } from "./measure.js";
import {
  shortName,
  type Answer,
  type Doc,
  type Measure,
  type OracleCube,
  type Question,
  type Row,
  type Value,
  type Window,
} from "./model.js";
import { ordered } from "./order.js";
import { passesTime, readingsOf, type Reading } from "./reading.js";

export interface Asked {
  /** The moment of the question, epoch ms. */
  now: number;
  tenantZone: string;
}

interface Entry {
  doc: Doc;
  t: number;
  isInRange: boolean;
  /** Of the dimensions that are grouped by. */
  values: readonly Value[];
}

interface Group {
  values: readonly Value[];
  entries: Entry[];
}

interface Draft {
  row: Row;
  /** Every measure, those included that only filters ask for. */
  values: Row;
  group: Group;
}

export function answer(
  cube: OracleCube,
  docs: readonly Doc[],
  question: Question,
  asked: Asked,
): Answer {
  const parts = readingsOf(cube, question, asked).map((reading) => {
    const { rows, total } = new Evaluation(cube, reading, asked.tenantZone).answer(docs);
    const { label } = reading;
    const told = label === null ? rows : rows.map((row) => ({ ...row, compareDateRange: label }));
    return { rows: told, total };
  });
  return {
    rows: parts.flatMap(({ rows }) => rows),
    total: question.total === true ? parts.reduce((sum, { total }) => sum + total, 0) : null,
  };
}

class Evaluation {
  private readonly dimensions: readonly string[];
  private readonly measures: readonly string[];
  private readonly buckets: Buckets;
  private readonly range: Stretch;
  /** Whether rows are made of what lies within buckets. */
  private readonly hasPlain: boolean;
  private readonly hasWindows: boolean;

  constructor(
    private readonly cube: OracleCube,
    private readonly reading: Reading,
    private readonly tenantZone: string,
  ) {
    const { question, having } = reading;
    const { dimensions = [], measures = [] } = question;
    this.dimensions = [...new Set(dimensions.filter((name) => name.split(".").length === 2))];
    const hidden = conditionsOf(having).map(({ member }) => member);
    this.measures = [...new Set([...measures, ...hidden])];
    this.buckets = new Buckets(reading);
    this.range = this.buckets.range;
    const windows = this.measures.map((name) => this.windowOf(name));
    this.hasWindows = windows.some((one) => one !== undefined);
    this.hasPlain = !this.hasWindows || windows.includes(undefined);
  }

  answer(docs: readonly Doc[]): { rows: Row[]; total: number } {
    const { question, having } = this.reading;
    const { limit = 10_000, offset = 0, others = false } = question;
    const drafts = this.drafts(docs).filter(({ values }) =>
      having.every((filter) =>
        holdsAll(filter, ({ member, operator, values: wanted = [] }) =>
          holds(operator, [values[member]!], wanted),
        ),
      ),
    );
    const all = ordered(this.reading, this.dimensions, drafts, ({ row }) => row);
    const rows = all.slice(offset, offset + limit).map(({ row }) => row);
    if (!others) return { rows, total: all.length };
    const told = rows.map((row): Row => ({ ...row, others: null }));
    const rest = all.slice(limit);
    if (rest.length > 0) told.push({ ...this.othersOf(rest), others: rest.length });
    return { rows: told, total: all.length };
  }

  /** What the groups of some rows measure together. */
  private othersOf(rest: readonly Draft[]): Row {
    const entries = rest.flatMap(({ group }) => group.entries);
    const values = this.dimensions.map(() => null);
    return this.draft({ values, entries }, this.buckets.whole()).row;
  }

  private drafts(docs: readonly Doc[]): Draft[] {
    const { granularities, question } = this.reading;
    const groups = this.groups(docs);
    const times = groups.flatMap(({ entries }) => entries.map(({ t }) => t));
    const buckets = this.hasWindows ? this.buckets.all(times) : this.buckets.of(times);
    const drafts = groups.flatMap((group) =>
      buckets.flatMap((bucket) => {
        const within = group.entries.filter((entry) => isWithin(entry, bucket));
        const isUsed =
          (this.hasPlain && within.length > 0) ||
          this.measures.some((name) => {
            const window = this.windowOf(name);
            return window !== undefined && this.seen(group, bucket, window).length > 0;
          });
        return isUsed ? [this.draft(group, bucket)] : [];
      }),
    );
    const isTotal = this.dimensions.length === 0 && granularities.length === 0;
    return isTotal && drafts.length === 0 && question.ungrouped !== true
      ? [this.draft({ values: [], entries: [] }, this.buckets.whole())]
      : drafts;
  }

  private groups(docs: readonly Doc[]): Group[] {
    const { question, filters } = this.reading;
    const segments = (question.segments ?? []).map((name) => this.cube.segments[shortName(name)]!);
    const groups = new Map<string, Group>();
    for (const doc of docs) {
      const t = doc[this.cube.dimensions[this.reading.time]!.field] as number;
      const isInRange = t >= this.range.from && t < this.range.to;
      if (!isInRange && !this.hasWindows) continue;
      let all: Value[][] = [[]];
      for (const name of this.dimensions) {
        const values = this.valuesOf(doc, name);
        all = all.flatMap((some) => values.map((value) => [...some, value]));
      }
      for (const values of all) {
        const passes = (filter: MemberFilter) => this.passes(filter, doc, t, values);
        if (![...filters, ...segments].every((filter) => holdsAll(filter, passes))) continue;
        const key = JSON.stringify(question.ungrouped === true ? groups.size : values);
        const group = groups.get(key) ?? { values, entries: [] };
        groups.set(key, group);
        group.entries.push({ doc, t, isInRange, values });
      }
    }
    return [...groups.values()];
  }

  /** Of a dimension that is grouped by each value passes by itself. */
  private passes(filter: MemberFilter, doc: Doc, t: number, values: readonly Value[]): boolean {
    const { member, operator, values: wanted = [] } = filter;
    if (this.cube.dimensions[shortName(member)]!.kind === "time") {
      return passesTime(filter, t, this.reading.now);
    }
    const at = this.dimensions.indexOf(member);
    return holds(operator, at >= 0 ? [values[at]!] : this.valuesOf(doc, member), wanted);
  }

  private valuesOf(doc: Doc, member: string): readonly Value[] {
    const { kind, field } = this.cube.dimensions[shortName(member)]!;
    const value = doc[field] ?? null;
    if (kind === "texts") {
      const texts = [...new Set(value as string[])];
      return texts.length === 0 ? [null] : texts;
    }
    if (typeof value === "boolean") return [String(value)];
    if (kind !== "hour" && kind !== "weekday") return [value as Value];
    const wall = wallAt(this.reading.zone, value as number);
    return [kind === "hour" ? Number(wall.slice(11, 13)) : weekdayOf(wall)];
  }

  private draft(group: Group, bucket: Bucket): Draft {
    const { question, timeColumns } = this.reading;
    const row: Row = {};
    this.dimensions.forEach((name, i) => (row[name] = group.values[i]!));
    timeColumns.forEach((column, i) => (row[column] = bucket.names[i]!));
    const values: Row = {};
    for (const name of this.measures) values[name] = this.valueOf(shortName(name), group, bucket);
    for (const name of question.measures ?? []) row[name] = values[name]!;
    return { row, values, group };
  }

  private valueOf(name: string, group: Group, bucket: Bucket): number | null {
    const measure = this.cube.measures[name]!;
    if (measure.kind === "ratio") {
      const [above, below] = measure.parts.map((part) => this.valueOf(part, group, bucket));
      if (above === null || below === null || below === 0) return null;
      return above! / below! + 0;
    }
    const { window } = measure;
    const seen =
      window === undefined
        ? group.entries.filter((entry) => isWithin(entry, bucket))
        : this.seen(group, bucket, window);
    const counted = seen.filter(({ doc }) => measure.if?.(doc, this.tenantZone) ?? true);
    return measured(measure, counted, ({ doc, values }, dimension) => {
      const at = this.dimensions.indexOf(`${this.cube.name}.${dimension}`);
      return at >= 0 ? [values[at]!] : this.valuesOf(doc, `${this.cube.name}.${dimension}`);
    });
  }

  private windowOf(member: string): Window | undefined {
    const measure: Measure = this.cube.measures[shortName(member)]!;
    return measure.kind === "ratio" ? undefined : measure.window;
  }

  /** The entries that a window looks at from a bucket. */
  private seen(group: Group, bucket: Bucket, window: Window): Entry[] {
    const { from, to } = this.buckets.seen(bucket, window);
    return group.entries.filter(({ t }) => t >= from && t < to);
  }
}

function isWithin({ t, isInRange }: Entry, { parts }: Bucket): boolean {
  return isInRange && parts.some(({ from, to }) => t >= from && t < to);
}
