/**
 * Capture: a mutation that writes a cube's table also appends what it did, as facts, to the change
 * log, in the same transaction and in one go at its end. It reads nothing that upkeep writes, so
 * maintaining aggregates never makes a source write conflict.
 */
import { Triggers, type Change as TableChange } from "convex-helpers/server/triggers";
import { getConvexSize, type Value } from "convex/values";
import { projectFact, sameFact } from "../../lib/model/fact";
import type { CubeDefinition, Fact } from "../../lib/model/cube";
import type { Change } from "../../lib/fold/change";
import { RollupsError } from "../../lib/errors";
import type { DataModel } from "../_generated/dataModel";
import type { MutationCtx } from "../_generated/server";
import { catalogue } from "../cubes";
import { fail, jsonDetails } from "../errors";
import { wakeIfIdle } from "../fold/status";
import { currentReadings, type Readings } from "./readings";

/** A log row holds at most this many changes … */
const ROW_CHANGES_MAX = 512;
/** … and about this many bytes, far below the 1 MiB limit of a document, so that reading is smooth. */
const ROW_BYTES_MAX = 100_000;

/** What deletions in a mutation are: a person's, or upkeep's of old records. */
type Deletion = "delete" | "expire";
type CapturingCtx = MutationCtx & { captured: Map<string, Change[]>; deletion: Deletion };
type AnyWrite = (...args: unknown[]) => Promise<void>;
type CubeTable = (typeof catalogue)[keyof typeof catalogue]["table"];

const triggers = new Triggers<DataModel, CapturingCtx>();
for (const cube of Object.values(catalogue)) {
  triggers.register(cube.table, async (ctx, change) => {
    try {
      capture(ctx, cube, change);
    } catch (error) {
      await undo(ctx.innerDb, cube.table, change);
      throw error;
    }
  });
}

/**
 * A database writer that remembers changes to cube tables, and the `flush` that appends them to the
 * log. Call `flush` once, when the mutation's own work is done. `deletion` says what its deletions mean.
 */
export function capturing(ctx: MutationCtx, deletion: Deletion = "delete") {
  const captured = new Map<string, Change[]>();
  const { db } = triggers.wrapDB({ ...ctx, captured, deletion });
  return { db: directly(ctx.db, db), flush: () => flush(ctx, captured) };
}

/**
 * Writes to tables without triggers go past them: the helper reads every document that it writes
 * twice, which for tiles is most of what a fold may read.
 */
function directly(inner: MutationCtx["db"], wrapped: MutationCtx["db"]): MutationCtx["db"] {
  const pick =
    (method: "patch" | "replace" | "delete", withTable: number) =>
    (...args: unknown[]) => {
      const untriggered =
        args.length === withTable && !Object.hasOwn(triggers.registered, args[0] as string);
      const writer = (untriggered ? inner : wrapped) as unknown as Record<string, AnyWrite>;
      return writer[method]?.(...args);
    };
  const picked = {
    patch: pick("patch", 3),
    replace: pick("replace", 3),
    delete: pick("delete", 2),
  };
  return { ...wrapped, ...picked } as unknown as MutationCtx["db"];
}

/**
 * A document that gets a tenant is an insert for that tenant, one that loses it a delete, one that moves
 * both: it enters one log and leaves the other. A document without a tenant belongs to no log, and its
 * fields may hold anything. Throws `InvalidFact` where a document of a tenant is no fact.
 */
function capture(
  { captured, deletion }: Pick<CapturingCtx, "captured" | "deletion">,
  cube: CubeDefinition,
  change: TableChange<DataModel, CubeTable>,
): void {
  const doc = change.newDoc ?? change.oldDoc;
  const base = { cube: cube.name, docId: change.id as string, docCreatedAt: doc._creationTime };
  const from = tenantIn(change.oldDoc);
  const to = tenantIn(change.newDoc);
  const before = change.oldDoc === null || from === null ? null : factOf(cube, change.oldDoc);
  const after = change.newDoc === null || to === null ? null : project(cube, change.newDoc);
  if (from === to) {
    if (from === null) return;
    if (before !== null && after !== null && sameFact(before, after)) return;
    append(captured, from, { ...base, op: "update", before, after });
    return;
  }
  if (from !== null) {
    const op = change.operation === "delete" ? deletion : "delete";
    append(captured, from, { ...base, op, before, after: null });
  }
  if (to !== null) append(captured, to, { ...base, op: "insert", before: null, after });
}

/** Takes a refused write back: a mutation that catches the refusal and goes on must not keep it. */
async function undo(
  db: MutationCtx["db"],
  table: CubeTable,
  { id, oldDoc }: TableChange<DataModel, CubeTable>,
): Promise<void> {
  if (oldDoc === null) await db.delete(table, id);
  else await db.replace(table, id, oldDoc);
}

/**
 * The tenant that a document belongs to, or null. Apps that add the field to a table of their own have
 * documents without it. No tenant has an empty name.
 */
function tenantIn(doc: { tenantId?: unknown } | null): string | null {
  const tenantId = doc?.tenantId;
  return typeof tenantId === "string" && tenantId !== "" ? tenantId : null;
}

/** What a record counted as; null for one that is no fact, written past these checks. */
function factOf(cube: CubeDefinition, doc: Record<string, unknown>): Fact | null {
  try {
    return projectFact(cube, doc);
  } catch (error) {
    if (error instanceof RollupsError) return null;
    throw error;
  }
}

function project(cube: CubeDefinition, doc: Record<string, unknown>): Fact {
  try {
    return projectFact(cube, doc);
  } catch (error) {
    if (error instanceof RollupsError) fail(error.code, error.message, jsonDetails(error.details));
    throw error;
  }
}

function append(captured: Map<string, Change[]>, tenantId: string, change: Change): void {
  const changes = captured.get(tenantId);
  if (changes === undefined) captured.set(tenantId, [change]);
  else changes.push(change);
}

async function flush(ctx: MutationCtx, captured: Map<string, Change[]>): Promise<void> {
  for (const [tenantId, changes] of captured) {
    for (const row of rowsOf(changes)) {
      await ctx.db.insert("changeLog", {
        tenantId,
        commitTs: ctx.db.vars.commitTs,
        changes: row,
        readings: readingsFor(row),
      });
    }
    await wakeIfIdle(ctx, tenantId);
  }
  captured.clear();
}

/** How the facts of a log row were read. */
function readingsFor(row: StoredChange[]): Readings {
  const cubes = new Set(row.map(({ cube }) => cube));
  return Object.fromEntries([...cubes].map((cube) => [cube, currentReadings[cube] ?? ""]));
}

/** Splits changes into log rows, in order. */
function* rowsOf(changes: Change[]) {
  let row: StoredChange[] = [];
  let bytes = 0;
  for (const change of changes) {
    const stored = change as StoredChange;
    const size = getConvexSize(stored as unknown as Value);
    if (row.length > 0 && (row.length >= ROW_CHANGES_MAX || bytes + size > ROW_BYTES_MAX)) {
      yield row;
      row = [];
      bytes = 0;
    }
    row.push(stored);
    bytes += size;
  }
  if (row.length > 0) yield row;
}

/** The engine's facts are read-only; the stored type of the same shape is not. */
type StoredChange = Omit<Change, "before" | "after"> & {
  before: Record<string, string | number | null | string[]> | null;
  after: Record<string, string | number | null | string[]> | null;
};
