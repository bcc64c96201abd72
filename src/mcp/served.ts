/** The server: its tools, and what it tells agents about them. */
import type { Asked, Result, Tool } from "./tool.js";
import { explain } from "./explain.js";
import { freshness } from "./freshness.js";
import { list } from "./list.js";
import { query } from "./query.js";
import { mustBeArguments } from "./question.js";
import { refusalResult } from "./refusal.js";

type Parts = Readonly<Record<string, unknown>>;

const instructions =
  "Figures of an app's records, kept up to date with every write. Call list first: it names the cubes, their measures, " +
  "and what each may be asked by. Then query, in Cube's JSON. Every answer says its commit (watermark), whether it is " +
  "exact or how far off, which rollup it is from, and what it read. A question that is not answered comes back with a code, " +
  "the reason, and, where there is one, the nearest question that is: send that, or change yours. Nothing here writes.";

export const served = {
  name: "convex-rollups",
  title: "Convex Rollups",
  version: "0.1.0",
  instructions,
  tools: [list, query, explain, freshness] as readonly Tool[],
  /** A tool's result: its answer, or the refusal of what it or `open` throws. `open` says as whom and about whom it asks. */
  async answering(
    tool: Tool,
    args: Parts,
    now: number,
    open: () => Promise<Asked> | Asked,
  ): Promise<Result> {
    let asked: Asked | null = null;
    try {
      asked = await open();
      mustBeArguments(tool, args);
      const { text, data } = await tool.answer(asked, args, now);
      return { content: [{ type: "text", text }], structuredContent: data };
    } catch (error) {
      return await refusalResult(error, asked, args, now);
    }
  },
};
