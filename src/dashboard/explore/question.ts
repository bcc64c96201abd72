/** The question to the backend, from what is asked and the period. */
import type { AggregateQuery, Filter } from "../../react/index.js";
import { timeMember, type Scope } from "../model/questions.js";
import type { CubeName } from "../model/views.js";
import { cubeOf, isComplete, type Asked } from "./asked.js";

export type Period = Pick<Scope, "span" | "upTo">;

/** Filters without values are left out. All time ends today, as in the other views. */
export function questionOf(cube: CubeName, asked: Asked, { span, upTo }: Period): AggregateQuery {
  const { measures, dimensions, granularity, filters, order, limit } = asked;
  const full = (name: string) => `${cube}.${name}`;
  const time = timeMember(cube);
  const conditions = filters.filter(isComplete).map(({ dimension, operator, values }): Filter => ({
    ...{ member: full(dimension), operator },
    ...(values.length > 0 && { values: [...values] }),
  }));
  if (span === null && upTo !== undefined) {
    conditions.push({ member: time, operator: "beforeOrOnDate", values: [upTo] });
  }
  return {
    measures: measures.map(full),
    ...(dimensions.length > 0 && { dimensions: dimensions.map(full) }),
    ...((span !== null || granularity !== null) && {
      timeDimensions: [
        {
          dimension: time,
          ...(granularity !== null && { granularity }),
          ...(span !== null && { dateRange: [span.from, span.to] as const }),
        },
      ],
    }),
    ...(conditions.length > 0 && { filters: conditions }),
    ...(order !== null && {
      order: [[full(order.member), order.isDescending ? "desc" : "asc"]] as const,
    }),
    limit,
    total: true,
  };
}

/** The key under which rows carry their bucket; null where there is none. */
export function bucketKeyOf(cube: CubeName, { granularity }: Asked): string | null {
  return granularity === null ? null : `${cube}.${cubeOf(cube).time}.${granularity}`;
}
