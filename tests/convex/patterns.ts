/**
 * The questions that people ask, each with the rollup that must serve it. The table of
 * `docs/pre_aggregation_strategy.md` is about exactly these; `strategy.test.ts` and the bench hold it
 * to that.
 */

export interface Pattern {
  name: string;
  query: Record<string, unknown>;
  /** "cube.rollup" that must serve it. */
  rollup: string;
}

/** The patterns for a data set whose newest day is `end` ("YYYY-MM-DD", within a month's last days or not). */
export function patterns(end: string): Pattern[] {
  const day = (back: number) =>
    new Date(Date.parse(`${end}T00:00:00Z`) - back * 86_400_000).toISOString().slice(0, 10);
  const last = (days: number) => [day(days - 1), end];
  const before = (days: number) => [day(2 * days - 1), day(days)];
  const year = end.slice(0, 4);
  const yearToDate = [`${year}-01-01`, end];
  const watch = (granularity: string | undefined, dateRange: string[]) => [
    { dimension: "watch.watchedAt", dateRange, ...(granularity && { granularity }) },
  ];
  const stock = (granularity: string | undefined, dateRange: string[]) => [
    { dimension: "inventory.occurredAt", dateRange, ...(granularity && { granularity }) },
  ];
  return [
    {
      name: "Watch KPIs, last 30 days",
      rollup: "watch.totals",
      query: {
        measures: ["watch.count", "watch.durationSeconds", "watch.averageDuration"],
        timeDimensions: watch(undefined, last(30)),
      },
    },
    {
      name: "Watch KPIs, the 30 days before (period over period)",
      rollup: "watch.totals",
      query: {
        measures: ["watch.count", "watch.durationSeconds", "watch.averageDuration"],
        timeDimensions: watch(undefined, before(30)),
      },
    },
    {
      name: "Hourly views, last 2 days",
      rollup: "watch.totals",
      query: { measures: ["watch.count"], timeDimensions: watch("hour", last(2)) },
    },
    {
      name: "Daily views, last 90 days",
      rollup: "watch.totals",
      query: { measures: ["watch.count"], timeDimensions: watch("day", last(90)) },
    },
    {
      name: "Weekly views, last 26 weeks",
      rollup: "watch.totals",
      query: { measures: ["watch.count"], timeDimensions: watch("week", last(182)) },
    },
    {
      name: "Monthly views and watch time, all time",
      rollup: "watch.totals",
      query: {
        measures: ["watch.count", "watch.durationSeconds"],
        timeDimensions: [{ dimension: "watch.watchedAt", granularity: "month" }],
      },
    },
    {
      name: "Shortest and longest, last 30 days",
      rollup: "watch.totals",
      query: {
        measures: ["watch.shortest", "watch.longest"],
        timeDimensions: watch(undefined, last(30)),
      },
    },
    {
      name: "Daily views by category, last 90 days",
      rollup: "watch.by_category",
      query: {
        measures: ["watch.count"],
        dimensions: ["watch.category"],
        timeDimensions: watch("day", last(90)),
      },
    },
    {
      name: "Share of watch time by category, year to date",
      rollup: "watch.by_category",
      query: {
        measures: ["watch.durationSeconds"],
        dimensions: ["watch.category"],
        timeDimensions: watch(undefined, yearToDate),
      },
    },
    {
      name: "Shortest and longest by category, last 90 days",
      rollup: "watch.extremes_by_category",
      query: {
        measures: ["watch.shortest", "watch.longest"],
        dimensions: ["watch.category"],
        timeDimensions: watch(undefined, last(90)),
      },
    },
    {
      name: "Views by topic, last 90 days",
      rollup: "watch.by_topic",
      query: {
        measures: ["watch.count", "watch.durationSeconds"],
        dimensions: ["watch.topic"],
        timeDimensions: watch(undefined, last(90)),
      },
    },
    {
      name: "Topics within one category, by month, year to date",
      rollup: "watch.by_topic",
      query: {
        measures: ["watch.count"],
        dimensions: ["watch.topic"],
        timeDimensions: watch("month", yearToDate),
        filters: [{ member: "watch.category", operator: "equals", values: ["Film"] }],
      },
    },
    {
      name: "Top 10 channels, last 30 days",
      rollup: "watch.by_channel",
      query: {
        measures: ["watch.count"],
        dimensions: ["watch.channel"],
        timeDimensions: watch(undefined, last(30)),
        order: { "watch.count": "desc" },
        limit: 10,
      },
    },
    {
      name: "Top 10 channels within one category, last 90 days",
      rollup: "watch.by_channel",
      query: {
        measures: ["watch.durationSeconds"],
        dimensions: ["watch.channel"],
        timeDimensions: watch(undefined, last(90)),
        filters: [{ member: "watch.category", operator: "equals", values: ["Film"] }],
        order: { "watch.durationSeconds": "desc" },
        limit: 10,
      },
    },
    {
      name: "Top 20 videos, last 30 days",
      rollup: "watch.by_video",
      query: {
        measures: ["watch.count"],
        dimensions: ["watch.video", "watch.title"],
        timeDimensions: watch(undefined, last(30)),
        order: { "watch.count": "desc" },
        limit: 20,
      },
    },
    {
      name: "Distinct viewers by month, year to date",
      rollup: "watch.viewers",
      query: { measures: ["watch.viewers"], timeDimensions: watch("month", yearToDate) },
    },
    {
      name: "Viewers, about, by month, year to date",
      rollup: "watch.audience",
      query: { measures: ["watch.viewersApprox"], timeDimensions: watch("month", yearToDate) },
    },
    {
      name: "Median and 95th percentile of watch time by category, last 90 days",
      rollup: "watch.audience",
      query: {
        measures: ["watch.medianDuration", "watch.p95Duration"],
        dimensions: ["watch.category"],
        timeDimensions: watch(undefined, last(90)),
        order: { "watch.category": "asc" },
      },
    },
    {
      name: "Viewers, about, and median watch time within one category, last 30 days",
      rollup: "watch.audience",
      query: {
        measures: ["watch.viewersApprox", "watch.medianDuration"],
        timeDimensions: watch(undefined, last(30)),
        filters: [{ member: "watch.category", operator: "equals", values: ["Film"] }],
      },
    },
    {
      name: "Distinct viewers within one category, last 30 days",
      rollup: "watch.by_viewer",
      query: {
        measures: ["watch.viewers"],
        timeDimensions: watch(undefined, last(30)),
        filters: [{ member: "watch.category", operator: "equals", values: ["Film"] }],
      },
    },
    {
      name: "Topics of one channel, last 90 days",
      rollup: "watch.by_topic_and_channel",
      query: {
        measures: ["watch.count"],
        dimensions: ["watch.topic"],
        timeDimensions: watch(undefined, last(90)),
        filters: [{ member: "watch.channel", operator: "equals", values: ["Channel 0-0"] }],
      },
    },
    {
      name: "Median watch time of two topics on one channel, by week, last 90 days",
      rollup: "watch.by_topic_and_channel",
      query: {
        measures: ["watch.count", "watch.medianDuration"],
        timeDimensions: watch("week", last(90)),
        filters: [
          { member: "watch.channel", operator: "equals", values: ["Channel 0-0"] },
          { member: "watch.topic", operator: "equals", values: ["Topic 1", "Topic 2"] },
        ],
      },
    },
    {
      name: "Distinct viewers of one topic within one category, by month, year to date",
      rollup: "watch.by_viewer",
      query: {
        measures: ["watch.viewers"],
        timeDimensions: watch("month", yearToDate),
        filters: [
          { member: "watch.category", operator: "equals", values: ["Film"] },
          { member: "watch.topic", operator: "equals", values: ["Topic 1"] },
        ],
      },
    },
    {
      name: "Top 10 videos of two topics, last 90 days",
      rollup: "watch.by_video",
      query: {
        measures: ["watch.count"],
        dimensions: ["watch.title"],
        timeDimensions: watch(undefined, last(90)),
        filters: [{ member: "watch.topic", operator: "equals", values: ["Topic 1", "Topic 2"] }],
        order: { "watch.count": "desc", "watch.title": "asc" },
        limit: 10,
      },
    },
    {
      name: "Views by weekday and hour within one category and two topics, last 90 days",
      rollup: "watch.by_hour_and_channel",
      query: {
        measures: ["watch.count"],
        dimensions: ["watch.weekday", "watch.hourOfDay"],
        timeDimensions: watch(undefined, last(90)),
        filters: [
          { member: "watch.category", operator: "equals", values: ["Film"] },
          { member: "watch.topic", operator: "equals", values: ["Topic 1", "Topic 2"] },
        ],
      },
    },
    {
      name: "Views by weekday and hour, last 90 days",
      rollup: "watch.by_hour_of_week",
      query: {
        measures: ["watch.count"],
        dimensions: ["watch.weekday", "watch.hourOfDay"],
        timeDimensions: watch(undefined, last(90)),
      },
    },
    {
      name: "Stock KPIs, last 30 days",
      rollup: "inventory.totals",
      query: {
        measures: ["inventory.count", "inventory.quantity", "inventory.value"],
        timeDimensions: stock(undefined, last(30)),
      },
    },
    {
      name: "Daily movements by category, last 90 days",
      rollup: "inventory.by_category",
      query: {
        measures: ["inventory.quantity"],
        dimensions: ["inventory.category"],
        timeDimensions: stock("day", last(90)),
      },
    },
    {
      name: "Quantity and value by warehouse, by month, year to date",
      rollup: "inventory.by_warehouse",
      query: {
        measures: ["inventory.quantity", "inventory.value"],
        dimensions: ["inventory.warehouse"],
        timeDimensions: stock("month", yearToDate),
      },
    },
    {
      name: "Month × category × warehouse, all time",
      rollup: "inventory.by_warehouse",
      query: {
        measures: ["inventory.quantity"],
        dimensions: ["inventory.category", "inventory.warehouse"],
        timeDimensions: [{ dimension: "inventory.occurredAt", granularity: "month" }],
      },
    },
    {
      name: "Receipts against shipments by week, last 13 weeks",
      rollup: "inventory.by_kind",
      query: {
        measures: ["inventory.quantity"],
        dimensions: ["inventory.kind"],
        timeDimensions: stock("week", last(91)),
        filters: [
          { member: "inventory.kind", operator: "equals", values: ["receipt", "shipment"] },
        ],
      },
    },
    {
      name: "Top 10 products by quantity, last 90 days",
      rollup: "inventory.by_product",
      query: {
        measures: ["inventory.quantity"],
        dimensions: ["inventory.product"],
        timeDimensions: stock(undefined, last(90)),
        order: { "inventory.quantity": "desc" },
        limit: 10,
      },
    },
    {
      name: "Stock on hand, at each month's end, year to date",
      rollup: "inventory.totals",
      query: { measures: ["inventory.onHand"], timeDimensions: stock("month", yearToDate) },
    },
    {
      name: "Stock on hand by warehouse, daily, last 30 days",
      rollup: "inventory.by_warehouse",
      query: {
        measures: ["inventory.onHand"],
        dimensions: ["inventory.warehouse"],
        timeDimensions: stock("day", last(30)),
      },
    },
    {
      name: "Stock on hand by category, now",
      rollup: "inventory.by_category",
      query: { measures: ["inventory.onHand"], dimensions: ["inventory.category"] },
    },
    {
      name: "Stock on hand of one product, by month, year to date",
      rollup: "inventory.by_product",
      query: {
        measures: ["inventory.onHand"],
        timeDimensions: stock("month", yearToDate),
        filters: [{ member: "inventory.product", operator: "equals", values: ["Product 1"] }],
      },
    },
    {
      name: "Receipts and shipments of one product by warehouse, year to date",
      rollup: "inventory.by_product",
      query: {
        measures: ["inventory.quantity", "inventory.value"],
        dimensions: ["inventory.kind", "inventory.warehouse"],
        timeDimensions: stock(undefined, yearToDate),
        filters: [
          { member: "inventory.product", operator: "equals", values: ["Product 1"] },
          { member: "inventory.kind", operator: "equals", values: ["receipt", "shipment"] },
        ],
        order: { "inventory.kind": "asc", "inventory.warehouse": "asc" },
      },
    },
    {
      name: "What receipts and shipments leave on hand, by month, year to date",
      rollup: "inventory.by_kind",
      query: {
        measures: ["inventory.onHand"],
        timeDimensions: stock("month", yearToDate),
        filters: [
          { member: "inventory.kind", operator: "equals", values: ["receipt", "shipment"] },
        ],
      },
    },
    {
      name: "Lowest and highest unit cost by category, year to date",
      rollup: "inventory.costs",
      query: {
        measures: ["inventory.minUnitCost", "inventory.maxUnitCost"],
        dimensions: ["inventory.category"],
        timeDimensions: stock(undefined, yearToDate),
      },
    },
    {
      name: "Movements by weekday and hour, last 90 days",
      rollup: "inventory.by_hour_of_week",
      query: {
        measures: ["inventory.count"],
        dimensions: ["inventory.weekday", "inventory.hourOfDay"],
        timeDimensions: stock(undefined, last(90)),
      },
    },
  ];
}
