/** Answers that a browser keeps up: those of some changes ago, changed by the cells that look different since. */
import { changedCells, type CellChange } from "../../lib/answer/changedCells.js";
import { FollowedAnswer } from "../../lib/answer/followedAnswer.js";
import { HeldTail } from "../../lib/answer/heldTail.js";
import { readsOf } from "../../lib/answer/reads.js";
import type { Change } from "../../lib/fold/change.js";
import type { Level } from "../../lib/model/rollup.js";
import type { RollupPlan } from "../../lib/planner/plan.js";
import type { Answer } from "../../lib/query/answer.js";
import type { CompiledQuery } from "../../lib/query/compile.js";
import { storedFrom } from "../../lib/tiles/coverage.js";
import type { Held } from "../lib/fixtures/heldBlocks.js";
import type { Generation } from "../lib/fixtures/world.js";

export class Followed {
  private readonly early: HeldTail;
  private readonly changed: readonly (readonly [Level, readonly CellChange[]])[];

  /** `unfolded` are the changes that the tiles lack; half of them are known at first. */
  constructor(
    { rollup, coverage }: Generation,
    private readonly held: Held,
    unfolded: readonly Change[],
  ) {
    this.early = new HeldTail(() => unfolded.slice(0, Math.floor(unfolded.length / 2)));
    const late = new HeldTail(() => unfolded);
    const of = { rollup, generation: 1 };
    this.changed = rollup.levels.map((level) => {
      const tiles = held.tiles({ level, fromPartition: null, toPartition: null });
      const from = storedFrom(coverage, level);
      const range = { from: from === -Infinity ? null : from, to: null };
      const [before, after] = [this.early, late].map((tail) => ({
        tiles,
        tail: tail.at(of, level),
      }));
      return [level, changedCells(rollup, level, range, before!, after!)];
    });
  }

  /** Of what can be followed. */
  answer(asked: { compiled: CompiledQuery; plan: RollupPlan }): Answer {
    const { early: tail, held } = this;
    const followed = new FollowedAnswer({ ...asked, tail, tiles: (read) => held.tiles(read) });
    for (const read of readsOf(asked.plan)) {
      const { granularity } = read.level;
      const changed = this.changed.find(([level]) => level.granularity === granularity);
      followed.change(read, changed?.[1] ?? []);
    }
    return followed.answer();
  }
}
