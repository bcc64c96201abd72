/**
 * Public queries over the cubes, in Cube's query JSON. `load` carries everything; `rows` only what
 * changes with the data, so that a fold that brings nothing new re-sends nothing to subscribers. `explain`, `freshness`
 * and `health` are modules apart: each call evaluates all that its own module imports.
 */
import { toQuestionJson } from "../../../lib/cubeJson/queryJson.js";
import { annotate } from "../../../lib/cubeJson/annotate.js";
import { ConvexError, v } from "convex/values";
import { isExact } from "../../../lib/query/approximation.js";
import { mustFitAnswer } from "../../../lib/query/answer.js";
import { ANSWER_ROWS_MAX } from "../../../lib/query/limits.js";
import { mustBeBounded } from "../../../lib/query/bounds.js";
import { answerQuery, laterOf, type Answered, type Wanted } from "./answers/answer.js";
import { lagOf } from "./answers/lag.js";
import type { Limits } from "./limits/limits.js";
import { newestOfCube, unfoldedOfCube } from "./log/cubeLog.js";
import { parseCommit } from "./log/reader.js";
import type { QueryCtx } from "./app/ctx.js";
import { coded, fail } from "./errors/errors.js";
import { tenantQuery } from "./functions.js";
import { queryArgs, vFreshness } from "./schema/requests.js";
import { verifiedAtOf } from "./verification/verified.js";

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
  /** "cube.rollup@generation", "cube.statistic@generation" or "scan"; several routes are joined by ", ". */
  servedBy: v.string(),
  /** False where a measure is approximate; its annotation says by how much. */
  exact: v.boolean(),
  /** "live": the newest commit is included. "folded": asked for, or more is unfolded than an answer can add. */
  freshness: vFreshness,
  /**
   * Of a folded answer: the commit of the newest change of its cube that is included. Absent in `rows` where folded was
   * asked for without `atLeast`: it would move with folds that leave the rows as they are.
   */
  asOf: v.optional(v.string()),
};

/** Answers a query, with its watermark, lag, route and the work that it took. */
export const load = tenantQuery({
  args: queryArgs,
  returns: v.object({
    ...vRowsAnswer,
    /** ISO time of the watermark. */
    lastRefreshTime: v.string(),
    /**
     * Every change of the cube up to this commit timestamp (ns) is included, and none after; text, as it exceeds
     * 2^53. Writes to other cubes leave it.
     */
    watermark: v.string(),
    /** Age of the oldest change of the cube that is not folded, whether or not the answer adds it; 0 where there is none. */
    lagMs: v.number(),
    /** When what answered was last compared with the source, whole; null for never, and for a scan. */
    verifiedAt: v.union(v.number(), v.null()),
    work: v.object({ documents: v.number(), bytes: v.number(), indexRanges: v.number() }),
  }),
  handler: async (ctx, { query, ...wanted }) => {
    const { tenantId } = ctx;
    const answered = await answerFor(ctx, query, { ...wanted, isDated: true });
    // Before anything is read that is about the answer.
    const { documentsRead, bytesRead, databaseQueries } = await ctx.meta.getTransactionMetrics();
    const { name } = answered.cube;
    const scanned = async () =>
      laterOf(await newestOfCube(ctx, tenantId, name), answered.atLeast ?? 0n);
    const watermark = answered.watermark ?? (await scanned());
    const { lagMs } = lagOf(ctx, await unfoldedOfCube(ctx, tenantId, name));
    const verifiedAt = await verifiedAtOf(ctx, tenantId, answered.servedBy);
    return {
      ...rowsOf(answered),
      lastRefreshTime: new Date(Number(watermark / 1_000_000n)).toISOString(),
      watermark: watermark.toString(),
      lagMs,
      verifiedAt,
      work: {
        documents: documentsRead.used,
        bytes: bytesRead.used,
        indexRanges: databaseQueries.used,
      },
    };
  },
});

/** The same answer for subscriptions: data, route, exactness and freshness only. */
export const rows = tenantQuery({
  args: queryArgs,
  returns: v.object(vRowsAnswer),
  handler: async (ctx, { query, ...wanted }) => rowsOf(await answerFor(ctx, query, wanted)),
});

/**
 * Several questions at once, in one call: their answers are of one snapshot. Each is answered or refused by itself,
 * within its share of what one answer may take.
 */
export const board = tenantQuery({
  args: { questions: v.array(v.object(queryArgs)) },
  returns: v.object({
    /** In the order of the questions. */
    answers: v.array(
      v.union(
        v.object({ answer: v.object(vRowsAnswer) }),
        /** `{code, message, …}`, as an error says it. */
        v.object({ refusal: v.any() }),
      ),
    ),
  }),
  handler: async (ctx, { questions }) => {
    if (questions.length > QUESTIONS_MAX) {
      fail("InvalidQuery", `A board asks at most ${QUESTIONS_MAX} questions.`, {
        path: "questions",
        questions: questions.length,
      });
    }
    const { app } = ctx;
    const limits = sharedBy(app.limits, questions.length);
    const sharing = { ...ctx, app: { ...app, limits }, shared: new Map() };
    const answers = await Promise.all(
      questions.map(async ({ query, ...wanted }): Promise<OnBoard> => {
        try {
          return { answer: rowsOf(await answerFor(sharing, query, wanted)) };
        } catch (error) {
          if (!(error instanceof ConvexError)) throw error;
          return { refusal: error.data as unknown };
        }
      }),
    );
    return { answers: withinRoom(answers) };
  },
});

type OnBoard = { answer: ReturnType<typeof rowsOf> } | { refusal: unknown };

/** Refuses each answer whose rows do not fit beside those before it. */
function withinRoom(answers: readonly OnBoard[]): OnBoard[] {
  let room = BOARD_ROWS_MAX;
  return answers.map((one) => {
    if (!("answer" in one)) return one;
    const rows = one.answer.data.length;
    if (rows > room) return { refusal: tooManyRows(rows, room) };
    room -= rows;
    return one;
  });
}

function tooManyRows(rows: number, rowsMax: number) {
  const message = `A board has at most ${BOARD_ROWS_MAX} rows; ask this question alone.`;
  return { code: "TooManyRows", message, rows, rowsMax };
}

/** Questions of a board: as many as a screen has widgets. */
const QUESTIONS_MAX = 24;

/** Some 1.5 MB of rows with three members. */
const BOARD_ROWS_MAX = 2 * ANSWER_ROWS_MAX;

/** What an answer may take, for each of several. */
function sharedBy(limits: Limits, count: number): Limits {
  const { workUs, documents, scanRecords } = limits.answers;
  const each = (most: number) => Math.floor(most / Math.max(1, count));
  const answers = {
    workUs: each(workUs),
    documents: each(documents),
    scanRecords: each(scanRecords),
  };
  return { ...limits, answers: { ...limits.answers, ...answers } };
}

/** The answer to query JSON that may be anything, within what a result may hold. */
async function answerFor(
  ctx: QueryCtx & { tenantId: string },
  json: unknown,
  { atLeast: text, ...wanted }: Pick<Wanted, "freshness" | "isDated"> & { atLeast?: string },
): Promise<Answered> {
  return await coded(async () => {
    mustBeBounded(json);
    const atLeast = text === undefined ? null : parseCommit(text);
    if (text !== undefined && atLeast === null) {
      fail("InvalidQuery", "atLeast must be a commit timestamp in decimal.", { path: "atLeast" });
    }
    const answered = await answerQuery(ctx, ctx.tenantId, json, { ...wanted, atLeast });
    mustFitAnswer(answered.answer);
    return answered;
  });
}

function rowsOf({ cube, question, answer, servedBy, freshness, asOf }: Answered) {
  return {
    query: toQuestionJson(question),
    data: answer.rows,
    annotation: annotate(cube, question.queries[0]),
    ...(answer.total === null ? {} : { total: answer.total }),
    servedBy,
    exact: isExact(cube, question.queries[0]),
    freshness,
    ...(asOf === null ? {} : { asOf: asOf.toString() }),
  };
}
