/**
 * Restoring a bucket that does not fit one look: its true cells are collected from the source in pieces,
 * one per plan, kept current by the log (`lib/verification/reading.ts` says why that is exact), and put
 * into the tiles when the log is folded up to the plan's snapshot. Of many cells a range of series is
 * restored at a time. One bucket per tenant is worked on.
 */
import type { Infer } from "convex/values";
import { RollupsError } from "../../../../lib/errors.js";
import { canonicalJson } from "../../../../lib/hash/canonical.js";
import type { Fact } from "../../../../lib/model/cube.js";
import { timeOf } from "../../../../lib/model/fact.js";
import type { Level } from "../../../../lib/model/rollup.js";
import { storedFrom } from "../../../../lib/tiles/coverage.js";
import type { Cell } from "../../../../lib/tiles/tile.js";
import { nextBucket } from "../../../../lib/time/calendar.js";
import {
  collectCells,
  halfOf,
  HASHES,
  isInRange,
  type HashRange,
} from "../../../../lib/verification/collectCells.js";
import { readAfter, readPart } from "../../../../lib/verification/reading.js";
import { readSince } from "../log/part.js";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";
import { mustCube } from "../app/cubes.js";
import type { FoldJob } from "../schema/work.js";
import { coverageOf } from "../generations/coverage.js";
import type { vCollected } from "../schema/validators.js";
import { hasFractions, readPiece } from "../sources/scan.js";
import type { PieceStart } from "../app/protocol.js";

export type Collected = Infer<typeof vCollected>;
export type LargePlan = NonNullable<FoldJob["large"]>;

/** A queued repair of a large bucket, and whether finer tiles can tell what it must hold. */
export interface LargeRepair {
  repair: Doc<"repairs">;
  state: Doc<"rollupStates">;
  level: Level;
  isFromFiner: boolean;
  /** From when on the source is whole; null for all of it. */
  sourceFrom: number | null;
}

export async function readProgress(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
): Promise<Doc<"largeRepairs"> | null> {
  return await ctx.db
    .query("largeRepairs")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .first();
}

/** The first range of series of a bucket, and what was collected of none. */
export const beginning = { from: 0, to: HASHES };

/**
 * What to do next for the bucket, in a snapshot whose newest commit is `asOf`: collect another piece, or
 * put a range of series in place. Null where the log cannot tell now.
 */
export async function planLarge(
  ctx: QueryCtx,
  tenantId: string,
  { repair, state, level, isFromFiner, sourceFrom }: LargeRepair,
  progress: Doc<"largeRepairs"> | null,
  asOf: bigint,
  trimmedTo: bigint,
): Promise<LargePlan | null> {
  const mine = progress?.repair === repair._id ? progress : null;
  const range: HashRange = mine?.range ?? beginning;
  const { granularity, partitionStart, bucket } = repair;
  if (bucket === null) return null;
  const plan = {
    ...{ repair: repair._id, state: state._id, granularity, partitionStart, bucket },
    basis: progress && { progress: progress._id, step: progress.step },
  };
  if (isFromFiner) return { ...plan, range, collected: null, outcome: "ready" };
  const stamp = canonicalJson([
    ...[state._id, state.coverage ?? [], ctx.app.readings[state.cube] ?? "", sourceFrom],
  ]);
  const known = mine?.collected ?? null;
  const isKnown = known !== null && known.stamp === stamp && trimmedTo <= known.asOf;
  const end = nextBucket(granularity, state.definition.timezone, bucket);
  const fresh: Collected = {
    ...{ stamp, asOf, readTo: { t: bucket, at: null }, cells: [] },
  };
  const piece = new Piece(state, level, { from: bucket, to: end }, isKnown ? known : fresh);
  try {
    if (isKnown && !(await piece.catchUp(ctx, tenantId))) return null;
    if (!(await piece.readOn(ctx, tenantId))) {
      return { ...plan, range, collected: null, outcome: "impossible" };
    }
    return { ...plan, ...piece.collect(ctx, range) };
  } catch (error) {
    // Somebody writes past capture just now: what was collected is void.
    if (!(error instanceof RollupsError) || !isKnown) throw error;
    return { ...plan, range, collected: fresh, outcome: "reading" };
  }
}

/** One piece on top of what was collected before. */
class Piece {
  private readonly facts: Fact[] = [];
  private readonly changes: NonNullable<ReturnType<typeof readPart>>[] = [];
  private asOf: bigint;
  private readTo: Collected["readTo"];

  constructor(
    private readonly state: Doc<"rollupStates">,
    private readonly level: Level,
    private readonly window: { from: number; to: number },
    private readonly before: Collected,
  ) {
    this.asOf = before.asOf;
    this.readTo = before.readTo;
  }

  /** False where changes were read otherwise, or are too many for one step. */
  async catchUp(ctx: QueryCtx, tenantId: string): Promise<boolean> {
    const { cube, definition } = this.state;
    const part = await readSince(ctx, tenantId, cube, [this.state], this.asOf);
    if (part === null || !part.complete) return false;
    for (const change of part.changes) {
      const counted = readPart(change, definition.timeField, this.window, this.readTo);
      if (counted === null) continue;
      const judged = (fact: Fact | null) => (fact !== null && this.isStored(fact) ? fact : null);
      this.changes.push({ before: judged(counted.before), after: judged(counted.after) });
    }
    this.asOf = part.asOf;
    return true;
  }

  /** False where the log could not tell which records were read. */
  async readOn(ctx: QueryCtx, tenantId: string): Promise<boolean> {
    const { readTo } = this;
    if (readTo === "end") return true;
    const cube = mustCube(ctx, this.state.cube);
    const isWithin = readTo.at !== null;
    if (isWithin && (await hasFractions(ctx, cube, tenantId, readTo.t))) return false;
    const start: PieceStart =
      readTo.at === null ? { from: readTo.t } : { at: readTo.t, after: readTo.at };
    const most = {
      records: ctx.app.limits.fold.restoredRecords,
      bytes: ctx.app.limits.fold.restoredBytes,
    };
    const { records, more } = await readPiece(ctx, cube, tenantId, start, this.window.to, most);
    const after = more ? readAfter(records, isWithin) : null;
    if (more && after === null) return false;
    for (const { fact } of records.slice(0, after?.count ?? records.length)) {
      if (fact !== null && this.isStored(fact)) this.facts.push(fact);
    }
    this.readTo = after?.readTo ?? (isWithin ? { t: readTo.t + 1, at: null } : "end");
    return true;
  }

  /** All that is collected now, of the series of a range, or of half of it where they are too many. */
  collect(
    ctx: Pick<QueryCtx, "app">,
    range: HashRange,
  ): Pick<LargePlan, "range" | "collected" | "outcome"> {
    const { definition } = this.state;
    const known = this.before.cells as Cell[];
    let kept = range;
    let cells = collectCells(definition, this.level, range, known, this.changes, this.facts);
    while (isTooMuch(ctx, cells)) {
      const half = halfOf(kept);
      if (half === null) break;
      kept = half;
      cells = cells.filter((cell) => isInRange(half, cell));
    }
    const { stamp } = this.before;
    const { asOf, readTo } = this;
    const collected = { stamp, asOf, readTo, cells: cells as Collected["cells"] };
    return { range: kept, collected, outcome: readTo === "end" ? "ready" : "reading" };
  }

  private isStored(fact: Fact): boolean {
    const { timeField } = this.state.definition;
    return timeOf(fact, timeField) >= storedFrom(coverageOf(this.state), this.level);
  }
}

function isTooMuch(ctx: Pick<QueryCtx, "app">, cells: readonly Cell[]): boolean {
  if (cells.length > ctx.app.limits.fold.restoredCells) return true;
  let characters = 0;
  for (const { values, dimensions } of cells) {
    for (const value of values) if (typeof value === "string") characters += value.length;
    for (const value of dimensions) if (typeof value === "string") characters += value.length;
  }
  return cells.length > 1 && characters > ctx.app.limits.fold.restoredBytes / 4;
}
