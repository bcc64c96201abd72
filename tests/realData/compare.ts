/** Asking a question through a stock client, and holding every cell of the answer against the oracle. */
import type { ConvexHttpClient } from "convex/browser";
import { makeFunctionReference, type FunctionReturnType } from "convex/server";
import type { api } from "../../convex/_generated/api.js";
import { answer, type Row } from "../oracle/answer.js";
import { asCloseAs, withinOf } from "../oracle/asCloseAs.js";
import { inventory, watch, type StockRow, type WatchRow } from "../oracle/cubes.js";
import { TENANT } from "./backend.js";
import type { Asked } from "./questions.js";

export interface Sources {
  watch: readonly WatchRow[];
  inventory: readonly StockRow[];
}

export type Loaded = FunctionReturnType<typeof api.aggregates.load>;

interface LoadArgs extends Record<string, unknown> {
  tenantId: string;
  query: unknown;
  freshness?: "live" | "folded";
}

export const loadFunction = makeFunctionReference<"query", LoadArgs, Loaded>("aggregates:load");

/** Rows asked for at a time: an array in Convex holds at most 8,192 values. */
const PAGE_ROWS = 8_000;

/** The whole answer, page by page; all pages are of one watermark. */
export async function load(
  client: ConvexHttpClient,
  { question, timezone }: Asked,
  { tenantId = TENANT, freshness = "live" as "live" | "folded" } = {},
): Promise<Loaded> {
  const { order, ...rest } = question;
  const pages: Loaded[] = [];
  do {
    const query = {
      ...rest,
      limit: question.limit ?? PAGE_ROWS,
      offset: pages.length * PAGE_ROWS,
      // Pairs keep their order on the way; the keys of an object do not.
      ...(order !== undefined && { order: Object.entries(order) }),
      ...(timezone !== undefined && { timezone }),
    };
    pages.push(await client.query(loadFunction, { tenantId, query, freshness }));
  } while (pages.at(-1)!.data.length === PAGE_ROWS);
  if (new Set(pages.map(({ watermark }) => watermark)).size > 1)
    throw new Error("The source changed between two pages");
  return { ...pages[0]!, data: pages.flatMap(({ data }) => data) };
}

/** What the answer has to be. */
export function expected(asked: Asked, sources: Sources, tenantZone = "UTC"): Row[] {
  const { question, timezone = tenantZone } = asked;
  return asked.cube === "watch"
    ? answer(watch, sources.watch, question, timezone)
    : answer(inventory, sources.inventory, question, timezone);
}

/** How many differences a failure shows. */
const SHOWN_MAX = 5;

/** Whether nothing that is asked for is approximate. */
export function isExact({ question }: Asked): boolean {
  return withinOf(question.measures).every((share) => share === 0);
}

/**
 * Compares row by row and in order, approximate measures as close as they say; throws with the first
 * differences. Returns the number of cells.
 */
export function mustEqual(asked: Asked, answered: readonly Row[], wanted: readonly Row[]): number {
  const rows = isExact(asked) ? answered : asCloseAs(asked.question.measures, answered, wanted);
  const problems: string[] = [];
  if (rows.length !== wanted.length)
    problems.push(`${rows.length} rows instead of ${wanted.length}`);
  const columns = [...Object.keys(wanted[0] ?? {})].sort();
  for (let i = 0; i < wanted.length && problems.length < SHOWN_MAX; i++) {
    const [found, want] = [rows[i], wanted[i]!];
    const isSame =
      found !== undefined &&
      Object.keys(found).length === columns.length &&
      columns.every((column) => Object.is(found[column], want[column]));
    if (!isSame)
      problems.push(`row ${i}: ${JSON.stringify(found)} instead of ${JSON.stringify(want)}`);
  }
  if (problems.length > 0) throw new Error(`${asked.name}:\n  ${problems.join("\n  ")}`);
  return wanted.length * asked.question.measures.length;
}

export interface Compared {
  questions: number;
  rows: number;
  cells: number;
}

/**
 * Asks every question and compares every cell, and that the named rollup gave it. `also` checks what
 * else must hold of each answer.
 */
export async function compareAll(
  client: ConvexHttpClient,
  asked: readonly Asked[],
  sources: Sources,
  {
    tenantId = TENANT,
    tenantZone = "UTC",
    generation = 1,
    also = (_: Loaded) => {},
  }: {
    tenantId?: string;
    tenantZone?: string;
    generation?: number;
    also?: (loaded: Loaded) => void;
  } = {},
): Promise<Compared> {
  const compared = { questions: 0, rows: 0, cells: 0 };
  const problems: string[] = [];
  const ask = (one: Asked | undefined) =>
    one === undefined ? null : load(client, one, { tenantId }).catch((error: Error) => error);
  let next = ask(asked[0]);
  for (const [i, one] of asked.entries()) {
    const loaded = await next!;
    // The backend answers the next question while the oracle thinks about this one.
    next = ask(asked[i + 1]);
    try {
      if (loaded instanceof Error) throw new Error(`${one.name}: ${loaded.message}`);
      compared.cells += mustEqual(one, loaded.data, expected(one, sources, tenantZone));
      const route = one.servedBy === "scan" ? "scan" : `${one.servedBy}@${generation}`;
      if (loaded.servedBy !== route) throw new Error(`${one.name}: served by ${loaded.servedBy}`);
      also(loaded);
      compared.rows += loaded.data.length;
    } catch (error) {
      problems.push((error as Error).message);
    }
    compared.questions++;
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return compared;
}
