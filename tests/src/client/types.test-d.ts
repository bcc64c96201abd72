/**
 * What the compiler promises about queries and rows; `tsc --noEmit` is the test. Each line below
 * `@ts-expect-error` must be an error, and each `expectTypeOf` must hold.
 */
import type { ConvexReactClient } from "convex/react";
import type { FunctionReturnType, GenericDataModel, GenericQueryCtx } from "convex/server";
import type { GenericId } from "convex/values";
import { expectTypeOf } from "vitest";
import { components } from "../../../convex/_generated/api.js";
import { watch } from "../../../convex/cubes.js";
import { Rollups } from "../../../src/client/Rollups.js";
import type { CubeOptions } from "../../../src/client/cubes/cubeOptions.js";
import type { QueryOfCubes } from "../../../src/client/types/queries.js";
import type { AnyRowOf, RowOf } from "../../../src/client/types/rows.js";
import type { TenantField, TenantOf } from "../../../src/client/types/tenants.js";
import { createRollups } from "../../../src/react/createRollups.js";
import { useRollup, type RollupAnswer } from "../../../src/react/useRollup.js";
import { api, apiOf, cubes, rollups, schema, type Cubes } from "../support/orders.js";

declare const orgId: GenericId<"orgs">;
const { rows } = api.rollups;
declare function rowOf<Row>(answer: RollupAnswer<Row>): Row;
const revenue = ["orders.revenue"] as const;

// A cube's options: short, whole, and neither.
export const whole: CubeOptions = watch;
export const none: CubeOptions = {
  time: "at",
  dimensions: {},
  measures: {},
  // @ts-expect-error A rollup needs its dimensions.
  rollups: { totals: { levels: { day: "month" } } },
};
export const typo: CubeOptions = {
  time: "at",
  dimensions: {
    // @ts-expect-error There is no such type of dimension.
    status: "text",
  },
  measures: {
    // @ts-expect-error There is no such measure.
    sum: { total: "amount" },
  },
  rollups: {},
};

export function members() {
  useRollup(rows, { orgId }, { measures: ["orders.revenue", "orders.count", "orders.largest"] });
  useRollup(rows, { orgId }, { measures: ["visits.kinds"], dimensions: ["visits.kind"] });
  // @ts-expect-error A measure is misspelt.
  useRollup(rows, { orgId }, { measures: ["orders.revenu"] });
  // @ts-expect-error A cube is misspelt.
  useRollup(rows, { orgId }, { measures: ["order.revenue"] });
  // @ts-expect-error A dimension is misspelt.
  useRollup(rows, { orgId }, { measures: revenue, dimensions: ["orders.statsu"] });
  // @ts-expect-error A measure is not a dimension.
  useRollup(rows, { orgId }, { dimensions: ["orders.revenue"] });
  // @ts-expect-error A dimension is not a measure.
  useRollup(rows, { orgId }, { measures: ["orders.status"] });
  // @ts-expect-error A time needs a granularity.
  useRollup(rows, { orgId }, { measures: revenue, dimensions: ["orders.createdAt"] });
  // @ts-expect-error A query asks one cube.
  useRollup(rows, { orgId }, { measures: revenue, dimensions: ["visits.kind"] });
  // @ts-expect-error A member of the order is misspelt.
  useRollup(rows, { orgId }, { measures: revenue, order: { "orders.revenu": "desc" } });
}

export function granularities() {
  const time = (timeDimensions: QueryOfCubes<Cubes>["timeDimensions"]) => timeDimensions;
  time([{ dimension: "orders.createdAt", granularity: "quarterHour" }]);
  time([{ dimension: "orders.shippedAt", granularity: "fortnight" }]);
  time([{ dimension: "visits.creationTime", granularity: "week", dateRange: ["2026-01-01"] }]);
  useRollup(rows, { orgId }, { measures: revenue, dimensions: ["orders.createdAt.month"] });
  useRollup(rows, { orgId }, { measures: revenue, dimensions: ["orders.shippedAt.fortnight"] });
  // @ts-expect-error A granularity is misspelt.
  time([{ dimension: "orders.createdAt", granularity: "mnth" }]);
  // @ts-expect-error Only the other time has this granularity.
  time([{ dimension: "orders.createdAt", granularity: "fortnight" }]);
  // @ts-expect-error This is not a time.
  time([{ dimension: "orders.status", granularity: "day" }]);
  // @ts-expect-error A range is given or several are compared.
  time([{ dimension: "orders.createdAt", dateRange: "2026", compareDateRange: ["2025"] }]);
  useRollup(
    rows,
    { orgId },
    {
      measures: revenue,
      // @ts-expect-error A granularity is misspelt.
      timeDimensions: [{ dimension: "orders.createdAt", granularity: "mnth" }],
    },
  );
  useRollup(
    rows,
    { orgId },
    {
      measures: revenue,
      // @ts-expect-error A key is misspelt.
      timeDimensions: [{ dimension: "orders.createdAt", granularty: "day" }],
    },
  );
}

export function filters() {
  const on = (...filters: NonNullable<QueryOfCubes<Cubes>["filters"]>) => filters;
  on({ member: "orders.status", operator: "equals", values: ["paid", null] });
  on({ member: "orders.stars", operator: "notIn", values: [1, 2] });
  on({ member: "orders.tag", operator: "set" });
  on({ member: "orders.createdAt", operator: "inDateRange", values: ["2026-01-01", "2026-02-01"] });
  on({ member: "orders.createdAt", operator: "notInDateRange", values: ["2026-01-01"] });
  on({ member: "orders.createdAt", operator: "equals", values: ["2026-01-01"] });
  on({ member: "orders.status", operator: "notContains", values: ["pa", null] });
  on({ member: "orders.stars", operator: "gte", values: [4] });
  on({
    or: [
      { member: "orders.tag", operator: "notSet" },
      { and: [{ member: "orders.stars", operator: "gt", values: [3] }] },
    ],
  });
  // @ts-expect-error A member within a tree is misspelt.
  on({ or: [{ member: "orders.tags", operator: "set" }] });
  // @ts-expect-error An operator is misspelt.
  on({ member: "orders.status", operator: "equal", values: ["paid"] });
  // @ts-expect-error An operator of times is on a text.
  on({ member: "orders.status", operator: "beforeDate", values: ["2026-01-01"] });
  // @ts-expect-error An operator of texts is on a time.
  on({ member: "orders.createdAt", operator: "contains", values: ["2026"] });
  // @ts-expect-error An operator of texts is on a number.
  on({ member: "orders.stars", operator: "startsWith", values: ["4"] });
  // @ts-expect-error An operator of numbers is on a text.
  on({ member: "orders.status", operator: "gt", values: ["paid"] });
  // @ts-expect-error A number compares with one other.
  on({ member: "orders.stars", operator: "gt", values: [1, 2] });
  on({ member: "orders.revenue", operator: "gte", values: [1] });
  on({
    or: [
      { member: "orders.revenue", operator: "notSet" },
      { member: "orders.count", operator: "equals", values: [0] },
    ],
  });
  // @ts-expect-error An operator of texts is on a measure.
  on({ member: "orders.revenue", operator: "contains", values: ["1"] });
  // @ts-expect-error Measures and dimensions are joined by or.
  on({
    or: [
      { member: "orders.revenue", operator: "set" },
      { member: "orders.tag", operator: "set" },
    ],
  });
  // @ts-expect-error The values are missing.
  on({ member: "orders.status", operator: "equals" });
  useRollup(
    rows,
    { orgId },
    {
      measures: revenue,
      // @ts-expect-error An operator is misspelt.
      filters: [{ member: "orders.status", operator: "equal", values: ["paid"] }],
    },
  );
  useRollup(
    rows,
    { orgId },
    {
      measures: revenue,
      // @ts-expect-error A key is not one of a filter.
      filters: [{ member: "orders.status", operator: "set", negate: true }],
    },
  );
}

export function segments() {
  useRollup(rows, { orgId }, { measures: revenue, segments: ["orders.paid"] });
  // @ts-expect-error A segment is misspelt.
  useRollup(rows, { orgId }, { measures: revenue, segments: ["orders.payed"] });
  // @ts-expect-error The other cube has no segments.
  useRollup(rows, { orgId }, { measures: ["visits.count"], segments: ["visits.paid"] });
}

export function keys(open: boolean) {
  useRollup(rows, { orgId }, "skip");
  const { data } = useRollup(rows, { orgId }, open ? { measures: revenue } : "skip");
  expectTypeOf(data).toEqualTypeOf<
    readonly { readonly "orders.revenue": number | null }[] | undefined
  >();
  // @ts-expect-error A measure is misspelt, in a query that may be skipped.
  useRollup(rows, { orgId }, open ? { measures: ["orders.revenu"] } : "skip");
  useRollup(rows, { orgId }, { measures: revenue }, { freshness: "folded" });
  // @ts-expect-error A key is misspelt.
  useRollup(rows, { orgId }, { measuers: ["orders.revenue"] });
  // @ts-expect-error A key does not exist.
  useRollup(rows, { orgId }, { measures: revenue, limits: 3 });
  // @ts-expect-error Nothing else is instead of a query.
  useRollup(rows, { orgId }, "skipp");
  // @ts-expect-error A freshness is misspelt.
  useRollup(rows, { orgId }, { measures: revenue }, { freshness: "fold" });
}

export function tenants() {
  expectTypeOf<TenantField<typeof cubes>>().toEqualTypeOf<"orgId">();
  expectTypeOf<TenantOf<typeof schema, typeof cubes>>().toEqualTypeOf<GenericId<"orgs">>();
  // @ts-expect-error The argument has another name.
  useRollup(rows, { tenantId: orgId }, { measures: revenue });
  // @ts-expect-error A text is not an id.
  useRollup(rows, { orgId: "acme" }, { measures: revenue });
  // @ts-expect-error The tenant is missing.
  useRollup(rows, {}, { measures: revenue });
  const called = new Rollups(components.rollups, {
    schema,
    cubes,
    authorize: () => null,
    tenantArgument: "organisation",
  });
  useRollup(apiOf(called.functions()).rollups.rows, { organisation: orgId }, { measures: revenue });
  // @ts-expect-error The app has given the argument another name.
  useRollup(apiOf(called.functions()).rollups.rows, { orgId }, { measures: revenue });
  const { tenant: _, ...alone } = cubes.orders;
  const untold = new Rollups(components.rollups, {
    schema,
    cubes: { orders: alone },
    authorize: () => null,
  });
  useRollup(apiOf(untold.functions()).rollups.rows, {}, { measures: revenue });
  // @ts-expect-error An app without tenants has no argument for one.
  useRollup(apiOf(untold.functions()).rollups.rows, { orgId }, { measures: revenue });
}

/** Inside an app's own query. */
export async function inside(ctx: GenericQueryCtx<GenericDataModel>) {
  const { data } = await rollups.query(ctx, orgId, { measures: revenue });
  expectTypeOf(data).toEqualTypeOf<{ readonly "orders.revenue": number | null }[]>();
  // @ts-expect-error A measure is misspelt.
  await rollups.query(ctx, orgId, { measures: ["orders.revenu"] });
  // @ts-expect-error A text is not an id.
  await rollups.query(ctx, "acme", { measures: revenue });
}

/** The same checks without the hook: arguments and rows of the functions themselves. */
export function functions(client: ConvexReactClient) {
  const asked = { orgId, query: { measures: ["orders.count"] } } as const;
  void client.query(api.rollups.load, asked);
  void client.query(api.rollups.explain, asked);
  // @ts-expect-error A measure is misspelt.
  void client.query(rows, { orgId, query: { measures: ["orders.coutn"] } });
  expectTypeOf<FunctionReturnType<typeof rows>["data"]>().toEqualTypeOf<AnyRowOf<Cubes>[]>();
  expectTypeOf<FunctionReturnType<typeof rows>["servedBy"]>().toEqualTypeOf<string>();
}

export function columns(granularity: "day" | "month", members: ("orders.status" | "orders.tag")[]) {
  const daily = useRollup(
    rows,
    { orgId },
    {
      measures: ["orders.revenue"],
      dimensions: ["orders.status", "orders.stars", "orders.weekday"],
      timeDimensions: [{ dimension: "orders.createdAt", granularity: "day" }],
      filters: [{ member: "orders.tag", operator: "set" }],
      order: [["orders.revenue", "desc"]],
      limit: 10,
    },
  );
  type Daily = NonNullable<typeof daily.data>[number];
  expectTypeOf<Daily>().toEqualTypeOf<{
    readonly "orders.revenue": number | null;
    readonly "orders.status": string | null;
    readonly "orders.stars": number | null;
    readonly "orders.weekday": number | null;
    readonly "orders.createdAt.day": string;
  }>();
  for (const row of daily.data ?? []) {
    // @ts-expect-error The query does not ask for this measure.
    void row["orders.count"];
    // @ts-expect-error The time has a granularity.
    void row["orders.createdAt"];
    // @ts-expect-error It was asked by the day.
    void row["orders.createdAt.month"];
    // @ts-expect-error A measure may be null.
    void (row["orders.revenue"] satisfies number);
    // @ts-expect-error Rows are not written to.
    row["orders.revenue"] = 1;
    // @ts-expect-error Nothing is compared.
    void row.compareDateRange;
  }

  const compared = useRollup(
    rows,
    { orgId },
    {
      measures: ["visits.count"],
      timeDimensions: [
        { dimension: "visits.creationTime", compareDateRange: ["2025-01-01", "2026-01-01"] },
      ],
    },
  );
  expectTypeOf(rowOf(compared)).toEqualTypeOf<{
    readonly "visits.count": number | null;
    readonly compareDateRange: string;
  }>();

  const ranked = useRollup(
    rows,
    { orgId },
    { measures: revenue, dimensions: ["orders.status"], limit: 3, others: true },
  );
  expectTypeOf(rowOf(ranked)).toEqualTypeOf<{
    readonly "orders.revenue": number | null;
    readonly "orders.status": string | null;
    readonly others: number | null;
  }>();

  // What varies at run time may be absent.
  const varied = useRollup(
    rows,
    { orgId },
    {
      measures: ["orders.count"],
      dimensions: members,
      timeDimensions: [{ dimension: "orders.createdAt", granularity }],
    },
  );
  expectTypeOf(rowOf(varied)).toEqualTypeOf<{
    readonly "orders.count": number | null;
    readonly "orders.status"?: string | null;
    readonly "orders.tag"?: string | null;
    readonly "orders.createdAt.day"?: string;
    readonly "orders.createdAt.month"?: string;
  }>();
}

/** Hooks below a provider are typed as the one without. */
export function bound() {
  const app = createRollups({ api: api.rollups });
  type Tenant = Parameters<typeof app.RollupsProvider>[0]["tenant"];
  expectTypeOf<keyof Tenant>().toEqualTypeOf<"orgId">();
  expectTypeOf<Tenant["orgId"]>().toEqualTypeOf<GenericId<"orgs">>();
  const { data } = app.useAggregate({ measures: revenue, dimensions: ["orders.status"] });
  expectTypeOf(data).toEqualTypeOf<
    | readonly {
        readonly "orders.revenue": number | null;
        readonly "orders.status": string | null;
      }[]
    | undefined
  >();
  app.useAggregate("skip");
  // @ts-expect-error A measure is misspelt.
  app.useAggregate({ measures: ["orders.revenu"] });
  // @ts-expect-error A key does not exist.
  app.useAggregate({ measures: revenue, limits: 3 });
  // @ts-expect-error A function is missing.
  createRollups({ api: { rows: api.rollups.rows } });
}

export function queriesAsValues(query: QueryOfCubes<Cubes>) {
  // A query whose members the compiler does not know has rows that may have any column.
  expectTypeOf(rowOf(useRollup(rows, { orgId }, query))).toEqualTypeOf<AnyRowOf<Cubes>>();

  const monthly = {
    measures: ["orders.largest"],
    timeDimensions: [{ dimension: "orders.shippedAt", granularity: "fortnight" }],
  } as const satisfies QueryOfCubes<Cubes>;
  expectTypeOf(rowOf(useRollup(rows, { orgId }, monthly))).toEqualTypeOf<{
    readonly "orders.largest": number | null;
    readonly "orders.shippedAt.fortnight": string;
  }>();

  // Definitions of `defineCube` are known as well as options.
  type Viewers = { measures: ["watch.viewers"]; dimensions: ["watch.topic"] };
  expectTypeOf<RowOf<Viewers, { watch: typeof watch }>>().toEqualTypeOf<{
    readonly "watch.viewers": number | null;
    readonly "watch.topic": string | null;
  }>();
}

export function errors() {
  const { error } = useRollup(rows, { orgId }, { measures: revenue });
  expectTypeOf(error!.code).extract<"NoRollup">().toEqualTypeOf<"NoRollup">();
}
