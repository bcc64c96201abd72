/** What a browser plans by. It changes with definitions, cutovers, retention and sizes only. */
import { v } from "convex/values";
import { candidateOf } from "../generations/candidate.js";
import { statesOf } from "../generations/states.js";
import { sharedQuery } from "../functions.js";
import { cubeArgs } from "../schema/requests.js";
import { sourceFrom } from "../sources/sourceFrom.js";
import { mustHoldKey, vKey } from "./keys.js";
import { readSizes } from "./sizes.js";

export const catalog = sharedQuery({
  args: { tenantId: v.string(), key: vKey, ...cubeArgs },
  returns: v.object({
    /** Records of the cube are whole from this instant on, epoch ms; null where all are. */
    sourceFrom: v.union(v.number(), v.null()),
    /** The generations that the planner is given: `Candidate` of `lib/planner/plan.ts`. */
    candidates: v.any(),
    /** Bytes of the text of a partition, about, by `levelKey` of `lib/planner/blocks.ts`: powers of two, or 0. */
    sizes: v.record(v.string(), v.number()),
  }),
  handler: async (ctx, { tenantId, key, cube }) => {
    await mustHoldKey(ctx, tenantId, key);
    const [states, from, sizes] = await Promise.all([
      statesOf(ctx, tenantId, cube),
      sourceFrom(ctx, tenantId, cube),
      readSizes(ctx, tenantId, cube),
    ]);
    return { sourceFrom: from, candidates: states.map(candidateOf), sizes: sizes?.sizes ?? {} };
  },
});
