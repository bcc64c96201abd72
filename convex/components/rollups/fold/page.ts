/** One page of a backfill: records of the source, folded into the generations that it builds. */
import type { BackfillState } from "../../../../lib/fold/backfill.js";
import type { Change } from "../../../../lib/fold/change.js";
import type { Doc } from "../_generated/dataModel.js";
import type { MutationCtx } from "../app/ctx.js";
import { generationOf } from "../generations/generation.js";
import type { FoldJob } from "../schema/work.js";
import type { TileCache } from "../tiles/store.js";
import { foldBites } from "./bites.js";
import type { Folder } from "./folder.js";
import { derivedOf, isBuiltBy } from "./reach.js";

/**
 * Applies the page, as far as the iteration may take on, and moves the cursor. Returns the backfill as
 * it is now.
 */
export async function applyPage(
  ctx: MutationCtx,
  cache: TileCache,
  folder: Folder,
  tenantId: string,
  { page }: Pick<FoldJob, "page">,
  states: Doc<"rollupStates">[],
  backfill: Doc<"backfills"> | null,
  now: number,
): Promise<Doc<"backfills"> | null> {
  if (backfill === null || page === null) return backfill;
  // The next plan reads it again.
  if (!folder.isFresh() && folder.workLeft() <= 0) return backfill;
  const building = states.filter(
    (state) => state.status === "building" && isBuiltBy(backfill, state),
  );
  const changes = page.facts.map(({ id, createdAt, fact }) => ({
    change: insertOf(backfill.cube, id, createdAt, fact),
    commitTs: page.asOf,
  }));
  const applied = await foldBites(ctx, cache, folder, changes.length, (start, end) =>
    building.map((state) => ({
      generation: generationOf(state),
      state: state._id,
      changes: changes.slice(start, end).filter(({ change }) => isPaged(state, backfill, change)),
    })),
  );
  await setAside(ctx, tenantId, backfill, page, applied);
  const lastFact = page.facts[applied - 1];
  const done = page.last && applied === page.facts.length;
  const cursor: BackfillState["cursor"] = done
    ? "end"
    : lastFact === undefined
      ? page.from
      : { createdAt: lastFact.createdAt, id: lastFact.id };
  const moved = {
    cursor,
    page: { from: page.from, asOf: page.asOf },
    documents: backfill.documents + applied,
    updatedAt: now,
  };
  await ctx.db.patch("backfills", backfill._id, moved);
  return { ...backfill, ...moved };
}

/** Whether a record of a page counts, and not the tiles that its time is derived from. */
function isPaged(
  state: Doc<"rollupStates">,
  backfill: Doc<"backfills">,
  { after }: Change,
): boolean {
  const t = after?.[state.definition.timeField];
  return typeof t !== "number" || t >= (derivedOf(backfill, state)?.before ?? -Infinity);
}

/**
 * Records of the page that are no facts are passed over, and kept among the dead letters with the reason:
 * once, however many generations meet them.
 */
async function setAside(
  ctx: MutationCtx,
  tenantId: string,
  { cube }: Doc<"backfills">,
  { facts, asOf }: NonNullable<FoldJob["page"]>,
  applied: number,
): Promise<void> {
  const refused = facts.slice(0, applied).flatMap(({ id, createdAt, refusal }) => {
    if (refusal === undefined) return [];
    const change = insertOf(cube, id, createdAt, null) as Doc<"deadLetters">["change"];
    return { tenantId, rollup: cube, generation: 0, commitTs: asOf, change, ...refusal };
  });
  await Promise.all(
    refused.map(async (letter) => {
      const known = await ctx.db
        .query("deadLetters")
        .withIndex("by_record", (q) =>
          q
            .eq("tenantId", tenantId)
            .eq("rollup", cube)
            .eq("generation", 0)
            .eq("change.docId", letter.change.docId),
        )
        .first();
      if (known === null) await ctx.db.insert("deadLetters", letter);
      else await ctx.db.replace("deadLetters", known._id, letter);
    }),
  );
}

function insertOf(
  cube: string,
  docId: string,
  docCreatedAt: number,
  after: Change["after"],
): Change {
  return { cube, op: "insert", docId, docCreatedAt, before: null, after };
}
