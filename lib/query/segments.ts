/** Segments: filters that a cube names, as filters of a query. */
import type { CubeDefinition, SegmentDefinition } from "../model/cube.js";
import { shortName, type QueryFilter } from "./normalizedQuery.js";

/** The filter of a segment of the cube; `name` is its full name. O(conditions). */
export function segmentFilter(cube: CubeDefinition, name: string): QueryFilter {
  const segment = cube.segments?.[shortName(name)];
  return segment === undefined ? { or: [] } : filterOf(cube.name, segment);
}

function filterOf(cube: string, segment: SegmentDefinition): QueryFilter {
  if ("and" in segment) return { and: segment.and.map((one) => filterOf(cube, one)) };
  if ("or" in segment) return { or: segment.or.map((one) => filterOf(cube, one)) };
  const { dimension, operator, values = [] } = segment;
  const texts = values.map((value) => (value === null ? null : String(value)));
  return { member: `${cube}.${dimension}`, operator, values: texts };
}
