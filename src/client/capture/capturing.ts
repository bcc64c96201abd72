/**
 * Capture: a mutation that writes a cube's table also appends what it did, as facts, to the change
 * log, in the same transaction and in one go at its end. It reads nothing that upkeep writes, so
 * maintaining aggregates never makes a source write conflict.
 */
import type { GenericDataModel, GenericDatabaseWriter } from "convex/server";
import { fail, jsonDetails } from "../../../convex/components/rollups/errors/errors.js";
import { RollupsError } from "../../../lib/errors.js";
import type { Change } from "../../../lib/fold/change.js";
import type { CubeDefinition, Fact } from "../../../lib/model/cube.js";
import { projectFact, sameFact } from "../../../lib/model/fact.js";
import type { AppCatalogue, SourceCube } from "../cubes/catalogue.js";
import type { Captured } from "./captured.js";
import { observedWriter, type DocumentChange } from "./observedWriter.js";

/** What deletions in a mutation are: a person's, or upkeep's of old records. */
export type Deletion = "delete" | "expire";

type Writer = GenericDatabaseWriter<GenericDataModel>;

interface CapturedChange {
  tenantId: string;
  change: Change;
}

/** Wraps database writers of one app. */
export class Capture {
  /** Cubes by their table. */
  private readonly cubes = new Map<string, SourceCube[]>();

  constructor(private readonly catalogue: AppCatalogue) {
    for (const cube of catalogue.cubes.values()) {
      const { table } = cube.definition;
      this.cubes.set(table, [...(this.cubes.get(table) ?? []), cube]);
    }
  }

  /** A writer that remembers changes to cube tables in `captured`. `deletion` says what its deletions mean. */
  wrap<Ctx extends { db: unknown }>(
    ctx: Ctx,
    captured: Captured,
    deletion: Deletion = "delete",
  ): Ctx["db"] {
    return observedWriter(ctx.db as Writer, new Set(this.cubes.keys()), (change) => {
      const cubes = this.cubes.get(change.table) ?? [];
      // All of them, before any is remembered: one may refuse the document.
      const changes = cubes.flatMap((cube) => this.changesOf(cube, change, deletion));
      for (const { tenantId, change } of changes) captured.add(tenantId, change);
    });
  }

  /**
   * A document that gets a tenant is an insert for that tenant, one that loses it a delete, one that moves
   * both: it enters one log and leaves the other. A document without a tenant belongs to no log, and its
   * fields may hold anything. Throws `InvalidFact` where a document of a tenant is no fact.
   */
  private changesOf(
    cube: SourceCube,
    { id: docId, createdAt: docCreatedAt, before: oldDoc, after: newDoc }: DocumentChange,
    deletion: Deletion,
  ): CapturedChange[] {
    const { definition } = cube;
    const base = { cube: definition.name, docId, docCreatedAt };
    const from = this.catalogue.tenantOf(cube, oldDoc);
    const to = this.catalogue.tenantOf(cube, newDoc);
    const before = oldDoc === null || from === null ? null : factOf(definition, oldDoc);
    const after = newDoc === null || to === null ? null : project(definition, newDoc);
    if (from === to) {
      if (from === null) return [];
      if (before !== null && after !== null && sameFact(before, after)) return [];
      return [{ tenantId: from, change: { ...base, op: "update", before, after } }];
    }
    const changes: CapturedChange[] = [];
    if (from !== null) {
      const op = newDoc === null ? deletion : "delete";
      changes.push({ tenantId: from, change: { ...base, op, before, after: null } });
    }
    if (to !== null) {
      changes.push({ tenantId: to, change: { ...base, op: "insert", before: null, after } });
    }
    return changes;
  }
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
