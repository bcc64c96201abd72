/**
 * The life of a generation: building → ready → retiring → gone. A new definition starts a new
 * generation beside the old one, which keeps folding and serving; switching is one transaction; the
 * old tiles are swept in bounded steps.
 */
import { sourceExpired } from "../../../../lib/model/expiry.js";
import { internal } from "../_generated/api.js";
import type { Doc, Id } from "../_generated/dataModel.js";
import type { MutationCtx } from "../app/ctx.js";
import { pokeAlerts } from "../app/pokeAlerts.js";
import { startCoverage } from "../generations/coverage.js";
import { dropFile } from "../archives/archives.js";
import { deleteSome } from "../tiles/store.js";
import type { DeclaredRollup, StartedRollup } from "../generations/declared.js";
import { rollupKey } from "../generations/generation.js";

type State = Doc<"rollupStates">;
type Span = { firstCreatedAt: number | null; lastCreatedAt: number | null };

/**
 * Adds a building generation for each rollup, and a backfill for each: a page of many records of one
 * generation touches fewer tiles than a few records of all. Where the source is empty one per cube will do,
 * and what is derived is built together, as one of them may be the other's source. It begins empty too.
 */
export async function startGenerations(
  ctx: MutationCtx,
  tenantId: string,
  states: State[],
  rollups: StartedRollup[],
  spans: Record<string, Span>,
  now: number,
): Promise<void> {
  const backfills: Pick<Doc<"backfills">, "cube" | "generations">[] = [];
  for (const { definition, fingerprint, derive } of rollups) {
    const { cube, name: rollup } = definition;
    const generation = 1 + newestGeneration(states, cube, rollup);
    const coverage = startCoverage(ctx, states, definition);
    await ctx.db.insert("rollupStates", {
      tenantId,
      cube,
      rollup,
      generation,
      status: "building",
      definition,
      fingerprint,
      degraded: false,
      ...(coverage.length > 0 ? { coverage } : {}),
    });
    const built = { rollup, generation, ...(derive && { derive: { ...derive, to: null } }) };
    const isEmpty = (spans[cube]?.firstCreatedAt ?? null) === null;
    const shared =
      isEmpty || derive !== undefined ? backfills.find((one) => one.cube === cube) : undefined;
    if (shared === undefined) backfills.push({ cube, generations: [built] });
    else shared.generations.push(built);
  }
  for (const { cube, generations } of backfills) {
    const span = spans[cube] ?? { firstCreatedAt: null, lastCreatedAt: null };
    await ctx.db.insert("backfills", {
      tenantId,
      cube,
      generations,
      cursor: null,
      page: null,
      documents: 0,
      ...span,
      startedAt: now,
      updatedAt: now,
    });
  }
}

/**
 * Says by name why a declared rollup is not built: the source does not reach back to what it asks for,
 * and half a history would be a wrong one. What served before goes on.
 */
export async function refuseGenerations(
  ctx: MutationCtx,
  tenantId: string,
  states: State[],
  rollups: DeclaredRollup[],
  expired: ReadonlyMap<string, number>,
): Promise<void> {
  for (const { definition, fingerprint } of rollups) {
    const { cube, name: rollup } = definition;
    const from = expired.get(cube);
    if (from === undefined) continue;
    const { code, message } = sourceExpired(cube, from);
    await ctx.db.insert("rollupStates", {
      tenantId,
      cube,
      rollup,
      generation: 1 + newestGeneration(states, cube, rollup),
      status: "failed",
      definition,
      fingerprint,
      degraded: false,
      failure: { code, message: `${message}, so ${rollup} cannot be built as it is declared` },
    });
    await pokeAlerts(ctx, tenantId);
  }
}

function newestGeneration(states: State[], cube: string, rollup: string): number {
  return states
    .filter((state) => state.cube === cube && state.rollup === rollup)
    .reduce((newest, { generation }) => Math.max(newest, generation), 0);
}

/** Marks generations for sweeping and takes them out of the backfills that build them. */
export async function retire(
  ctx: MutationCtx,
  tenantId: string,
  states: State[],
  ids: Id<"rollupStates">[],
): Promise<void> {
  const retiring = states.filter(({ _id }) => ids.includes(_id));
  for (const { _id } of retiring) await ctx.db.patch("rollupStates", _id, { status: "retiring" });
  const backfills = await ctx.db
    .query("backfills")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .collect();
  for (const backfill of backfills) {
    const kept = backfill.generations.filter(
      (built) =>
        !retiring.some(
          (state) =>
            state.cube === backfill.cube &&
            state.rollup === built.rollup &&
            state.generation === built.generation,
        ),
    );
    if (kept.length === backfill.generations.length) continue;
    if (kept.length === 0) await ctx.db.delete("backfills", backfill._id);
    else await ctx.db.patch("backfills", backfill._id, { generations: kept });
  }
}

/**
 * Makes the generations of a finished backfill serve, and retires the ones that they replace. One that
 * has failed meanwhile replaces nothing. The sizes of their tiles are taken afterwards.
 */
export async function cutOver(
  ctx: MutationCtx,
  states: State[],
  backfill: Doc<"backfills">,
): Promise<void> {
  for (const { rollup, generation } of backfill.generations) {
    const mine = states.filter((state) => state.cube === backfill.cube && state.rollup === rollup);
    const built = mine.find((state) => state.generation === generation);
    // It may have failed in this very iteration.
    const current = built && (await ctx.db.get("rollupStates", built._id));
    if (current?.status !== "building") continue;
    for (const state of mine) {
      if (state.generation === generation) {
        await ctx.db.patch("rollupStates", state._id, { status: "ready" });
      } else if (state.status === "ready" || state.status === "failed") {
        await ctx.db.patch("rollupStates", state._id, { status: "retiring" });
      }
    }
  }
  await ctx.db.delete("backfills", backfill._id);
  const { tenantId, cube } = backfill;
  await ctx.scheduler.runAfter(0, internal.held.sizes.measure, { tenantId, cube });
  await pokeAlerts(ctx, tenantId);
}

/** Deletes some tiles of one retiring generation, then its archives, and its state with the last of them. */
export async function sweep(ctx: MutationCtx, states: State[]): Promise<void> {
  const state = states.find(({ status }) => status === "retiring");
  if (state === undefined) return;
  const stored = ctx.db
    .query("rollupTiles")
    .withIndex("by_partition", (q) =>
      q
        .eq("tenantId", state.tenantId)
        .eq("rollup", rollupKey(state.definition))
        .eq("generation", state.generation),
    );
  const { more } = await deleteSome(ctx, stored, ctx.app.limits.fold.sweepTiles);
  if (!more) {
    for (const kind of ["extreme", "drift", "rebuild"] as const) {
      const repairs = await ctx.db
        .query("repairs")
        .withIndex("by_place", (q) =>
          q
            .eq("tenantId", state.tenantId)
            .eq("kind", kind)
            .eq("rollup", rollupKey(state.definition))
            .eq("generation", state.generation),
        )
        .take(ctx.app.limits.fold.sweepTiles);
      for (const { _id } of repairs) await ctx.db.delete("repairs", _id);
      if (repairs.length === ctx.app.limits.fold.sweepTiles) return;
    }
    const archives = await ctx.db
      .query("archives")
      .withIndex("by_partition", (q) =>
        q
          .eq("tenantId", state.tenantId)
          .eq("rollup", rollupKey(state.definition))
          .eq("generation", state.generation),
      )
      .take(ctx.app.limits.fold.sweepFiles);
    for (const { _id, file } of archives) {
      if (file !== null) await dropFile(ctx, file.storageId);
      await ctx.db.delete("archives", _id);
    }
    if (archives.length === ctx.app.limits.fold.sweepFiles) return;
    await ctx.db.delete("rollupStates", state._id);
  }
}
