/** What each of Cube's methods answers. */
import { ConvexError } from "convex/values";
import {
  blendedResponse,
  dryRunResponse,
  loadResponse,
  type Loaded,
} from "../../lib/cubeJson/response.js";
import { RollupsError } from "../../lib/errors.js";
import {
  resolvedQueries,
  type Backend,
  type Board,
  type Explained,
  type Planned,
} from "./backend.js";
import { readOneQuery, readRequest, type CubeRequest } from "./requests.js";

type Params = Readonly<Record<string, unknown>>;
type Answering = (backend: Backend, params: Params, now: number) => Promise<unknown>;

const load: Answering = async (backend, params, now) => {
  const request = readRequest(params);
  const [first, ...others] = await resolvedQueries(backend, request.queries, now);
  const loaded =
    others.length === 0
      ? [await backend.load(first)]
      : answersOf(await backend.board([first, ...others].map((query) => ({ query }))));
  return loadBody(loaded, request);
};

/** What a request for these answers gets: one for each of its queries. Throws as `blendedResponse`, and `UnsupportedQuery`. */
export function loadBody(
  loaded: readonly Loaded[],
  { format, isMulti }: Pick<CubeRequest, "format" | "isMulti">,
): unknown {
  const [only] = loaded;
  const response =
    loaded.length === 1 && only !== undefined
      ? loadResponse(only, format)
      : blendedResponse(loaded, format);
  if (isMulti) return response;
  if (response.queryType === "regularQuery") return response.results[0];
  throw new RollupsError(
    "UnsupportedQuery",
    `'${response.queryType}' query type is not supported by the client. Please update the client.`,
    { path: "queryType", feature: response.queryType },
  );
}

/** The answers of a board. Throws the first refusal. */
export function answersOf({ answers }: Board): Loaded[] {
  return answers.map((one) => {
    if ("refusal" in one) throw new ConvexError(one.refusal);
    return one.answer;
  });
}

const explained = async (backend: Backend, params: Params, now: number): Promise<Explained> => {
  const [query] = await resolvedQueries(backend, [readOneQuery(params)], now);
  return await backend.explain(query);
};

/** By the path under `/v1/`. */
const methods: Readonly<Record<string, Answering>> = {
  load,
  subscribe: load,
  meta: async (backend) => ({ cubes: (await backend.meta()).cubes }),
  "dry-run": async (...asked) => dryRunResponse((await explained(...asked)).query),
  sql: async (...asked) => ({
    sql: { sql: [planText(await explained(...asked)), []], order: [] },
    dataSource: "default",
  }),
  "pre-aggregations/can-use": async (backend, params, now) => {
    const query = params["query"] ?? params["transformedQuery"];
    const { plan, ranges = [] } = await explained(backend, { query }, now);
    const plans = ranges.length === 0 ? [plan] : ranges.map((range) => range.plan);
    return { canUsePreAggregationForTransformedQuery: plans.every((one) => one !== null) };
  },
};

/** Why there is no such method here. */
const refused: Readonly<Record<string, string>> = {
  cubesql: "There is no SQL: ask in query JSON",
  "pre-aggregations/jobs": "Rollups are maintained with every write: there is nothing to schedule",
};

/** Null for a method that Cube has not either. Throws coded errors. */
export async function answerMethod(
  method: string,
  backend: Backend,
  params: Params,
  now: number,
): Promise<unknown> {
  if (Object.hasOwn(refused, method)) {
    const message = refused[method] as string;
    throw new RollupsError("UnsupportedQuery", message, { path: method, feature: method });
  }
  const answering = Object.hasOwn(methods, method) ? methods[method] : undefined;
  return answering === undefined ? null : await answering(backend, params, now);
}

/** In the place of SQL: what is read, and why each of the other rollups is not. */
function planText({ plan, considered, ranges }: Explained): string {
  const told = ranges ?? [{ plan, considered }];
  return told.flatMap((one) => [...readText(one.plan), ...othersText(one)]).join("\n");
}

function readText(plan: Planned["plan"]): string[] {
  if (plan === null) return ["-- No rollup: the source is scanned, where it holds little."];
  const { rollup, generation, segments } = plan;
  return [
    `-- ${rollup.cube}.${rollup.name}@${generation}`,
    ...segments.map((segment) => {
      const what = segment.kind === "tiles" ? `tiles of a ${segment.level.granularity}` : "records";
      return `--   ${what} from ${timeText(segment.from)} to ${timeText(segment.to)}`;
    }),
  ];
}

function othersText({ plan, considered }: Planned): string[] {
  return considered
    .filter(({ rollup }) => rollup !== plan?.rollup.name)
    .map(({ rollup, refusal }) => `-- not ${rollup}: ${refusal?.message ?? "it reads more"}`);
}

function timeText(instant: number | null): string {
  return instant === null ? "ever" : new Date(instant).toISOString();
}
