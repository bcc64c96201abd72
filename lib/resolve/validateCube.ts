/**
 * What makes a cube definition valid. Definitions come from code, but the code may be JavaScript or
 * generated, so nothing about their shape is taken for granted; all issues are reported at once.
 */
import { divides, meanLengthMs } from "../time/calendar.js";
import { granularities, type Granularity } from "../time/granularity.js";
import { parseSpan } from "../time/span.js";
import { measurePlan } from "../measures/measures.js";
import type { CubeDefinition } from "../model/cube.js";
import type { Accumulator } from "../model/rollup.js";
import { sameJson } from "../hash/canonical.js";
import { isName } from "../model/memberNames.js";
import { expected, isParts, oneOf, own, unknown, type Parts, type Report } from "./parts.js";
import { ordersIssues } from "./validateOrders.js";
import { granularityIssues } from "./validateGranularities.js";
import { freshnessIssues } from "./validateFreshness.js";
import { filterIssues } from "./validateFilters.js";
import { retentionIssues } from "./validateRetention.js";
import { segmentsIssues } from "./validateSegments.js";
import { windowIssues } from "./validateWindow.js";

export interface Issue {
  /** Where, as `inventory.measures.value.field`. */
  path: string;
  message: string;
}

/** Most decimals of a field; the product of two such stays within 10^22, the last exact power of ten. */
export const SCALE_MAX = 10;

/** Most buckets per partition: 744 hours of a month and 366 days of a year fit. */
export const SLOTS_MAX = 800;

/** Most statistics per rollup; they are numbered by the bits of one 32-bit integer. */
export const ACCUMULATORS_MAX = 30;

const fieldTypes = ["time", "string", "strings", "integer", "decimal", "float", "product"] as const;
const measureTypes = [
  ...(["count", "sum", "avg", "min", "max"] as const),
  ...(["variance", "stddev", "countDistinct", "level", "ratio"] as const),
  ...(["countDistinctApprox", "quantile", "percentile"] as const),
];
const approximateTypes: readonly string[] = ["countDistinctApprox", "quantile"];
const filteredTypes: readonly string[] = [
  ...["count", "sum", "avg", "min", "max"],
  ...approximateTypes,
];
const rollingTypes: readonly string[] = [...filteredTypes, "variance", "stddev"];
const formats = ["number", "currency", "percent", "duration"] as const;

/** Which types of field a type of dimension reads. */
const dimensionFields: { readonly [type: string]: readonly string[] } = {
  string: ["string"],
  strings: ["strings"],
  number: ["integer", "decimal", "product"],
  time: ["time"],
  hourOfDay: ["time"],
  weekday: ["time"],
};

/** All issues of one cube; none means that the engine can rely on it. */
export function cubeIssues(value: unknown, path: string): Issue[] {
  const issues: Issue[] = [];
  const report = (at: string, message: string) => void issues.push({ path: at, message });
  if (!isParts(value)) return [{ path, message: "must be an object" }];
  const cube = value;
  if (typeof cube.name !== "string" || !isName(cube.name)) {
    report(`${path}.name`, "must be letters, digits and _, starting with a letter");
  }
  if (typeof cube.table !== "string" || cube.table === "") {
    report(`${path}.table`, "must name the source table");
  }
  const fields = section(cube, "fields", path, report);
  const dimensions = section(cube, "dimensions", path, report);
  const measures = section(cube, "measures", path, report);
  const rollups = section(cube, "rollups", path, report);
  for (const name of Object.keys(dimensions)) {
    if (Object.hasOwn(measures, name)) {
      report(`${path}.measures.${name}`, "has the name of a dimension");
    }
  }
  for (const [name, field] of Object.entries(fields)) {
    fieldIssues(field, fields, `${path}.fields.${name}`, report);
  }
  for (const [name, dimension] of Object.entries(dimensions)) {
    dimensionIssues(dimension, fields, `${path}.dimensions.${name}`, report);
  }
  if (
    cube.expire !== undefined &&
    (typeof cube.expire !== "string" || parseSpan(cube.expire) === null)
  ) {
    report(`${path}.expire`, 'must be a length such as "2 year"');
  }
  const time = typeof cube.time === "string" ? own(dimensions, cube.time) : undefined;
  if (time?.type !== "time") report(`${path}.time`, "must name a dimension of type time");
  for (const [name, measure] of Object.entries(measures)) {
    measureIssues(measure, fields, dimensions, measures, `${path}.measures.${name}`, report);
  }
  ordersIssues(cube, fields, dimensions, path, report);
  segmentsIssues(cube.segments, dimensions, measures, path, report);
  const sound = issues.length === 0;
  const columnsOf = sound
    ? columnsOfMeasures(cube, measures, path, report)
    : new Map<string, string[]>();
  for (const [name, rollup] of Object.entries(rollups)) {
    const at = `${path}.rollups.${name}`;
    rollupIssues(rollup, dimensions, measures, at, report);
    if (!sound || issues.length > 0) continue;
    const columns = new Set(
      (rollup.measures as string[]).flatMap((measure) => columnsOf.get(measure) ?? []),
    );
    if (columns.size > ACCUMULATORS_MAX) {
      report(`${at}.measures`, `need ${columns.size} statistics; at most ${ACCUMULATORS_MAX}`);
    }
  }
  return issues;
}

function fieldIssues(field: Parts, fields: Record<string, Parts>, path: string, report: Report) {
  const { type } = field;
  if (!oneOf(type, fieldTypes)) return report(`${path}.type`, expected(fieldTypes));
  if (type === "product") {
    const of = field.of;
    if (!Array.isArray(of) || of.length !== 2) {
      return report(`${path}.of`, "must name two fields");
    }
    of.forEach((factor: unknown, i) => {
      const source = typeof factor === "string" ? own(fields, factor) : undefined;
      if (source?.type !== "integer" && source?.type !== "decimal") {
        report(`${path}.of.${i}`, "must name an integer or decimal field");
      }
    });
    return;
  }
  if (field.from !== undefined && (typeof field.from !== "string" || field.from === "")) {
    report(`${path}.from`, "must name a field of the document");
  }
  const { scale } = field;
  if (type !== "decimal") return;
  if (typeof scale !== "number" || !Number.isInteger(scale) || scale < 0 || scale > SCALE_MAX) {
    report(`${path}.scale`, `must be a whole number from 0 to ${SCALE_MAX}`);
  }
}

function dimensionIssues(
  dimension: Parts,
  fields: Record<string, Parts>,
  path: string,
  report: Report,
) {
  const { type, cardinality } = dimension;
  if (dimension.granularities !== undefined) {
    if (type === "time") granularityIssues(dimension.granularities, path, report);
    else report(`${path}.granularities`, "apply to time dimensions only");
  }
  if (!oneOf(type, Object.keys(dimensionFields))) {
    return report(`${path}.type`, expected(Object.keys(dimensionFields)));
  }
  const allowed = dimensionFields[type] ?? [];
  fieldReference(dimension.field, fields, allowed, `${path}.field`, report);
  if (cardinality !== undefined && !(typeof cardinality === "number" && cardinality >= 1)) {
    report(`${path}.cardinality`, "must be a number of at least 1");
  }
}

function measureIssues(
  measure: Parts,
  fields: Record<string, Parts>,
  dimensions: Record<string, Parts>,
  measures: Record<string, Parts>,
  path: string,
  report: Report,
) {
  const { type, format } = measure;
  if (!oneOf(type, measureTypes)) return report(`${path}.type`, expected(measureTypes));
  if (format !== undefined && !oneOf(format, formats)) {
    report(`${path}.format`, expected(formats));
  }
  if (measure.drillMembers !== undefined) {
    names(measure.drillMembers, `${path}.drillMembers`, report).forEach((name, i) => {
      if (Object.hasOwn(dimensions, name) || Object.hasOwn(measures, name)) return;
      const members = { ...dimensions, ...measures };
      report(`${path}.drillMembers.${i}`, unknown("member", name, members));
    });
  }
  if (measure.filters !== undefined) {
    if (filteredTypes.includes(type)) filterIssues(measure.filters, dimensions, path, report);
    else report(`${path}.filters`, `apply to ${filteredTypes.join(", ")} only`);
  }
  if (measure.rollingWindow !== undefined) {
    if (rollingTypes.includes(type)) windowIssues(measure.rollingWindow, path, report);
    else report(`${path}.rollingWindow`, `applies to ${rollingTypes.join(", ")} only`);
  }
  if (type === "count") return;
  if (type === "ratio") {
    for (const key of ["numerator", "denominator"]) {
      const name = measure[key];
      const part = typeof name === "string" ? own(measures, name) : undefined;
      if (part === undefined) report(`${path}.${key}`, unknown("measure", name, measures));
      else if (part.type === "ratio" || part.type === "level") {
        report(`${path}.${key}`, `must not be a ${part.type}`);
      } else if (approximateTypes.includes(part.type as string)) {
        report(`${path}.${key}`, "must not be approximate: no bound is known of the quotient");
      } else if (part.type === "percentile") {
        report(`${path}.${key}`, "must not be a percentile");
      } else if (part.rollingWindow !== undefined) {
        report(`${path}.${key}`, "must not have a rollingWindow");
      }
    }
    return;
  }
  if (type === "countDistinct" || type === "countDistinctApprox") {
    const name = measure.dimension;
    const dimension = typeof name === "string" ? own(dimensions, name) : undefined;
    if (dimension === undefined) {
      return report(`${path}.dimension`, unknown("dimension", name, dimensions));
    }
    if (type === "countDistinctApprox") {
      if (dimension.type !== "string" && dimension.type !== "number") {
        report(`${path}.dimension`, "must be a dimension of type string or number");
      }
    } else if (dimension.type === "time") {
      report(`${path}.dimension`, "must not be a time dimension");
    }
    return;
  }
  const whole = ["integer", "decimal", "product"];
  if (type === "percentile") {
    percentileIssues(measure, path, report);
  }
  if (type !== "quantile") {
    return fieldReference(measure.field, fields, [...whole, "float"], `${path}.field`, report);
  }
  fieldReference(measure.field, fields, whole, `${path}.field`, report);
  const { q } = measure;
  if (!(typeof q === "number" && q >= 0 && q <= 1)) {
    report(`${path}.q`, "must be a number from 0 to 1");
  }
}

function percentileIssues({ p, exact }: Parts, path: string, report: Report): void {
  if (!(typeof p === "number" && p >= 0 && p <= 1)) {
    report(`${path}.p`, "must be a number from 0 to 1");
  }
  if (exact !== true) report(`${path}.exact`, "must be true; a quantile is approximate");
}

/** Measures name their columns, so two of them could mean different things by one name. */
function columnsOfMeasures(
  cube: Parts,
  measures: Record<string, Parts>,
  path: string,
  report: Report,
): Map<string, string[]> {
  const owners = new Map<string, { name: string; statistic: Accumulator }>();
  const columnsOf = new Map<string, string[]>();
  for (const [name, measure] of Object.entries(measures)) {
    const sound = cube as unknown as CubeDefinition;
    const plan = measurePlan(sound, name, measure as unknown as CubeDefinition["measures"][string]);
    columnsOf.set(
      name,
      plan.accumulators.map((statistic) => {
        const { column } = statistic;
        const owner = owners.get(column);
        if (owner === undefined) owners.set(column, { name, statistic });
        else if (!sameJson(owner.statistic, statistic)) {
          report(`${path}.measures.${name}`, `would share ${column} with ${owner.name}`);
        }
        return column;
      }),
    );
  }
  return columnsOf;
}

function rollupIssues(
  rollup: Parts,
  dimensions: Record<string, Parts>,
  measures: Record<string, Parts>,
  path: string,
  report: Report,
) {
  const listed = new Set<string>();
  names(rollup.dimensions, `${path}.dimensions`, report).forEach((name, i) => {
    const at = `${path}.dimensions.${i}`;
    if (listed.has(name)) report(at, `${name} is listed twice`);
    listed.add(name);
    const dimension = own(dimensions, name);
    if (dimension === undefined) report(at, unknown("dimension", name, dimensions));
    else if (dimension.type === "time") report(at, "must not be a time dimension");
  });
  const together = new Set<string>();
  names(rollup.together ?? [], `${path}.together`, report).forEach((name, i) => {
    together.add(name);
    if (!listed.has(name)) report(`${path}.together.${i}`, "must be a dimension of this rollup");
    else if (own(dimensions, name)?.type !== "strings") {
      report(`${path}.together.${i}`, "must be a dimension of type strings");
    }
  });
  names(rollup.measures, `${path}.measures`, report).forEach((name, i) => {
    const measure = own(measures, name);
    const at = `${path}.measures.${i}`;
    if (measure === undefined) return report(at, unknown("measure", name, measures));
    const parts = measure.type === "ratio" ? [measure.numerator, measure.denominator] : [name];
    if (measure.type === "percentile") report(at, "must not be a percentile: no rollup keeps it");
    for (const part of new Set(parts)) {
      const counted = typeof part === "string" ? own(measures, part) : undefined;
      if (counted?.type !== "countDistinct") continue;
      const needed = counted.dimension as string;
      if (!listed.has(needed)) report(at, `needs the dimension ${needed} in this rollup`);
      if (together.has(needed)) report(at, `needs the values of ${needed} one by one`);
    }
  });
  if (!isParts(rollup.levels)) return report(`${path}.levels`, "must be an object");
  const levels = Object.entries(rollup.levels);
  if (levels.length === 0) report(`${path}.levels`, "must keep at least one granularity");
  if (levels.length === 1 && levels[0]?.[0] === "quarterHour") {
    report(`${path}.levels`, "must keep more than quarterHour, which most tenants do without");
  }
  for (const [granularity, partition] of levels) {
    const at = `${path}.levels.${granularity}`;
    if (!isGranularity(granularity)) report(at, expected(granularities));
    else if (!isGranularity(partition)) report(at, expected(granularities));
    else if (!divides(granularity, partition)) {
      report(at, `a ${partition} is not made of whole ${granularity}s`);
    } else if (meanLengthMs[partition] / meanLengthMs[granularity] > SLOTS_MAX) {
      report(at, `a ${partition} has too many ${granularity}s; at most ${SLOTS_MAX}`);
    }
  }
  retentionIssues(rollup, path, report);
  freshnessIssues(rollup, path, report);
  if (rollup.archive !== undefined && typeof rollup.archive !== "boolean") {
    report(`${path}.archive`, "must be true or false");
  }
}

function fieldReference(
  name: unknown,
  fields: Record<string, Parts>,
  types: readonly string[],
  path: string,
  report: Report,
) {
  const field = typeof name === "string" ? own(fields, name) : undefined;
  if (field === undefined) return report(path, unknown("field", name, fields));
  if (!types.includes(field.type as string)) {
    report(path, `must be a field of type ${types.join(" or ")}`);
  }
}

/** A named section of the cube, reduced to the entries that are objects with usable names. */
function section(cube: Parts, key: string, path: string, report: Report): Record<string, Parts> {
  const entries = cube[key];
  if (!isParts(entries)) {
    report(`${path}.${key}`, "must be an object");
    return {};
  }
  const sound: Record<string, Parts> = {};
  for (const [name, entry] of Object.entries(entries)) {
    const at = `${path}.${key}.${name}`;
    if (!isName(name)) report(at, "must be letters, digits and _, starting with a letter");
    else if (!isParts(entry)) report(at, "must be an object");
    else sound[name] = entry;
  }
  return sound;
}

function names(value: unknown, path: string, report: Report): string[] {
  if (Array.isArray(value) && value.every((name) => typeof name === "string")) return value;
  report(path, "must be an array of names");
  return [];
}

function isGranularity(value: unknown): value is Granularity {
  return oneOf(value, granularities);
}
