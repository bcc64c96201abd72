/**
 * The questions whose every cell is compared, each with the route that must answer it: together they
 * look at every level of every rollup of both cubes. Fine grains are asked some years at a time: an
 * answer is computed in one transaction.
 */
import type { Question } from "../oracle/answer.js";

export interface Asked {
  name: string;
  cube: "watch" | "inventory";
  question: Question;
  /** "cube.rollup" that must serve it, or "scan". */
  servedBy: string;
  /** The zone to ask in, where it is not the tenant's. */
  timezone?: string;
}

/** Both dates inclusive; wide enough for every edit that the suite makes. */
export interface Span {
  first: string;
  last: string;
}

export const watchSpan: Span = { first: "1995-01-01", last: "2017-12-31" };
export const stockSpan: Span = { first: "2011-01-01", last: "2013-12-31" };

const watchTime = "watch.watchedAt";
const stockTime = "inventory.occurredAt";
const members = (cube: string, names: string) => names.split(" ").map((name) => `${cube}.${name}`);

/** Periods of `years` years that make up the span. */
function periods({ first, last }: Span, years: number): [string, string][] {
  const found: [string, string][] = [];
  const end = Number(last.slice(0, 4));
  for (let year = Number(first.slice(0, 4)); year <= end; year += years)
    found.push([`${year}-01-01`, `${Math.min(end, year + years - 1)}-12-31`]);
  return found;
}

export function watchQuestions(): Asked[] {
  const ask = (
    name: string,
    rollup: string,
    measures: string,
    dimensions: string,
    granularity?: string,
    dateRange?: readonly [string, string],
  ): Asked => ({
    name: `watch, ${name}${dateRange === undefined ? "" : `, ${dateRange.join(" to ")}`}`,
    cube: "watch",
    servedBy: `watch.${rollup}`,
    question: {
      measures: members("watch", measures),
      ...(dimensions !== "" && { dimensions: members("watch", dimensions) }),
      ...((granularity !== undefined || dateRange !== undefined) && {
        timeDimensions: [
          {
            dimension: watchTime,
            ...(granularity !== undefined && { granularity }),
            ...(dateRange !== undefined && { dateRange }),
          },
        ],
      }),
    },
  });
  const sums = "count durationSeconds averageDuration";
  const all = `${sums} shortest longest`;
  const eras = periods(watchSpan, 8);
  return [
    ask("grand total", "totals", all, ""),
    ...eras.map((era) => ask("hours", "totals", "count longest", "", "hour", era)),
    ask("days", "totals", all, "", "day"),
    ask("weeks", "totals", all, "", "week"),
    ask("months", "totals", all, "", "month"),
    ask("quarters", "totals", "count shortest", "", "quarter"),
    ask("years", "totals", all, "", "year"),
    ...periods(watchSpan, 4).map((era) =>
      ask("day × topic", "by_topic", sums, "topic", "day", era),
    ),
    ask("month × topic × category", "by_topic", sums, "topic category", "month"),
    ask("topics", "by_topic", sums, "topic"),
    ask("day × category", "by_category", sums, "category", "day"),
    ask("month × channel", "by_channel", sums, "channel", "month"),
    ask("videos", "by_video", sums, "video title"),
    ask("year × video", "by_video", "count", "video", "year", ["1999-01-01", "2003-12-31"]),
    ask("distinct viewers by month", "viewers", "viewers", "", "month"),
    ask("distinct viewers by year and category", "by_viewer", "viewers", "category", "year"),
    ask("distinct viewers", "viewers", "viewers count", ""),
    ask("month × viewer", "viewers", `${sums} viewers`, "viewer", "month"),
    ask("hour of week", "by_hour_of_week", sums, "weekday hourOfDay"),
    ask("month × hour of week", "by_hour_of_week", "count", "weekday hourOfDay", "month"),
    ask(
      "month × category, extremes",
      "extremes_by_category",
      "shortest longest",
      "category",
      "month",
    ),
    ask(
      "week × category, extremes",
      "extremes_by_category",
      "shortest longest",
      "category",
      "week",
    ),
    ask("a range within days", "totals", all, "", undefined, [
      "2003-02-11T10:20:30.400",
      "2009-08-01T23:00:00.000",
    ]),
    {
      ...ask("days in New York", "totals", all, "", "day", ["1999-06-01", "2004-12-31"]),
      timezone: "America/New_York",
    },
    {
      ...ask("one topic, without grouping by it", "by_topic", sums, "", "month"),
      question: {
        measures: members("watch", sums),
        timeDimensions: [{ dimension: watchTime, granularity: "month" }],
        filters: [{ member: "watch.topic", operator: "equals", values: ["Film-Noir"] }],
      },
    },
  ];
}

export function stockQuestions(span: Span = stockSpan): Asked[] {
  const whole = [span.first, span.last] as const;
  const ask = (
    name: string,
    rollup: string,
    measures: string,
    dimensions: string,
    granularity?: string,
    dateRange?: readonly [string, string],
  ): Asked => ({
    name: `inventory, ${name}`,
    cube: "inventory",
    servedBy: `inventory.${rollup}`,
    question: {
      measures: members("inventory", measures),
      ...(dimensions !== "" && { dimensions: members("inventory", dimensions) }),
      ...((granularity !== undefined || dateRange !== undefined) && {
        timeDimensions: [
          {
            dimension: stockTime,
            ...(granularity !== undefined && { granularity }),
            ...(dateRange !== undefined && { dateRange }),
          },
        ],
      }),
    },
  });
  const sums = "count quantity value";
  const costs = "minUnitCost maxUnitCost";
  return [
    ask("grand total", "totals", `${sums} onHand`, ""),
    ask("hours", "totals", sums, "", "hour"),
    ask("days", "totals", sums, "", "day"),
    ask("weeks", "totals", sums, "", "week"),
    ask("months", "totals", sums, "", "month"),
    ask("warehouses", "by_warehouse", sums, "warehouse"),
    ask("month × category × warehouse", "by_warehouse", sums, "category warehouse", "month"),
    ask("day × category", "by_category", sums, "category", "day"),
    ask("day × warehouse", "by_warehouse", sums, "warehouse", "day"),
    ask("week × kind × category", "by_kind", sums, "kind category", "week"),
    ask("month × product", "by_product", sums, "product", "month"),
    ask("products, warehouses and categories", "by_product", sums, "product warehouse category"),
    ask("stock by month", "totals", "onHand", "", "month", whole),
    ask("stock by day", "totals", "onHand quantity", "", "day", whole),
    ask("stock by month and warehouse", "by_warehouse", "onHand", "warehouse", "month", whole),
    ask("stock by month and category", "by_category", "onHand", "category", "month", whole),
    ask(
      "stock by month, warehouse and category",
      "by_warehouse",
      "onHand count",
      "warehouse category",
      "month",
      whole,
    ),
    ask("stock by month and product", "by_product", "onHand", "product", "month", [
      "2012-03-01",
      "2012-10-31",
    ]),
    ask("stock by category, now", "by_category", "onHand", "category"),
    ask("stock by warehouse at a time", "by_warehouse", "onHand", "warehouse", undefined, [
      "2012-02-10",
      "2012-08-17",
    ]),
    ask("costs", "costs", costs, "category"),
    ask("day × category, costs", "costs", costs, "category", "day"),
    ask("month × category, costs", "costs", costs, "category", "month"),
    ask("months, costs", "costs", costs, "", "month"),
    ask("month × hour of week", "by_hour_of_week", sums, "weekday hourOfDay", "month"),
  ];
}
