/**
 * What the address bar remembers: tenant, cube, period, comparison, granularity, chosen measure and filters. A
 * link reproduces the screen; anything it does not understand falls back to the default.
 */
import { trendGranularities, type TrendGranularity } from "./calendar.js";
import {
  comparisons,
  parsePeriod,
  printPeriod,
  type Comparison,
  type PeriodChoice,
} from "./period.js";
import { cubeNames, filterDimensions, type CubeName } from "./views.js";

/** Dimension name (without the cube) → chosen values, any of which may match. */
export type Filters = { readonly [dimension: string]: readonly string[] };

/** Charts of a cube, its records, or how its rollups are. */
export type Page = "charts" | "records" | "operate";

export interface UrlState {
  tenant: string | null;
  page: Page;
  cube: CubeName;
  period: PeriodChoice;
  comparison: Comparison;
  /** Null: the one that fits the period. */
  granularity: TrendGranularity | null;
  /** The measure that trends and rankings show; null: the cube's first. */
  measure: string | null;
  filters: Filters;
}

export function parseUrlState(search: string): UrlState {
  const params = new URLSearchParams(search);
  const view = params.get("view");
  const page = view === "operate" || view === "records" ? view : "charts";
  const named = page === "records" ? params.get("cube") : view;
  const cube = cubeNames.find((name) => name === named) ?? "watch";
  const filters: Record<string, string[]> = {};
  for (const dimension of filterDimensions(cube)) {
    const values = [...new Set(params.getAll(dimension))];
    if (values.length > 0) filters[dimension] = values;
  }
  return {
    tenant: params.get("tenant"),
    page,
    cube,
    period: parsePeriod(params.get("period")),
    comparison: comparisons.find(({ id }) => id === params.get("compare"))?.id ?? "previous",
    granularity: trendGranularities.find((name) => name === params.get("by")) ?? null,
    measure: params.get("measure"),
    filters,
  };
}

export function printUrlState(state: UrlState): string {
  const params = new URLSearchParams();
  if (state.tenant !== null) params.set("tenant", state.tenant);
  params.set("view", state.page === "charts" ? state.cube : state.page);
  if (state.page === "operate") return `?${params}`;
  if (state.page === "records") params.set("cube", state.cube);
  params.set("period", printPeriod(state.period));
  if (state.comparison !== "previous") params.set("compare", state.comparison);
  if (state.granularity !== null) params.set("by", state.granularity);
  if (state.measure !== null) params.set("measure", state.measure);
  for (const [dimension, values] of Object.entries(state.filters)) {
    for (const value of values) params.append(dimension, value);
  }
  return `?${params}`;
}

/** Takes a dimension's filter away. */
export function removeFilter(filters: Filters, dimension: string): Filters {
  const { [dimension]: _, ...rest } = filters;
  return rest;
}

/** Adds the value to a dimension's filter, or takes it away if it is there. */
export function toggleFilter(filters: Filters, dimension: string, value: string): Filters {
  const values = filters[dimension] ?? [];
  const next = values.includes(value)
    ? values.filter((other) => other !== value)
    : [...values, value];
  const rest = removeFilter(filters, dimension);
  return next.length > 0 ? { ...rest, [dimension]: next } : rest;
}
