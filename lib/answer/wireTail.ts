/** The unfolded changes of a cube as they travel to a browser, and what it makes of them. */
import { RollupsError } from "../errors.js";
import type { Change } from "../fold/change.js";
import type { StoredRollup } from "../model/rollup.js";
import type { Candidate, RollupPlan } from "../planner/plan.js";
import { readsAlike } from "../resolve/reading.js";
import { HeldTail } from "./heldTail.js";
import type { WireTail } from "./sentTail.js";
import { fromWireChanges } from "./wireChanges.js";

type Generation = Pick<RollupPlan, "rollup" | "generation">;

export class ReadTail {
  /** For `evaluate`, of every plan of the cube; it throws `TilesNotHeld` as `watermarkOf` does. */
  readonly tail: HeldTail;
  /** All of them, in log order: which are of a range is told by their facts' times. */
  readonly changes: readonly Pick<Change, "before" | "after">[];
  /** Parallel to the changes. */
  private readonly readings: readonly string[];
  private readonly generations: ReadonlyMap<string, WireTail["generations"][number]>;

  /** `cube` is whose tail it is. Of what `earlier` has netted is made use, where its changes are the first of these. O(changes). */
  constructor(
    private readonly cube: string,
    wire: WireTail,
    earlier: ReadTail | null = null,
  ) {
    const changes = fromWireChanges(wire.changes);
    this.changes = changes;
    this.readings = changes.map(({ reading }) => wire.readings[reading] ?? "");
    this.generations = new Map(
      wire.generations.map((one) => [`${one.rollup}@${one.generation}`, one]),
    );
    this.tail = new HeldTail(
      (of) => this.changesOf(of),
      earlier && { netted: earlier.tail.netted, counts: this.countsOf(earlier) },
    );
  }

  /**
   * The candidates as they are beside this tail. One that lacks changes of another reading is "overtaken". One that
   * the tail does not complete stays: another in its place would be as of an earlier commit than was shown before.
   */
  candidates(candidates: readonly Candidate[]): Candidate[] {
    return candidates.map((candidate): Candidate => {
      const place = this.placeOf(candidate);
      if (candidate.status !== "ready" || place === null) return candidate;
      const lacked = new Set(this.readings.slice(place.from, place.to));
      const isOvertaken = [...lacked].some((one) => !readsAlike(candidate.rollup.fields, one));
      return isOvertaken ? { ...candidate, status: "overtaken" } : candidate;
    });
  }

  /** Commit as of which answers of a generation are. Throws `TilesNotHeld` for one that the tail cannot complete. */
  watermarkOf(of: Generation): bigint {
    return BigInt((this.placeOf(of) ?? notCompleted(of.rollup)).watermark);
  }

  /** Of generations that have folded nothing since: how many of their changes an earlier tail had. */
  private countsOf({ changes, generations }: ReadTail): Map<string, number> {
    // Equal facts are read in one order of fields.
    const now = this.changes.map((change) => JSON.stringify(change));
    const differs = changes.findIndex((change, i) => JSON.stringify(change) !== now[i]);
    const alike = differs < 0 ? changes.length : differs;
    const counts = new Map<string, number>();
    for (const [name, { from, to }] of this.generations) {
      const before = generations.get(name);
      const isKept = before?.from === from && before.to <= Math.min(alike, to);
      if (isKept) counts.set(name, before.to - from);
    }
    return counts;
  }

  private changesOf(of: Generation): Change[] {
    const { from, to } = this.placeOf(of) ?? notCompleted(of.rollup);
    const { cube } = this;
    return this.changes.slice(from, to).map(({ before, after }): Change => {
      const op = before === null ? "insert" : after === null ? "delete" : "update";
      return { cube, op, docId: "", docCreatedAt: 0, before, after };
    });
  }

  private placeOf({ rollup, generation }: Generation) {
    return this.generations.get(`${rollup.cube}.${rollup.name}@${generation}`) ?? null;
  }
}

function notCompleted({ cube, name: rollup }: StoredRollup): never {
  throw new RollupsError("TilesNotHeld", `The tail does not complete ${cube}.${rollup}`, {
    ...{ cube, rollup },
  });
}
