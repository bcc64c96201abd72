/** What the app's code says, as it travels: `app/app.ts` has it as it is used. */
import { v, type Infer } from "convex/values";

export const vApp = v.object({
  /** The cubes that the call needs: `lib/model/cube.ts` has their shape. */
  cubes: v.any(),
  /** How each of these cubes reads its fields (`lib/resolve/reading.ts`). */
  readings: v.record(v.string(), v.string()),
  /** Handle of the one query that the component may ask. */
  source: v.string(),
  /** Handle of the mutation that deletes records which expire; null where the app exports none. */
  expire: v.union(v.string(), v.null()),
  /** The zone that buckets of the call's tenant are in, and the others that its people ask in. */
  timezone: v.string(),
  zones: v.optional(v.array(v.string())),
  /** What the app sets differently from the defaults. */
  limits: v.any(),
  /** What the caller's questions are narrowed to (`Lock` of `lib/query/question.ts`); absent for a caller without a lock. */
  lock: v.optional(v.any()),
  /** Targets of rollups that have one: `lib/alerts/freshness.ts` has their shape. */
  freshness: v.optional(v.any()),
  /** What is called with alerts; the handle is told to upkeep only, and null where the app has no such function. */
  alerts: v.optional(
    v.object({
      call: v.union(v.literal("action"), v.literal("mutation")),
      handle: v.union(v.string(), v.null()),
    }),
  ),
});

export type ToldApp = Infer<typeof vApp>;
