/**
 * The commit that a writer is told where its mutation changes nothing that is logged: a key that is sent again,
 * a patch that leaves a record as it was. The mutation's own commit would be of no use, because no watermark
 * ever comes to it. The log is read in a stale snapshot, which adds no read dependency.
 */
import { getConvexSize, v, type CommitTsPlaceholder, type GenericId } from "convex/values";
import { internal } from "../_generated/api";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { newestCommit } from "../changeLog/reader";
import { internalQuery } from "../functions";
import type { RecordTable } from "./records";

/** A record's commit follows its creation by less than a transaction lasts … */
const LOOK_AHEAD_MS = 60_000;
/** … and may seem to precede it where two clocks differ. */
const LOOK_BACK_MS = 250;
/** Looking for it stops after so many log rows, and so many bytes, of a tenant that is being flooded. */
const LOOK_ROWS_MAX = 256;
const LOOK_BYTES_MAX = 2 * 1024 * 1024;

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
  return await ctx.runQuery(
    internal.sources.commits.newest,
    { tenantId },
    { useStaleSnapshot: true },
  );
}

export const newest = internalQuery({
  args: { tenantId: v.string() },
  returns: v.int64(),
  handler: (ctx, { tenantId }) => newestCommit(ctx, tenantId),
});

/** Null for a record that the snapshot does not have. */
export const find = internalQuery({
  args: { tenantId: v.string(), table: v.string(), id: v.string(), createdAt: v.number() },
  returns: v.union(v.int64(), v.null()),
  handler: async (ctx, { tenantId, table, id, createdAt }) => {
    const stored = await ctx.db.get(table as RecordTable, id as GenericId<RecordTable>);
    if (stored === null) return null;
    return (await findInsert(ctx, tenantId, id, createdAt)) ?? (await newestCommit(ctx, tenantId));
  },
});

async function findInsert(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
  id: string,
  createdAt: number,
): Promise<bigint | null> {
  const at = (ms: number) => BigInt(Math.floor(ms)) * 1_000_000n;
  const log = ctx.db.query("changeLog").withIndex("by_tenant_and_commitTs", (q) =>
    q
      .eq("tenantId", tenantId)
      .gte("commitTs", at(createdAt - LOOK_BACK_MS))
      .lt("commitTs", at(createdAt + LOOK_AHEAD_MS)),
  );
  let rows = 0;
  let bytes = 0;
  for await (const { commitTs, changes } of log) {
    if (changes.some(({ docId, op }) => docId === id && op === "insert")) return commitTs as bigint;
    bytes += getConvexSize(changes);
    if (++rows >= LOOK_ROWS_MAX || bytes > LOOK_BYTES_MAX) break;
  }
  return null;
}
