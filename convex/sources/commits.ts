/**
 * The commit that a writer is told where its mutation changes nothing that is logged: a key that is sent again,
 * a patch that leaves a record as it was. The mutation's own commit would be of no use, because no watermark
 * ever comes to it. The log is read in a stale snapshot, which adds no read dependency.
 */
import { v, type CommitTsPlaceholder, type GenericId } from "convex/values";
import { internal } from "../_generated/api.js";
import type { MutationCtx } from "../_generated/server.js";
import { internalQuery } from "../functions.js";
import { rollups } from "../rollups.js";
import type { RecordTable } from "../cubes.js";

/** A record that is there already. */
export interface StoredRecord {
  table: RecordTable;
  id: GenericId<RecordTable>;
  createdAt: number;
}

/**
 * The commit that inserted a record, or the tenant's newest one where the log does not tell: a later one, which
 * includes the record as well. Of a record that this very mutation inserted its own.
 */
export async function commitOfRecord(
  ctx: MutationCtx,
  tenantId: string,
  { table, id, createdAt }: StoredRecord,
): Promise<bigint | CommitTsPlaceholder> {
  const commitTs: bigint | null = await ctx.runQuery(
    internal.sources.commits.find,
    { tenantId, table, id, createdAt },
    { useStaleSnapshot: true },
  );
  return commitTs ?? ctx.db.vars.commitTs;
}

/** The tenant's newest commit before this mutation: it includes whatever the mutation found. */
export async function commitBefore(ctx: MutationCtx, tenantId: string): Promise<bigint> {
  return await rollups.log.newestCommit(ctx, tenantId);
}

/** Null for a record that the snapshot does not have. */
export const find = internalQuery({
  args: { tenantId: v.string(), table: v.string(), id: v.string(), createdAt: v.number() },
  returns: v.union(v.int64(), v.null()),
  handler: async (ctx, { tenantId, table, id, createdAt }) => {
    const stored = await ctx.db.get(table as RecordTable, id as GenericId<RecordTable>);
    return stored === null ? null : await rollups.log.commitOf(ctx, tenantId, { id, createdAt });
  },
});
