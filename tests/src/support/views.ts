/** A small cube, its records and answers, for tests of the hooks. */
import { defineCube } from "../../../lib/resolve/defineCube.js";
import type { Fact } from "../../../lib/model/cube.js";

export const views = defineCube({
  name: "views",
  table: "viewRecords",
  time: "at",
  fields: { at: { type: "time" }, genre: { type: "string" }, seconds: { type: "integer" } },
  dimensions: {
    at: {
      type: "time",
      field: "at",
      granularities: { fortnight: { interval: "2 weeks", origin: "2016-01-04" } },
    },
    genre: { type: "string", field: "genre" },
  },
  measures: {
    count: { type: "count" },
    seconds: { type: "sum", field: "seconds" },
    genres: { type: "countDistinctApprox", dimension: "genre" },
    median: { type: "quantile", field: "seconds", q: 0.5 },
  },
  rollups: {},
});

export const catalogue = { views };

export const byGenre = {
  measures: ["views.count", "views.seconds"],
  dimensions: ["views.genre"],
  order: { "views.genre": "asc" },
} as const;

export function view(genre: string, seconds: number): Fact {
  return { at: Date.UTC(2016, 0, 2), genre, seconds };
}

/** An answer of `aggregates:rows`. */
export function rows(data: Record<string, unknown>[], servedBy = "views.by_genre@1") {
  const annotation = { measures: {}, dimensions: {}, timeDimensions: {} };
  return { query: {}, data, annotation, servedBy, exact: true, freshness: "live" };
}
