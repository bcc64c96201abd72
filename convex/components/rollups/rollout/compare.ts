/** Both ways of answering a question, in one transaction: rollups, and a scan of the records. */
import { v, type Infer } from "convex/values";
import { toQuestionJson } from "../../../../lib/cubeJson/queryJson.js";
import { mustFitAnswer } from "../../../../lib/query/answer.js";
import { mustBeBounded } from "../../../../lib/query/bounds.js";
import { differencesOf } from "../../../../lib/rollout/differences.js";
import { questionKey } from "../../../../lib/rollout/questionKey.js";
import { answerQuery, scanQuery } from "../answers/answer.js";
import { tenantQuery } from "../functions.js";
import { newestOfTenant } from "../log/cubeLog.js";
import { vComparison } from "../schema/rollout.js";

/**
 * Compares rows, their order and totals. What a scan may not read, or what no rollup answers live, is skipped, with the
 * reason. Throws what either way throws.
 */
export const compare = tenantQuery({
  args: { query: v.any() },
  returns: vComparison,
  handler: async (ctx, { query: json }): Promise<Infer<typeof vComparison>> => {
    const { tenantId } = ctx;
    const { answers, rollout } = ctx.app.limits;
    mustBeBounded(json);
    const { cube, question, answer, servedBy, freshness } = await answerQuery(ctx, tenantId, json);
    mustFitAnswer(answer);
    // A scan is of the newest commit.
    if (freshness === "folded") return { outcome: "skipped", reason: "Folded" };
    if (servedBy === "scan") return { outcome: "skipped", reason: "Scan" };
    const most = Math.floor(answers.scanRecords * rollout.scanShare);
    const scanned = await scanQuery(ctx, tenantId, json, most);
    if (scanned === null) return { outcome: "skipped", reason: "QueryTooLarge" };
    const { measures } = question.queries[0];
    const differences = differencesOf(scanned, answer, { values: measures });
    const query = toQuestionJson(question);
    const found = {
      question: questionKey(cube.name, query),
      query,
      route: servedBy,
      commit: (await newestOfTenant(ctx, tenantId)).toString(),
    };
    return differences.length === 0
      ? { outcome: "equal", ...found }
      : { outcome: "different", ...found, differences };
  },
});
