/**
 * Capture: a mutation that writes a cube's table also appends what it did, as facts, to the change
 * log, in the same transaction and in one go at its end. It reads nothing that upkeep writes, so
 * maintaining aggregates never makes a source write conflict.
 */
import { Triggers, type Change as TableChange } from "convex-helpers/server/triggers";
import type { GenericDataModel, GenericDatabaseWriter, GenericMutationCtx } from "convex/server";
import { fail, jsonDetails } from "../../../convex/components/rollups/errors/errors.js";
import { RollupsError } from "../../../lib/errors.js";
import type { CubeDefinition, Fact } from "../../../lib/model/cube.js";
import { projectFact, sameFact } from "../../../lib/model/fact.js";
import type { AppCatalogue, SourceCube } from "../cubes/catalogue.js";
import type { Captured } from "./captured.js";

/** What deletions in a mutation are: a person's, or upkeep's of old records. */
export type Deletion = "delete" | "expire";

type Writer = GenericDatabaseWriter<GenericDataModel>;
type CapturingCtx = GenericMutationCtx<GenericDataModel> & {
  captured: Captured;
  deletion: Deletion;
};
type Document = Record<string, unknown> & { _creationTime: number };
type CubeChange = TableChange<GenericDataModel, string>;
type AnyWrite = (...args: unknown[]) => Promise<void>;

/** Wraps database writers of one app. */
export class Capture {
  private readonly triggers = new Triggers<GenericDataModel, CapturingCtx>();

  constructor(private readonly catalogue: AppCatalogue) {
    for (const cube of catalogue.cubes.values()) {
      const { table } = cube.definition;
      this.triggers.register(table, async (ctx, change) => {
        try {
          this.observe(ctx, cube, change);
        } catch (error) {
          await undo(ctx.innerDb, table, change);
          throw error;
        }
      });
    }
  }

  /** A writer that remembers changes to cube tables in `captured`. `deletion` says what its deletions mean. */
  wrap<Ctx extends { db: unknown }>(
    ctx: Ctx,
    captured: Captured,
    deletion: Deletion = "delete",
  ): Ctx["db"] {
    const raw = ctx as unknown as GenericMutationCtx<GenericDataModel>;
    const { db } = this.triggers.wrapDB({ ...raw, captured, deletion });
    return this.directly(raw.db, db) as Ctx["db"];
  }

  /**
   * Writes to tables without triggers go past them: the helper reads every document that it writes
   * twice.
   */
  private directly(inner: Writer, wrapped: Writer): Writer {
    const { registered } = this.triggers;
    const pick =
      (method: "patch" | "replace" | "delete", withTable: number) =>
      (...args: unknown[]) => {
        const untriggered =
          args.length === withTable && !Object.hasOwn(registered, args[0] as string);
        const writer = (untriggered ? inner : wrapped) as unknown as Record<string, AnyWrite>;
        return writer[method]?.(...args);
      };
    const picked = {
      patch: pick("patch", 3),
      replace: pick("replace", 3),
      delete: pick("delete", 2),
    };
    return { ...wrapped, ...picked } as unknown as Writer;
  }

  /**
   * A document that gets a tenant is an insert for that tenant, one that loses it a delete, one that moves
   * both: it enters one log and leaves the other. A document without a tenant belongs to no log, and its
   * fields may hold anything. Throws `InvalidFact` where a document of a tenant is no fact.
   */
  private observe(
    { captured, deletion }: Pick<CapturingCtx, "captured" | "deletion">,
    cube: SourceCube,
    change: CubeChange,
  ): void {
    const { definition } = cube;
    const oldDoc = change.oldDoc as Document | null;
    const newDoc = change.newDoc as Document | null;
    const docCreatedAt = ((newDoc ?? oldDoc) as Document)._creationTime;
    const base = { cube: definition.name, docId: change.id as string, docCreatedAt };
    const from = this.catalogue.tenantOf(cube, oldDoc);
    const to = this.catalogue.tenantOf(cube, newDoc);
    const before = oldDoc === null || from === null ? null : factOf(definition, oldDoc);
    const after = newDoc === null || to === null ? null : project(definition, newDoc);
    if (from === to) {
      if (from === null) return;
      if (before !== null && after !== null && sameFact(before, after)) return;
      captured.add(from, { ...base, op: "update", before, after });
      return;
    }
    if (from !== null) {
      const op = change.operation === "delete" ? deletion : "delete";
      captured.add(from, { ...base, op, before, after: null });
    }
    if (to !== null) captured.add(to, { ...base, op: "insert", before: null, after });
  }
}

/** Takes a refused write back: a mutation that catches the refusal and goes on must not keep it. */
async function undo(db: Writer, table: string, { id, oldDoc }: CubeChange): Promise<void> {
  if (oldDoc === null) await db.delete(table, id);
  else await db.replace(table, id, oldDoc);
}

/** What a record counted as; null for one that is no fact, written past these checks. */
function factOf(cube: CubeDefinition, doc: Document): Fact | null {
  try {
    return projectFact(cube, doc);
  } catch (error) {
    if (error instanceof RollupsError) return null;
    throw error;
  }
}

function project(cube: CubeDefinition, doc: Document): Fact {
  try {
    return projectFact(cube, doc);
  } catch (error) {
    if (error instanceof RollupsError) fail(error.code, error.message, jsonDetails(error.details));
    throw error;
  }
}
