/** Answers from order statistics: their trees, and what of the log is not in them, in one snapshot. */
import type { GivenCell } from "../../../../lib/answer/groups.js";
import { RollupsError } from "../../../../lib/errors.js";
import { changesAfter } from "../../../../lib/fold/position.js";
import { Moves } from "../../../../lib/order/changes.js";
import { MergedTrees } from "../../../../lib/order/merged.js";
import { answerFromOrder, orderCells } from "../../../../lib/order/answerFromOrder.js";
import type { Answer } from "../../../../lib/query/answer.js";
import { asksOrder, besideOrder, orderRefusal } from "../../../../lib/order/checks.js";
import { orderRows, type OrderRow } from "../../../../lib/order/orderRows.js";
import type { Entry, OrderGroup } from "../../../../lib/order/statistic.js";
import type { Considered } from "../../../../lib/planner/plan.js";
import type { CompiledQuery } from "../../../../lib/query/compile.js";
import { cellKey } from "../../../../lib/tiles/cellKey.js";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";
import { isReadLike } from "../app/readings.js";
import { readLog } from "../log/reader.js";
import { readOrders, routeOf, type OrderState } from "./states.js";
import { Questions, StoredTrees } from "./trees.js";

/** What each order statistic of a cube could do for a query, and the one with the fewest trees that can answer. */
export interface PlannedOrder {
  /** `isBeside`: a rollup tells the other measures. */
  considered(isBeside: boolean): Considered[];
  /** What tells the percentiles. */
  state: OrderState | null;
  /** The other measures, where a statistic tells the percentiles beside them. */
  rest: CompiledQuery | null;
}

/** Reads nothing for a query that asks for no percentile. */
export async function planOrder(
  ctx: QueryCtx,
  tenantId: string,
  compiled: CompiledQuery,
): Promise<PlannedOrder> {
  if (!asksOrder(compiled)) return { considered: () => [], state: null, rest: null };
  const states = await readOrders(ctx, tenantId, compiled.cube.name);
  const considered = (isBeside: boolean) =>
    states.map(({ definition, status, name: rollup, generation, groups: cost }): Considered => {
      const refusal = orderRefusal(compiled, definition, isBeside) ?? statusRefusal(status);
      return { rollup, generation, refusal, cost: refusal === null ? cost : null };
    });
  const beside = considered(true);
  const able = states.filter((_, i) => beside[i]?.refusal === null);
  const [state = null] = able.sort((a, b) => a.groups - b.groups || b.generation - a.generation);
  return { considered, state, rest: state === null ? null : besideOrder(compiled) };
}

function statusRefusal(status: OrderState["status"]): Considered["refusal"] {
  switch (status) {
    case "ready":
      return null;
    case "building":
      return { code: "Building", message: "is still being built" };
    case "retiring":
      return { code: "Retiring", message: "is being swept" };
    case "failed":
      return { code: "Failed", message: "has more combinations of values than it may have trees" };
    default:
      return status satisfies never;
  }
}

interface Group {
  values: OrderGroup;
  row: Doc<"orderGroups"> | null;
  records: number;
  added: Entry[];
  removed: Entry[];
}

/** An order statistic as of the newest commit of the snapshot. */
export class OpenOrder {
  private readonly questions: Questions;

  private constructor(
    private readonly ctx: QueryCtx,
    readonly state: OrderState,
    private readonly groups: readonly Group[],
  ) {
    this.questions = new Questions(ctx.app.limits.orders.questions);
  }

  /** Throws `Behind` where more is not folded than an answer adds, or was read in another way than the trees were. */
  static async open(ctx: QueryCtx, state: OrderState): Promise<OpenOrder> {
    const { tenantId, cube, position, definition } = state;
    const { answers } = ctx.app.limits;
    const [rows, log] = await Promise.all([
      ctx.db
        .query("orderGroups")
        .withIndex("by_state_and_key", (q) => q.eq("state", state._id))
        .collect(),
      readLog(ctx, { tenantId, cube }, position, {
        ...{ changes: answers.tailChanges, rows: answers.tailRows, bytes: answers.tailBytes },
      }),
    ]);
    const placed = [...changesAfter(log.rows, position)];
    if (!log.complete || placed.some(({ row }) => !isReadLike(definition, row.readings))) {
      throw new RollupsError("Behind", `${cube}.${state.name} is behind; ask again.`, {
        retryAfterMs: answers.retryAfterMs,
      });
    }
    const groups = new Map<string, Group>(
      rows.map((row) => {
        const { key, values, records } = row;
        return [key, { values, row, records, added: [], removed: [] }];
      }),
    );
    const groupOf = (values: OrderGroup): Group => {
      const key = cellKey(values);
      const known = groups.get(key) ?? { values, row: null, records: 0, added: [], removed: [] };
      groups.set(key, known);
      return known;
    };
    const moves = new Moves(definition);
    for (const { change } of placed) moves.add(change);
    for (const { before, after } of moves.all()) {
      if (before !== null) {
        const group = groupOf(before.group);
        group.records--;
        if (before.entry !== null) group.removed.push(before.entry);
      }
      if (after !== null) {
        const group = groupOf(after.group);
        group.records++;
        if (after.entry !== null) group.added.push(after.entry);
      }
    }
    return new OpenOrder(ctx, state, [...groups.values()]);
  }

  /** "cube.statistic@generation". */
  get route(): string {
    return routeOf(this.state);
  }

  rows(compiled: CompiledQuery): OrderRow[] {
    const { definition } = this.state;
    const rows = orderRows(
      compiled,
      definition,
      this.groups.map(({ values }) => values),
    );
    // A tree may be empty, and stay for the next record.
    return rows.filter(({ trees }) => trees.some((tree) => (this.groups[tree]?.records ?? 0) > 0));
  }

  async answer(compiled: CompiledQuery): Promise<Answer> {
    const { timezone } = this.ctx.app.clocks;
    return await answerFromOrder(compiled, timezone, this.rows(compiled), (row) =>
      this.treesOf(row),
    );
  }

  /** The percentiles of each row, for tiles to tell the other measures. */
  async cells(compiled: CompiledQuery): Promise<GivenCell[]> {
    return await orderCells(compiled, this.rows(compiled), (row) => this.treesOf(row));
  }

  treesOf({ trees }: Pick<OrderRow, "trees">): MergedTrees {
    const mine = trees.flatMap((tree) => this.groups[tree] ?? []);
    const rows = mine.flatMap(({ row }) => (row === null || row.entries === 0 ? [] : [row]));
    return new MergedTrees(new StoredTrees(this.ctx, rows, this.questions), {
      added: mine.flatMap(({ added }) => added),
      removed: mine.flatMap(({ removed }) => removed),
    });
  }
}
