/**
 * The trees of order statistics: namespaces of the child component `@convex-dev/aggregate`. The fold worker is their
 * only writer, so that they conflict with nobody, and each of its calls is a part of its own transaction.
 */
import { ConvexError } from "convex/values";
import { RollupsError } from "../../../../lib/errors.js";
import type { Trees } from "../../../../lib/order/merged.js";
import type { Entry } from "../../../../lib/order/statistic.js";
import { components } from "../_generated/api.js";
import type { Doc, Id } from "../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../app/ctx.js";

const { aggregate } = components;

/** Whose tree, and the record's place in it. */
export interface TreePlace {
  namespace: Id<"orderGroups">;
  entry: Entry;
}

/** Moves a record; false where the tree did not have it, or had it already, and nothing has changed. */
export async function moveInTrees(
  ctx: Pick<MutationCtx, "runMutation">,
  before: TreePlace | null,
  after: TreePlace | null,
): Promise<boolean> {
  try {
    if (before !== null && after !== null) {
      await ctx.runMutation(aggregate.public.replace, {
        ...{ currentKey: keyOf(before.entry), newKey: keyOf(after.entry), value: null },
        ...{ namespace: before.namespace, newNamespace: after.namespace },
      });
    } else if (before !== null) {
      const { namespace, entry } = before;
      await ctx.runMutation(aggregate.public.delete_, { namespace, key: keyOf(entry) });
    } else if (after !== null) {
      const { namespace, entry } = after;
      await ctx.runMutation(aggregate.public.insert, { namespace, key: keyOf(entry), value: null });
    }
    return true;
  } catch (error) {
    if (error instanceof ConvexError) return false;
    throw error;
  }
}

/** Empties a tree. Its nodes are deleted by jobs of the child; an empty root stays. */
export async function clearTree(
  ctx: Pick<MutationCtx, "runMutation">,
  namespace: Id<"orderGroups">,
): Promise<void> {
  await ctx.runMutation(aggregate.public.clear, { namespace });
}

/** How many entries a tree has. */
export async function countOf(
  ctx: Pick<QueryCtx, "runQuery">,
  namespace: Id<"orderGroups">,
): Promise<number> {
  const args = { namespace, stale: true };
  const { count } = await ctx.runQuery(aggregate.btree.aggregateBetween, args);
  return count;
}

/** Questions that an answer may ask, all of its trees together. */
export class Questions {
  constructor(private left: number) {}

  /** Throws `QueryTooLarge`. */
  take(count: number): void {
    this.left -= count;
    if (this.left >= 0) return;
    throw new RollupsError(
      "QueryTooLarge",
      "The answer would ask too many trees: filter it, or group by less.",
      {},
    );
  }
}

/** Trees of some groups, read one question after the other. Nothing is ever enqueued, so all that is there is read. */
export class StoredTrees implements Trees {
  readonly counts: readonly number[];

  constructor(
    private readonly ctx: Pick<QueryCtx, "runQuery">,
    private readonly groups: readonly Doc<"orderGroups">[],
    private readonly questions: Questions,
  ) {
    this.counts = groups.map(({ entries }) => entries);
  }

  async at(tree: number, offset: number): Promise<Entry> {
    this.questions.take(1);
    const { k } = await this.ctx.runQuery(aggregate.btree.atOffset, { ...this.of(tree), offset });
    return entryOf(k);
  }

  async below(entry: Entry): Promise<readonly number[]> {
    if (this.groups.length === 0) return [];
    this.questions.take(this.groups.length);
    const queries = this.groups.map(({ _id }) => ({ namespace: _id, k2: keyOf(entry) }));
    const found = await this.ctx.runQuery(aggregate.btree.aggregateBetweenBatch, {
      ...{ queries, stale: true },
    });
    return found.map(({ count }) => count);
  }

  async after(tree: number, entry: Entry, limit: number): Promise<readonly Entry[]> {
    if (limit <= 0) return [];
    this.questions.take(1);
    const { page } = await this.ctx.runQuery(aggregate.btree.paginate, {
      ...{ ...this.of(tree), limit, order: "asc", k1: keyOf(entry) },
    });
    return page.map(({ k }) => entryOf(k));
  }

  private of(tree: number) {
    return { namespace: this.groups[tree]?._id, stale: true };
  }
}

function keyOf({ value, id }: Entry): [number, string] {
  return [value, id];
}

function entryOf(key: unknown): Entry {
  const [value, id] = key as [number, string];
  return { value, id };
}
