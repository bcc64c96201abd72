/** What there is to ask for, in the shape of Cube's `/meta`. */
import type {
  Catalogue,
  CubeDefinition,
  DimensionDefinition,
  MeasureDefinition,
} from "../model/cube.js";
import { granularityNames } from "../model/granularities.js";
import type { Lock } from "../query/question.js";
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
  const isShown = (cube: string, measure: string): boolean =>
    lock?.[cube]?.measures?.includes(`${cube}.${measure}`) ?? true;
  return {
    cubes: Object.values(catalogue).map((cube, i) => ({
      name: cube.name,
      title: titleOfCube(cube),
      ...(cube.description === undefined ? {} : { description: cube.description }),
      type: "cube",
      connectedComponent: i + 1,
      ...shown,
      measures: Object.entries(cube.measures).flatMap(([name, one]) =>
        isShown(cube.name, name) ? [measureOf(cube, name, one)] : [],
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
