/**
 * Answering a query: tiles at the fold position plus every change after it, in one transaction, so
 * the answer is exact as of its watermark. Where no rollup can answer, a bounded raw scan does;
 * where that would be too large, the query is refused and every rollup's reason is named.
 */
import { RollupsError } from "../../lib/errors";
import { changesAfter, type PlacedChange } from "../../lib/fold/position";
import type { CubeDefinition } from "../../lib/model/cube";
import { normalizeQuery, type NormalizedQuery } from "../../lib/planner/normalizeQuery";
import { planQuery, type Candidate, type PlannedQuery } from "../../lib/planner/planQuery";
import { timeScopesOf } from "../../lib/planner/timeScopes";
import { answerFromFacts, type Answer } from "../../lib/query/answerFromFacts";
import { answerFromTiles } from "../../lib/query/answerFromTiles";
import { mustGetTenant } from "../access/membership";
import { mustAfford } from "../access/queryCost";
import {
  foldPosition,
  newestCommit,
  readLog,
  readRestOfCommit,
  type LogRow,
} from "../changeLog/reader";
import { isReadLike } from "../changeLog/readings";
import type { Doc } from "../_generated/dataModel";
import type { QueryCtx } from "../_generated/server";
import { catalogue } from "../cubes";
import { mustCube } from "../fold/cubes";
import { readTimeRange } from "../sources/scan";
import { readTiles, rollupKey } from "../tiles/store";
import { SCAN_RECORDS_MAX, TAIL_BYTES_MAX, TAIL_CHANGES_MAX, TAIL_ROWS_MAX } from "./limits";

/** "live": tiles and the whole tail. "folded": tiles only, as of the fold position. */
export type Freshness = "live" | "folded";

export interface Answered {
  cube: CubeDefinition;
  query: NormalizedQuery;
  answer: Answer;
  /** "cube.rollup@generation", or "scan". */
  servedBy: string;
  /** Commit timestamp of the newest change included; 0 for an empty log. */
  watermark: bigint;
  /** Newest included commit minus newest folded one, in ms; null when folded. */
  lagMs: number | null;
}

/** Answers a Cube query for one tenant. Throws coded errors: `InvalidQuery`, `NoRollup`, …. */
export async function answerQuery(
  ctx: QueryCtx,
  tenantId: string,
  json: unknown,
  freshness: Freshness,
): Promise<Answered> {
  const found = await planFor(ctx, tenantId, json);
  const { tenant, cube, query, states } = found;
  const base = { cube, query };
  const tail = found.planned.plan === null ? null : await readTail(ctx, tenantId, freshness);
  const planned = tail === null ? found.planned : planAround(found, tail);
  let refusal: RollupsError | null = null;
  if (tail !== null && planned.plan !== null) {
    const { plan } = planned;
    const state = states.find(
      ({ rollup, generation }) => rollup === plan.rollup.name && generation === plan.generation,
    );
    if (state === undefined) throw new Error("A plan names a generation it was given.");
    const generation = {
      tenantId,
      rollup: rollupKey(state.definition),
      generation: state.generation,
      definition: state.definition,
    };
    await mustAfford(ctx, generation, plan);
    try {
      const answer = await answerFromTiles({
        cube,
        query,
        plan,
        source: {
          tiles: ({ level, fromPartition, toPartition }) =>
            readTiles(ctx, generation, level.granularity, fromPartition, toPartition),
          facts: (from, to, limit) => readTimeRange(ctx, cube, tenantId, from, to, limit),
        },
        tail: tail.changes.map(({ change }) => change),
        tailMode: tail.mode,
        limits: { factsMax: SCAN_RECORDS_MAX },
      });
      const servedBy = `${generation.rollup}@${generation.generation}`;
      return { ...base, answer, servedBy, watermark: tail.watermark, lagMs: tail.lagMs };
    } catch (error) {
      // A lost extreme, or an edge with too many records: a scan may still do.
      if (!(error instanceof RollupsError)) throw error;
      refusal = error;
    }
  }
  const answer =
    freshness === "live" ? await scan(ctx, tenantId, tenant.timezone, cube, query) : null;
  if (answer === null) throw refusal ?? noRollup(planned, freshness);
  const watermark = (await newestCommit(ctx, tenantId)) ?? 0n;
  return { ...base, answer, servedBy: "scan", watermark, lagMs: 0 };
}

/** The query, normalised, and what each rollup of its cube could do for it. */
export async function planFor(ctx: QueryCtx, tenantId: string, json: unknown) {
  const tenant = await mustGetTenant(ctx, tenantId);
  const query = normalizeQuery(catalogue, json, { timezone: tenant.timezone });
  const cube = mustCube(query.cube);
  const states = await ctx.db
    .query("rollupStates")
    .withIndex("by_tenant_and_cube", (q) => q.eq("tenantId", tenantId).eq("cube", cube.name))
    .collect();
  const rollups = states.map(({ definition, generation, status, degraded }): Candidate => ({
    rollup: definition,
    generation,
    status: degraded ? "failed" : status,
  }));
  const planned = planQuery({ cube, query, tenantZone: tenant.timezone, rollups });
  return { tenant, cube, query, planned, states, rollups };
}

/**
 * The plan once the tail is known: its changes can be added only to tiles of facts that were read
 * alike, which they were not where another version of the code wrote some of them.
 */
function planAround(
  { tenant, cube, query, planned, rollups }: Awaited<ReturnType<typeof planFor>>,
  tail: Tail,
): PlannedQuery {
  const rows = new Set(
    tail.changes.filter(({ change }) => change.cube === cube.name).map(({ row }) => row),
  );
  const isOvertaken = ({ rollup, status }: Candidate) =>
    status === "ready" && [...rows].some(({ readings }) => !isReadLike(rollup, readings));
  if (!rollups.some(isOvertaken)) return planned;
  return planQuery({
    cube,
    query,
    tenantZone: tenant.timezone,
    rollups: rollups.map((candidate) =>
      isOvertaken(candidate) ? { ...candidate, status: "overtaken" } : candidate,
    ),
  });
}

interface Tail {
  changes: PlacedChange<LogRow>[];
  mode: Freshness;
  watermark: bigint;
  lagMs: number | null;
}

/**
 * The changes after the fold position. The read is unbounded above, so that a reactive query sees
 * later appends. A folded answer adds just the rest of a commit that is folded in part.
 */
async function readTail(ctx: QueryCtx, tenantId: string, freshness: Freshness): Promise<Tail> {
  const position = await foldPosition(ctx, tenantId);
  const folded = position.commitTs - 1n;
  if (freshness === "live") {
    const limits = { changes: TAIL_CHANGES_MAX, rows: TAIL_ROWS_MAX, bytes: TAIL_BYTES_MAX };
    const { rows, complete } = await readLog(ctx, tenantId, position, limits);
    if (complete) {
      const watermark = rows.at(-1)?.commitTs ?? folded;
      const lagMs = rows.length === 0 ? 0 : Number((watermark - folded) / 1_000_000n);
      return {
        changes: [...changesAfter(rows, position)],
        mode: "live",
        watermark: watermark < 0n ? 0n : watermark,
        lagMs: folded <= 0n ? 0 : lagMs,
      };
    }
  }
  const rest = await readRestOfCommit(ctx, tenantId, position);
  const watermark = rest.at(-1)?.commitTs ?? folded;
  return {
    changes: [...changesAfter(rest, position)],
    mode: "folded",
    watermark: watermark < 0n ? 0n : watermark,
    lagMs: null,
  };
}

/** Evaluates the source itself, if the range holds few enough records. */
async function scan(
  ctx: QueryCtx,
  tenantId: string,
  timezone: string,
  cube: CubeDefinition,
  query: NormalizedQuery,
): Promise<Answer | null> {
  const { from, to } = timeScopesOf(cube, query);
  const facts = await readTimeRange(ctx, cube, tenantId, from, to, SCAN_RECORDS_MAX);
  return facts === null ? null : answerFromFacts(cube, query, timezone, facts);
}

function noRollup({ considered }: PlannedQuery, freshness: Freshness): RollupsError {
  const building = considered.find(({ refusal }) => refusal?.code === "Building");
  const why =
    freshness === "folded"
      ? "and a folded answer is never scanned"
      : `and the range holds more than ${SCAN_RECORDS_MAX} records to scan`;
  return building === undefined
    ? new RollupsError("NoRollup", `No rollup can answer this query, ${why}.`, { considered })
    : new RollupsError("Building", `The rollup for this query is still being built, ${why}.`, {
        considered,
      });
}

export type RollupState = Doc<"rollupStates">;
