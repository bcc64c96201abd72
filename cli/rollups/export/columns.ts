/** Which columns an export has, and of which types. They follow from the query, so an empty answer has them, too. */
import type { Annotation } from "../../../lib/cubeJson/annotate.js";
import type { MetaCube } from "../../../lib/cubeJson/meta.js";
import type { Row } from "../../../lib/query/answer.js";
import { OTHERS_COLUMN } from "../../../lib/query/answer.js";
import { RANGE_COLUMN } from "../../../lib/query/question.js";
import { Failure } from "../../failure.js";

/**
 * "time": a wall clock in the query's zone, with milliseconds; "count": a whole number; "number": a double; "text". A value
 * of each may be null.
 */
export type ColumnType = "time" | "count" | "number" | "text";

export interface Column {
  name: string;
  type: ColumnType;
}

/** Kinds of measures whose values are whole. */
const counts: ReadonlySet<string> = new Set(["count", "countDistinct", "countDistinctApprox"]);

/** Times first, then dimensions, then measures, each in the order of the query. */
export function columnsOf(
  annotation: Annotation,
  query: Readonly<Record<string, unknown>>,
  cubes: readonly MetaCube[],
): Column[] {
  const kinds = new Map(
    cubes.flatMap(({ measures }) => measures.map(({ name, aggType }) => [name, aggType] as const)),
  );
  const times = query["timeDimensions"] as Record<string, unknown>[] | undefined;
  const isComparison = times?.[0]?.[RANGE_COLUMN] !== undefined;
  const dimensions = Object.entries(annotation.dimensions).map(([name, { type }]): Column => ({
    name,
    type: type === "string" ? "text" : type,
  }));
  return [
    ...(isComparison ? [{ name: RANGE_COLUMN, type: "text" } as const] : []),
    ...Object.entries(annotation.timeDimensions).flatMap(([name, { granularity }]): Column[] =>
      granularity === undefined ? [] : [{ name, type: "time" }],
    ),
    ...dimensions,
    ...Object.keys(annotation.measures).map((name): Column => ({
      name,
      type: counts.has(kinds.get(name) ?? "") ? "count" : "number",
    })),
    ...(query["others"] === true ? [{ name: OTHERS_COLUMN, type: "count" } as const] : []),
  ];
}

/** Throws `OtherColumns` where a row has what no column takes: nothing is left out in silence. */
export function mustFit(columns: readonly Column[], rows: readonly Row[]): void {
  const names = new Set(columns.map(({ name }) => name));
  for (const row of rows) {
    for (const name of Object.keys(row)) {
      if (names.has(name)) continue;
      throw new Failure(
        "OtherColumns",
        `The answer has a column "${name}" that its query does not tell.`,
      );
    }
  }
}
