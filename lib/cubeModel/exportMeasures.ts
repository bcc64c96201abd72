/** Measures of a cube in the form of Cube's model. */
import type { CubeDefinition, MeasureDefinition, MeasureFilter } from "../model/cube.js";
import { writeCondition } from "./condition.js";
import { expressionOf } from "./exportDimensions.js";
import { named, withMeta, type ModelMeasure, type Notice } from "./model.js";
import { writeExpression, type Expression } from "./sql.js";

/** Names of the two measures that Cube keeps for an average, since averages do not add up. No member has them. */
export function partsOfAverage(cube: CubeDefinition, name: string): { sum: string; count: string } {
  const free = (part: string): string =>
    Object.hasOwn(cube.measures, part) || Object.hasOwn(cube.dimensions, part)
      ? free(`${part}_part`)
      : part;
  return { sum: free(`${name}_sum`), count: free(`${name}_count`) };
}

/** Ratios of measures that are left out are left out, too. */
export function withoutLooseRatios(
  cube: CubeDefinition,
  measures: readonly ModelMeasure[],
  notice: Notice,
): ModelMeasure[] {
  const kept = new Set(measures.map(({ name }) => name));
  return measures.filter(({ name }) => {
    const measure = cube.measures[name];
    if (measure?.type !== "ratio") return true;
    const isWhole = kept.has(measure.numerator) && kept.has(measure.denominator);
    if (!isWhole) notice(name, "is a ratio of a measure that is left out. It is left out.");
    return isWhole;
  });
}

/** The measure, behind those that it is made of. Empty where Cube has nothing like it. */
export function exportMeasure(
  cube: CubeDefinition,
  name: string,
  measure: MeasureDefinition,
  notice: Notice,
): ModelMeasure[] {
  const common = named(name, measure, measure.format === "duration" ? { format: "duration" } : {});
  const format =
    measure.format === undefined || measure.format === "duration" ? {} : { format: measure.format };
  const filters = "filters" in measure ? filtersOf(name, measure.filters, cube, notice) : {};
  if (filters === null) return [];
  const rolling = rollingOf(measure);
  const sqlOf = (field: string) => writeExpression(expressionOf(cube, field));
  const aggregate = (expression: Expression): ModelMeasure[] => {
    if ("rolling_window" in rolling) {
      notice(
        name,
        `is a ${measure.type} over a rolling window, for which Cube has no type. It is left out.`,
      );
      return [];
    }
    notice(
      name,
      `is a ${measure.type}, which does not add up: in Cube a pre-aggregation serves it at its own grain only.`,
    );
    return [{ ...common, ...format, type: "number", sql: writeExpression(expression) }];
  };
  switch (measure.type) {
    case "count":
      return [{ ...common, ...format, type: "count", ...filters, ...rolling }];
    case "sum":
    case "min":
    case "max":
      return [
        {
          ...common,
          ...format,
          type: measure.type,
          sql: sqlOf(measure.field),
          ...filters,
          ...rolling,
        },
      ];
    case "avg": {
      const { sum, count } = partsOfAverage(cube, name);
      const sql = sqlOf(measure.field);
      const part = {
        sql,
        public: false,
        meta: { rollups: { partOf: name } },
        ...filters,
        ...rolling,
      } as const;
      const ratio = { kind: "ratio", numerator: sum, denominator: count } as const;
      return [
        { name: sum, type: "sum", ...part },
        { name: count, type: "count", ...part },
        {
          ...withMeta(common, { type: "avg" }),
          ...format,
          type: "number",
          sql: writeExpression(ratio),
        },
      ];
    }
    case "ratio":
      return [
        {
          ...common,
          ...format,
          type: "number",
          sql: writeExpression({ ...measure, kind: "ratio" }),
        },
      ];
    case "level":
      return [
        {
          ...withMeta(common, { type: "level" }),
          ...format,
          type: "sum",
          sql: sqlOf(measure.field),
          rolling_window: { trailing: "unbounded" },
        },
      ];
    case "countDistinct":
      notice(
        name,
        "counts distinct values, which do not add up: in Cube a pre-aggregation serves it at its own grain only.",
      );
      return [{ ...common, ...format, type: "count_distinct", sql: `{CUBE.${measure.dimension}}` }];
    case "countDistinctApprox":
      return [
        {
          ...common,
          ...format,
          type: "count_distinct_approx",
          sql: `{CUBE.${measure.dimension}}`,
          ...filters,
          ...rolling,
        },
      ];
    case "variance":
    case "stddev":
      return aggregate({ kind: measure.type, of: expressionOf(cube, measure.field) });
    case "quantile": {
      const filter = filters.filters?.map(({ sql }) => sql).join(" AND ") ?? null;
      return aggregate({
        kind: "quantile",
        q: measure.q,
        of: expressionOf(cube, measure.field),
        filter,
      });
    }
    case "percentile":
      return aggregate({
        ...{ kind: "quantile", q: measure.p, filter: null },
        of: expressionOf(cube, measure.field),
      });
    default:
      return measure satisfies never;
  }
}

function rollingOf(measure: MeasureDefinition): { rolling_window?: { trailing?: string } } {
  return "rollingWindow" in measure && measure.rollingWindow !== undefined
    ? { rolling_window: { ...measure.rollingWindow } }
    : {};
}

/** Null, and a notice, where a condition has no SQL of one column. */
function filtersOf(
  name: string,
  filters: readonly MeasureFilter[] | undefined,
  cube: CubeDefinition,
  notice: Notice,
): { filters?: { sql: string }[] } | null {
  if (filters === undefined) return {};
  const written: { sql: string }[] = [];
  for (const filter of filters) {
    const isMultiple = cube.dimensions[filter.dimension]?.type === "strings";
    const sql = isMultiple ? null : writeCondition(filter);
    if (sql === null) {
      notice(
        name,
        `has a condition on ${filter.dimension} that cannot be written for Cube. It is left out.`,
      );
      return null;
    }
    written.push({ sql });
  }
  return { filters: written };
}
