/** Named filters of a cube, where it has any, as SQL: conditions on dimensions, joined by `and` and `or`. */
import type { CubeDefinition, MeasureFilter } from "../model/cube.js";
import { isParts } from "../resolve/parts.js";
import { isTemplated, readConditions, writeCondition } from "./condition.js";
import { named, type ModelSegment, type Notice } from "./model.js";

export type SegmentFilter =
  | { dimension: string; operator: string; values?: readonly (string | number | null)[] }
  | { and: readonly SegmentFilter[] }
  | { or: readonly SegmentFilter[] };

/** Of a cube whose version of the definition has segments. */
export function segmentsOf(cube: CubeDefinition): [string, SegmentFilter][] {
  const { segments } = cube as { segments?: { readonly [name: string]: SegmentFilter } };
  return Object.entries(segments ?? {});
}

export function exportSegments(cube: CubeDefinition, notice: Notice): ModelSegment[] {
  return segmentsOf(cube).flatMap(([name, filter]): ModelSegment[] => {
    const sql = write(filter, cube);
    if (sql === null) {
      notice(name, "is a segment that cannot be written for Cube. It is left out.");
      return [];
    }
    // What is not read back from SQL as it was.
    const isPlain = "dimension" in filter && readConditions(sql) !== null;
    return [{ ...named(name, {}, isPlain ? {} : { filter }), sql }];
  });
}

/** What an export said of a segment; whether it is valid is told by the cube's own check. */
export function segmentFilter(said: unknown): SegmentFilter | null {
  return isParts(said) ? (said as SegmentFilter) : null;
}

function write(filter: SegmentFilter, cube: CubeDefinition): string | null {
  if ("dimension" in filter) return writeLeaf(filter, cube);
  const isAll = "and" in filter;
  const parts = (isAll ? filter.and : filter.or).map((one) => write(one, cube));
  if (parts.length === 0 || parts.includes(null)) return null;
  return parts.length === 1 ? parts[0]! : `(${parts.join(isAll ? " AND " : " OR ")})`;
}

const orders: { readonly [operator: string]: string } = { gt: ">", gte: ">=", lt: "<", lte: "<=" };

/** Where a text may be, as a pattern of LIKE. */
const places: { readonly [operator: string]: (text: string) => string } = {
  contains: (text) => `%${text}%`,
  startswith: (text) => `${text}%`,
  endswith: (text) => `%${text}`,
};

type Leaf = Extract<SegmentFilter, { dimension: string }>;

function writeLeaf(filter: Leaf, cube: CubeDefinition): string | null {
  const { dimension, operator, values = [] } = filter;
  if (cube.dimensions[dimension]?.type === "strings") return null;
  const member = `{CUBE.${dimension}}`;
  const order = orders[operator];
  if (order !== undefined) {
    const [bound] = values;
    return Number.isFinite(Number(bound)) ? `${member} ${order} ${Number(bound)}` : null;
  }
  const isNegated = operator.startsWith("not");
  const place = places[operator.replace(/^not/, "").toLowerCase()];
  if (place === undefined) return writeCondition(filter as MeasureFilter);
  const texts = values.filter((value) => value !== null).map(String);
  if (texts.length === 0 || texts.some(isTemplated)) return null;
  const like = texts.map((text) => {
    const pattern = place(text.replace(/[!%_]/g, "!$&")).replaceAll("'", "''");
    return `${member} ${isNegated ? "NOT " : ""}ILIKE '${pattern}' ESCAPE '!'`;
  });
  const any = like.join(isNegated ? " AND " : " OR ");
  const takesNull = values.includes(null) !== isNegated;
  return takesNull ? `((${any}) OR ${member} IS NULL)` : `(${any})`;
}
