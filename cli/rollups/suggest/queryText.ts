/** Queries as code. */
import { isListed } from "./conditions.js";
import { filterOf, type Draft } from "./draft.js";
import {
  CannotTell,
  isGiven,
  type Condition,
  type Expr,
  type Group,
  type Literal,
} from "./expr.js";

/** A query as code, over the function's parameters. */
export interface Query {
  key: string;
  group: Group | null;
  where: readonly Condition[];
  measures: Set<string>;
  /** Members of rows, `null` granularity for those that are no time. */
  dimensions: string[];
  granularity: string | null;
  time: string | null;
  order: [string, "asc" | "desc"][];
  limit: Expr | null;
  hours: boolean;
  needs: Set<string>;
}

/** The code of a query; `js` makes the code of a value. */
export function queryText(query: Query, draft: Draft, js: (e: Expr) => string): string {
  const filters = query.where.flatMap((condition) => filterText(query, condition, draft, js));
  const time = query.time ?? (filters.some(({ isTime }) => isTime) ? "" : null);
  draft.rollup([...query.needs], query.hours);
  const parts = [
    `measures: ${JSON.stringify([...query.measures])}`,
    ...(query.dimensions.length > 0 ? [`dimensions: ${JSON.stringify(query.dimensions)}`] : []),
    ...(query.granularity !== null
      ? [
          `timeDimensions: [{ dimension: ${JSON.stringify(query.time)}, granularity: "${query.granularity}" }]`,
        ]
      : []),
    ...(filters.length > 0 ? [`filters: [${filters.map(({ text }) => text).join(", ")}]`] : []),
    ...(query.order.length > 0 ? [`order: ${JSON.stringify(query.order)}`] : []),
    ...(query.limit !== null ? [`limit: ${js(query.limit)}`] : []),
    ...(time !== null || query.hours ? [`timezone: "UTC"`] : []),
  ];
  return `{ ${parts.join(", ")} }`;
}

function filterText(
  query: Query,
  condition: Condition,
  draft: Draft,
  js: (e: Expr) => string,
): { text: string; isTime: boolean }[] {
  if (condition.kind === "time") {
    const { bound, side, unit } = condition;
    const member = JSON.stringify(draft.member(draft.time(condition.of)));
    // Before all time: what callers say who want no beginning.
    if (bound.op === "literal" && side.startsWith(">") && isBeforeAll(bound.value)) return [];
    if (!isGiven(bound)) throw new CannotTell("records up to a time that depends on records");
    const operator = {
      ">=": "afterOrOnDate",
      ">": "afterDate",
      "<=": "beforeOrOnDate",
      "<": "beforeDate",
    }[side];
    const code = js(bound);
    const value = unit === "day" ? code : `new Date(${code}).toISOString().slice(0, 23)`;
    return [
      {
        text: `{ member: ${member}, operator: "${operator}", values: [${value}] }`,
        isTime: true,
      },
    ];
  }
  const { of, negated, values } = condition;
  const name = draft.dimension(of);
  query.needs.add(name);
  const member = JSON.stringify(draft.member(name));
  if (isListed(condition)) {
    const { operator, values } = filterOf(name, condition);
    const list = values === undefined ? "" : `, values: ${JSON.stringify(values)}`;
    return [{ text: `{ member: ${member}, operator: "${operator}"${list} }`, isTime: false }];
  }
  const isBoolean = of.op === "field" && of.type === "boolean";
  const list = values.map((one) => (isBoolean ? `String(${js(one)})` : js(one)));
  const operator = negated ? "notEquals" : "equals";
  return [
    {
      text: `{ member: ${member}, operator: "${operator}", values: [${list.join(", ")}] }`,
      isTime: false,
    },
  ];
}

const isBeforeAll = (bound: Literal): boolean =>
  typeof bound === "string" ? bound < "0001" : bound === -Infinity;
