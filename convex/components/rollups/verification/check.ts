/**
 * One step of verification: some cells compared with what they must be, in one snapshot. Runs in a stale
 * snapshot, so it adds no read dependency and never makes a writer wait.
 */
import { v, type Infer } from "convex/values";
import { canonicalJson } from "../../../../lib/hash/canonical.js";
import type { Level } from "../../../../lib/model/rollup.js";
import { coveredFrom, finerLevel, storedFrom } from "../../../../lib/tiles/coverage.js";
import { bucketCeiling } from "../../../../lib/time/calendar.js";
import { foldState } from "../log/reader.js";
import { isReadLike } from "../app/readings.js";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";
import { sourceFrom } from "../sources/sourceFrom.js";
import { mustCube } from "../app/cubes.js";
import { coverageOf } from "../generations/coverage.js";
import { vPieces, vVerificationCursor } from "../schema/validators.js";
import { countStrays } from "../sources/scan.js";
import {
  judgedByDays,
  nextCube,
  nextLevel,
  nextOrder,
  type LevelsCursor,
  type OrdersCursor,
  type SourceCursor,
  type VerificationCursor,
} from "./cursor.js";
import { compareTrees } from "../order/compare.js";
import { servingOrders, type OrderState } from "../order/states.js";
import { Findings, vFindings } from "./findings.js";
import { compareLevel } from "./levelWindow.js";
import { windowStep, type WindowStep, type WindowTask } from "./sourceWindow.js";
import { readStates } from "../generations/states.js";
import { rollupKey } from "../generations/generation.js";

type State = Doc<"rollupStates">;

export const vCheckResult = v.object({
  found: vFindings,
  /** Where the next step begins; null after the last one. */
  next: v.union(v.null(), vVerificationCursor),
  /** What the next step goes on with, within a window. */
  pieces: v.union(v.null(), vPieces),
  /** Generations that serve and can be compared, with their names as routes of answers, … */
  ready: v.array(v.object({ state: v.id("rollupStates"), route: v.string() })),
  /** … and the cubes whose sources can be. */
  cubes: v.array(v.string()),
  bytes: v.number(),
});

export type CheckResult = Infer<typeof vCheckResult>;

type Outcome = Pick<CheckResult, "next" | "pieces">;

/** Why a step cannot be made now. */
export const vWait = v.union(
  /** So many repairs are queued that what is found would be found twice. */
  v.literal("RepairsWaiting"),
  /** The log is too long, or was read by code of another version: the worker sees to both. */
  v.literal("LogAhead"),
);

/** Steps over little that are made as one: some milliseconds each. */
const STEPS_MAX = 40;

/** How many parts the cells of a rollup are compared in where there are too many to keep their extremes. */
const SHARDS = 8;

/** Compares what the cursor points at, and goes on where that was little. */
export async function checkStep(
  ctx: QueryCtx,
  tenantId: string,
  cursor: VerificationCursor,
): Promise<CheckResult | Infer<typeof vWait>> {
  const { repairsWaiting, littleBytes } = ctx.app.limits.verification;
  const waiting = await ctx.db
    .query("repairs")
    .withIndex("by_place", (q) => q.eq("tenantId", tenantId))
    .take(repairsWaiting);
  if (waiting.length >= repairsWaiting) return "RepairsWaiting";
  const ready = (await readStates(ctx, tenantId)).filter(
    ({ status, definition }) => status === "ready" && isReadLike(definition, ctx.app.readings),
  );
  const orders = (await servingOrders(ctx, tenantId)).filter(
    ({ cursor, definition }) => cursor === "end" && isReadLike(definition, ctx.app.readings),
  );
  const findings = new Findings(ctx);
  let outcome = at(cursor);
  for (let steps = 0; steps < STEPS_MAX && outcome.next !== null; steps++) {
    const step = new Step(ctx, tenantId, ready);
    const { next } = outcome;
    const isOrders = next.stage === "orders";
    if (isOrders && steps >= ctx.app.limits.verification.orderSteps) break;
    // A cube, rollup or order statistic that is gone since the last step has nothing left to check.
    const made = await (next.stage === "source"
      ? step.source(next)
      : isOrders
        ? step.orders(next, orders)
        : step.levels(next));
    if (made === null && steps === 0) return "LogAhead";
    if (made === null) break;
    findings.take(step.findings);
    outcome = made;
    if (made.next === null) outcome = at(nextOrder(orders, next));
    const { bytesRead } = await ctx.meta.getTransactionMetrics();
    if (made.pieces !== null || findings.drifts.length > 0 || bytesRead.used > littleBytes) break;
  }
  const { bytesRead } = await ctx.meta.getTransactionMetrics();
  return {
    found: findings.result(),
    ...outcome,
    ready: ready.map((state) => ({ state: state._id, route: routeOf(state) })),
    cubes: Object.keys(ctx.app.cubes).filter((cube) => judgedByDays(ready, cube).length > 0),
    bytes: bytesRead.used,
  };
}

class Step {
  findings: Findings;

  constructor(
    private readonly ctx: QueryCtx,
    private readonly tenantId: string,
    private readonly ready: readonly State[],
  ) {
    this.findings = new Findings(ctx);
  }

  /**
   * The finest level of rollups of a cube against the source, in one window of time. Where records have
   * expired there is nothing to compare with.
   */
  async source(cursor: SourceCursor): Promise<Outcome | null> {
    const { ctx, tenantId, ready } = this;
    const { cube } = cursor;
    const compared = judgedByDays(ready, cube);
    const [first] = compared;
    if (first === undefined) return at(nextCube(ctx, ready, cursor));
    const wholeFrom = await sourceFrom(ctx, tenantId, cube);
    const step = await this.window(
      cursor,
      compared.flatMap((state) => membersOf(state, state.definition.levels[0])),
      {
        grain: "day",
        zone: first.definition.timezone,
        from: wholeFrom === null ? cursor.from : Math.max(wholeFrom, cursor.from ?? wholeFrom),
        until: null,
        wholeFrom,
      },
    );
    if (step === null || "next" in step) return step;
    if (step.kept !== null) return { next: cursor, pieces: step.kept };
    if (step.to === null) {
      this.findings.unreadable += await countStrays(
        ctx,
        mustCube(ctx, cube),
        tenantId,
        ctx.app.limits.verification.strays,
      );
      return at(nextCube(ctx, ready, cursor));
    }
    const { shard: _, ...plain } = cursor;
    return at({ ...plain, from: step.to });
  }

  /**
   * Some of a level against the one that it is made of; or, where there is none, or it keeps nothing any
   * more, some of its buckets against the source.
   */
  async levels(cursor: LevelsCursor): Promise<Outcome | null> {
    const { ctx, ready } = this;
    const state = ready.find(
      ({ cube, rollup }) => cube === cursor.cube && rollup === cursor.rollup,
    );
    const level = state?.definition.levels[cursor.level];
    if (state === undefined || level === undefined) return at(nextLevel(ready, cursor));
    const finer = finerLevel(state.definition, level);
    const covered = coveredFrom(state.definition, coverageOf(state), level, finer);
    const { from, hash = 0, shard: _, ...plain } = cursor;
    if (finer === null || (from ?? -Infinity) < covered) {
      return await this.uncovered(cursor, state, level, covered);
    }
    let place = { from: from as number | null, hash };
    for (;;) {
      const next = await compareLevel(ctx, state, level, finer, place, this.findings);
      if (next === null) return at(nextLevel(ready, cursor));
      place = next;
      const { bytesRead } = await ctx.meta.getTransactionMetrics();
      if (
        bytesRead.used > ctx.app.limits.verification.levelBytes ||
        this.findings.drifts.length > 0
      )
        break;
    }
    return at({ ...plain, from: place.from, ...(place.hash > 0 ? { hash: place.hash } : {}) });
  }

  /** Some of the records and of the trees of an order statistic, against each other. */
  async orders(cursor: OrdersCursor, orders: readonly OrderState[]): Promise<Outcome> {
    const state = orders.find(({ _id }) => _id === cursor.state);
    if (state === undefined) return at(null);
    const compared = await compareTrees(this.ctx, state, cursor.compared);
    if (compared === "differs") this.findings.orders.push(state._id);
    if (compared === "equal") this.findings.sound.push(state._id);
    // What is unclear now is left to the next pass: rollups are not to wait for it.
    return at(typeof compared === "string" ? null : { ...cursor, compared });
  }

  /** Buckets of a level before `covered`, as many as one window of the source holds. */
  private async uncovered(
    cursor: LevelsCursor,
    state: State,
    level: Level,
    covered: number,
  ): Promise<Outcome | null> {
    const { ctx, tenantId, ready } = this;
    const { cube, definition } = state;
    const { granularity } = level;
    const zone = definition.timezone;
    const wholeFrom = await sourceFrom(ctx, tenantId, cube);
    const start = Math.max(
      cursor.from ?? -Infinity,
      storedFrom(coverageOf(state), level),
      wholeFrom === null ? -Infinity : bucketCeiling(granularity, zone, wholeFrom),
    );
    if (start >= covered) return at({ ...cursor, from: covered });
    const step = await this.window(cursor, membersOf(state, level), {
      grain: granularity,
      zone,
      from: start === -Infinity ? null : start,
      until: covered === Infinity ? null : covered,
      wholeFrom,
    });
    if (step === null || "next" in step) return step;
    // Where windows of days have met them, they are counted already.
    if (judgedByDays(ready, cube).length > 0) this.findings.unreadable = 0;
    if (step.kept !== null) return { next: cursor, pieces: step.kept };
    const { shard: _, ...plain } = cursor;
    return at(step.to === null ? nextLevel(ready, cursor) : { ...plain, from: step.to });
  }

  /**
   * A step of a window, from what is kept of it, if that is of this very window. Where the extremes of
   * some rollups are left over, the window is gone through once more for these alone.
   */
  private async window(
    cursor: SourceCursor | LevelsCursor,
    members: WindowTask["members"],
    task: Pick<WindowTask, "grain" | "zone" | "from" | "until" | "wholeFrom">,
  ): Promise<(WindowStep & { kept: CheckResult["pieces"] }) | Outcome | null> {
    const { ctx, tenantId } = this;
    const { cube, shard } = cursor;
    const some = members.filter(
      ({ state }) => shard === undefined || shard.rollups[0] === state.rollup,
    );
    const stamp = canonicalJson([
      cursor,
      some.map(({ state: { _id, coverage = [] } }) => [_id, coverage]),
      task.wholeFrom,
      ctx.app.readings[cube],
    ]);
    const step = await windowStep(
      ctx,
      {
        ...{ tenantId, cube, ...task, members: some },
        until: shard === undefined ? task.until : shard.to,
        isFixed: shard !== undefined,
        shard: shard ?? null,
      },
      await this.keptPieces(stamp),
    );
    if (step === null) return null;
    this.findings = step.findings;
    const kept = step.kept && { stamp, ...step.kept };
    if (kept !== null) return { ...step, kept };
    if (shard === undefined && step.crowded.length > 0) {
      const next = { rollups: step.crowded, index: 0, of: SHARDS, to: step.to };
      return at({ ...cursor, shard: next });
    }
    if (shard === undefined) return { ...step, kept };
    const next = shardAfter(shard, step.crowded.length > 0);
    return next === null ? { ...step, kept } : at({ ...cursor, shard: next });
  }

  /** What the last step of the window left, unless changes since then are gone from the log. */
  private async keptPieces(stamp: string): Promise<CheckResult["pieces"]> {
    const { ctx, tenantId } = this;
    const row = await ctx.db
      .query("verificationPieces")
      .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
      .unique();
    if (row?.pieces == null || row.pieces.stamp !== stamp) return null;
    const trimmedTo = (await foldState(ctx, tenantId))?.trimmedTo ?? 0n;
    return trimmedTo > row.pieces.asOf ? null : row.pieces;
  }
}

/** As `servedBy` of an answer has it. */
function routeOf({ definition, generation }: State): string {
  return `${rollupKey(definition)}@${generation}`;
}

function at(next: VerificationCursor | null): Outcome {
  return { next, pieces: null };
}

function membersOf(state: State, level: Level | undefined): WindowTask["members"] {
  return level === undefined ? [] : [{ state, level }];
}

type CursorShard = NonNullable<SourceCursor["shard"]>;

/** The cells to look at after some; half as many of them where they were too many. Null after the last. */
function shardAfter(
  { rollups, index, of, to }: CursorShard,
  isCrowded: boolean,
): CursorShard | null {
  if (isCrowded) return { rollups, index: 2 * index, of: 2 * of, to };
  if (index + 1 < of) return { rollups, index: index + 1, of, to };
  const left = rollups.slice(1);
  return left.length === 0 ? null : { rollups: left, index: 0, of: SHARDS, to };
}
