/** `explain`: which rollup would answer a question, what that reads, and why the others would not. */
import { resolvedQueries, type Planned } from "../cube/backend.js";
import { helpFor } from "./nearest.js";
import { questionOf } from "./question.js";
import { inputs, outputs } from "./schemas.js";
import type { Tool } from "./tool.js";

export const explain: Tool = {
  told: {
    name: "explain",
    title: "Who would answer a question",
    description:
      "Says which rollup would answer a question, what it would read and cost, and why each other rollup would not. " +
      "Nothing is answered. Where no rollup would, it names the nearest question that one answers.",
    inputSchema: inputs.explain,
    outputSchema: outputs.explain,
    annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  },
  answer: async (asked, args, now) => {
    const question = questionOf(args);
    const [resolved] = await resolvedQueries(asked, [question] as const, now);
    const { query, ranges, ...only } = await asked.explain(resolved);
    const parts = ranges ?? [only];
    const isKept = parts.every(({ plan }) => plan !== null);
    const { servedBy, reads, estimate, considered } = planOf(parts[0] as Planned);
    const nearest = isKept ? null : (await helpFor(asked, question, now, null)).nearest;
    const data = {
      ...{ servedBy: isKept ? servedBy : null, reads, estimate, considered },
      ...(ranges && {
        ranges: ranges.map((range) => ({
          compareDateRange: range.compareDateRange,
          ...planOf(range),
        })),
      }),
      ...(isKept ? {} : { nearest }),
      query,
    };
    const text = isKept
      ? `${servedBy} would answer${estimate === null ? "" : `, reading about ${estimate.bytes} bytes`}.`
      : "No rollup would answer; records are read where they are few.";
    const hint = nearest === null ? "" : `\nNearest: ${JSON.stringify(nearest.query)}`;
    const why = considered.map(
      ({ rollup, refusal }) => `- ${rollup}: ${refusal === null ? "serves" : refusal.message}`,
    );
    return { text: [text + hint, ...why].join("\n"), data };
  },
};

function planOf({ plan, considered }: Planned) {
  const own = considered.find(
    ({ rollup, generation }) => rollup === plan?.rollup.name && generation === plan.generation,
  ) as (Planned["considered"][number] & { price?: object | null }) | undefined;
  return {
    servedBy: plan === null ? null : `${plan.rollup.cube}.${plan.rollup.name}@${plan.generation}`,
    reads: (plan?.segments ?? []).map((segment) => ({
      kind: segment.kind === "tiles" ? "tiles" : "records",
      ...(segment.kind === "tiles" && { granularity: segment.level.granularity }),
      ...{ from: timeOf(segment.from), to: timeOf(segment.to) },
    })),
    estimate: (own?.price ?? null) as { bytes: number } | null,
    considered: considered.map(({ rollup, generation, refusal }) => ({
      ...{ rollup, generation },
      refusal: refusal && { ...refusal },
    })),
  };
}

function timeOf(instant: number | null): string | null {
  return instant === null ? null : new Date(instant).toISOString();
}
