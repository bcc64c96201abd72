/**
 * What the advisor counts, for admins: in pages, each of which reads and computes a part of what a call may. Nothing is
 * kept between them. The caller adds pages up (`lib/sampling`), and `lib/advisor` makes proposals of them.
 */
import { getConvexSize, v, type Value } from "convex/values";
import { isCounted } from "../../../lib/fold/change.js";
import type { CubeDefinition, Fact } from "../../../lib/model/cube.js";
import type { StoredRollup } from "../../../lib/model/rollup.js";
import { sampleLevels } from "../../../lib/sampling/sample.js";
import { storedOf } from "../../../lib/sampling/storedAs.js";
import { touchedLevels } from "../../../lib/sampling/writes.js";
import { DAY_MS } from "../../../lib/time/civil.js";
import { TIME_MAX, TIME_MIN } from "../../../lib/time/calendar.js";
import { readAfter } from "../../../lib/verification/reading.js";
import type { QueryCtx } from "./app/ctx.js";
import { fail } from "./errors/errors.js";
import { tenantQuery } from "./functions.js";
import { candidateOf } from "./generations/candidate.js";
import { readStates } from "./generations/states.js";
import { readNewest } from "./log/reader.js";
import { sampleArgs, storedArgs, vReadTo, vTilePlace, writtenArgs } from "./schema/requests.js";
import { readPiece } from "./sources/scan.js";
import { expiredSources } from "./sources/sourceFrom.js";

/** The cubes as they are declared, and the rollups that serve. */
export const standing = tenantQuery({
  args: {},
  returns: v.array(
    v.object({
      /** `CubeDefinition` of `lib/model/cube.ts`. */
      cube: v.any(),
      /** `Candidate` of `lib/planner/plan.ts`. */
      candidates: v.any(),
      timezone: v.string(),
      zones: v.array(v.string()),
      /** From when on records are whole, epoch ms; null where all are. */
      sourceFrom: v.union(v.number(), v.null()),
      /** Mean bytes of a rollup's state, which each answer reads. */
      stateBytes: v.number(),
    }),
  ),
  handler: async (ctx) => {
    const [states, expired] = await Promise.all([
      readStates(ctx, ctx.tenantId),
      expiredSources(ctx, ctx.tenantId),
    ]);
    const { timezone, zones = [] } = ctx.app.clocks;
    return Object.values(ctx.app.cubes).map((cube) => {
      const own = states.filter((state) => state.cube === cube.name);
      const bytes = own.reduce((sum, state) => sum + getConvexSize(state as unknown as Value), 0);
      return {
        ...{ cube, timezone, zones },
        candidates: own.map(candidateOf).filter(({ status }) => status === "ready"),
        sourceFrom: expired.get(cube.name) ?? null,
        stateBytes: bytes / Math.max(1, own.length),
      };
    });
  },
});

/** A page of records in order of time, as samples of what each level of some rollups would hold. */
export const sample = tenantQuery({
  args: sampleArgs,
  returns: v.object({
    /** By rollup and level: `LevelSample` of `lib/sampling/sample.ts`. */
    levels: v.any(),
    records: v.number(),
    bytes: v.number(),
    /** Times of the first and the last record of the page. */
    first: v.union(v.number(), v.null()),
    last: v.union(v.number(), v.null()),
    /** Where the next page begins; null at the end. */
    next: v.union(vReadTo, v.null()),
  }),
  handler: async (ctx, { cube: name, rollups, from }) => {
    const { cube, stored } = mustBeStored(ctx, name, rollups);
    const { looks, pageRecords, pageBytes } = ctx.app.limits.advisor;
    const levels = stored.reduce((sum, rollup) => sum + rollup.levels.length, 0);
    const most = Math.max(20, Math.min(pageRecords, Math.floor(looks / Math.max(1, levels))));
    const { t, at } = from ?? { t: TIME_MIN, at: null };
    const start = at === null ? { from: t } : { at: t, after: at };
    const before = (await ctx.meta.getTransactionMetrics()).bytesRead.used;
    const page = await readPiece(ctx, cube, ctx.tenantId, start, TIME_MAX, {
      ...{ records: most, bytes: pageBytes },
    });
    const read = (await ctx.meta.getTransactionMetrics()).bytesRead.used - before;
    const all = page.records.length;
    // Of times with fractions some may be passed over: it is a sample.
    const passed = {
      readTo: { t: Math.floor(page.records.at(-1)?.time ?? t) + 1, at: null },
      count: all,
    };
    const after = page.more
      ? (readAfter(page.records, at !== null) ?? passed)
      : { readTo: at === null ? null : passed.readTo, count: all };
    const records = page.records.slice(0, after.count);
    const facts = records.flatMap(({ fact }) => (fact === null ? [] : [fact]));
    return {
      levels: sampleLevels(stored, facts, sizeOf),
      records: records.length,
      bytes: (read * records.length) / Math.max(1, all),
      first: records[0]?.time ?? null,
      last: records.at(-1)?.time ?? null,
      next: after.readTo,
    };
  },
});

/** What lately was written of a cube, and what folding that touched of each level, if each rest ended in one fold. */
export const written = tenantQuery({
  args: writtenArgs,
  returns: v.object({
    changes: v.number(),
    folds: v.number(),
    /** Time since the oldest of these changes: a day at least where they are all of the log, else a rest. */
    spanMs: v.number(),
    /** By rollup and level: `Touched` of `lib/sampling/writes.ts`. */
    touched: v.any(),
  }),
  handler: async (ctx, { cube, rollups }) => {
    const { stored } = mustBeStored(ctx, cube, rollups);
    const { limits } = ctx.app;
    const { looks, logDays, logRows, logBytes } = limits.advisor;
    const levels = stored.reduce((sum, rollup) => sum + rollup.levels.length, 0);
    const since = ctx.now - logDays * DAY_MS;
    const most = Math.max(50, Math.floor(looks / Math.max(1, levels)));
    const { rows, isCut } = await readNewest(ctx, { tenantId: ctx.tenantId, cube }, since, {
      ...{ rows: logRows, bytes: logBytes, changes: most },
    });
    const folds: Fact[][] = [];
    let [changes, began, ofFold] = [0, -Infinity, 0];
    const { restChanges, restMsMin, restMsMax, restSpread } = limits.fold;
    // The oldest row may be a large one, of which some changes stand for all.
    let over = rows.reduce((sum, row) => sum + row.changes.length, 0) - most;
    for (const { commitTs, changes: of } of rows) {
      const at = Number(commitTs / 1_000_000n);
      const rested = ofFold >= restChanges ? restMsMin : restMsMax / (1 + restSpread);
      if (at - began > rested) [began, ofFold] = [at, folds.push([]) * 0];
      ofFold += of.length;
      changes += of.length;
      for (const change of of.slice(Math.max(0, over)).filter(isCounted))
        for (const fact of [change.before, change.after])
          if (fact !== null) folds.at(-1)?.push(fact);
      over = 0;
    }
    const oldest = rows[0] === undefined ? ctx.now : Number(rows[0].commitTs / 1_000_000n);
    return {
      ...{
        changes,
        folds: folds.length,
        spanMs: Math.max(isCut ? restMsMax : DAY_MS, ctx.now - oldest),
      },
      touched: touchedLevels(stored, folds, ctx.now),
    };
  },
});

/** What tiles of a level are stored, page by page. */
export const stored = tenantQuery({
  args: storedArgs,
  returns: v.object({
    documents: v.number(),
    bytes: v.number(),
    partitions: v.number(),
    /** Counts of all cells, added up: a record in several cells counts several times. */
    records: v.number(),
    next: v.union(vTilePlace, v.null()),
  }),
  handler: async (ctx, { rollup, generation, granularity, after }) => {
    const { tiles, tileBytes } = ctx.app.limits.advisor;
    const sum = { documents: 0, bytes: 0, partitions: 0, records: 0 };
    const level = (start: number | null, chunk: number | null) =>
      ctx.db.query("rollupTiles").withIndex("by_partition", (q) => {
        const of = q
          .eq("tenantId", ctx.tenantId)
          .eq("rollup", rollup)
          .eq("generation", generation)
          .eq("granularity", granularity);
        if (start === null) return of;
        return chunk === null
          ? of.gt("partitionStart", start)
          : of.eq("partitionStart", start).gt("chunk", chunk);
      });
    const ranges =
      after === null
        ? [level(null, null)]
        : [level(after.partitionStart, after.chunk), level(after.partitionStart, null)];
    for (const range of ranges) {
      for await (const tile of range) {
        const { partitionStart, chunk, columns } = tile;
        sum.documents++;
        sum.bytes += getConvexSize(tile);
        sum.partitions += Number(chunk === 0);
        for (const count of (columns["count"] ?? []).flat()) sum.records += Number(count ?? 0);
        if (sum.documents >= tiles || sum.bytes >= tileBytes)
          return { ...sum, next: { partitionStart, chunk } };
      }
    }
    return { ...sum, next: null };
  },
});

const sizeOf = (value: unknown) => getConvexSize(value as Value);

/** The stored forms of definitions that anybody may have sent. */
function mustBeStored(
  { app }: Pick<QueryCtx, "app">,
  name: string,
  rollups: readonly unknown[],
): { cube: CubeDefinition; stored: StoredRollup[] } {
  const cube = Object.hasOwn(app.cubes, name) ? app.cubes[name] : undefined;
  if (cube === undefined) return fail("UnknownCube", `There is no cube "${name}".`, { cube: name });
  const { rollups: most } = app.limits.advisor;
  if (rollups.length > most)
    fail("InvalidQuery", `At most ${most} rollups are counted at once.`, { path: "rollups" });
  const stored = storedOf(cube, rollups, app.clocks);
  return { cube, stored };
}
