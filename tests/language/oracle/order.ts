/** The order of rows: as asked for, then by every column that rows are grouped by. */
import type { Row, Value } from "./model.js";
import type { Reading } from "./reading.js";

interface Item {
  column: string;
  isDown: boolean;
}

/** Nulls come last in both directions. */
function compare(a: Value, b: Value, isDown: boolean): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? 1 : -1;
  return a < b === isDown ? 1 : -1;
}

/** A sorted copy of what has rows. */
export function ordered<T>(
  { question, timeColumns, timeMember }: Reading,
  dimensions: readonly string[],
  items: readonly T[],
  rowOf: (item: T) => Row,
): T[] {
  const { measures = [], ungrouped = false } = question;
  const grouped = [...timeColumns, ...dimensions];
  const asked = askedOrder(question.order)?.map(({ column, isDown }) => ({
    // The finest granularity goes by the dimension's own name, too.
    column: column === timeMember ? timeColumns[0]! : column,
    isDown,
  }));
  const rest = [...grouped, ...(ungrouped ? measures : [])].map((column) => ({
    ...{ column, isDown: false },
  }));
  const order = [...(asked ?? usual(timeColumns, dimensions, measures)), ...rest];
  return [...items].sort((a, b) => {
    for (const { column, isDown } of order) {
      const difference = compare(rowOf(a)[column]!, rowOf(b)[column]!, isDown);
      if (difference !== 0) return difference;
    }
    return 0;
  });
}

/** Cube's: by time, else the first measure down, else the first dimension. */
function usual(
  timed: readonly string[],
  dimensions: readonly string[],
  measures: readonly string[],
): Item[] {
  if (timed.length > 0) return [{ column: timed[0]!, isDown: false }];
  if (dimensions.length === 0) return [];
  const [measure] = measures;
  return [
    measure === undefined
      ? { column: dimensions[0]!, isDown: false }
      : { column: measure, isDown: true },
  ];
}

/** An object, pairs, or objects of `id` and `desc`. */
function askedOrder(order: unknown): Item[] | undefined {
  if (order === undefined) return undefined;
  const entries = Array.isArray(order) ? (order as unknown[]) : Object.entries(order as object);
  return entries.map((one) => {
    if (Array.isArray(one)) return { column: one[0] as string, isDown: one[1] === "desc" };
    const { id, desc = false } = one as { id: string; desc?: boolean };
    return { column: id, isDown: desc };
  });
}
