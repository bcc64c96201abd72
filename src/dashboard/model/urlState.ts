/**
 * What the address bar remembers: tenant, cube, period, comparison, granularity, chosen measure, filters, what the
 * trend is split by, and which cards are tables; of the screen Explore its question. A link reproduces the screen;
 * anything it does not understand falls back to the default.
 */
import { trendGranularities, type TrendGranularity } from "./calendar.js";
import {
  comparisons,
  parsePeriod,
  printPeriod,
  type Comparison,
  type PeriodChoice,
} from "./period.js";
import { isNoneOf, isOneOf, type Condition, type Filters } from "./filters.js";
import { splitDimensions } from "./split.js";
import { cardIds, cubeNames, filterDimensions, isFilterValue, type CubeName } from "./views.js";

/** Charts of a cube, its records, any question of it, or how its rollups are. */
const pages = ["records", "explore", "operate"] as const;
export type Page = "charts" | (typeof pages)[number];

/** A page of its own by its name, and not a cube's charts. */
export const isPage = (view: string | null): view is Exclude<Page, "charts"> =>
  (pages as readonly (string | null)[]).includes(view);

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
  /** The dimension that the trend is split by; null: it is one line. */
  split: string | null;
  /** The cards that show rows instead of a chart, by id. */
  tables: readonly string[];
  /** What Explore asks, as parameters that its own code reads; of other pages nothing. */
  explore: string;
}

/** What Explore shares with the other pages. */
const shared = ["tenant", "view", "cube", "period"];

/** Leaves values of a dimension out: "category.not=Cooking". */
const negated = (dimension: string) => `${dimension}.not`;

export function parseUrlState(search: string): UrlState {
  const params = new URLSearchParams(search);
  const view = params.get("view");
  const page = isPage(view) ? view : "charts";
  const named = page === "charts" ? view : params.get("cube");
  const cube = cubeNames.find((name) => name === named) ?? "watch";
  const filters: Record<string, Condition> = {};
  for (const dimension of page === "explore" ? [] : filterDimensions(cube)) {
    const valuesOf = (name: string) =>
      [...new Set(params.getAll(name))].filter((value) => isFilterValue(cube, dimension, value));
    const values = valuesOf(dimension);
    const others = valuesOf(negated(dimension));
    if (values.length > 0) filters[dimension] = isOneOf(values);
    else if (others.length > 0) filters[dimension] = isNoneOf(others);
  }
  const tenant = params.get("tenant");
  const period = parsePeriod(params.get("period"));
  if (page === "explore") for (const name of shared) params.delete(name);
  return {
    tenant,
    page,
    cube,
    period,
    comparison: comparisons.find(({ id }) => id === params.get("compare"))?.id ?? "previous",
    granularity: trendGranularities.find((name) => name === params.get("by")) ?? null,
    measure: params.get("measure"),
    filters,
    split: splitDimensions(cube).find((name) => name === params.get("split")) ?? null,
    tables: cardIds(cube).filter((id) => params.getAll("table").includes(id)),
    explore: page === "explore" ? String(params) : "",
  };
}

export function printUrlState(state: UrlState): string {
  const params = new URLSearchParams();
  if (state.tenant !== null) params.set("tenant", state.tenant);
  params.set("view", state.page === "charts" ? state.cube : state.page);
  if (state.page === "operate") return `?${params}`;
  if (state.page !== "charts") params.set("cube", state.cube);
  params.set("period", printPeriod(state.period));
  if (state.page === "explore") {
    for (const [name, value] of new URLSearchParams(state.explore)) params.append(name, value);
    for (const [dimension, { operator, values }] of Object.entries(state.filters)) {
      for (const value of values) params.append(`${dimension}.${operator}`, value);
    }
    return `?${params}`;
  }
  if (state.comparison !== "previous") params.set("compare", state.comparison);
  if (state.granularity !== null) params.set("by", state.granularity);
  if (state.measure !== null) params.set("measure", state.measure);
  for (const [dimension, { operator, values }] of Object.entries(state.filters)) {
    const name = operator === "equals" ? dimension : negated(dimension);
    for (const value of values) params.append(name, value);
  }
  if (state.split !== null) params.set("split", state.split);
  for (const id of state.tables) params.append("table", id);
  return `?${params}`;
}
