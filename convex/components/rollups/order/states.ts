/** A tenant's order statistics: what the code declares, and what there is. */
import type { Catalogue } from "../../../../lib/model/cube.js";
import {
  orderFingerprint,
  resolveOrder,
  type StoredOrder,
} from "../../../../lib/order/statistic.js";
import type { App } from "../app/app.js";
import type { QueryCtx } from "../app/ctx.js";
import type { Doc } from "../_generated/dataModel.js";

export type OrderState = Doc<"orderStates">;

interface DeclaredOrder {
  definition: StoredOrder;
  fingerprint: string;
}

/** By the app's cubes, then by the zone. */
const memo = new WeakMap<Catalogue, Map<string, DeclaredOrder[]>>();

/** Every declared order statistic for the zone of the call's tenant. Pure, so remembered. */
export function declaredOrders({ cubes, clocks }: Pick<App, "cubes" | "clocks">): DeclaredOrder[] {
  const known = memo.get(cubes) ?? new Map<string, DeclaredOrder[]>();
  memo.set(cubes, known);
  let declared = known.get(clocks.timezone);
  if (declared === undefined) {
    declared = Object.values(cubes).flatMap((cube) =>
      Object.keys(cube.orderStatistics ?? {}).map((name) => {
        const definition = resolveOrder(cube, name, clocks.timezone);
        return { definition, fingerprint: orderFingerprint(definition) };
      }),
    );
    known.set(clocks.timezone, declared);
  }
  return declared;
}

/** All of a tenant, or those of one cube. */
export async function readOrders(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
  cube?: string,
): Promise<OrderState[]> {
  return await ctx.db
    .query("orderStates")
    .withIndex("by_tenant_and_cube", (q) => {
      const mine = q.eq("tenantId", tenantId);
      return cube === undefined ? mine : mine.eq("cube", cube);
    })
    .collect();
}

/** "cube.statistic@generation", as in answers. */
export function routeOf({ cube, name, generation }: OrderState): string {
  return `${cube}.${name}@${generation}`;
}

/** Those of a tenant that answer. Reads nothing where none is declared. */
export async function servingOrders(ctx: QueryCtx, tenantId: string): Promise<OrderState[]> {
  if (declaredOrders(ctx.app).length === 0) return [];
  const states = await readOrders(ctx, tenantId);
  return states.filter(({ status }) => status === "ready");
}

/** What a plan was made from, as text. */
export function ordersStamp(states: readonly OrderState[]): string {
  return states
    .map(({ _id, status, isOutdated, cursor, position: { commitTs, row, change } }) =>
      [_id, status, isOutdated, JSON.stringify(cursor), commitTs, row, change].join("/"),
    )
    .join(" ");
}
