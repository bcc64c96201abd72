/**
 * Public queries over the cubes, in Cube's query JSON. `load` carries everything; `rows` only what
 * changes with the data, so that a fold re-sends nothing to subscribers; `freshness` is its own tiny
 * query; `explain` says why; `health` is for people.
 */
import { v } from "convex/values";
import { isExact } from "../lib/measures/approximation";
import { annotate, toQuestionJson } from "../lib/planner/normalizeQuery";
import type { PlannedQuery } from "../lib/planner/planQuery";
import { rangeLabel } from "../lib/planner/question";
import { mustBeBounded } from "./access/queryBounds";
import { answerQuery, planFor, type Answered, type Freshness } from "./answers/answer";
import { tenantHealth, vHealth } from "./answers/health";
import type { Member } from "./access/membership";
import { foldPosition, newestCommit } from "./changeLog/reader";
import type { QueryCtx } from "./_generated/server";
import { coded, fail, jsonDetails } from "./errors";
import { tenantQuery } from "./functions";

/** What a list may hold on Convex. A longer answer is refused, never cut in silence. */
const ANSWER_ROWS_MAX = 8192;

const queryArgs = {
  /** Cube query JSON: measures, dimensions, timeDimensions, filters, order, limit, total, timezone. */
  query: v.any(),
  freshness: v.optional(v.union(v.literal("live"), v.literal("folded"))),
};

const vRows = v.array(v.record(v.string(), v.union(v.string(), v.number(), v.null())));

const vRowsAnswer = {
  /** The query, normalised. */
  query: v.any(),
  /**
   * One object per row, member name → value; times are local wall clock in the query's zone. Rows of
   * a comparison come range by range and say theirs in `compareDateRange`.
   */
  data: vRows,
  /** Title, type and format of each member, and how far off an approximate measure may be. */
  annotation: v.any(),
  /** Rows before `limit`, of all ranges, when the query asks for it. */
  total: v.optional(v.number()),
  /** "cube.rollup@generation", or "scan"; of a comparison each route once, joined by ", ". */
  servedBy: v.string(),
  /** False where a measure is approximate; its annotation says by how much. */
  exact: v.boolean(),
};

/** Answers a query, with its watermark, lag, route and the work that it took. */
export const load = tenantQuery({
  args: queryArgs,
  returns: v.object({
    ...vRowsAnswer,
    /** ISO time of the watermark. */
    lastRefreshTime: v.string(),
    /** Commit timestamp (ns) of the newest change included, as text: it exceeds 2^53. */
    watermark: v.string(),
    lagMs: v.union(v.number(), v.null()),
    work: v.object({ documents: v.number(), bytes: v.number(), indexRanges: v.number() }),
  }),
  handler: async (ctx, { query, freshness }) => {
    const answered = await answerFor(ctx, query, freshness);
    const { documentsRead, bytesRead, databaseQueries } = await ctx.meta.getTransactionMetrics();
    return {
      ...rowsOf(answered),
      lastRefreshTime: new Date(Number(answered.watermark / 1_000_000n)).toISOString(),
      watermark: answered.watermark.toString(),
      lagMs: answered.lagMs,
      work: {
        documents: documentsRead.used,
        bytes: bytesRead.used,
        indexRanges: databaseQueries.used,
      },
    };
  },
});

/** The same answer for subscriptions: data, route and exactness only. */
export const rows = tenantQuery({
  args: queryArgs,
  returns: v.object(vRowsAnswer),
  handler: async (ctx, { query, freshness }) => rowsOf(await answerFor(ctx, query, freshness)),
});

/** The answer to query JSON that may be anything, within what a result may hold. */
async function answerFor(
  ctx: QueryCtx & { member: Member },
  json: unknown,
  freshness: Freshness = "live",
): Promise<Answered> {
  return await coded(async () => {
    mustBeBounded(json);
    const answered = await answerQuery(ctx, ctx.member.tenantId, json, freshness);
    const { length } = answered.answer.rows;
    if (length > ANSWER_ROWS_MAX) {
      fail("TooManyRows", `The answer has more than ${ANSWER_ROWS_MAX} rows; page with limit.`, {
        rows: length,
        rowsMax: ANSWER_ROWS_MAX,
      });
    }
    return answered;
  });
}

function rowsOf({ cube, question, answer, servedBy }: Answered) {
  return {
    query: toQuestionJson(question),
    data: answer.rows,
    annotation: annotate(cube, question.queries[0]),
    ...(answer.total === null ? {} : { total: answer.total }),
    servedBy,
    exact: isExact(cube, question.queries[0]),
  };
}

/** How far the log reaches and how much of it is not yet folded. */
export const freshness = tenantQuery({
  args: {},
  returns: v.object({ watermark: v.string(), lagMs: v.number(), backlog: v.boolean() }),
  handler: async (ctx) => {
    const { tenantId } = ctx.member;
    const newest = (await newestCommit(ctx, tenantId)) ?? 0n;
    const { commitTs } = await foldPosition(ctx, tenantId);
    const behind = newest >= commitTs && newest > 0n;
    return {
      watermark: newest.toString(),
      lagMs: behind && commitTs > 0n ? Number((newest - commitTs + 1n) / 1_000_000n) : 0,
      backlog: behind,
    };
  },
});

/**
 * Which rollup would answer, at what estimated cost, and why each of the others would not. A
 * comparison says so for each of its ranges, and has no plan as a whole.
 */
export const explain = tenantQuery({
  args: { query: v.any() },
  returns: v.object({
    query: v.any(),
    plan: v.any(),
    considered: v.any(),
    ranges: v.optional(
      v.array(v.object({ compareDateRange: v.string(), plan: v.any(), considered: v.any() })),
    ),
  }),
  handler: async (ctx, { query: json }) =>
    await coded(async () => {
      mustBeBounded(json);
      const { question, ranges } = await planFor(ctx, ctx.member.tenantId, json, {
        isExplained: true,
      });
      const explained = ranges.map(({ query, planned: { plan, considered } }) => ({
        compareDateRange: rangeLabel(query),
        ...explanation({ plan, considered }),
      }));
      const [only] = explained;
      const isOne = !question.isComparison && only !== undefined;
      return {
        query: toQuestionJson(question),
        plan: isOne ? only.plan : null,
        considered: isOne ? only.considered : [],
        ...(isOne ? {} : { ranges: explained }),
      };
    }),
});

function explanation(planned: PlannedQuery): { plan: unknown; considered: unknown } {
  return jsonDetails({ ...planned }) as { plan: unknown; considered: unknown };
}

/** The tenant's rollups, backfills, backlog and what was set aside. */
export const health = tenantQuery({
  args: {},
  returns: vHealth,
  handler: (ctx) => tenantHealth(ctx, ctx.member.tenantId),
});
