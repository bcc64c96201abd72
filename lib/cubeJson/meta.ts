/** What there is to ask for, in the shape of Cube's `/meta`. */
import type {
  Catalogue,
  CubeDefinition,
  DimensionDefinition,
  MeasureDefinition,
  SegmentDefinition,
} from "../model/cube.js";
import { granularityNames, granularityOf } from "../model/granularities.js";
import type { Lock } from "../query/question.js";
import { divides } from "../time/calendar.js";
import { isClockPart } from "../time/clock.js";
import type { Granularity } from "../time/granularity.js";
import {
  annotateDimension,
  annotateGranularity,
  annotateMeasure,
  annotateSegment,
  titleOfCube,
  type GranularityAnnotation,
  type MemberAnnotation,
  type SegmentAnnotation,
} from "./annotate.js";

interface Shown {
  isVisible: true;
  public: true;
}

export interface MetaMeasure extends MemberAnnotation, Shown {
  name: string;
  /** Cube's word for the kind of aggregation; "number" for those that it has no word for. */
  aggType: string;
  /** Adds up over time. */
  cumulative: boolean;
  cumulativeTotal: boolean;
}

export interface MetaDimension extends MemberAnnotation, Shown {
  name: string;
  suggestFilterValues: boolean;
  primaryKey: false;
  /** Of a time dimension: those that it can be grouped by. */
  granularities?: GranularityAnnotation[];
}

export interface MetaSegment extends SegmentAnnotation, Shown {
  name: string;
}

export interface MetaCube extends Shown {
  name: string;
  title: string;
  description?: string;
  type: "cube";
  /** Cubes that can be joined have the same number: none can. */
  connectedComponent: number;
  measures: MetaMeasure[];
  dimensions: MetaDimension[];
  segments: MetaSegment[];
}

const shown: Shown = { isVisible: true, public: true };

/**
 * Members by their full names, in the order in which the cubes declare them; of measures those that a lock lets be
 * asked. O(members).
 */
export function metaOf(catalogue: Catalogue, lock?: Lock): { cubes: MetaCube[] } {
  return {
    cubes: Object.values(catalogue).map((cube, i) => ({
      name: cube.name,
      title: titleOfCube(cube),
      ...(cube.description === undefined ? {} : { description: cube.description }),
      type: "cube",
      connectedComponent: i + 1,
      ...shown,
      measures: Object.entries(cube.measures).flatMap(([name, one]) =>
        isShown(`${cube.name}.${name}`, cube, lock) ? [measureOf(cube, name, one)] : [],
      ),
      dimensions: Object.entries(cube.dimensions).map(([name, one]) =>
        dimensionOf(cube, name, one),
      ),
      segments: Object.keys(cube.segments ?? {}).map((short) => {
        const name = `${cube.name}.${short}`;
        return { name, ...annotateSegment(cube, name), ...shown };
      }),
    })),
  };
}

/** Whether a lock lets a measure be asked. */
function isShown(measure: string, { name }: CubeDefinition, lock: Lock | undefined): boolean {
  return lock?.[name]?.measures?.includes(measure) ?? true;
}

/** Kinds of which Cube has the same under the same name. */
const aggTypes: ReadonlySet<string> = new Set([
  ...["count", "sum", "avg", "min", "max", "countDistinct", "countDistinctApprox"],
]);

function measureOf(cube: CubeDefinition, short: string, measure: MeasureDefinition): MetaMeasure {
  const name = `${cube.name}.${short}`;
  const { type } = measure;
  const cumulative =
    type === "level" || ("rollingWindow" in measure && measure.rollingWindow !== undefined);
  return {
    name,
    ...annotateMeasure(cube, name, measure),
    aggType: aggTypes.has(type) ? type : "number",
    cumulative,
    cumulativeTotal: cumulative,
    ...shown,
  };
}

function dimensionOf(
  cube: CubeDefinition,
  short: string,
  dimension: DimensionDefinition,
): MetaDimension {
  const name = `${cube.name}.${short}`;
  return {
    name,
    ...annotateDimension(cube, name, dimension),
    suggestFilterValues: dimension.type === "string" || dimension.type === "strings",
    primaryKey: false,
    ...(dimension.type === "time" && {
      granularities: granularityNames(dimension).map((granularity) =>
        annotateGranularity(dimension, granularity),
      ),
    }),
    ...shown,
  };
}

/** What a rollup or an order statistic keeps together, by full names: it is asked together without a look at records. */
export interface Kept {
  name: string;
  description?: string;
  measures: string[];
  dimensions: string[];
  segments: string[];
  /** Of the cube's time, in the tenant's zone; empty where it tells whole ranges alone. */
  granularities: string[];
}

/**
 * By cube, as the cubes declare them; of measures those that a lock lets be asked. A rollup may tell more: measures that
 * are made of what others store. O(members).
 */
export function keptOf(catalogue: Catalogue, lock?: Lock): Record<string, Kept[]> {
  return Object.fromEntries(
    Object.entries(catalogue).map(([name, cube]) => {
      const kept = [...rollupsOf(cube), ...ordersOf(cube)].map((one) => ({
        ...one,
        measures: one.measures.filter((measure) => isShown(measure, cube, lock)),
      }));
      return [name, kept.filter(({ measures }) => measures.length > 0)];
    }),
  );
}

function rollupsOf(cube: CubeDefinition): Kept[] {
  return Object.entries(cube.rollups).map(([name, { description, dimensions, measures, levels }]) =>
    // Quarters of an hour are kept for tenants of few zones.
    keptBy(cube, { name, description, dimensions, measures }, levelsOf(levels)),
  );
}

function ordersOf(cube: CubeDefinition): Kept[] {
  return Object.entries(cube.orderStatistics ?? {}).map(
    ([name, { description, field, by, granularity }]) => {
      const measures = Object.entries(cube.measures).flatMap(([measure, one]) =>
        one.type === "percentile" && one.field === field ? [measure] : [],
      );
      const levels = granularity === undefined ? [] : [granularity];
      return keptBy(cube, { name, description, dimensions: by, measures }, levels, false);
    },
  );
}

function levelsOf(levels: { readonly [G in Granularity]?: Granularity }): Granularity[] {
  return (Object.keys(levels) as Granularity[]).filter((level) => level !== "quarterHour");
}

function keptBy(
  cube: CubeDefinition,
  one: {
    name: string;
    description: string | undefined;
    dimensions: readonly string[];
    measures: readonly string[];
  },
  levels: readonly Granularity[],
  tellsClock = true,
): Kept {
  const full = (short: string) => `${cube.name}.${short}`;
  const time = cube.dimensions[cube.time];
  const dimensions = Object.entries(cube.dimensions).flatMap(([short, { type, field }]) => {
    const coarsest = type === "weekday" ? "day" : "hour";
    const isTold =
      tellsClock &&
      isClockPart(type) &&
      field === time?.field &&
      levels.some((level) => divides(level, coarsest));
    return one.dimensions.includes(short) || isTold ? [short] : [];
  });
  const granularities =
    time === undefined
      ? []
      : granularityNames(time).filter((name) => {
          const asked = granularityOf(time, name);
          return asked !== null && levels.some((level) => divides(level, asked));
        });
  const segments = Object.entries(cube.segments ?? {}).flatMap(([short, segment]) =>
    dimensionsOf(segment).every((dimension) => dimensions.includes(dimension)) ? [short] : [],
  );
  return {
    name: one.name,
    ...(one.description === undefined ? {} : { description: one.description }),
    measures: one.measures.map(full),
    dimensions: dimensions.map(full),
    segments: segments.map(full),
    granularities,
  };
}

function dimensionsOf(segment: SegmentDefinition): string[] {
  if ("and" in segment) return segment.and.flatMap(dimensionsOf);
  if ("or" in segment) return segment.or.flatMap(dimensionsOf);
  return [segment.dimension];
}
