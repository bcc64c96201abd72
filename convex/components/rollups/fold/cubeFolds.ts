/**
 * How far the log of each cube is folded, told in rows of that cube: what `foldStates` says of all, for readers of one.
 * Only cubes that something was folded of, or that a build has been passed of, are written.
 */
import { isCounted, type Position } from "../../../../lib/fold/change.js";
import {
  changesAfter,
  comparePositions,
  start,
  type PlacedChange,
} from "../../../../lib/fold/position.js";
import type { Doc, Id } from "../_generated/dataModel.js";
import type { MutationCtx } from "../app/ctx.js";
import { cubeSeam } from "../log/cubeLog.js";
import { leastOf, positionOf } from "../log/positions.js";
import { builtAtOf } from "../log/reader.js";
import type { FoldJob } from "../schema/work.js";
import type { FoldState } from "./foldState.js";
import { hasAllOf, type Folded } from "./rows.js";

type Row = FoldJob["rows"][number];
type Known = Doc<"cubeFolds">["generations"][number];
type CubeFold = Pick<Doc<"cubeFolds">, "position" | "generations">;

/** `foldStates` before the iteration, and as it leaves it. */
interface Moved {
  before: Doc<"foldStates"> | null;
  after: FoldState;
}

/** To be called once all that is not folded names its cube. Reads the tenant's rows of `cubeFolds`. */
export async function saveCubes(
  ctx: MutationCtx,
  tenantId: string,
  job: FoldJob,
  folded: Folded,
  moved: Moved,
): Promise<void> {
  const known = await ctx.db
    .query("cubeFolds")
    .withIndex("by_tenant_and_cube", (q) => q.eq("tenantId", tenantId))
    .collect();
  const placed = [...changesAfter(job.rows, start)];
  for (const row of known) {
    const next = new CubeSteps(row, placed, job, folded, moved).next();
    if (stampOf(next) === stampOf(row)) continue;
    await ctx.db.patch("cubeFolds", row._id, next);
    await saveSeam(ctx, row, next);
  }
  // Where generations are apart, or within a commit, the tenant's positions do not say where the rows of a cube are.
  const { position, ahead = [], foldedTo, builtAt } = moved.after;
  if (ahead.length > 0 || isWithin(position)) return;
  const cubes = new Set(folded.live.map(({ cube }) => cube));
  for (const { cube } of known) cubes.delete(cube);
  for (const cube of cubes) {
    const newest = foldedTo?.[cube];
    const generations = folded.live
      .filter((state) => state.cube === cube)
      .map(({ _id }) => ({
        ...{ state: _id, position },
        ...(newest === undefined ? {} : { foldedTo: newest }),
      }));
    const own = { tenantId, cube, position, generations };
    await ctx.db.insert("cubeFolds", builtAt === undefined ? own : { ...own, builtAt });
    await ctx.db.insert("cubeSeams", { tenantId, cube, generations: [] });
  }
}

async function saveSeam(
  ctx: MutationCtx,
  { tenantId, cube }: Doc<"cubeFolds">,
  { generations }: CubeFold,
): Promise<void> {
  const within = generations
    .filter(({ position }) => isWithin(position))
    .map(({ state, position }) => ({ state, position }));
  const seam = await cubeSeam(ctx, tenantId, cube);
  if (seam === null || (within.length === 0 && seam.generations.length === 0)) return;
  await ctx.db.patch("cubeSeams", seam._id, { generations: within });
}

/** Where one cube is after an iteration. */
class CubeSteps {
  /** The changes of the cube that the iteration was given, in the places of the tenant's log … */
  private readonly all: PlacedChange<Row>[];
  /** … and in those of the cube's own. */
  private readonly own: PlacedChange<Row>[];

  constructor(
    private readonly row: Doc<"cubeFolds">,
    placed: readonly PlacedChange<Row>[],
    private readonly job: FoldJob,
    private readonly folded: Folded,
    private readonly moved: Moved,
  ) {
    const { cube } = row;
    this.all = placed.filter((one) => one.row.cube === cube);
    this.own = [
      ...changesAfter(
        job.rows.filter((one) => one.cube === cube),
        start,
      ),
    ];
  }

  next(): CubeFold {
    const { row, folded } = this;
    const generations = folded.live
      .filter(({ cube }) => cube === row.cube)
      .map(({ _id }) => this.generationAt(_id));
    if (generations.length > 0) {
      const position = leastOf(
        generations.map((one) => one.position),
        row.position,
      );
      return { position, generations };
    }
    const { before, after } = this.moved;
    const last = this.passed(before?.position ?? start, after.position);
    const place = last === null ? row.position : this.behind(last);
    const reached = this.wholeAt(place, after.position);
    const position = folded.isAllCurrent ? this.pastBuild(reached) : reached;
    return { position, generations };
  }

  private generationAt(state: Id<"rollupStates">): Known {
    const { before, after } = this.moved;
    const known = this.row.generations.find((one) => one.state === state) ?? null;
    const to = positionOf(after, state);
    const last = this.passed(known === null ? start : positionOf(before, state), to);
    const unmoved = known?.position ?? this.placeOf(to);
    const place = last === null ? unmoved : this.behind(last);
    const reached = this.wholeAt(place, to);
    const position = this.folded.isCurrent(state) ? this.pastBuild(reached) : reached;
    const foldedTo =
      (last === null ? undefined : this.newestUpTo(last)) ??
      (known === null ? after.foldedTo?.[this.row.cube] : known.foldedTo);
    return { state, position, ...(foldedTo === undefined ? {} : { foldedTo }) };
  }

  /** The last of the changes between two places of the tenant's log; null where there are none. */
  private passed(from: Position, to: Position): number | null {
    const last = this.all.findLastIndex(({ next }) => comparePositions(next, to) <= 0);
    const found = this.all[last];
    return found === undefined || comparePositions(found.next, from) <= 0 ? null : last;
  }

  private behind(last: number): Position {
    return (this.own[last] as PlacedChange).next;
  }

  /** A place in the cube's log: behind its commit, where that has no more of the cube. `to` is where the tenant's is. */
  private wholeAt(place: Position, to: Position): Position {
    const { commitTs } = place;
    const hasMore = this.own.some(
      (one) => one.commitTs === commitTs && comparePositions(one.next, place) > 0,
    );
    const isPassed = to.commitTs > commitTs || (hasAllOf(this.job, commitTs) && !hasMore);
    return isWithin(place) && isPassed ? { commitTs: commitTs + 1n, row: 0, change: 0 } : place;
  }

  /** A place of the tenant's log in rows of the cube. */
  private placeOf({ commitTs, row, change }: Position): Position {
    const before = this.job.rows.filter((one) => one.commitTs === commitTs).slice(0, row + 1);
    const isOf = (one: Row | undefined) => one?.cube === this.row.cube;
    return {
      commitTs,
      row: before.slice(0, row).filter(isOf).length,
      change: isOf(before[row]) ? change : 0,
    };
  }

  /** The end of the log was read, so of what is before the newest build nothing is left. */
  private pastBuild(position: Position): Position {
    const builtAt = builtAtOf(this.row);
    return builtAt < position.commitTs ? position : { commitTs: builtAt + 1n, row: 0, change: 0 };
  }

  private newestUpTo(last: number): bigint | undefined {
    return this.own.slice(0, last + 1).findLast(({ change }) => isCounted(change))?.commitTs;
  }
}

/** Whether a place is within a commit. */
function isWithin({ row, change }: Position): boolean {
  return row > 0 || change > 0;
}

function stampOf({ position, generations }: CubeFold): string {
  const places = generations.map(({ state, position, foldedTo }) => [
    ...[state, ...textsOf(position), foldedTo?.toString()],
  ]);
  return JSON.stringify([textsOf(position), places]);
}

function textsOf({ commitTs, row, change }: Position): string[] {
  return [commitTs, row, change].map(String);
}
