/** Dimensions of a cube in the form of Cube's model, and what its fields are in SQL. */
import type { CubeDefinition, DimensionDefinition, GranularityDefinition } from "../model/cube.js";
import { named, type ModelDimension, type ModelGranularity, type Notice } from "./model.js";
import { writeExpression, type Expression } from "./sql.js";

/** What a field is in SQL. A product is of the columns of both its factors. */
export function expressionOf(cube: CubeDefinition, field: string): Expression {
  const definition = cube.fields[field];
  if (definition?.type !== "product") return { kind: "column", column: definition?.from ?? field };
  const [a, b] = definition.of.map((factor) => columnOf(cube, factor));
  return { kind: "product", columns: [a!, b!] };
}

function columnOf(cube: CubeDefinition, field: string): string {
  const definition = cube.fields[field];
  return (definition?.type === "product" ? undefined : definition?.from) ?? field;
}

export function exportDimension(
  cube: CubeDefinition,
  name: string,
  dimension: DimensionDefinition,
  notice: Notice,
): ModelDimension {
  const { type, field, cardinality } = dimension;
  const meta = { ...(cardinality !== undefined && { cardinality }) };
  const time: Expression = { kind: "time", column: columnOf(cube, field) };
  switch (type) {
    case "time":
      return {
        ...named(name, dimension, meta),
        sql: writeExpression(time),
        type: "time",
        ...granularitiesOf(name, dimension.granularities, notice),
      };
    case "hourOfDay":
    case "weekday":
      notice(name, "is of UTC in Cube, and of the query's time zone here.");
      return {
        ...named(name, dimension, meta),
        sql: writeExpression({ kind: type, of: time }),
        type: "number",
      };
    case "strings":
      notice(name, "has several values per record; Cube groups by the list as a whole.");
      return {
        ...named(name, dimension, { ...meta, type }),
        sql: writeExpression(expressionOf(cube, field)),
        type: "string",
      };
    case "string":
    case "number":
      return {
        ...named(name, dimension, meta),
        sql: writeExpression(expressionOf(cube, field)),
        type,
      };
    default:
      return type satisfies never;
  }
}

function granularitiesOf(
  dimension: string,
  granularities: { readonly [name: string]: GranularityDefinition } = {},
  notice: Notice,
): { granularities?: ModelGranularity[] } {
  const listed = Object.entries(granularities).map(([name, definition]): ModelGranularity => {
    const { title, interval, origin, offset } = definition;
    const from = { interval, ...(title !== undefined && { title }) };
    if (origin !== undefined) return { name, ...from, origin };
    if (isWholePartOfYear(interval))
      return { name, ...from, ...(offset !== undefined && { offset }) };
    if (offset === undefined) return { name, ...from, origin: "2001-01-01" };
    notice(
      `${dimension}.${name}`,
      `counts ${interval} from ${offset} after 2001-01-01, for which Cube has no offset. It is left out.`,
    );
    return { name: "", interval };
  });
  const kept = listed.filter(({ name }) => name !== "");
  return kept.length === 0 ? {} : { granularities: kept };
}

/** Intervals of which every year has the same: only those may go without an origin in Cube. */
function isWholePartOfYear(interval: string): boolean {
  const [, count, unit] = /^(\d+) ([a-z]+?)s?$/.exec(interval) ?? [];
  const parts = { minute: 60, hour: 24, day: 1, week: 1, month: 12, quarter: 4, year: 1 }[
    unit ?? ""
  ];
  return parts !== undefined && parts % Number(count) === 0;
}
