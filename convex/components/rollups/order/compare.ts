/** One step of comparing the trees of an order statistic with the source, in a snapshot. */
import { appliesTo } from "../../../../lib/fold/backfill.js";
import { isCounted, type Change } from "../../../../lib/fold/change.js";
import { changesAfter, comparePositions } from "../../../../lib/fold/position.js";
import { Comparison, type Compared } from "../../../../lib/order/comparison.js";
import { before, placeOf } from "../../../../lib/order/statistic.js";
import type { QueryCtx } from "../app/ctx.js";
import { mustCube } from "../app/cubes.js";
import { isReadLike } from "../app/readings.js";
import { foldState, readLog } from "../log/reader.js";
import { readPage } from "../sources/scan.js";
import type { OrderState } from "./states.js";
import { countOf, Questions, StoredTrees } from "./trees.js";

/** "unclear": the log does not tell, or not any more. All but `Compared` are the end. */
export type CompareStep = Compared | "unclear" | "differs" | "equal";

/** `kept` is what the last step left; null to begin. */
export async function compareTrees(
  ctx: QueryCtx,
  state: OrderState,
  kept: Compared | null,
): Promise<CompareStep> {
  const { tenantId, cube, definition } = state;
  const trimmedTo = (await foldState(ctx, tenantId))?.trimmedTo ?? 0n;
  const begun = { position: state.position, cursor: null, tree: null, sum: 0 };
  const { position, cursor, tree, sum } = kept ?? begun;
  const isMovedSince = comparePositions(position, state.position) < 0;
  if (isMovedSince && position.commitTs <= trimmedTo) return "unclear";
  const { tailChanges: changes, tailRows: rows, tailBytes: bytes } = ctx.app.limits.answers;
  const log = await readLog(ctx, { tenantId, cube }, position, { changes, rows, bytes });
  const placed = [...changesAfter(log.rows, position)];
  if (!log.complete || placed.some(({ row }) => !isReadLike(definition, row.readings))) {
    return "unclear";
  }
  const mine = placed.filter(({ change }) => change.cube === cube && isCounted(change));
  const isMoved = (one: (typeof mine)[number]) => comparePositions(one.next, state.position) <= 0;
  const comparison = new Comparison(definition, cursor, tree, sum);
  for (const { change } of mine.filter(isMoved)) comparison.move(change);
  const tail = mine.filter((one) => !isMoved(one)).map(({ change }) => change);
  const next =
    cursor === "end"
      ? await readTree(ctx, state, comparison, tree)
      : { cursor: await readRecords(ctx, state, comparison, cursor, tail), tree };
  if (next === "differs") return next;
  if (next === "end") return comparison.total === 0 ? "equal" : "differs";
  return { position: state.position, ...next, sum: comparison.total };
}

/** The next records as the trees must have them: without the tail. Up to where. */
async function readRecords(
  ctx: QueryCtx,
  { tenantId, cube, definition }: OrderState,
  comparison: Comparison,
  cursor: Exclude<Compared["cursor"], "end">,
  tail: readonly Change[],
): Promise<Compared["cursor"]> {
  const size = ctx.app.limits.verification.orderRecords;
  const { facts, last } = await readPage(ctx, mustCube(ctx, cube), tenantId, cursor, size);
  const end = facts.at(-1);
  const reached = last || end === undefined ? "end" : { createdAt: end.createdAt, id: end.id };
  const first = new Map<string, Change>();
  for (const change of tail) if (!first.has(change.docId)) first.set(change.docId, change);
  for (const { id, fact } of facts) {
    if (!first.has(id)) comparison.add(placeOf(definition, id, fact), 1);
  }
  for (const change of first.values()) {
    const isRead = appliesTo({ cursor, page: null }, change, 0n);
    if (isRead || !appliesTo({ cursor: reached, page: null }, change, 0n)) continue;
    comparison.add(placeOf(definition, change.docId, change.before), 1);
  }
  return reached;
}

/** The next entries of a tree, or of the one after it. */
async function readTree(
  ctx: QueryCtx,
  state: OrderState,
  comparison: Comparison,
  tree: Compared["tree"],
): Promise<Pick<Compared, "cursor" | "tree"> | "differs" | "end"> {
  const within = tree?.entry ?? null;
  const row = await ctx.db
    .query("orderGroups")
    .withIndex("by_state_and_key", (q) => {
      const mine = q.eq("state", state._id);
      if (tree === null) return mine;
      return within === null ? mine.gt("key", tree.key) : mine.eq("key", tree.key);
    })
    .first();
  if (row === null) return "end";
  const { key, values: group, records, entries } = row;
  // Answers rely on the count of the group.
  if (within === null && (await countOf(ctx, row._id)) !== entries) return "differs";
  const size = ctx.app.limits.verification.orderRecords;
  const trees = new StoredTrees(ctx, [row], new Questions(1));
  const found = await trees.after(0, within ?? before(-Infinity), size);
  for (const entry of found) comparison.add({ group, entry }, -1);
  const last = found.at(-1);
  if (found.length === size && last !== undefined) {
    return { cursor: "end", tree: { key, entry: last } };
  }
  comparison.add({ group, entry: null }, entries - records);
  return { cursor: "end", tree: { key, entry: null } };
}
