/**
 * Writing source records: the bodies of `watch:*` and `inventory:*`, alike for every cube table.
 * Capture happens in `ctx.db`; nothing here knows about rollups.
 */
import type { GenericId } from "convex/values";
import {
  fail,
  projectFact,
  RollupsError,
  sameFact,
  type CubeDefinition,
  type ErrorCode,
} from "../../src/client/index.js";
import type { MutationCtx } from "../_generated/server.js";
import type { RecordTable } from "../cubes.js";
import { forbidden, type Member } from "../access/membership.js";
import { mustKeepRate } from "./writeRate.js";
import { commitBefore, commitOfRecord } from "./commits.js";
import { compareKnown, type Known, type OnKnown } from "./known.js";
import { parseRow, rowOf, type Row, type RowShape } from "./rows.js";

/** A source table as the mutations see it. */
export interface Source {
  table: RecordTable;
  cube: CubeDefinition;
  shape: RowShape;
}

type WriteCtx = MutationCtx & { member: Member };
type RecordId = GenericId<RecordTable>;
/** A record as it is stored, or as this transaction has stored it. */
type Stored = { _id: RecordId; _creationTime: number } & Readonly<Record<string, unknown>>;

export const BATCH_ROWS_MAX = 1000;
/** Rows that are read and written together; budget checks between them keep this share of every limit back. */
const BUDGET_EVERY_ROWS = 80;
const HEADROOM = 0.25;
/** What a row writes, it writes again into the log when the mutation ends. */
const WRITTEN_TWICE = 2;

/**
 * Stores one row. A known key returns the stored id, with the commit that stored it, and changes nothing.
 * `InvalidRow` names the field.
 */
export async function recordOne(ctx: WriteCtx, source: Source, raw: unknown) {
  const parsed = parseRow(source.shape, source.cube, raw);
  if ("issue" in parsed) {
    const { code, message, field } = parsed.issue;
    fail(code, message, { field });
  }
  const known = await findByKey(ctx, source.table, parsed.row);
  if (known !== null) {
    const record = { table: source.table, id: known._id, createdAt: known._creationTime };
    const commitTs = await commitOfRecord(ctx, ctx.member.tenantId, record);
    return { id: known._id as string, commitTs };
  }
  const { _id: id } = await insert(ctx, source.table, parsed.row);
  return { id: id as string, commitTs: ctx.db.vars.commitTs };
}

/**
 * Stores up to 1,000 rows. A bad row is rejected by index with a code and does not stop the rest;
 * rows that no longer fit into the transaction are rejected with the retryable `TransactionBudget`.
 * `TooManyWrites` refuses the whole batch of an editor whose tenant is being flooded.
 * A known key counts as accepted. Unless `onKnown` is `keep`, the answer also names the known rows
 * and how they compare. `check` answers what the call would do and writes nothing.
 */
export async function recordMany(
  ctx: WriteCtx,
  source: Source,
  rows: unknown[],
  { onKnown = "keep", check = false }: { onKnown?: OnKnown; check?: boolean } = {},
) {
  if (rows.length > BATCH_ROWS_MAX) {
    fail("BatchTooLarge", `A batch holds at most ${BATCH_ROWS_MAX} rows.`, {
      rows: rows.length,
      rowsMax: BATCH_ROWS_MAX,
    });
  }
  await mustKeepRate(ctx, ctx.member, rows.length);
  const rejected: { index: number; code: ErrorCode; message: string; field?: string }[] = [];
  const parsed: { index: number; row: Row }[] = [];
  rows.forEach((raw, index) => {
    const result = parseRow(source.shape, source.cube, raw);
    if ("row" in result) parsed.push({ index, row: result.row });
    else rejected.push({ index, ...result.issue });
  });
  /** By key: rows of one key follow each other. */
  const stored = new Map<string, Promise<Stored | null>>();
  const known: Known[] = [];
  const store = async (
    before: Promise<Stored | null> | Stored | null,
    { index, row }: { index: number; row: Row },
  ): Promise<Stored | null> => {
    const there = await before;
    if (there === null) return check ? null : await insert(ctx, source.table, row);
    if (onKnown === "keep") return there;
    const result = compareKnown(source.shape, there, row, onKnown === "replace");
    known.push({ index, ...result });
    if (result.outcome !== "replaced" || check) return there;
    await ctx.db.patch(source.table, there._id, row as never);
    return { ...there, ...row };
  };
  let accepted = 0;
  for (let start = 0; start < parsed.length; start += BUDGET_EVERY_ROWS) {
    if (start > 0 && !(await hasHeadroom(ctx))) {
      for (const { index } of parsed.slice(start)) {
        rejected.push({
          index,
          code: "TransactionBudget",
          message: "The batch fills a transaction; send this row again in a smaller batch.",
        });
      }
      break;
    }
    const chunk = parsed.slice(start, start + BUDGET_EVERY_ROWS);
    const found = await Promise.all(chunk.map(({ row }) => findByKey(ctx, source.table, row)));
    const writes = chunk.map((one, position) => {
      const key = one.row.key as string | undefined;
      const before = (key === undefined ? undefined : stored.get(key)) ?? found[position] ?? null;
      const written = store(before, one);
      if (key !== undefined) stored.set(key, written);
      return written;
    });
    accepted += (await Promise.all(writes)).length;
  }
  known.sort((a, b) => a.index - b.index);
  rejected.sort((a, b) => a.index - b.index);
  if (onKnown === "keep" && !check) return { accepted, rejected };
  return { accepted, rejected, known, at: Date.now() };
}

/**
 * Changes some fields of a record of the caller's tenant. The key cannot change. `before` has what these fields
 * were: as a patch it takes the change back.
 */
export async function updateOne(ctx: WriteCtx, source: Source, id: string, patch: unknown) {
  const doc = await mustOwn(ctx, source.table, id);
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) {
    fail("InvalidRow", "A patch is an object.", { field: "" });
  }
  if (Object.hasOwn(patch, "key")) {
    fail("InvalidRow", "The key of a record cannot change.", { field: "key" });
  }
  const current = Object.fromEntries(
    Object.keys(source.shape).map((field) => [field, (doc as Record<string, unknown>)[field]]),
  );
  const parsed = parseRow(source.shape, source.cube, { ...current, ...patch });
  if ("issue" in parsed) {
    const { code, message, field } = parsed.issue;
    fail(code, message, { field });
  }
  await ctx.db.patch(source.table, doc._id, parsed.row as never);
  const isLogged = !isAlike(source.cube, current, parsed.row);
  const commitTs = isLogged ? ctx.db.vars.commitTs : await commitBefore(ctx, ctx.member.tenantId);
  const patched = Object.entries(current).filter(([field]) => Object.hasOwn(patch, field));
  return { id, commitTs, before: Object.fromEntries(patched) as Row };
}

/** Deletes a record of the caller's tenant and frees its key. `row` has it as `record` takes it. */
export async function removeOne(ctx: WriteCtx, source: Source, id: string) {
  const doc = await mustOwn(ctx, source.table, id);
  await ctx.db.delete(source.table, doc._id);
  return { id, commitTs: ctx.db.vars.commitTs, row: rowOf(source.shape, doc) };
}

async function mustOwn(ctx: WriteCtx, table: RecordTable, id: string) {
  const known = ctx.db.normalizeId(table, id);
  const doc = known === null ? null : await ctx.db.get(table, known);
  if (doc === null || doc.tenantId !== ctx.member.tenantId) return forbidden();
  return doc;
}

/** Whether two rows count alike, so that no change is logged. */
function isAlike(cube: CubeDefinition, before: object, after: Row): boolean {
  try {
    return sameFact(projectFact(cube, { ...before }), projectFact(cube, after));
  } catch (error) {
    // What was no fact before is mended.
    if (error instanceof RollupsError) return false;
    throw error;
  }
}

async function findByKey(ctx: WriteCtx, table: RecordTable, row: Row): Promise<Stored | null> {
  if (row.key === undefined) return null;
  return await ctx.db
    .query(table)
    .withIndex("by_tenant_and_key", (q) =>
      q.eq("tenantId", ctx.member.tenantId).eq("key", row.key as string),
    )
    .first();
}

async function insert(ctx: WriteCtx, table: RecordTable, row: Row): Promise<Stored> {
  const doc = { ...row, tenantId: ctx.member.tenantId };
  return { _id: await ctx.db.insert(table, doc as never), _creationTime: Date.now(), ...row };
}

/** True while every limit of the transaction keeps its headroom. */
async function hasHeadroom(ctx: WriteCtx): Promise<boolean> {
  const metrics = await ctx.meta.getTransactionMetrics();
  const { bytesWritten, documentsWritten, bytesRead, documentsRead, databaseQueries } = metrics;
  return [bytesWritten, documentsWritten, bytesRead, documentsRead, databaseQueries].every(
    (limit) => {
      const times = limit === bytesWritten ? WRITTEN_TWICE : 1;
      return limit.used * times <= (limit.used + limit.remaining) * (1 - HEADROOM);
    },
  );
}
