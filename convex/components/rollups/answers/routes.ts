/**
 * How each range of a question may be answered: what is asked, what every rollup of its cube could do for it,
 * and which generation's tiles are read.
 */
import { isCounted } from "../../../../lib/fold/change.js";
import type { CubeDefinition } from "../../../../lib/model/cube.js";
import { normalizeQuestion, type NormalizedQuery } from "../../../../lib/query/normalizeQuery.js";
import { narrowed } from "../../../../lib/query/question.js";
import type { PlannedQuery, RollupPlan } from "../../../../lib/planner/plan.js";
import { compileQuery, type CompiledQuery } from "../../../../lib/query/compile.js";
import { choosePlan, matchRollups, type Matched } from "../../../../lib/planner/planQuery.js";
import { isReadLike } from "../app/readings.js";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";
import { sourceFrom } from "../sources/sourceFrom.js";
import { mustCube } from "../app/cubes.js";
import { once } from "../app/once.js";
import { candidateOf } from "../generations/candidate.js";
import { generationOf, type Generation } from "../generations/generation.js";
import { planOrder } from "../order/answer.js";
import type { OrderState } from "../order/states.js";
import { statesOf } from "../generations/states.js";
import type { Freshness, Tail } from "./tail.js";

/** The query of one range, and what each rollup of its cube could do for it. */
export interface Found {
  tenantId: string;
  cube: CubeDefinition;
  query: NormalizedQuery;
  compiled: CompiledQuery;
  /** What rollups are asked: all of it, or what an order statistic does not tell beside them. */
  asked: CompiledQuery;
  planned: PlannedQuery;
  /** Of exact percentiles: what tells them; null where nothing does. */
  order: OrderState | null;
  states: Doc<"rollupStates">[];
  /** Of each of the states, what it could do for the question. */
  matches: readonly Matched[];
  /** The cheapest plan by these matches, none of which reads a record that has expired. */
  plan(matches: readonly Matched[]): Promise<PlannedQuery>;
  /** From when on the cube's records are whole, looked up when first asked for. */
  wholeFrom(): Promise<number | null>;
}

/**
 * The question, normalised, and how each of its ranges may be answered. From when on the source is
 * whole is looked up only where somebody would read it, or to explain what each rollup would.
 */
export async function planFor(
  ctx: QueryCtx,
  tenantId: string,
  json: unknown,
  {
    isExplained = false,
    freshness = "live",
  }: { isExplained?: boolean; freshness?: Freshness } = {},
) {
  const { lock, cubes } = ctx.app;
  const { timezone } = ctx.app.clocks;
  const question = narrowed(normalizeQuestion(cubes, json, { timezone }), lock);
  const cube = mustCube(ctx, question.queries[0].cube);
  const states = await once(ctx, `states ${cube.name}`, () => statesOf(ctx, tenantId, cube.name));
  const rollups = states.map(candidateOf);
  let known: Promise<number | null> | null = null;
  const wholeFrom = () => (known ??= sourceFrom(ctx, tenantId, cube.name));
  const ranges = question.queries.map(async (query): Promise<Found> => {
    const compiled = compileQuery(cube, query);
    const order = await planOrder(ctx, tenantId, compiled);
    // Trees are of the newest commit, and folded tiles are not.
    const rest = freshness === "live" ? order.rest : null;
    const asked = rest ?? compiled;
    const matches = matchRollups(asked, rollups, timezone);
    const plan = async (matches: readonly Matched[]) => {
      let planned = choosePlan(asked, matches);
      const hasEdge = planned.plan?.segments.some(({ kind }) => kind === "facts") === true;
      if (hasEdge || isExplained) {
        planned = choosePlan(asked, matches, { sourceFrom: await wholeFrom() });
      }
      const orders = order.considered(rest !== null && planned.plan !== null);
      return { plan: planned.plan, considered: [...planned.considered, ...orders] };
    };
    const planned = await plan(matches);
    return {
      tenantId,
      ...{ cube, query, compiled, asked, planned },
      order: order.state,
      states,
      matches,
      plan,
      wholeFrom,
    };
  });
  return { cube, question, ranges: await Promise.all(ranges) };
}

/**
 * The plan once the tail is known: its changes can be added only to tiles of facts that were read
 * alike, which they were not where another version of the code wrote some of them.
 */
async function planAround(
  { cube, planned, states, matches, plan }: Found,
  tail: Tail,
): Promise<PlannedQuery> {
  const isOvertaken = ({ candidate: { rollup, generation, status } }: Matched) => {
    if (status !== "ready") return false;
    const state = stateOf(states, rollup.name, generation);
    const mine = tail
      .changesOf(state)
      .filter(({ change }) => change.cube === cube.name && isCounted(change));
    return [...new Set(mine.map(({ row }) => row))].some(
      ({ readings }) => !isReadLike(rollup, readings),
    );
  };
  if (!matches.some(isOvertaken)) return planned;
  return await plan(
    matches.map((match) =>
      isOvertaken(match)
        ? { ...match, candidate: { ...match.candidate, status: "overtaken" } }
        : match,
    ),
  );
}

function stateOf(
  states: readonly Doc<"rollupStates">[],
  rollup: string,
  generation: number,
): Doc<"rollupStates"> {
  const state = states.find((one) => one.rollup === rollup && one.generation === generation);
  if (state === undefined) throw new Error("A plan names a generation it was given.");
  return state;
}

/** How one range is to be answered: from a generation's tiles, or null: by a scan. */
export interface Route extends Found {
  read: { state: Doc<"rollupStates">; generation: Generation; plan: RollupPlan } | null;
}

export async function routeOf(found: Found, tail: Tail | null): Promise<Route> {
  const planned = await (tail === null ? found.planned : planAround(found, tail));
  const { plan } = planned;
  if (plan === null) return { ...found, planned, read: null };
  const state = stateOf(found.states, plan.rollup.name, plan.generation);
  return { ...found, planned, read: { state, generation: generationOf(state), plan } };
}
