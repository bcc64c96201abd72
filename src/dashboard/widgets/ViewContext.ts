/** What the widgets of a view share: the question's scope, the chosen measure, and how to change them. */
import { createContext, useContext } from "react";
import type { Bucket, Day, TrendGranularity } from "../model/calendar.js";
import type { MeasureInfo } from "../model/members.js";
import type { Comparison, Period, Span } from "../model/period.js";
import type { Scope } from "../model/questions.js";

export interface View {
  scope: Scope;
  period: Period;
  comparison: Comparison;
  granularity: TrendGranularity;
  /** The measure that trends and rankings show. */
  measure: MeasureInfo;
  /** The day that is not over, in the tenant's zone. */
  today: Day;
  /** The hour that is not over. */
  hour: Bucket;
  /** The year up to the newest day that has records. */
  year: Span;
  timezone: string;
  tenantId: string;
  /** Whether there is any record up to today, in whatever period. */
  hasRecords: boolean;
  setMeasure: (member: string) => void;
  setGranularity: (granularity: TrendGranularity) => void;
  /** Shows these days. */
  setSpan: (span: Span) => void;
  /** Asks for the value, or no longer, in whatever way it is filtered by. */
  toggleFilter: (dimension: string, value: string) => void;
  /** Leaves the value out, or no longer. */
  excludeFilter: (dimension: string, value: string) => void;
  /** Between "is" and "is not". */
  flipFilter: (dimension: string) => void;
  /** Takes all values of a dimension away. */
  removeFilter: (dimension: string) => void;
  clearFilters: () => void;
  /** The dimension that the trend is split by. */
  split: string | null;
  setSplit: (dimension: string | null) => void;
  /** The ids of the cards that show rows instead of a chart. */
  tables: readonly string[];
  toggleTable: (card: string) => void;
}

export const ViewContext = createContext<View | null>(null);

export function useView(): View {
  const view = useContext(ViewContext);
  if (!view) throw new Error("Widgets need a ViewContext above them.");
  return view;
}
