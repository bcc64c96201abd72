/**
 * Answering a query: tiles at the fold position plus every change after it, in one transaction, so
 * the answer is exact as of its watermark. Where no rollup can answer, a bounded raw scan does;
 * where that would be too large, the query is refused and every rollup's reason is named.
 */
import { RollupsError } from "../../lib/errors";
import { isCounted } from "../../lib/fold/change";
import { changesAfter, type PlacedChange } from "../../lib/fold/position";
import type { CubeDefinition, Fact } from "../../lib/model/cube";
import { reachesExpired, sourceExpired } from "../../lib/model/expiry";
import { normalizeQuestion, type NormalizedQuery } from "../../lib/planner/normalizeQuery";
import {
  planQuery,
  type Candidate,
  type PlannedQuery,
  type RollupPlan,
} from "../../lib/planner/planQuery";
import { joinAnswers, refusalOf, type Question } from "../../lib/planner/question";
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
import { readWholeRange, sourceFrom } from "../expiry/sourceFrom";
import { readTimeRange } from "../sources/scan";
import { coverageOf } from "../retention/coverage";
import { readTiles, rollupKey, type Generation } from "../tiles/store";
import { SCAN_RECORDS_MAX, TAIL_BYTES_MAX, TAIL_CHANGES_MAX, TAIL_ROWS_MAX } from "./limits";

/** "live": tiles and the whole tail. "folded": tiles only, as of the fold position. */
export type Freshness = "live" | "folded";

export interface Answered {
  cube: CubeDefinition;
  question: Question;
  answer: Answer;
  /** "cube.rollup@generation", or "scan"; of a comparison each route once, joined by ", ". */
  servedBy: string;
  /** Commit timestamp of the newest change included; 0 for an empty log. */
  watermark: bigint;
  /** Newest included commit minus newest folded one, in ms; null when folded. */
  lagMs: number | null;
}

type Part = Pick<Answered, "answer" | "servedBy" | "watermark" | "lagMs">;

/** Answers a Cube query for one tenant. Throws coded errors: `InvalidQuery`, `NoRollup`, …. */
export async function answerQuery(
  ctx: QueryCtx,
  tenantId: string,
  json: unknown,
  freshness: Freshness,
): Promise<Answered> {
  const { cube, question, ranges } = await planFor(ctx, tenantId, json);
  const isPlanned = ranges.some(({ planned }) => planned.plan !== null);
  const tail = isPlanned ? await readTail(ctx, tenantId, freshness) : null;
  const routes = await Promise.all(ranges.map((found) => routeOf(found, tail)));
  await mustAfford(
    ctx,
    routes.flatMap(({ read }) => (read === null ? [] : [read])),
  );
  const parts = await answerAll(ctx, routes, tail, freshness);
  // Tiles without the whole tail are of an earlier commit than a scan, and an answer is of one commit.
  const isMixed =
    parts.some(({ lagMs }) => lagMs === null) && parts.some(({ lagMs }) => lagMs !== null);
  const same = isMixed
    ? await answerAll(
        ctx,
        routes.map((route) => ({ ...route, read: null })),
        tail,
        freshness,
      )
    : parts;
  const answers = same.map(({ answer }) => answer);
  const { watermark, lagMs } =
    same.find(({ servedBy }) => servedBy !== "scan") ?? (same[0] as Part);
  return {
    cube,
    question,
    answer: joinAnswers(question, answers),
    servedBy: [...new Set(same.map(({ servedBy }) => servedBy))].join(", "),
    watermark,
    lagMs,
  };
}

/** One range after the other; together they look at no more source records than one may. */
async function answerAll(
  ctx: QueryCtx,
  routes: readonly Route[],
  tail: Tail | null,
  freshness: Freshness,
): Promise<Part[]> {
  const records = new Records();
  const parts: Part[] = [];
  for (const route of routes) {
    try {
      parts.push(await answerRange(ctx, route, tail, freshness, records));
    } catch (error) {
      throw routes.length === 1 ? error : refusalOf(error, route.query);
    }
  }
  return parts;
}

/** The source records that an answer may look at: one look after the other, so that all share them. */
class Records {
  private left = SCAN_RECORDS_MAX;
  private last: Promise<unknown> = Promise.resolve();

  /** What `look` finds; it gives null for more than the number of records that it is given. */
  read(look: (max: number) => Promise<Fact[] | null>): Promise<Fact[] | null> {
    const found = this.last.then(async () => {
      const facts = await look(this.left);
      this.left -= facts?.length ?? 0;
      return facts;
    });
    this.last = found.catch(() => null);
    return found;
  }
}

/** How one range is to be answered: from a generation's tiles, or null: by a scan. */
interface Route extends Found {
  read: { generation: Generation; plan: RollupPlan } | null;
}

async function routeOf(found: Found, tail: Tail | null): Promise<Route> {
  const planned = await (tail === null ? found.planned : planAround(found, tail));
  const { plan } = planned;
  if (plan === null) return { ...found, planned, read: null };
  const state = found.states.find(
    ({ rollup, generation }) => rollup === plan.rollup.name && generation === plan.generation,
  );
  if (state === undefined) throw new Error("A plan names a generation it was given.");
  const generation = {
    tenantId: found.tenant.tenantId,
    rollup: rollupKey(state.definition),
    generation: state.generation,
    definition: state.definition,
    coverage: coverageOf(state),
  };
  return { ...found, planned, read: { generation, plan } };
}

async function answerRange(
  ctx: QueryCtx,
  route: Route,
  tail: Tail | null,
  freshness: Freshness,
  records: Records,
): Promise<Part> {
  const { tenant, cube, query, planned, read, wholeFrom } = route;
  const { tenantId } = tenant;
  let refusal: RollupsError | null = null;
  if (tail !== null && read !== null) {
    const { generation, plan } = read;
    try {
      const answer = await answerFromTiles({
        cube,
        query,
        plan,
        source: {
          tiles: ({ level, fromPartition, toPartition }) =>
            readTiles(ctx, generation, level.granularity, fromPartition, toPartition),
          facts: async (from, to, limit) => {
            const whole = await wholeFrom();
            return await records.read((left) =>
              readWholeRange(ctx, cube, tenantId, whole, from, to, Math.min(left, limit)),
            );
          },
        },
        tail: tail.changes.map(({ change }) => change),
        tailMode: tail.mode,
        limits: { factsMax: SCAN_RECORDS_MAX },
      });
      const servedBy = `${generation.rollup}@${generation.generation}`;
      return { answer, servedBy, watermark: tail.watermark, lagMs: tail.lagMs };
    } catch (error) {
      // A lost extreme, or an edge with too many records: a scan may still do.
      if (!(error instanceof RollupsError)) throw error;
      refusal = error;
    }
  }
  const answer = freshness === "live" ? await scan(ctx, route, records) : null;
  if (answer === null || answer instanceof RollupsError) {
    throw refusal ?? noRollup(planned, freshness, answer);
  }
  const watermark = (await newestCommit(ctx, tenantId)) ?? 0n;
  return { answer, servedBy: "scan", watermark, lagMs: 0 };
}

/** The query of one range, and what each rollup of its cube could do for it. */
interface Found {
  tenant: Doc<"tenants">;
  cube: CubeDefinition;
  query: NormalizedQuery;
  planned: PlannedQuery;
  states: RollupState[];
  rollups: Candidate[];
  /** The cheapest plan by these candidates, none of which reads a record that has expired. */
  plan(candidates: Candidate[]): Promise<PlannedQuery>;
  /** From when on the cube's records are whole, looked up when first asked for. */
  wholeFrom(): Promise<number | null>;
}

/**
 * The question, normalised, and how each of its ranges may be answered. From when on the source is
 * whole is looked up only where somebody would read it, or to explain what each rollup would.
 */
export async function planFor(
  ctx: QueryCtx,
  tenantId: string,
  json: unknown,
  { isExplained = false } = {},
) {
  const tenant = await mustGetTenant(ctx, tenantId);
  const question = normalizeQuestion(catalogue, json, { timezone: tenant.timezone });
  const cube = mustCube(question.queries[0].cube);
  const states = await ctx.db
    .query("rollupStates")
    .withIndex("by_tenant_and_cube", (q) => q.eq("tenantId", tenantId).eq("cube", cube.name))
    .collect();
  const rollups = states.map(
    ({ definition, generation, status, degraded, failure, coverage = [] }): Candidate => ({
      rollup: definition,
      generation,
      status: degraded ? "failed" : status,
      coverage: coverage.map(({ granularity, servedFrom, storedFrom }) => ({
        granularity,
        servedFrom,
        storedFrom,
      })),
      ...(failure === undefined ? {} : { failure }),
    }),
  );
  let known: Promise<number | null> | null = null;
  const wholeFrom = () => (known ??= sourceFrom(ctx, tenantId, cube.name));
  const ranges = question.queries.map(async (query): Promise<Found> => {
    const plan = async (candidates: Candidate[]) => {
      const asked = { cube, query, tenantZone: tenant.timezone, rollups: candidates };
      const planned = planQuery(asked);
      const hasEdge = planned.plan?.segments.some(({ kind }) => kind === "facts") === true;
      if (!hasEdge && !isExplained) return planned;
      return planQuery({ ...asked, sourceFrom: await wholeFrom() });
    };
    return { tenant, cube, query, planned: await plan(rollups), states, rollups, plan, wholeFrom };
  });
  return { cube, question, ranges: await Promise.all(ranges) };
}

/**
 * The plan once the tail is known: its changes can be added only to tiles of facts that were read
 * alike, which they were not where another version of the code wrote some of them.
 */
async function planAround(
  { cube, planned, rollups, plan }: Found,
  tail: Tail,
): Promise<PlannedQuery> {
  const rows = new Set(
    tail.changes
      .filter(({ change }) => change.cube === cube.name && isCounted(change))
      .map(({ row }) => row),
  );
  const isOvertaken = ({ rollup, status }: Candidate) =>
    status === "ready" && [...rows].some(({ readings }) => !isReadLike(rollup, readings));
  if (!rollups.some(isOvertaken)) return planned;
  return await plan(
    rollups.map((candidate) =>
      isOvertaken(candidate) ? { ...candidate, status: "overtaken" } : candidate,
    ),
  );
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

/** Evaluates the source itself, if the range holds few enough records, and none have expired. */
async function scan(
  ctx: QueryCtx,
  { tenant, cube, query, wholeFrom }: Found,
  records: Records,
): Promise<Answer | RollupsError | null> {
  const { from, to } = timeScopesOf(cube, query);
  const whole = await wholeFrom();
  if (whole !== null && reachesExpired(whole, from, to)) return sourceExpired(cube.name, whole);
  const facts = await records.read((left) =>
    readTimeRange(ctx, cube, tenant.tenantId, from, to, left),
  );
  return facts === null ? null : answerFromFacts(cube, query, tenant.timezone, facts);
}

/** `expired` is the scan's refusal, if that is why it could not. */
function noRollup(
  { considered }: PlannedQuery,
  freshness: Freshness,
  expired: RollupsError | null,
): RollupsError {
  const building = considered.find(({ refusal }) => refusal?.code === "Building");
  if (building === undefined && expired !== null) {
    const { code, message, details } = expired;
    return new RollupsError(code, `${message}, and no rollup can answer this query.`, {
      ...details,
      considered,
    });
  }
  const unscanned =
    expired === null
      ? `and the range holds more than ${SCAN_RECORDS_MAX} records to scan`
      : "and records that it asks for have expired";
  const why = freshness === "folded" ? "and a folded answer is never scanned" : unscanned;
  return building === undefined
    ? new RollupsError("NoRollup", `No rollup can answer this query, ${why}.`, { considered })
    : new RollupsError("Building", `The rollup for this query is still being built, ${why}.`, {
        considered,
      });
}

export type RollupState = Doc<"rollupStates">;
