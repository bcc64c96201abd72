/** The order in which verification goes through a tenant's cubes, rollups and levels. */
import type { Infer } from "convex/values";
import { divides } from "../../../../lib/time/calendar.js";
import { sameZone } from "../../../../lib/time/zone.js";
import type { QueryCtx } from "../app/ctx.js";
import type { Doc } from "../_generated/dataModel.js";
import type { OrderState } from "../order/states.js";
import type { vVerificationCursor } from "../schema/validators.js";

type Asking = Pick<QueryCtx, "app">;
type State = Doc<"rollupStates">;

export type VerificationCursor = Infer<typeof vVerificationCursor>;
export type SourceCursor = Extract<VerificationCursor, { stage: "source" }>;
export type OrdersCursor = Extract<VerificationCursor, { stage: "orders" }>;
export type LevelsCursor = Extract<VerificationCursor, { stage: "levels" }>;

/** The first step of a pass. */
export function passStart(ctx: Asking): SourceCursor {
  const [cube] = Object.keys(ctx.app.cubes);
  return { stage: "source", cube: cube ?? "", from: null };
}

/**
 * Rollups of a cube that windows of whole days can judge: their finest buckets lie within days, and all
 * are in one zone. Of the others every level is compared in windows of its own buckets. In order of name.
 */
export function judgedByDays(ready: readonly State[], name: string): State[] {
  const states = ready.filter(({ cube, definition: { levels } }) => {
    const [finest] = levels;
    return cube === name && finest !== undefined && divides(finest.granularity, "day");
  });
  const zone = states[0]?.definition.timezone ?? "UTC";
  return states
    .filter(({ definition }) => sameZone(definition.timezone, zone))
    .sort((a, b) => (a.rollup < b.rollup ? -1 : 1));
}

/** The window after a cube's last one: the next cube, then the first of the other levels. */
export function nextCube(
  ctx: Asking,
  ready: readonly State[],
  { cube: name }: SourceCursor,
): VerificationCursor | null {
  const cubes = Object.keys(ctx.app.cubes);
  const cube = cubes[cubes.indexOf(name) + 1];
  if (cube !== undefined) return { stage: "source", cube, from: null };
  return otherLevels(ready)[0] ?? null;
}

export function nextLevel(
  ready: readonly State[],
  cursor: LevelsCursor,
): VerificationCursor | null {
  return otherLevels(ready).find((other) => comparePlaces(other, cursor) > 0) ?? null;
}

/** Every level of every serving rollup that is not compared with the source by days, in a fixed order. */
function otherLevels(ready: readonly State[]): LevelsCursor[] {
  return ready
    .flatMap((state) => {
      const { cube, rollup, definition } = state;
      const levels = [...definition.levels.keys()];
      const others = judgedByDays(ready, cube).includes(state) ? levels.slice(1) : levels;
      return others.map((level) => ({ stage: "levels" as const, cube, rollup, level, from: null }));
    })
    .sort(comparePlaces);
}

/** The order statistic after one, or the first after all rollups. */
export function nextOrder(
  orders: readonly OrderState[],
  cursor: VerificationCursor,
): OrdersCursor | null {
  const at = cursor.stage === "orders" ? orders.findIndex(({ _id }) => _id === cursor.state) : -1;
  // One that is gone leaves the others to the next pass.
  const next = cursor.stage === "orders" && at < 0 ? undefined : orders[at + 1];
  return next === undefined ? null : { stage: "orders", state: next._id, compared: null };
}

function comparePlaces(a: LevelsCursor, b: LevelsCursor): number {
  if (a.cube !== b.cube) return a.cube < b.cube ? -1 : 1;
  if (a.rollup !== b.rollup) return a.rollup < b.rollup ? -1 : 1;
  return a.level - b.level;
}
