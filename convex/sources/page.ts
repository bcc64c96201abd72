/**
 * Pages of raw records, by time: what stands behind a figure. The index narrows to tenant and time; filters are
 * applied to what a page has read, so that a page's cost does not depend on how many records match.
 */
import type { PaginationOptions } from "convex/server";
import { v, type Infer } from "convex/values";
import { fail } from "../../src/client/index.js";
import { mustGetTenant, type Member } from "../access/membership.js";
import type { QueryCtx } from "../_generated/server.js";
import { catalogue } from "../cubes.js";
import { rowOf, type Row, type RowShape } from "./rows.js";
import { inventoryShape, watchShape } from "./shapes.js";
import { vRow } from "./validators.js";

/** Records that a page reads: 3 MB where each is as large as a row may be, and usually 75 kB. */
export const PAGE_RECORDS_MAX = 250;
/** Conditions of a page, and values of all of them: each record is compared with them. */
export const FILTERS_MAX = 16;
export const FILTER_VALUES_MAX = 500;

/** One condition, in Cube's form: a record matches where one of its values is, or none is, among `values`. */
export const vRecordFilter = v.object({
  /** Such as "watch.category". */
  member: v.string(),
  operator: v.string(),
  values: v.array(v.string()),
});

export const vRecord = v.object({
  id: v.string(),
  /** As `record` takes it, with its key if it has one. */
  row: vRow,
});

/** What a page found among the records that it read. */
export const vFound = v.object({ records: v.array(vRecord), read: v.number() });

export interface RecordsAsked {
  cube: string;
  /** Epoch ms, included; null for no bound. */
  from: number | null;
  /** Epoch ms, excluded; null for no bound. */
  to: number | null;
  filters: Infer<typeof vRecordFilter>[];
  order: "asc" | "desc";
  paginationOpts: PaginationOptions;
}

type ReadCtx = Pick<QueryCtx, "db"> & { member: Member };
type Test = (row: Row) => boolean;

const shapes: Record<keyof typeof catalogue, RowShape> = {
  watch: watchShape,
  inventory: inventoryShape,
};

/**
 * One page of a cube's records in the order of time, of equal times in that of creation. Reads `numItems` records,
 * 250 at most, and answers those that match: perhaps none, with more behind the cursor. Throws `UnknownCube`,
 * `InvalidQuery`, `UnsupportedOperator` and `InvalidCursor`.
 */
export async function recordsPage(ctx: ReadCtx, asked: RecordsAsked) {
  const { filters, order, paginationOpts } = asked;
  const name = mustBeCube(asked.cube);
  mustBeBounded(asked);
  const { tenantId } = ctx.member;
  const needsClock = filters.some(({ member }) => isClock(dimensionOf(name, member)));
  const { timezone } = needsClock ? await mustGetTenant(ctx, tenantId) : { timezone: "UTC" };
  const tests = filters.map((filter) => testOf(name, filter, timezone));
  // Both tables have this index, over the time of their own.
  const time = catalogue[name].time as "watchedAt";
  const reading = ctx.db
    .query(catalogue[name].table as "watchRecords")
    .withIndex("by_tenant_and_time", (q) => {
      const ofTenant = q.eq("tenantId", tenantId);
      const { from, to } = asked;
      if (from !== null && to !== null) return ofTenant.gte(time, from).lt(time, to);
      if (from !== null) return ofTenant.gte(time, from);
      return to === null ? ofTenant : ofTenant.lt(time, to);
    })
    .order(order)
    .paginate({ ...paginationOpts, maximumRowsRead: 2 * PAGE_RECORDS_MAX });
  const { page, ...cursors } = await reading.catch((error: unknown) => {
    // All else of the request was looked at, and so few records are below every limit.
    const { cursor, endCursor } = paginationOpts;
    if (cursor === null && (endCursor ?? null) === null) throw error;
    return fail("InvalidCursor", "That is not a cursor of this query.");
  });
  const records = page
    .map((doc) => ({ id: doc._id as string, row: rowOf(shapes[name], doc) }))
    .filter(({ row }) => tests.every((test) => test(row)));
  return { ...cursors, page: [{ records, read: page.length }] };
}

function mustBeCube(name: string): keyof typeof catalogue {
  if (Object.hasOwn(catalogue, name)) return name as keyof typeof catalogue;
  return fail("UnknownCube", `There is no cube "${name}".`, { cubes: Object.keys(catalogue) });
}

function mustBeBounded({ filters, paginationOpts: { numItems } }: RecordsAsked): void {
  if (!Number.isInteger(numItems) || numItems < 1 || numItems > PAGE_RECORDS_MAX) {
    fail("InvalidQuery", `A page reads 1 to ${PAGE_RECORDS_MAX} records.`, {
      recordsMax: PAGE_RECORDS_MAX,
    });
  }
  const values = filters.reduce((sum, one) => sum + one.values.length, 0);
  if (filters.length > FILTERS_MAX || values > FILTER_VALUES_MAX) {
    const bounds = `${FILTERS_MAX} filters and ${FILTER_VALUES_MAX} values`;
    fail("InvalidQuery", `A page takes at most ${bounds}.`, { valuesMax: FILTER_VALUES_MAX });
  }
}

interface Dimension {
  type: string;
  field: string;
}

function dimensionOf(cube: keyof typeof catalogue, member: string): Dimension {
  const { dimensions } = catalogue[cube];
  const [of, name = ""] = member.split(".");
  const known = of === cube && Object.hasOwn(dimensions, name);
  const dimension = known ? dimensions[name as keyof typeof dimensions] : undefined;
  return dimension !== undefined && (dimension as Dimension).type !== "time"
    ? dimension
    : fail("InvalidQuery", `${cube} has no dimension of that name to filter by.`, { cube });
}

const isClock = ({ type }: Dimension) => type === "hourOfDay" || type === "weekday";

/** As answers match: one of a record's values is, or with `notEquals` none is, among those of the filter. */
function testOf(
  cube: keyof typeof catalogue,
  { member, operator, values }: Infer<typeof vRecordFilter>,
  timezone: string,
): Test {
  if (operator !== "equals" && operator !== "notEquals") {
    return fail("UnsupportedOperator", "Records are filtered by equals and notEquals.", { member });
  }
  const dimension = dimensionOf(cube, member);
  const wanted = new Set(values);
  const valuesOf = isClock(dimension)
    ? clockOf(dimension, timezone)
    : (row: Row) => [row[dimension.field] ?? []].flat();
  return (row) =>
    valuesOf(row).some((value) => wanted.has(String(value))) === (operator === "equals");
}

const weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** The hour, or the ISO weekday, that the clock of a zone shows at a record's time. */
function clockOf({ type, field }: Dimension, timeZone: string) {
  const clock = new Intl.DateTimeFormat("en-US", {
    timeZone,
    ...(type === "weekday" ? { weekday: "short" } : { hour: "2-digit", hourCycle: "h23" }),
  });
  return (row: Row) => {
    const text = clock.format(row[field] as number);
    return [type === "weekday" ? weekdays.indexOf(text) + 1 : Number(text)];
  };
}
