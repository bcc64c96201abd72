/** Dimensions of Cube's model as those of a cube. */
import type { DimensionDefinition, GranularityDefinition } from "../model/cube.js";
import { isName } from "../model/memberNames.js";
import { intervalRefusal, parseInterval } from "../time/customGranularity.js";
import type { ImportedFields } from "./importFields.js";
import type { Notice } from "./model.js";
import { clipped, membersOf, metaOf, textOf, titlesOf, type Parts } from "./parts.js";
import { readExpression, type Expression } from "./sql.js";

export interface ImportedDimensions {
  dimensions: Record<string, DimensionDefinition>;
  /** What each is in SQL, those without counterpart included. */
  expressions: Map<string, Expression>;
  /** Columns that tell records apart. */
  keys: Set<string>;
}

const parts = new Set([
  ...["sql", "type", "title", "description", "meta", "granularities", "primaryKey", "public"],
  ...["shown", "suggestFilterValues", "enableSuggestions", "aliases"],
]);

export function importDimensions(
  section: unknown,
  fields: ImportedFields,
  notice: Notice,
): ImportedDimensions {
  const found: ImportedDimensions = { dimensions: {}, expressions: new Map(), keys: new Set() };
  for (const [name, dimension] of membersOf(section)) {
    const expression = readExpression(textOf(dimension.sql) ?? "");
    if (expression !== null) found.expressions.set(name, expression);
    if (dimension.primaryKey === true) {
      if (expression?.kind === "column") found.keys.add(expression.column);
      if (expression?.kind !== "column" || expression.column !== "_id")
        notice(name, "is a primary key; documents of Convex have _id. It is left out.");
      continue;
    }
    const definition = importDimension(name, dimension, expression, fields, notice);
    if (definition !== null) found.dimensions[name] = definition;
  }
  return found;
}

function importDimension(
  name: string,
  dimension: Parts,
  expression: Expression | null,
  fields: ImportedFields,
  notice: Notice,
): DimensionDefinition | null {
  const left = (why: string) => {
    notice(name, `${why} It is left out.`);
    return null;
  };
  if (!isName(name)) return left("has a name that a member cannot have.");
  const others = Object.keys(dimension).filter((key) => !parts.has(key));
  const meta = metaOf(dimension);
  const type = textOf(meta.type) ?? textOf(dimension.type);
  for (const key of ["subQuery", "case", "multiStage", "latitude"])
    if (dimension[key] !== undefined)
      return left(`has ${key}, for which cubes have no counterpart.`);
  if (others.length > 0)
    notice(name, `has ${others.join(", ")}, for which there is no counterpart.`);
  if (dimension.public === false || dimension.shown === false)
    notice(name, "is not public in Cube; here it is for all who may read the cube.");
  if (expression === null) return left(`is no column: ${clipped(dimension.sql)}.`);
  const common = {
    ...titlesOf(dimension),
    ...(typeof meta.cardinality === "number" && { cardinality: meta.cardinality }),
  };
  const simple = (use: "string" | "strings" | "number") => {
    const field = fields.use(expression, use);
    return field === null
      ? left(`is no field of a document: ${clipped(dimension.sql)}.`)
      : { ...common, type: use, field };
  };
  if (expression.kind === "hourOfDay" || expression.kind === "weekday") {
    const of = expression.of;
    const field = of.kind === "time" || of.kind === "column" ? fields.use(of, "time") : null;
    return field === null
      ? left(`is of no time of a document: ${clipped(dimension.sql)}.`)
      : { ...common, type: expression.kind, field };
  }
  switch (type) {
    case "string":
    case "boolean":
      return simple("string");
    case "strings":
      return simple("strings");
    case "number":
      return simple("number");
    case "time": {
      const field = fields.use(expression, "time");
      if (field === null) return left(`is no time of a document: ${clipped(dimension.sql)}.`);
      const granularities = importGranularities(name, dimension.granularities, notice);
      return { ...common, type, field, ...(granularities !== null && { granularities }) };
    }
    default:
      return left(`is of type ${type ?? "unknown"}, for which cubes have no counterpart.`);
  }
}

function importGranularities(
  dimension: string,
  section: unknown,
  notice: Notice,
): Record<string, GranularityDefinition> | null {
  const read = membersOf(section).flatMap(([name, parts]): [string, GranularityDefinition][] => {
    const [interval = "", origin, offset] = [parts.interval, parts.origin, parts.offset].map(
      textOf,
    );
    const parsed = parseInterval(interval);
    if (!isName(name) || parsed === null || intervalRefusal(parsed) !== null) {
      notice(
        `${dimension}.${name}`,
        `is no granularity here: ${interval || "by SQL"}. It is left out.`,
      );
      return [];
    }
    const from = origin !== undefined ? { origin } : offset !== undefined ? { offset } : {};
    return [[name, { ...titlesOf(parts), interval, ...from }]];
  });
  return read.length === 0 ? null : Object.fromEntries(read);
}
