/** How far behind the generations of a tenant are, by the targets of their rollups. */
import type { Level } from "../../../../lib/alerts/alert.js";
import { freshnessLevel } from "../../../../lib/alerts/freshness.js";
import type { FreshnessTarget, FreshnessTargets } from "../../../../lib/model/cube.js";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";
import { rollupKey } from "../generations/generation.js";
import { cubeLog, type CubeLog } from "../log/cubeLog.js";
import { oldestUnfolded } from "../log/reader.js";

type State = Doc<"rollupStates">;

export interface RollupFreshness {
  target: FreshnessTarget;
  /** Of the oldest change that it has not folded, or of its build; 0 where it has all, null where it has failed. */
  ageMs: number | null;
  state: Level;
  /** Epoch ms; null where it is "ok", and where it has failed. */
  since: number | null;
}

/** Reads how far each cube is folded once, and a row of the log for each generation that has a target. */
export class FreshnessReader {
  private readonly logs = new Map<string, Promise<CubeLog>>();

  constructor(
    private readonly ctx: Pick<QueryCtx, "db" | "now">,
    private readonly tenantId: string,
    private readonly targets: FreshnessTargets,
    private readonly backfills: readonly Doc<"backfills">[],
  ) {}

  /** Null where its rollup has no target, and for one that another has replaced. */
  async of(state: State): Promise<RollupFreshness | null> {
    const target = this.targets[rollupKey(state.definition)];
    if (target === undefined || state.status === "retiring") return null;
    if (hasFailed(state)) return { target, ageMs: null, state: "error", since: null };
    const { now } = this.ctx;
    const ageMs =
      state.status === "building" ? now - this.beganAt(state) : await this.unfoldedAge(state);
    return { target, ageMs, ...freshnessLevel(target, ageMs, now) };
  }

  private beganAt({ cube, rollup, generation, _creationTime }: State): number {
    const isOf = (one: { rollup: string; generation: number }) =>
      one.rollup === rollup && one.generation === generation;
    const backfill = this.backfills.find((one) => one.cube === cube && one.generations.some(isOf));
    return backfill?.startedAt ?? _creationTime;
  }

  private async unfoldedAge({ _id, cube }: State): Promise<number> {
    const known = this.logs.get(cube) ?? cubeLog(this.ctx, this.tenantId, cube);
    this.logs.set(cube, known);
    const { log, positionOf } = await known;
    const oldest = await oldestUnfolded(this.ctx, log, positionOf(_id));
    // Commits are stamped by another clock than functions see, which may be behind.
    return oldest === null ? 0 : Math.max(1, this.ctx.now - Number(oldest / 1_000_000n));
  }
}

/** It serves nothing, and will not by itself; or not until a change that was set aside is seen to. */
export const hasFailed = ({ status, degraded }: State): boolean => status === "failed" || degraded;
