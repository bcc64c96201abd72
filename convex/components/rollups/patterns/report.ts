/** Taking reports of what is asked: each is one row, and no counter. */
import { ConvexError, v, type Infer } from "convex/values";
import { toQuestionJson } from "../../../../lib/cubeJson/queryJson.js";
import { RollupsError } from "../../../../lib/errors.js";
import { routeName, withFewValues, type Reported } from "../../../../lib/patterns/reported.js";
import { mustBeBounded } from "../../../../lib/query/bounds.js";
import { normalizeQuestion } from "../../../../lib/query/normalizeQuery.js";
import { narrowed } from "../../../../lib/query/question.js";
import { questionKey } from "../../../../lib/rollout/questionKey.js";
import type { MutationCtx } from "../app/ctx.js";
import { fail } from "../errors/errors.js";
import { tenantMutation } from "../functions.js";
import { vAsked } from "../schema/patterns.js";

type Asked = Infer<typeof vAsked>;

const MINUTE_MS = 60_000;
/** Reports that wait longer than this are not rolled up: no more are taken. */
const WAITING_MS_MAX = 86_400_000;

/**
 * Stores a report without what of it cannot be stored; false where the tenant's minute is full. Throws `BatchTooLarge`,
 * and where nothing can be stored what its first question is refused by, such as `InvalidQuery` or `QueryTooLarge`.
 */
export const report = tenantMutation({
  args: { questions: v.array(vAsked) },
  returns: v.boolean(),
  handler: async (ctx, { questions }) => {
    const { tenantId } = ctx;
    const { questions: most } = ctx.app.limits.patterns;
    if (questions.length > most) {
      fail("BatchTooLarge", `A report has at most ${most} questions.`, { path: "questions" });
    }
    const reported = storable(ctx, questions);
    if (reported.length === 0 || !(await hasRoom(ctx, tenantId))) return false;
    await ctx.db.insert("patternReports", { tenantId, questions: reported });
    return true;
  },
});

/** A page may ask all day what cannot be stored; its other questions are to be known. */
function storable(ctx: Pick<MutationCtx, "app">, questions: readonly Asked[]): Reported[] {
  let refusal: unknown = null;
  const reported = questions.flatMap((one) => {
    try {
      return [reportedOf(ctx, one)];
    } catch (error) {
      if (!(error instanceof RollupsError || error instanceof ConvexError)) throw error;
      refusal ??= error;
      return [];
    }
  });
  if (refusal !== null && reported.length === 0) throw refusal;
  return reported;
}

function reportedOf(
  ctx: Pick<MutationCtx, "app">,
  { query: json, asked, route, held = false }: Asked,
): Reported {
  const { cubes, clocks, limits, lock } = ctx.app;
  const { asked: askedMax, queryCharacters: most } = limits.patterns;
  mustBeBounded(json);
  const { timezone } = clocks;
  const question = narrowed(normalizeQuestion(cubes, json, { timezone }), lock);
  const { cube } = question.queries[0];
  const query = withFewValues(toQuestionJson(question));
  const { length } = JSON.stringify(query);
  if (length > most) {
    fail("QueryTooLarge", `A reported query has at most ${most} characters.`, { path: "query" });
  }
  if (!(asked >= 1)) fail("InvalidQuery", "asked must be 1 or more.", { path: "asked" });
  return {
    ...{ cube, form: questionKey(cube, query), query, held },
    asked: Math.min(askedMax, Math.round(asked)),
    route: routeName(cube, route),
  };
}

/** Two short index ranges: the reports of the last minute, and the oldest that waits. */
async function hasRoom(ctx: MutationCtx, tenantId: string): Promise<boolean> {
  const { perMinute } = ctx.app.limits.patterns;
  const reports = (since: number) =>
    ctx.db
      .query("patternReports")
      .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId).gt("_creationTime", since));
  const oldest = await reports(0).first();
  if (oldest !== null && oldest._creationTime < ctx.now - WAITING_MS_MAX) return false;
  return (await reports(ctx.now - MINUTE_MS).take(perMinute)).length < perMinute;
}
