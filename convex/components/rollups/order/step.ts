/** Carries out what was planned for order statistics, in the transaction of the iteration. */
import { cellKey } from "../../../../lib/tiles/cellKey.js";
import type { Place } from "../../../../lib/order/statistic.js";
import type { Doc } from "../_generated/dataModel.js";
import type { MutationCtx } from "../app/ctx.js";
import type { FoldJob } from "../schema/work.js";
import { ordersStamp, readOrders, type OrderState } from "./states.js";
import { clearTree, moveInTrees, type TreePlace } from "./trees.js";

type OrderWork = NonNullable<FoldJob["order"]>;

/** Does nothing where the plan's basis does not hold any more. Whether nothing is left to do. */
export async function foldOrders(
  ctx: MutationCtx,
  tenantId: string,
  work: FoldJob["order"],
): Promise<boolean> {
  if (work === null) return true;
  const states = await readOrders(ctx, tenantId);
  if (ordersStamp(states) !== work.basis) return false;
  switch (work.kind) {
    case "change":
      await change(ctx, tenantId, work);
      return false;
    case "fold":
      return (await fold(ctx, mustFind(states, work.state), work)) && work.isLast;
    case "sweep":
      await sweep(ctx, mustFind(states, work.state));
      return false;
    default:
      return work satisfies never;
  }
}

async function change(
  ctx: MutationCtx,
  tenantId: string,
  { start, retire }: Extract<OrderWork, { kind: "change" }>,
): Promise<void> {
  for (const id of retire) await ctx.db.patch("orderStates", id, { status: "retiring" });
  for (const { definition, fingerprint, generation } of start) {
    await ctx.db.insert("orderStates", {
      ...{ tenantId, cube: definition.cube, name: definition.name, generation },
      ...{ definition, fingerprint, status: "building", isOutdated: false, cursor: null },
      ...{ position: { commitTs: 0n, row: 0, change: 0 }, groups: 0, records: 0 },
      updatedAt: ctx.now,
    });
  }
}

/** Whether the trees could be changed as planned. */
async function fold(
  ctx: MutationCtx,
  state: OrderState,
  { moves, position, cursor }: Extract<OrderWork, { kind: "fold" }>,
): Promise<boolean> {
  const groups = new Groups(ctx, state);
  for (const { before, after } of moves) {
    const from = await groups.at(before, -1);
    const to = await groups.at(after, 1);
    if (groups.count > ctx.app.limits.orders.groups) {
      await ctx.db.patch("orderStates", state._id, { status: "failed" });
      return false;
    }
    // Something was written past capture: the trees are built again.
    if (!(await moveInTrees(ctx, from, to))) {
      await ctx.db.patch("orderStates", state._id, { status: "retiring" });
      return false;
    }
  }
  const records = await groups.save();
  const status = cursor === "end" ? "ready" : state.status;
  await ctx.db.patch("orderStates", state._id, {
    ...{ position, cursor, status, groups: groups.count },
    ...{ records: state.records + records, updatedAt: ctx.now },
  });
  return true;
}

async function sweep(ctx: MutationCtx, state: OrderState): Promise<void> {
  const groups = await ctx.db
    .query("orderGroups")
    .withIndex("by_state_and_key", (q) => q.eq("state", state._id))
    .take(ctx.app.limits.orders.sweepGroups);
  for (const { _id } of groups) {
    await clearTree(ctx, _id);
    await ctx.db.delete("orderGroups", _id);
  }
  if (groups.length === 0) await ctx.db.delete("orderStates", state._id);
}

/** The rows of the groups that an iteration moves records of, each read and written once. */
class Groups {
  count: number;
  private readonly rows = new Map<
    string,
    { row: Doc<"orderGroups">; records: number; entries: number }
  >();

  constructor(
    private readonly ctx: MutationCtx,
    private readonly state: OrderState,
  ) {
    this.count = state.groups;
  }

  /** Where a record was, or is; it counts one less, or one more. */
  async at(place: Place | null, by: 1 | -1): Promise<TreePlace | null> {
    if (place === null) return null;
    const found = await this.rowOf(place);
    found.records += by;
    if (place.entry === null) return null;
    found.entries += by;
    return { namespace: found.row._id, entry: place.entry };
  }

  /** Writes what has changed; how many records there are more. */
  async save(): Promise<number> {
    let more = 0;
    for (const { row, records, entries } of this.rows.values()) {
      more += records;
      if (records === 0 && entries === 0) continue;
      await this.ctx.db.patch("orderGroups", row._id, {
        records: row.records + records,
        entries: row.entries + entries,
      });
    }
    return more;
  }

  private async rowOf({ group }: Place) {
    const key = cellKey(group);
    const known = this.rows.get(key);
    if (known !== undefined) return known;
    const { db } = this.ctx;
    const state = this.state._id;
    let row = await db
      .query("orderGroups")
      .withIndex("by_state_and_key", (q) => q.eq("state", state).eq("key", key))
      .unique();
    if (row === null) {
      this.count++;
      const id = await db.insert("orderGroups", {
        state,
        key,
        values: group,
        records: 0,
        entries: 0,
      });
      row = (await db.get("orderGroups", id)) as Doc<"orderGroups">;
    }
    const loaded = { row, records: 0, entries: 0 };
    this.rows.set(key, loaded);
    return loaded;
  }
}

function mustFind(states: readonly OrderState[], id: OrderState["_id"]): OrderState {
  const found = states.find(({ _id }) => _id === id);
  if (found === undefined) throw new Error("A plan names a statistic of its basis.");
  return found;
}
