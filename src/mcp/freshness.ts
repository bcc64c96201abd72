/** `freshness`: how far the figures are. */
import { inputs, outputs } from "./schemas.js";
import type { Tool } from "./tool.js";

export const freshness: Tool = {
  told: {
    name: "freshness",
    title: "How fresh the figures are",
    description:
      "The newest commit, which live answers include, and how far folding is, which only costs of answers and folded " +
      "answers depend on.",
    inputSchema: inputs.freshness,
    outputSchema: outputs.freshness,
    annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  },
  answer: async (asked) => {
    const { watermark, foldedTo, lagMs, unfoldedSince, backlog } = await asked.freshness();
    const data = {
      ...{ watermark, lastRefreshTime: timeOf(watermark) },
      ...{ foldedTo, foldedToTime: timeOf(foldedTo), lagMs, unfoldedSince, backlog },
    };
    const folded = backlog ? `folded up to ${data.foldedToTime}` : "all of it folded";
    return {
      text: `Live answers are of commit ${watermark} (${data.lastRefreshTime}), ${folded}.`,
      data,
    };
  },
};

/** ISO time of a commit. */
function timeOf(commit: string): string {
  return new Date(Number(BigInt(commit) / 1_000_000n)).toISOString();
}
