/**
 * The conserved quantity. A transfer is two rows of one commit, one piece out of a warehouse for
 * every piece into another, in a category of their own; both have the same time, product and cost.
 * So, whatever else happens, every answer about that category adds up to nothing over the warehouses,
 * in every bucket.
 */
import { toUnits } from "../oracle/decimal.js";
import type { StockRow } from "../oracle/cubes.js";
import type { Question, Row } from "../oracle/answer.js";
import { SPAN } from "./rows.js";
import type { Dice } from "../realData/random.js";

export const TRANSFERS = "Transfers";

export const WAREHOUSES = ["North", "South", "East", "West"];

/** The two rows of one transfer. */
export function transferRows(row: StockRow, random: Dice): [StockRow, StockRow] {
  const [from, to] = random.shuffle(WAREHOUSES) as [string, string];
  const quantity = 1 + random.below(500);
  const moved = { ...row, category: TRANSFERS, kind: "transfer" };
  return [
    { ...moved, warehouse: from, quantity: -quantity },
    { ...moved, warehouse: to, quantity },
  ];
}

const filters = [
  { member: "inventory.category", operator: "equals" as const, values: [TRANSFERS] },
];
const overTime = (granularity: string) => [
  { dimension: "inventory.occurredAt", granularity, dateRange: [SPAN.first, SPAN.last] },
];

/** Questions about transfers only, each answered along another route. */
export const conserved: readonly Question[] = [
  {
    measures: ["inventory.quantity", "inventory.onHand", "inventory.count", "inventory.value"],
    filters,
  },
  {
    measures: ["inventory.quantity", "inventory.value", "inventory.count"],
    dimensions: ["inventory.warehouse"],
    filters,
  },
  { measures: ["inventory.onHand"], dimensions: ["inventory.warehouse"], filters },
  {
    measures: ["inventory.onHand", "inventory.quantity"],
    dimensions: ["inventory.warehouse"],
    timeDimensions: overTime("day"),
    filters,
  },
  {
    measures: ["inventory.quantity", "inventory.value"],
    dimensions: ["inventory.kind", "inventory.warehouse"],
    timeDimensions: overTime("month"),
    filters,
  },
  {
    measures: ["inventory.quantity", "inventory.onHand"],
    dimensions: ["inventory.product", "inventory.warehouse"],
    filters,
  },
];

/** Why an answer to one of the questions cannot be true; null when it may be. */
export function lost({ measures, timeDimensions }: Question, rows: readonly Row[]): string | null {
  const bucket = (row: Row) => {
    const time = timeDimensions?.[0];
    return time === undefined ? "" : String(row[`${time.dimension}.${time.granularity}`]);
  };
  for (const measure of measures) {
    const totals = new Map<string, bigint>();
    for (const row of rows) {
      const units = toUnits((row[measure] as number | null) ?? 0, 4);
      totals.set(bucket(row), (totals.get(bucket(row)) ?? 0n) + units);
    }
    for (const [name, units] of totals) {
      const isRight = measure === "inventory.count" ? units % 20_000n === 0n : units === 0n;
      if (!isRight) return `${measure} of all transfers${name && ` in ${name}`} is ${units}/10000`;
    }
  }
  return null;
}
