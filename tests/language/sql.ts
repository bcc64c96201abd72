/** Questions as SQL for DuckDB: one statement of rows, and one of their number, for each range. */
import { conditionsOf, type MemberFilter, type OracleFilter } from "../oracle/filters.js";
import { between, ofDimension, ofTime, oneValue, positiveOf, text } from "./conditions.js";
import { orders } from "./oracle/cubes.js";
import { shortName, type Question } from "./oracle/model.js";
import { rangeOf, type Now, type Range } from "./oracle/words.js";

export interface Statement {
  rows: string;
  /** Null where the question does not ask for it. */
  total: string | null;
  /** Of a comparison: what its rows say. */
  label: string | null;
}

const amount = "quantity * price";
/** 0 has no sign with us. */
const over = (above: string, below: string) =>
  `CASE WHEN ${below} = 0 THEN NULL ELSE CAST(${above} AS DOUBLE) / CAST(${below} AS DOUBLE) + 0 END`;
const ofPaid = "count(*) FILTER (WHERE paid = 'true')";

/** All measures that SQL says. */
export const measures: Readonly<Record<string, string>> = {
  count: "count(*)",
  quantity: "sum(quantity)",
  revenue: `sum(${amount})`,
  averagePrice: "avg(price)",
  cheapest: "min(price)",
  dearest: "max(price)",
  fewest: "min(quantity)",
  weight: "sum(weight)",
  spread: "var_pop(price)",
  deviation: "stddev_pop(quantity)",
  exactMedian: "quantile_disc(price, 0.5)",
  upperPrice: "quantile_disc(price, 0.9)",
  cities: "count(DISTINCT city)",
  tagKinds: "coalesce(len(list_distinct(flatten(list(tags)))), 0)",
  paidCount: ofPaid,
  giftRevenue: `sum(${amount}) FILTER (WHERE NOT list_contains(tags, 'bulk') AND city IS NOT NULL)`,
  nightly: "count(*) FILTER (WHERE hour(home) IN (22, 23, 0, 1, 2))",
  unitPrice: over(`sum(${amount})`, "sum(quantity)"),
  paidShare: over(ofPaid, "count(*)"),
};

const buckets: Readonly<Record<string, string>> = {
  quarterHour: "time_bucket(INTERVAL '15 minutes', wall, TIMESTAMP '2001-01-01')",
  shift: "time_bucket(INTERVAL '8 hours', wall, TIMESTAMP '2001-01-01 06:00:00')",
  fortnight: "time_bucket(INTERVAL '2 weeks', wall, TIMESTAMP '2024-01-02')",
  fiscalYear: "time_bucket(INTERVAL '1 year', wall, TIMESTAMP '2001-04-01')",
};

const bucket = (name: string) =>
  `strftime(CAST(${buckets[name] ?? `date_trunc('${name}', wall)`} AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%g')`;

/** The statements of a question that SQL says, one for each range of a comparison. */
export function statementsOf(question: Question, tenantZone: string, now: Now): Statement[] {
  const items = question.timeDimensions ?? [];
  const bounds = items.flatMap(({ dateRange }) =>
    dateRange === undefined ? [] : [rangeOf(dateRange, now)],
  );
  const compared = items.flatMap(({ compareDateRange }) => compareDateRange ?? []);
  const writer = new Writer(question, tenantZone, now);
  if (compared.length === 0) return [{ ...writer.write(bounds), label: null }];
  return compared.map((told) => {
    const range = rangeOf(told, now);
    return { ...writer.write([range]), label: range.join(" - ") };
  });
}

class Writer {
  private readonly time: string;
  /** Full names of columns that rows are grouped by, and what they are. */
  private readonly columns: readonly (readonly [name: string, sql: string])[];
  private readonly asked: readonly string[];

  constructor(
    private readonly question: Question,
    private readonly tenantZone: string,
    private readonly now: Now,
  ) {
    const { dimensions = [], timeDimensions = [], filters = [] } = question;
    const parted = dimensions.filter((name) => name.split(".").length === 3);
    const ofFilters = conditionsOf(filters).map(({ member }) => member);
    const isTime = (name: string) => orders.dimensions[shortName(name)]?.kind === "time";
    const named = parted[0]?.split(".").slice(0, 2).join(".") ?? timeDimensions[0]?.dimension;
    this.time = shortName(named ?? ofFilters.find(isTime) ?? "orders.at");
    const granularities = [
      ...parted.map((name) => name.split(".")[2]!),
      ...timeDimensions.flatMap(({ granularity }) => granularity ?? []),
    ];
    const plain = dimensions.filter((name) => !parted.includes(name));
    this.columns = [
      ...[...new Set(plain)].map((name) => [name, ofDimension(shortName(name))] as const),
      ...[...new Set(granularities)].map(
        (one) => [`orders.${this.time}.${one}`, bucket(one)] as const,
      ),
    ];
    const hidden = ofFilters.filter((name) => shortName(name) in orders.measures);
    this.asked = [...new Set([...(question.measures ?? []), ...hidden])];
  }

  write(ranges: readonly Range[]): Omit<Statement, "label"> {
    const { limit = 10_000, offset = 0, total = false, others = false } = this.question;
    const tables = this.tables(ranges);
    const page = `SELECT ${this.shown().join(", ")} FROM h ${this.order()} LIMIT ${limit} OFFSET ${offset}`;
    return {
      rows: `${tables} ${others ? this.withOthers(limit) : page}`,
      total: total ? `${tables} SELECT count(*) FROM h` : null,
    };
  }

  /** Records with their clocks, those that pass, their groups, and the groups that pass. */
  private tables(ranges: readonly Range[]): string {
    const { question, columns, asked } = this;
    const { segments = [], ungrouped = false } = question;
    const at = (time: string, zone: string) => `"${time}" AT TIME ZONE ${text(zone)}`;
    const tags = "CASE WHEN len(tags) = 0 THEN [NULL] ELSE tags END";
    const clocks = [
      `${at(this.time, this.now.zone)} AS wall`,
      `${at("at", this.now.zone)} AS clock`,
      `${at("at", this.tenantZone)} AS home`,
      `${tags} AS tagset`,
      ...(this.isGrouped("tag") ? [`unnest(${tags}) AS tag`] : []),
    ];
    const passing = [
      ...ranges.map(([from, to]) => between("wall", from, to)),
      ...this.parts(false),
      ...segments.map((name) => this.tree(orders.segments[shortName(name)]!)),
    ];
    const named = columns.map(([name, sql]) => `${sql} AS "${name}"`);
    const keys = [...columns.map(([name]) => `"${name}"`), ...(ungrouped ? ["id"] : [])];
    const measured = asked.map((name) => this.measured(name));
    const grouped = keys.length > 0 ? `GROUP BY ${keys.join(", ")}` : "";
    return `WITH t AS (SELECT *, ${clocks.join(", ")} FROM orders),
      r AS (SELECT ${["*", ...named].join(", ")} FROM t WHERE ${["true", ...passing].join(" AND ")}),
      g AS (SELECT ${[...keys, ...measured].join(", ")} FROM r ${grouped}),
      h AS (SELECT * FROM g WHERE ${["true", ...this.parts(true)].join(" AND ")})`;
  }

  /** The rows of the limit, and one of all records whose groups are beyond it. */
  private withOthers(limit: number): string {
    const { measures: asked = [] } = this.question;
    const same = this.columns.map(([name]) => `k."${name}" IS NOT DISTINCT FROM r."${name}"`);
    const rest = [
      ...["NULL AS n", ...asked.map((name) => this.measured(name))],
      `(SELECT count(*) FROM k) - ${limit} AS others`,
    ];
    return `, k AS (SELECT *, row_number() OVER (${this.order()}) AS n FROM h)
      SELECT ${["n", ...this.shown()].join(", ")}, NULL AS others FROM k WHERE n <= ${limit}
      UNION ALL BY NAME SELECT ${rest.join(", ")} FROM r
      WHERE EXISTS (SELECT 1 FROM k WHERE n > ${limit} AND ${same.join(" AND ")}) HAVING count(*) > 0
      ORDER BY n NULLS LAST`;
  }

  private shown(): string[] {
    const names = [...this.columns.map(([name]) => name), ...(this.question.measures ?? [])];
    return names.map((name) => `"${name}"`);
  }

  private measured(name: string): string {
    const isOfTags = shortName(name) === "tagKinds" && this.isGrouped("tag");
    return `${isOfTags ? "count(DISTINCT tag)" : measures[shortName(name)]} AS "${name}"`;
  }

  private isGrouped(name: string): boolean {
    return this.question.dimensions?.includes(`orders.${name}`) === true;
  }

  /** The filters of rows, or of records. */
  private parts(ofRows: boolean): string[] {
    const isOfRows = (filter: OracleFilter) =>
      conditionsOf([filter]).some(({ member }) => shortName(member) in orders.measures);
    const flat = (filters: readonly OracleFilter[]): OracleFilter[] =>
      filters.flatMap((one) => ("and" in one ? flat(one.and) : [one]));
    return flat(this.question.filters ?? [])
      .filter((one) => isOfRows(one) === ofRows)
      .map((one) => this.tree(one));
  }

  private tree(filter: OracleFilter): string {
    if ("and" in filter) return `(${filter.and.map((one) => this.tree(one)).join(" AND ")})`;
    if ("or" in filter) return `(${filter.or.map((one) => this.tree(one)).join(" OR ")})`;
    return this.condition(filter);
  }

  private condition(filter: MemberFilter): string {
    const name = shortName(filter.member);
    if (name in orders.measures) return oneValue(`"${filter.member}"`, filter, true);
    const { kind } = orders.dimensions[name]!;
    if (kind === "time") return ofTime("wall", filter, this.now);
    const isNumber = kind !== "text" && kind !== "texts";
    if (kind !== "texts" || this.isGrouped(name))
      return oneValue(ofDimension(name), filter, isNumber);
    // One of the values must pass or, where the operator negates, none may be such.
    const positive = positiveOf(filter.operator);
    const one = oneValue("v", { ...filter, operator: positive }, false);
    const some = `len(list_filter(tagset, lambda v: ${one})) > 0`;
    return positive === filter.operator ? `(${some})` : `(NOT ${some})`;
  }

  private order(): string {
    const { order, measures: shown = [], ungrouped = false } = this.question;
    const asked = orderItems(order) ?? this.usualOrder();
    const timed = this.timed();
    const rest = [...timed, ...this.columns.map(([name]) => name), ...(ungrouped ? shown : [])];
    const items = [...asked, ...rest.map((id) => ({ id, isDown: false }))];
    if (items.length === 0) return "";
    const list = items.map(({ id, isDown }) => {
      const name = id === `orders.${this.time}` ? timed[0]! : id;
      return `"${name}" ${isDown ? "DESC" : "ASC"} NULLS LAST`;
    });
    return `ORDER BY ${list.join(", ")}`;
  }

  /** The time's columns, the finest first. */
  private timed(): string[] {
    const finer = orders.granularities.map(({ name }) => name);
    const byLength = [
      "quarterHour",
      "hour",
      "shift",
      "day",
      "week",
      "fortnight",
      "month",
      "quarter",
      "year",
      "fiscalYear",
    ];
    return this.columns
      .map(([name]) => name)
      .filter((name) => finer.includes(name.split(".")[2] ?? ""))
      .sort((a, b) => byLength.indexOf(a.split(".")[2]!) - byLength.indexOf(b.split(".")[2]!));
  }

  private usualOrder(): { id: string; isDown: boolean }[] {
    const [time] = this.timed();
    const [dimension] = this.columns;
    const [measure] = this.question.measures ?? [];
    if (time !== undefined || dimension === undefined) return [];
    return [
      measure === undefined ? { id: dimension[0], isDown: false } : { id: measure, isDown: true },
    ];
  }
}

function orderItems(order: Question["order"]): { id: string; isDown: boolean }[] | null {
  if (order === undefined) return null;
  const entries: readonly unknown[] = Array.isArray(order) ? order : Object.entries(order);
  return entries.map((one) => {
    if (Array.isArray(one)) return { id: one[0] as string, isDown: one[1] === "desc" };
    const { id, desc = false } = one as { id: string; desc?: boolean };
    return { id, isDown: desc };
  });
}
