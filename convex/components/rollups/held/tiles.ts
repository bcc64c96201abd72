/** One range of the tiles of one level, as text. It is run again when a fold writes one of them. */
import { getConvexSize, v } from "convex/values";
import { RollupsError } from "../../../../lib/errors.js";
import type { Level, StoredRollup } from "../../../../lib/model/rollup.js";
import { toWire } from "../../../../lib/tiles/wire.js";
import { bucketStart } from "../../../../lib/time/calendar.js";
import { limitsOf, type LimitOverrides } from "../limits/limits.js";
import { generationOf } from "../generations/generation.js";
import { stateOf } from "../generations/states.js";
import { sharedQuery } from "../functions.js";
import { tilesArgs } from "../schema/requests.js";
import { tilesOfLevel } from "../tiles/store.js";
import { mustHoldKey, vKey } from "./keys.js";

/**
 * `[tile,…]` for `fromWire`: the partitions that start in [from, to), both of which must be starts of partitions, as
 * all viewers are to ask for the same ranges. Null where that is too much, and where the generation does not serve:
 * `rows` is then asked. Throws `RangeNotAligned`.
 */
export const tiles = sharedQuery({
  args: {
    ...{ tenantId: v.string(), key: vKey },
    ...tilesArgs,
    limits: v.any(),
  },
  returns: v.union(v.null(), v.string()),
  handler: async (ctx, { tenantId, key, rollup, generation, granularity, from, to, limits }) => {
    await mustHoldKey(ctx, tenantId, key);
    const state = await stateOf(ctx, tenantId, rollup, generation);
    const level = state?.definition.levels.find((one) => one.granularity === granularity);
    // Tiles of one that is swept, or is being built, are a part of them.
    if (state?.status !== "ready" || state.degraded || level === undefined) return null;
    for (const end of [from, to]) mustBeAligned(state.definition, level, end);
    const { tilesBytes, tilesReadBytes } = limitsOf(limits as LimitOverrides).held;
    const texts: string[] = [];
    let bytes = 0;
    let read = 0;
    for await (const tile of tilesOfLevel(ctx, generationOf(state), granularity, from, to)) {
      const text = toWire(tile.partitionStart, tile);
      bytes += text.length;
      read += getConvexSize(tile);
      if (bytes > tilesBytes || read > tilesReadBytes) return null;
      texts.push(text);
    }
    return `[${texts.join(",")}]`;
  },
});

function mustBeAligned({ timezone }: StoredRollup, { partition }: Level, end: number | null): void {
  if (end === null || bucketStart(partition, timezone, end) === end) return;
  throw new RollupsError(
    "RangeNotAligned",
    `Ranges of tiles begin and end where a ${partition} does in ${timezone}.`,
    { end, partition, timezone },
  );
}
