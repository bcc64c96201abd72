/**
 * Passes: everything that tiles hold, compared with what they must hold, one step per mutation. A pass
 * catches writes that bypass capture, in any field of any record. The chain makes the steps of all
 * tenants that are due; an admin may ask for a pass now.
 */
import { v, type Infer } from "convex/values";
import { internal } from "../_generated/api.js";
import type { Doc } from "../_generated/dataModel.js";
import type { MutationCtx } from "../app/ctx.js";
import { upkeepMutation, upkeepQuery } from "../functions.js";
import { measureIfOld } from "../held/sizes.js";
import { builtAtOf, foldState } from "../log/reader.js";
import { vVerificationCursor } from "../schema/validators.js";
import { checkStep, vCheckResult, vWait, type CheckResult } from "./check.js";
import { passStart } from "./cursor.js";
import {
  dueAfter,
  newVerification,
  noteWait,
  readVerification,
  type NewVerification,
} from "./due.js";
import { keepPieces, recordFound, trimDrifts } from "./record.js";
import { setChecked, setOrdersVerified, setVerified } from "./verified.js";

/** The pause between the steps of a pass on demand, so that it does not starve writers; longer where it waits. */
const PASS_PAUSE_MS = 100;
const WAIT_PAUSE_MS = 5000;
/** Steps in a row that a pass on demand finds no occasion for, until it leaves the rest to the chain: five minutes. */
const WAITS_MAX = 60;

/** One step, read in a snapshot. */
export const check = upkeepQuery({
  args: { cursor: vVerificationCursor },
  returns: v.union(vWait, vCheckResult),
  handler: (ctx, { tenantId, cursor }) => checkStep(ctx, tenantId, cursor),
});

/** One step of a tenant's pass. With `until`, goes on until that many passes are complete. */
export const run = upkeepMutation({
  args: { until: v.optional(v.number()), waits: v.optional(v.number()) },
  returns: v.null(),
  handler: async (ctx, { tenantId, until, waits = 0 }) => {
    const compared = await compare(ctx, tenantId);
    const isMade = typeof compared !== "string";
    const passes = isMade ? await conclude(ctx, compared) : -1;
    if (!isMade) await noteWait(ctx, tenantId, compared);
    if (until === undefined || passes >= until || (!isMade && waits >= WAITS_MAX)) return null;
    const pauseMs = isMade ? PASS_PAUSE_MS : WAIT_PAUSE_MS;
    const next = { tenantId, until, ...(isMade ? {} : { waits: waits + 1 }) };
    await ctx.scheduler.runAfter(pauseMs, internal.verification.pass.run, next);
    return null;
  },
});

/** A step that is made but for its writes. */
export interface Compared {
  before: NewVerification | Doc<"verifications">;
  result: CheckResult;
}

/** Compares what is next of the tenant's pass. Writes nothing, whatever it throws. */
export async function compare(
  ctx: MutationCtx,
  tenantId: string,
): Promise<Compared | Infer<typeof vWait>> {
  const row = await readVerification(ctx, tenantId);
  const before = row ?? newVerification(ctx, tenantId);
  const result: CheckResult | Infer<typeof vWait> = await ctx.runQuery(
    internal.verification.pass.check,
    { tenantId, cursor: before.cursor },
    { useStaleSnapshot: true },
  );
  return typeof result === "string" ? result : { before, result };
}

/** Has what was found restored, and moves the pass on. Returns how many passes are complete. */
export async function conclude(ctx: MutationCtx, { before, result }: Compared): Promise<number> {
  const { now } = ctx;
  const { tenantId } = before;
  const { found, next, pieces } = result;
  await keepPieces(ctx, tenantId, pieces);
  await recordFound(ctx, tenantId, found);
  await setOrdersVerified(ctx, tenantId, found.sound, now);
  const sum = (of: (one: (typeof found.rollups)[number]) => number) =>
    found.rollups.reduce((total, one) => total + of(one), 0);
  const counts = {
    checked: before.checked + sum(({ checked }) => checked),
    equal: before.equal + sum(({ equal }) => equal),
    unchecked: before.unchecked + sum(({ unchecked }) => unchecked) + found.unreadable,
    unreadable: (before.unreadable ?? 0) + found.unreadable,
  };
  const isFirst = before.startedAt === undefined;
  const startedAt = before.startedAt ?? now;
  const builtAt = isFirst ? builtAtOf(await foldState(ctx, tenantId)) : before.builtAt;
  const rollups = rollupsAfter(before, result);
  const { setback: _, ...rest } = before;
  const after = { ...rest, ...counts, builtAt, updatedAt: now };
  if (next !== null) {
    await save(ctx, before, { ...after, cursor: next, startedAt, rollups });
    return before.passes;
  }
  await setVerified(ctx, tenantId, rollups, result.ready, now);
  for (const cube of result.cubes) await setChecked(ctx, tenantId, cube, startedAt);
  await trimDrifts(ctx, tenantId);
  const isWhole = result.ready.every(({ state }) => rollups.some((one) => one.state === state));
  const isChanged = before.isChanged === true || rollups.some(({ differed }) => differed > 0);
  for (const cube of result.cubes) await measureIfOld(ctx, tenantId, cube);
  const passes = before.passes + 1;
  await save(ctx, before, {
    ...ended(after),
    cursor: passStart(ctx),
    passes,
    last: { ...counts, finishedAt: now },
    dueAt: dueAfter(ctx, isWhole, isChanged),
  });
  return passes;
}

/** Without what belongs to the pass under way. */
function ended(row: NewVerification): NewVerification {
  const { startedAt: _, rollups: __, isChanged: ___, found: ____, ...rest } = row;
  return { ...rest, checked: 0, equal: 0, unchecked: 0, unreadable: 0 };
}

async function save(
  ctx: MutationCtx,
  before: Compared["before"],
  after: NewVerification,
): Promise<void> {
  if ("_id" in before) await ctx.db.replace("verifications", before._id, after);
  else await ctx.db.insert("verifications", after);
}

type PassRollups = NonNullable<NewVerification["rollups"]>;

/** Generations that served when the pass began, and in every step since, with what was found of each. */
function rollupsAfter(
  { rollups }: Pick<NewVerification, "rollups">,
  { found, ready }: CheckResult,
): PassRollups {
  const known = rollups ?? ready.map(({ state }) => ({ state, differed: 0, unchecked: 0 }));
  return known
    .filter(({ state }) => ready.some((one) => one.state === state))
    .map((one) => {
      const mine = found.rollups.find(({ state }) => state === one.state);
      if (mine === undefined) return one;
      return {
        state: one.state,
        differed: one.differed + mine.differed,
        unchecked: one.unchecked + mine.unchecked,
      };
    });
}
