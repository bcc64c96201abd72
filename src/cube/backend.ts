/** What answers a Cube client: the app's own functions, however they are called. */
import type { DefaultFunctionArgs, FunctionReference } from "convex/server";
import type { Kept, MetaCube } from "../../lib/cubeJson/meta.js";
import type { Loaded } from "../../lib/cubeJson/response.js";
import type { PlannedQuery } from "../../lib/planner/plan.js";
import { isPattern } from "../../lib/patterns/reported.js";
import { hasRanges, resolveRanges } from "../../lib/cubeJson/relativeRange.js";
import { codeOf } from "./failures.js";

type TenantQuery<Result> = FunctionReference<"query", "public", DefaultFunctionArgs, Result>;

/** As JSON. */
export type Planned = Pick<PlannedQuery, "plan" | "considered">;

/** Of a comparison the plan is null, and its ranges have plans. */
export interface Explained extends Planned {
  query: Record<string, unknown>;
  ranges?: (Planned & { compareDateRange: string })[];
}

/** Answers of one snapshot, in the order of the questions. */
export interface Board {
  answers: ({ answer: Loaded } | { refusal: { code: string; message: string } })[];
}

export interface Meta {
  /** The tenant's zone, which queries without one are asked in. */
  timezone: string;
  cubes: MetaCube[];
  /** What each cube's rollups keep together, which Cube's clients are not told. */
  rollups?: Record<string, Kept[]>;
}

/** The app's functions that Cube clients need, such as `api.aggregates`. */
export interface CubeApi {
  load: TenantQuery<Loaded>;
  board: TenantQuery<Board>;
  explain: TenantQuery<Explained>;
  meta: TenantQuery<Meta>;
}

/** The same, called for one tenant as one caller. */
export interface Backend {
  load(query: unknown): Promise<Loaded>;
  board(questions: readonly { query: unknown }[]): Promise<Board>;
  explain(query: unknown): Promise<Explained>;
  meta(): Promise<Meta>;
}

/** How a question came out: `servedBy` of its answer, or the code of its refusal. */
export type Saw = (query: unknown, route: string) => void;

/** The same backend; what is asked of it is told, where it is a pattern. */
export function watched(backend: Backend, told: Saw): Backend {
  const saw: Saw = (query, route) => isPattern(route) && told(query, route);
  return {
    ...backend,
    load: async (query) => {
      try {
        const answer = await backend.load(query);
        saw(query, answer.servedBy);
        return answer;
      } catch (error) {
        saw(query, codeOf(error) ?? "");
        throw error;
      }
    },
    board: async (questions) => {
      const board = await backend.board(questions);
      sawBoard(questions, board, saw);
      return board;
    },
  };
}

export function sawBoard(
  questions: readonly { query: unknown }[],
  { answers }: Board,
  saw: Saw,
): void {
  answers.forEach((one, i) =>
    saw(questions[i]?.query, "answer" in one ? one.answer.servedBy : one.refusal.code),
  );
}

/** Calls the app's functions with the tenant's argument. */
export function backendOf(
  api: CubeApi,
  tenant: Readonly<Record<string, string>>,
  run: <Result>(query: TenantQuery<Result>, args: DefaultFunctionArgs) => Promise<Result>,
): Backend {
  return {
    load: (query) => run(api.load, { ...tenant, query }),
    board: (questions) => run(api.board, { ...tenant, questions }),
    explain: (query) => run(api.explain, { ...tenant, query }),
    meta: () => run(api.meta, tenant),
  };
}

/** Queries with their ranges in words resolved: in a query's own zone, or in the tenant's, which is then asked for. */
export async function resolvedQueries<Queries extends readonly unknown[]>(
  backend: Pick<Backend, "meta">,
  queries: Queries,
  now: number,
): Promise<Queries> {
  if (!hasRanges(queries)) return queries;
  const isTold = (query: unknown) => typeof (query as { timezone?: unknown }).timezone === "string";
  const zone = queries.every(isTold) ? "UTC" : (await backend.meta()).timezone;
  return resolveRanges(queries, now, zone) as Queries;
}
