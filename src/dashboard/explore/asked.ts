/**
 * What a person asks in Explore: members of one cube by name, without the cube. The address keeps it as parameters
 * of its own, and whatever these say that the cube does not know is left out.
 */
import { granularityNames } from "../../../lib/model/granularities.js";
import type { CubeDefinition } from "../../../lib/model/cube.js";
import { fittingGranularity } from "../model/granularities.js";
import { catalogue } from "../model/members.js";
import type { Span } from "../model/period.js";
import { views, type CubeName } from "../model/views.js";
import { isOperator, operatorsOf, takesValues, type Operator } from "./operators.js";

/** More than two cannot be read off a chart or a table of one line a row. */
export const dimensionsMax = 2;
export const rowsDefault = 500;
/** An answer may have more; a person reads fewer. */
export const rowsMax = 5000;
/** As many as the backend takes, of texts to search for. */
export const valuesMax = 100;

export interface AskedFilter {
  dimension: string;
  operator: Operator;
  /** None yet, or not needed; else any of them. */
  values: readonly string[];
}

export interface Order {
  /** A measure, a dimension, or the cube's time. */
  member: string;
  isDescending: boolean;
}

export interface Asked {
  /** One at least. */
  measures: readonly string[];
  dimensions: readonly string[];
  /** Null: the period as a whole. */
  granularity: string | null;
  /** One for each dimension and operator. */
  filters: readonly AskedFilter[];
  /** Null: time, else the first measure, largest first. */
  order: Order | null;
  limit: number;
  /** The measure that the chart shows: one of them. */
  charted: string;
}

export const cubeOf = (cube: CubeName): CubeDefinition => catalogue[cube] as CubeDefinition;

/** Dimensions to group and filter by: all but the time, which the period and the granularity are of. */
export const dimensionsOf = (cube: CubeName): string[] =>
  Object.entries(cubeOf(cube).dimensions).flatMap(([name, { type }]) =>
    type === "time" ? [] : [name],
  );

export function granularitiesOf(cube: CubeName): string[] {
  const { time, dimensions } = cubeOf(cube);
  const dimension = dimensions[time];
  return dimension ? granularityNames(dimension) : [];
}

/** The cube's first measure over the period. */
export function askedFirst(cube: CubeName, span: Span | null): Asked {
  const first = views[cube].headline[0]?.member.slice(cube.length + 1) ?? "";
  return {
    ...{ measures: [first], dimensions: [], granularity: fittingGranularity(span) },
    ...{ filters: [], order: null, limit: rowsDefault, charted: first },
  };
}

/** Without a measure that the cube has it is the first question, with the filters that there are. */
export function parseAsked(text: string, cube: CubeName, span: Span | null): Asked {
  const params = new URLSearchParams(text);
  const filters = filtersIn(params, cube);
  const measures = known(params.get("measures"), Object.keys(cubeOf(cube).measures));
  const [first] = measures;
  if (first === undefined) return { ...askedFirst(cube, span), filters };
  const dimensions = known(params.get("dimensions"), dimensionsOf(cube)).slice(0, dimensionsMax);
  const granularity = granularitiesOf(cube).find((name) => name === params.get("by")) ?? null;
  const limit = Number(params.get("limit") ?? rowsDefault);
  return settled(cube, {
    ...{ measures, dimensions, granularity, filters },
    order: orderIn(params.get("order")),
    limit: Number.isInteger(limit) && limit > 0 && limit <= rowsMax ? limit : rowsDefault,
    charted: params.get("chart") ?? first,
  });
}

/** Without an order, or a chart, of a member that is not asked for any more. */
export function settled(cube: CubeName, asked: Asked): Asked {
  const { measures, order, charted } = asked;
  return {
    ...asked,
    order: order !== null && orderable(cube, asked).includes(order.member) ? order : null,
    charted: measures.includes(charted) ? charted : (measures[0] ?? ""),
  };
}

/** The members that rows can be in order of. */
export function orderable(cube: CubeName, asked: Asked): string[] {
  const { measures, dimensions, granularity } = asked;
  const time = granularity === null ? [] : [cubeOf(cube).time];
  return [...time, ...dimensions, ...measures];
}

/** The order that rows come in, asked for or not; null for a single row. */
export function orderOf(cube: CubeName, asked: Asked): Order | null {
  const { order, granularity, dimensions, measures } = asked;
  if (order !== null) return order;
  if (granularity !== null) return { member: cubeOf(cube).time, isDescending: false };
  return dimensions.length === 0 ? null : { member: measures[0] ?? "", isDescending: true };
}

export function printAsked(asked: Asked): string {
  const { measures, dimensions, granularity, filters, order, limit, charted } = asked;
  const params = new URLSearchParams({ measures: measures.join(",") });
  if (dimensions.length > 0) params.set("dimensions", dimensions.join(","));
  if (granularity !== null) params.set("by", granularity);
  for (const { dimension, operator, values } of filters) {
    for (const value of values.length > 0 ? values : [""]) {
      params.append(`${dimension}.${operator}`, value);
    }
  }
  if (order !== null) params.set("order", `${order.isDescending ? "-" : ""}${order.member}`);
  if (limit !== rowsDefault) params.set("limit", String(limit));
  if (charted !== measures[0]) params.set("chart", charted);
  return String(params);
}

/** Names of a list with commas, each once, in its order. */
function known(text: string | null, names: readonly string[]): string[] {
  return [...new Set((text ?? "").split(","))].filter((name) => names.includes(name));
}

function orderIn(text: string | null): Order | null {
  if (text === null) return null;
  const isDescending = text.startsWith("-");
  return { member: isDescending ? text.slice(1) : text, isDescending };
}

/** "category.equals=Science", once for each value; one without a value is still being filled in. */
function filtersIn(params: URLSearchParams, cube: CubeName): AskedFilter[] {
  const dimensions = dimensionsOf(cube);
  return [...new Set(params.keys())].flatMap((key): AskedFilter[] => {
    const [dimension = "", operator = "", ...rest] = key.split(".");
    if (rest.length > 0 || !dimensions.includes(dimension) || !isOperator(operator)) return [];
    if (!operatorsOf(typeOf(cube, dimension)).includes(operator)) return [];
    const values = takesValues(operator)
      ? [...new Set(params.getAll(key))].filter((value) => isValue(cube, dimension, value))
      : [];
    return [{ dimension, operator, values: values.slice(0, valuesOf(operator)) }];
  });
}

/** How many values an operator takes. */
export const valuesOf = (operator: Operator): number =>
  /^[gl]te?$/.test(operator) ? 1 : valuesMax;

export const typeOf = (cube: CubeName, dimension: string) =>
  cubeOf(cube).dimensions[dimension]?.type ?? "string";

/** Whether a dimension may have the value: any text, a weekday as ISO counts them, an hour of a day, or a number. */
export function isValue(cube: CubeName, dimension: string, value: string): boolean {
  const type = typeOf(cube, dimension);
  if (type === "weekday") return /^[1-7]$/.test(value);
  if (type === "hourOfDay") return /^(1?\d|2[0-3])$/.test(value);
  if (type === "number") return value.trim() !== "" && Number.isFinite(Number(value));
  return value !== "" && value.length <= 256;
}

/** Whether a filter says anything yet. */
export const isComplete = ({ operator, values }: AskedFilter): boolean =>
  !takesValues(operator) || values.length > 0;
