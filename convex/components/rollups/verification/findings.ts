/** What one step of verification found, rollup by rollup. */
import { v, type Infer } from "convex/values";
import type { Level } from "../../../../lib/model/rollup.js";
import type { Verdict } from "../../../../lib/verification/storedSums.js";
import type { QueryCtx } from "../app/ctx.js";
import type { Doc, Id } from "../_generated/dataModel.js";
import { vGranularity } from "../schema/validators.js";

export const vFindings = v.object({
  rollups: v.array(
    v.object({
      state: v.id("rollupStates"),
      /** Cells. */
      checked: v.number(),
      /** Cells of buckets that are what they must be. */
      equal: v.number(),
      /** Buckets that are not. */
      differed: v.number(),
      /** Buckets that could not be checked. */
      unchecked: v.number(),
    }),
  ),
  /** Records that are no facts. */
  unreadable: v.number(),
  /** Buckets that are not what they must be, at most ctx.app.limits.verification.drifts. */
  drifts: v.array(
    v.object({ state: v.id("rollupStates"), granularity: vGranularity, bucket: v.number() }),
  ),
  /** Generations with a tile that does not have the form of its rollup. */
  broken: v.array(v.id("rollupStates")),
  /** Order statistics whose trees are not what they must be. */
  orders: v.array(v.id("orderStates")),
  /** Those whose trees are, all of them. */
  sound: v.array(v.id("orderStates")),
});

export type FoundOfStep = Infer<typeof vFindings>;
type State = Pick<Doc<"rollupStates">, "_id">;

export class Findings {
  private readonly rollups = new Map<Id<"rollupStates">, FoundOfStep["rollups"][number]>();
  private readonly broken = new Set<Id<"rollupStates">>();
  readonly drifts: FoundOfStep["drifts"] = [];
  readonly orders: FoundOfStep["orders"] = [];
  readonly sound: FoundOfStep["sound"] = [];
  unreadable = 0;

  constructor(private readonly ctx: Pick<QueryCtx, "app">) {}

  /** Differences that the step may still name. */
  get room(): number {
    return this.ctx.app.limits.verification.drifts - this.drifts.length;
  }

  /** Takes verdicts in order of time; returns the bucket to go on with where no more may be named. */
  add(state: State, { granularity }: Level, verdicts: readonly Verdict[]): number | null {
    const found = this.of(state);
    for (const { bucket, cells, isEqual, unjudged } of verdicts) {
      if (!isEqual && this.room <= 0) return bucket;
      found.checked += cells;
      found.unchecked += Math.min(1, unjudged);
      if (isEqual) found.equal += cells;
      else {
        found.differed++;
        this.drifts.push({ state: state._id, granularity, bucket });
      }
    }
    return null;
  }

  /** A bucket of the rollup could not be checked. */
  setUnchecked(state: State): void {
    this.of(state).unchecked++;
  }

  /** Some tile of the rollup cannot be read at all. */
  setBroken(state: State): void {
    this.setUnchecked(state);
    this.broken.add(state._id);
  }

  /** Adds what another step found. */
  take(other: Findings): void {
    for (const { state, checked, equal, differed, unchecked } of other.rollups.values()) {
      const mine = this.of({ _id: state });
      mine.checked += checked;
      mine.equal += equal;
      mine.differed += differed;
      mine.unchecked += unchecked;
    }
    for (const id of other.broken) this.broken.add(id);
    this.drifts.push(...other.drifts);
    this.orders.push(...other.orders);
    this.sound.push(...other.sound);
    this.unreadable += other.unreadable;
  }

  result(): FoundOfStep {
    const { unreadable, drifts, orders, sound } = this;
    const [rollups, broken] = [[...this.rollups.values()], [...this.broken]];
    return { rollups, unreadable, drifts, broken, orders, sound };
  }

  private of({ _id }: State) {
    let found = this.rollups.get(_id);
    if (found === undefined) {
      found = { state: _id, checked: 0, equal: 0, differed: 0, unchecked: 0 };
      this.rollups.set(_id, found);
    }
    return found;
  }
}
