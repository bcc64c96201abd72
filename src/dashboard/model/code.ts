/** A question as code: what people take away to ask it themselves. */
import type { AggregateQuery } from "../../react/index.js";

/** Cube's JSON. */
export const jsonOf = (query: AggregateQuery | undefined): string => JSON.stringify(query, null, 2);

export const hookOf = (query: AggregateQuery | undefined): string =>
  `const { data, error } = useAggregate(${jsonOf(query)});\n`;
