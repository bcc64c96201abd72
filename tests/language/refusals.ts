/** Questions that the language declines, each with its code. */
import type { ErrorCode } from "../../lib/errorCodes.js";

const count = { measures: ["orders.count"] };
const at = (item: object) => ({ dimension: "orders.at", ...item });
const filtered = (filter: object) => ({ ...count, filters: [filter] });

export const refusals: readonly (readonly [why: string, code: ErrorCode, question: object])[] = [
  ["nothing asked for", "InvalidQuery", {}],
  ["an unknown member", "InvalidQuery", { measures: ["orders.profit"] }],
  ["an unknown key", "InvalidQuery", { ...count, rowLimit: 5 }],
  ["an unknown zone", "InvalidQuery", { ...count, timezone: "Mars/Olympus" }],
  ["a limit beyond the most", "InvalidQuery", { ...count, limit: 50_001 }],
  [
    "an unknown operator",
    "InvalidQuery",
    filtered({ member: "orders.city", operator: "like", values: ["a"] }),
  ],
  [
    "texts searched for in numbers",
    "UnsupportedOperator",
    filtered({ member: "orders.priority", operator: "contains", values: ["1"] }),
  ],
  [
    "texts compared as numbers",
    "UnsupportedOperator",
    filtered({ member: "orders.city", operator: "gt", values: ["1"] }),
  ],
  [
    "an operator of dates on a text",
    "InvalidQuery",
    filtered({ member: "orders.city", operator: "onTheDate", values: ["2024-01-01"] }),
  ],
  [
    "no values",
    "InvalidQuery",
    filtered({ member: "orders.city", operator: "equals", values: [] }),
  ],
  [
    "measures and dimensions in one or",
    "InvalidQuery",
    filtered({
      or: [
        { member: "orders.city", operator: "set" },
        { member: "orders.count", operator: "gt", values: [1] },
      ],
    }),
  ],
  [
    "a range in words that mean nothing",
    "InvalidDateRange",
    { ...count, timeDimensions: [at({ dateRange: "the other day" })] },
  ],
  [
    "a range that ends before it starts",
    "InvalidQuery",
    { ...count, timeDimensions: [at({ dateRange: ["2024-02-01", "2024-01-01"] })] },
  ],
  [
    "a range beside those that are compared",
    "InvalidQuery",
    {
      ...count,
      timeDimensions: [at({ dateRange: "today", compareDateRange: ["today", "yesterday"] })],
    },
  ],
  [
    "two times",
    "UnsupportedQuery",
    { ...count, timeDimensions: [at({ granularity: "day" }), { dimension: "orders.due" }] },
  ],
  [
    "seconds",
    "UnsupportedQuery",
    { ...count, timeDimensions: [at({ granularity: "second", dateRange: "today" })] },
  ],
  ["two cubes", "UnsupportedQuery", { measures: ["orders.count", "refunds.count"] }],
  [
    "others by time",
    "UnsupportedQuery",
    {
      ...{ ...count, dimensions: ["orders.city"], limit: 1, others: true },
      timeDimensions: [at({ granularity: "day" })],
    },
  ],
  [
    "others by what has several values",
    "UnsupportedQuery",
    { ...count, dimensions: ["orders.tag"], limit: 1, others: true },
  ],
  [
    "others without a limit",
    "InvalidQuery",
    { ...count, dimensions: ["orders.city"], others: true },
  ],
  [
    "a balance by two granularities",
    "UnsupportedQuery",
    {
      measures: ["orders.stock"],
      timeDimensions: [at({ granularity: "day" }), at({ granularity: "month" })],
    },
  ],
  ["a balance of one record", "UnsupportedQuery", { measures: ["orders.stock"], ungrouped: true }],
  ["a window without an end", "UnsupportedQuery", { measures: ["orders.weekRevenue"] }],
];
