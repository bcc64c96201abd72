/** Why a query is answered as it is. */
import { v } from "convex/values";
import { toQuestionJson } from "../../../lib/cubeJson/queryJson.js";
import type { PlannedQuery } from "../../../lib/planner/planQuery.js";
import { mustBeBounded } from "../../../lib/query/bounds.js";
import { rangeLabel } from "../../../lib/query/question.js";
import { planFor } from "./answers/routes.js";
import { coded, jsonDetails } from "./errors/errors.js";
import { tenantQuery } from "./functions.js";

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
      const { question, ranges } = await planFor(ctx, ctx.tenantId, json, {
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
