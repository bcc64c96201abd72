/** In which order a query wants its rows. */
import { MEMBERS_MAX } from "./bounds.js";
import { timeColumns, type NormalizedQuery } from "./normalizedQuery.js";
import { flag, invalid, isParts, list, mustBeParts, mustBeText } from "./parts.js";

/** The order as asked for or, by default, Cube's: time, else the first measure down, else the first dimension. */
export function readOrder(value: unknown, query: NormalizedQuery): NormalizedQuery["order"] {
  const { measures, dimensions, time } = query;
  if (value == null) {
    if (time !== null && time.granularity !== null) return [{ id: time.dimension, desc: false }];
    const [measure] = measures;
    const [dimension] = dimensions;
    if (dimension === undefined) return [];
    return measure === undefined ? [{ id: dimension, desc: false }] : [{ id: measure, desc: true }];
  }
  const order = orderItems(value).map(({ id, desc }, i) => {
    const path = `order.${i}`;
    const [finest, ...others] = timeColumns(query);
    const isFinest = finest !== undefined && (id === time?.dimension || id === finest);
    if (isFinest) return { id: time?.dimension as string, desc };
    if ([...others, ...measures, ...dimensions].includes(id)) return { id, desc };
    throw invalid(path, `${JSON.stringify(id)} is not among the query's members`);
  });
  // A member that is listed again cannot change the order any more.
  return order.filter(({ id }, i) => order.findIndex((item) => item.id === id) === i);
}

function orderItems(value: unknown): { id: string; desc: boolean }[] {
  if (isParts(value)) {
    const entries = Object.entries(value);
    if (entries.length > MEMBERS_MAX)
      throw invalid("order", `lists more than ${MEMBERS_MAX} members`);
    return entries.map(([id, direction]) => ({ id, desc: isDescending(direction, `order.${id}`) }));
  }
  return list(value, "order").map((item, i) => {
    const path = `order.${i}`;
    if (Array.isArray(item) && item.length === 2) {
      return { id: mustBeText(item[0], path), desc: isDescending(item[1], path) };
    }
    if (isParts(item)) {
      const { id, desc } = mustBeParts(item, path, ["id", "desc"]);
      return { id: mustBeText(id, `${path}.id`), desc: flag(desc, `${path}.desc`) };
    }
    throw invalid(path, "must be [member, direction]");
  });
}

function isDescending(value: unknown, path: string): boolean {
  if (value === "asc" || value === "desc") return value === "desc";
  throw invalid(path, 'must be "asc" or "desc"');
}
