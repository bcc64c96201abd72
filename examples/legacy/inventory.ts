/** What dashboards of stock movements compute in the browser, from all records that they hold. */
import {
  groupBy,
  isIn,
  monthOf,
  rounded,
  sumOf,
  topOf,
  type InventoryRecord,
  type Range,
} from "./records.js";

const within = (records: readonly InventoryRecord[], range: Range) =>
  records.filter(({ occurredAt }) => isIn(occurredAt, range));

const quantityOf = ({ quantity }: InventoryRecord) => quantity;

/** What each warehouse holds at the end of a date: all that came and went until then. */
export function computeStockLevels(records: readonly InventoryRecord[], date: string) {
  const past = within(records, { from: "0000-01-01", to: date });
  const levels = [...groupBy(past, ({ warehouse }) => warehouse)].map(
    ([warehouse, moves]): [string, number] => [warehouse, sumOf(moves, quantityOf)],
  );
  return topOf(levels, levels.length);
}

/** Stock at the end of each month of a range, those without movements too. */
export function computeStockByMonth(records: readonly InventoryRecord[], { from, to }: Range) {
  const past = within(records, { from: "0000-01-01", to });
  const levels: { month: string; stock: number }[] = [];
  for (let month = from.slice(0, 7); month <= to.slice(0, 7); month = nextMonth(month)) {
    const moves = past.filter(({ occurredAt }) => monthOf(occurredAt) <= month);
    if (moves.length > 0) levels.push({ month, stock: sumOf(moves, quantityOf) });
  }
  return levels;
}

function nextMonth(month: string): string {
  const [year = 0, number = 0] = month.split("-").map(Number);
  return monthOf(Date.UTC(year, number, 1));
}

export function computeMovementsByKind(records: readonly InventoryRecord[], range: Range) {
  return Object.fromEntries(
    [...groupBy(within(records, range), ({ kind }) => kind)].map(([kind, moves]) => [
      kind,
      { movements: moves.length, quantity: sumOf(moves, quantityOf) },
    ]),
  );
}

export function computeValueByCategory(records: readonly InventoryRecord[], range: Range) {
  const values = [...groupBy(within(records, range), ({ category }) => category)].map(
    ([category, moves]): [string, number] => [
      category,
      rounded(
        sumOf(moves, ({ quantity, unitCost }) => quantity * unitCost),
        2,
      ),
    ],
  );
  return topOf(values, values.length);
}

export function computeUnitCosts(records: readonly InventoryRecord[], range: Range) {
  return Object.fromEntries(
    [...groupBy(within(records, range), ({ category }) => category)].map(([category, moves]) => {
      const costs = moves.map(({ unitCost }) => unitCost);
      const lowest = costs.reduce((a, b) => Math.min(a, b));
      return [category, { lowest, highest: costs.reduce((a, b) => Math.max(a, b)) }];
    }),
  );
}

/** Products by what left a warehouse: quantities going out are negative. */
export function computeTopOutgoing(
  records: readonly InventoryRecord[],
  range: Range,
  warehouse: string,
  count: number,
) {
  const out = within(records, range).filter(
    (record) =>
      record.warehouse === warehouse && (record.kind === "shipment" || record.kind === "transfer"),
  );
  const left = [...groupBy(out, ({ product }) => product)].map(
    ([product, moves]): [string, number] => [product, 0 - sumOf(moves, quantityOf)],
  );
  return topOf(left, count);
}
