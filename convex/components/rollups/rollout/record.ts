/** Letting comparisons in, and storing what they came to; enough of it takes the new way back. */
import { v, type Infer, type ObjectType, type Value } from "convex/values";
import type { Stage } from "../../../../lib/rollout/stage.js";
import { counted, verdictOf, windowAt } from "../../../../lib/rollout/verdict.js";
import { internal } from "../_generated/api.js";
import type { Doc } from "../_generated/dataModel.js";
import type { MutationCtx } from "../_generated/server.js";
import { clipValue } from "../errors/clip.js";
import { mutation } from "../functions.js";
import { limitsOf, type LimitOverrides } from "../limits/limits.js";
import { vComparison, vStage } from "../schema/rollout.js";
import { inForce, rollBack } from "./stages.js";

type Comparison = Infer<typeof vComparison>;
type Different = Extract<Comparison, { outcome: "different" }>;

const ofCube = {
  tenantId: v.string(),
  cube: v.string(),
  limits: v.any(),
  /** What the app says of the rollout itself, where it does not leave that to our table. */
  stage: v.optional(vStage),
  percent: v.optional(v.number()),
};
type OfCube = ObjectType<typeof ofCube>;

/** What is in force for the cube; what was taken back stays so, whatever the app says. */
async function stoodOf(ctx: Pick<MutationCtx, "db">, { tenantId, cube, stage, percent }: OfCube) {
  const own = await inForce(ctx, tenantId, cube);
  const stood: Stage = own?.rollback ? "off" : (stage ?? own?.stage ?? "off");
  return { stage: stood, percent: percent ?? own?.percent ?? 0, salt: own?.salt ?? tenantId };
}

/** Whether a comparison may be made now: the stage asks for it, and the minute has room. */
export const admit = mutation({
  args: ofCube,
  returns: v.boolean(),
  handler: async (ctx, asked) => {
    const { tenantId, cube } = asked;
    const { stage } = await stoodOf(ctx, asked);
    if (stage === "off") return false;
    const { perMinute, onPerMinute, windowMs } = limitsOf(asked.limits as LimitOverrides).rollout;
    const known = await comparisonsOf(ctx, asked);
    const now = Date.now();
    const [...minutes] = windowAt(known?.minutes ?? [], now, windowMs);
    const current = minutes.pop();
    if (current === undefined) return false;
    if (current.admitted >= (stage === "on" ? onPerMinute : perMinute)) return false;
    minutes.push({ ...current, admitted: current.admitted + 1 });
    if (known !== null) {
      await ctx.db.patch("comparisons", known._id, { minutes });
    } else {
      const none = { since: now, equal: 0, different: 0, failed: {}, skipped: {} };
      await ctx.db.insert("comparisons", { tenantId, cube, minutes, ...none });
    }
    return true;
  },
});

/** Counts a comparison and stores its differences. Returns whether it took the new way back. */
export const record = mutation({
  args: {
    ...ofCube,
    comparison: vComparison,
    /** How long the new way took alone; null where that is not known. */
    tookMs: v.union(v.number(), v.null()),
    /** The app wants to be told of a rollback. */
    isAlerting: v.optional(v.boolean()),
  },
  returns: v.boolean(),
  handler: async (ctx, { comparison, tookMs, isAlerting = false, ...asked }) => {
    const { rollout } = limitsOf(asked.limits as LimitOverrides);
    const known = await comparisonsOf(ctx, asked);
    // An admin has cleared it since it was let in.
    if (known === null) return false;
    const { outcome } = comparison;
    const now = Date.now();
    const window = windowAt(known.minutes, now, rollout.windowMs);
    const minutes = counted(window, { outcome, tookMs }, rollout);
    await ctx.db.patch("comparisons", known._id, { minutes, ...totals(known, comparison) });
    if (outcome === "different") await store(ctx, asked, comparison, { now, most: rollout.stored });
    const stood = await stoodOf(ctx, asked);
    const verdict = verdictOf(minutes, stood.stage, rollout);
    if (verdict === null) return false;
    await rollBack(ctx, asked, stood, { ...verdict, at: now });
    if (isAlerting) {
      const { tenantId } = asked;
      await ctx.scheduler.runAfter(0, internal.alerts.check.check, { tenantId });
    }
    return true;
  },
});

function totals(known: Doc<"comparisons">, comparison: Comparison): Partial<Doc<"comparisons">> {
  const { outcome } = comparison;
  if (outcome === "equal" || outcome === "different") return { [outcome]: known[outcome] + 1 };
  const counts = known[outcome];
  const reason = nameOf(comparison.reason, counts);
  return { [outcome]: { ...counts, [reason]: (counts[reason] ?? 0) + 1 } };
}

/** Reasons are codes, ours or the app's. An app's code may be any text; the name of a field may not. */
const REASON = /^[A-Za-z][\x20-\x7e]{0,59}$/;
/** A code that names a record or a time would fill the document. */
const REASONS_MAX = 50;

/** The name that a reason is counted by. */
function nameOf(reason: string, counts: Readonly<Record<string, number>>): string {
  const isKnown = Object.hasOwn(counts, reason);
  const fits = REASON.test(reason) && Object.keys(counts).length < REASONS_MAX;
  return isKnown || fits ? reason : "Other";
}

async function store(
  ctx: Pick<MutationCtx, "db">,
  { tenantId, cube }: OfCube,
  found: Different,
  { now, most }: { now: number; most: number },
): Promise<void> {
  if (most === 0) return;
  const { question, route, commit } = found;
  const query: unknown = clipValue(found.query as Value);
  for (const { kind, count, old, new: other } of found.differences) {
    const known = await ctx.db
      .query("differences")
      .withIndex("by_tenant_and_question", (q) =>
        q.eq("tenantId", tenantId).eq("question", question).eq("kind", kind),
      )
      .unique();
    const seen = {
      ...{ query, route, commit, rows: count, lastSeen: now },
      ...{ old: clipValue(old as Value), new: clipValue(other as Value) },
    };
    if (known !== null) {
      await ctx.db.patch("differences", known._id, { ...seen, times: known.times + 1 });
      continue;
    }
    await makeRoom(ctx, tenantId, most);
    const first = { times: 1, firstSeen: now };
    await ctx.db.insert("differences", { tenantId, cube, question, kind, ...seen, ...first });
  }
}

/** Deletes the difference that was seen longest ago, where `most` are stored. */
async function makeRoom(ctx: Pick<MutationCtx, "db">, tenantId: string, most: number) {
  const stored = await ctx.db
    .query("differences")
    .withIndex("by_tenant_and_lastSeen", (q) => q.eq("tenantId", tenantId))
    .take(most);
  const [oldest] = stored;
  if (oldest !== undefined && stored.length === most) {
    await ctx.db.delete("differences", oldest._id);
  }
}

async function comparisonsOf(ctx: Pick<MutationCtx, "db">, { tenantId, cube }: OfCube) {
  return await ctx.db
    .query("comparisons")
    .withIndex("by_tenant_and_cube", (q) => q.eq("tenantId", tenantId).eq("cube", cube))
    .unique();
}
