/** What the columns of an answer are called and how they are to be shown, in Cube's annotation shape. */
import { approximationOf, type Approximation } from "../query/approximation.js";
import type { CubeDefinition, DimensionDefinition, MeasureDefinition } from "../model/cube.js";
import { customOf } from "../model/granularities.js";
import { granularityName } from "../time/customGranularity.js";
import { granularitiesOf, shortName, type NormalizedQuery } from "../query/normalizedQuery.js";

export interface MemberAnnotation {
  title: string;
  shortTitle: string;
  description?: string;
  type: "string" | "number" | "time";
  format?: string;
  /** Of a measure that is not exact. */
  approximate?: Approximation;
  drillMembers?: string[];
  drillMembersGrouped?: { measures: string[]; dimensions: string[] };
  granularity?: GranularityAnnotation;
}

export interface GranularityAnnotation {
  name: string;
  title: string;
  interval: string;
  /** As the cube defines them. */
  origin?: string;
  offset?: string;
}

export type SegmentAnnotation = Pick<MemberAnnotation, "title" | "shortTitle">;

export interface Annotation {
  measures: Record<string, MemberAnnotation>;
  dimensions: Record<string, MemberAnnotation>;
  segments: Record<string, SegmentAnnotation>;
  timeDimensions: Record<string, MemberAnnotation>;
}

/** Annotations of all members that the query's rows carry. Pure. */
export function annotate(cube: CubeDefinition, query: NormalizedQuery): Annotation {
  const annotation: Annotation = { measures: {}, dimensions: {}, segments: {}, timeDimensions: {} };
  for (const name of query.measures) {
    const measure = cube.measures[shortName(name)];
    if (measure !== undefined) annotation.measures[name] = annotateMeasure(cube, name, measure);
  }
  for (const name of query.dimensions) {
    const dimension = cube.dimensions[shortName(name)];
    if (dimension !== undefined) {
      annotation.dimensions[name] = annotateDimension(cube, name, dimension);
    }
  }
  for (const name of query.segments) annotation.segments[name] = annotateSegment(cube, name);
  const { time } = query;
  const dimension = time === null ? undefined : cube.dimensions[shortName(time.dimension)];
  if (time === null || time.granularity === null || dimension === undefined) return annotation;
  const plain = annotateDimension(cube, time.dimension, dimension);
  for (const name of granularitiesOf(query).map(granularityName)) {
    annotation.timeDimensions[`${time.dimension}.${name}`] = {
      ...plain,
      granularity: annotateGranularity(dimension, name),
    };
  }
  annotation.timeDimensions[time.dimension] = plain;
  return annotation;
}

/** Of one of the granularities of a time dimension. */
export function annotateGranularity(
  dimension: DimensionDefinition,
  name: string,
): GranularityAnnotation {
  const { title = titleOf(name), ...added } = customOf(dimension, name) ?? {
    interval: name === "quarterHour" ? "15 minutes" : name === "quarter" ? "3 months" : `1 ${name}`,
  };
  return { name, title, ...added };
}

/** Of one measure, named in full. */
export function annotateMeasure(
  cube: CubeDefinition,
  name: string,
  measure: MeasureDefinition,
): MemberAnnotation {
  const approximate = approximationOf(measure);
  return {
    ...common(cube, name, measure),
    type: "number",
    ...(measure.format === undefined ? {} : { format: measure.format }),
    ...(approximate === null ? {} : { approximate }),
    ...drillOf(cube, measure),
  };
}

function drillOf(
  cube: CubeDefinition,
  { drillMembers = [] }: MeasureDefinition,
): Pick<MemberAnnotation, "drillMembers" | "drillMembersGrouped"> {
  const full = (names: readonly string[]) => names.map((name) => `${cube.name}.${name}`);
  const isMeasure = (name: string) => Object.hasOwn(cube.measures, name);
  return {
    drillMembers: full(drillMembers),
    drillMembersGrouped: {
      measures: full(drillMembers.filter(isMeasure)),
      dimensions: full(drillMembers.filter((name) => !isMeasure(name))),
    },
  };
}

/** Of one dimension, named in full. */
export function annotateDimension(
  cube: CubeDefinition,
  name: string,
  dimension: DimensionDefinition,
): MemberAnnotation {
  const { type } = dimension;
  const shown =
    type === "time" ? "time" : type === "string" || type === "strings" ? "string" : "number";
  return { ...common(cube, name, dimension), type: shown };
}

/** Of one segment, named in full. */
export function annotateSegment(cube: CubeDefinition, name: string): SegmentAnnotation {
  return common(cube, name, {});
}

function common(
  cube: CubeDefinition,
  name: string,
  member: { title?: string; description?: string },
): Pick<MemberAnnotation, "title" | "shortTitle" | "description"> {
  const shortTitle = member.title ?? titleOf(shortName(name));
  return {
    title: `${titleOfCube(cube)} ${shortTitle}`,
    shortTitle,
    ...(member.description === undefined ? {} : { description: member.description }),
  };
}

/** The title of a cube, or what its name says. */
export function titleOfCube(cube: CubeDefinition): string {
  return cube.title ?? titleOf(cube.name);
}

/** `averageDuration` → `Average Duration`. */
function titleOf(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").split(/[_\s]+/);
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(" ");
}
