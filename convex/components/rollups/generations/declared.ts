/**
 * What the code declares, resolved for a tenant's zones, against what the tenant has: which
 * generations to start and which to retire.
 */
import { fingerprint, resolveRollup } from "../../../../lib/resolve/resolveRollup.js";
import type { Catalogue } from "../../../../lib/model/cube.js";
import { derivableBefore } from "../../../../lib/fold/derivation.js";
import type { StoredRollup } from "../../../../lib/model/rollup.js";
import { isReadLike } from "../app/readings.js";
import type { Doc } from "../_generated/dataModel.js";
import type { App } from "../app/app.js";
import type { QueryCtx } from "../app/ctx.js";
import { coverageOf, startCoverage } from "./coverage.js";

type Declaring = Pick<QueryCtx, "app" | "now">;

export interface DeclaredRollup {
  definition: StoredRollup;
  fingerprint: string;
}

/** By the app's cubes, then by zones. */
const memo = new WeakMap<Catalogue, Map<string, DeclaredRollup[]>>();

/** Every declared rollup for the zones of the call's tenant. Pure, so remembered. */
export function declaredRollups({
  cubes,
  clocks,
}: Pick<App, "cubes" | "clocks">): DeclaredRollup[] {
  const { timezone, zones = [] } = clocks;
  const known = memo.get(cubes) ?? new Map<string, DeclaredRollup[]>();
  memo.set(cubes, known);
  const key = [timezone, ...zones].join(" ");
  let declared = known.get(key);
  if (declared === undefined) {
    declared = Object.values(cubes).flatMap((cube) =>
      Object.keys(cube.rollups).map((name) => {
        const definition = resolveRollup(cube, name, timezone, zones);
        return { definition, fingerprint: fingerprint(definition) };
      }),
    );
    known.set(key, declared);
  }
  return declared;
}

/** Where a new generation takes its history from, and up to when. */
export interface Derivation {
  rollup: string;
  generation: number;
  /** Epoch ms, where a bucket of the source begins. */
  before: number;
}

export interface StartedRollup extends DeclaredRollup {
  /** Absent where all of the history is in the records. */
  derive?: Derivation;
}

export interface DefinitionChanges {
  start: StartedRollup[];
  retire: Doc<"rollupStates">["_id"][];
  /** Would be started, but records that they ask for have expired. */
  refuse: DeclaredRollup[];
}

/** A declared rollup that could not be built: a row that holds nothing but its reason. */
export function isRefused({ status, failure }: Doc<"rollupStates">): boolean {
  return status === "failed" && failure?.code === "SourceExpired";
}

/**
 * Compares declaration and states. A declared rollup without a current generation of its fingerprint
 * is started; a building or failed generation of another fingerprint, and every generation of a
 * rollup that is no longer declared, is retired. A ready one of another fingerprint keeps serving
 * until cutover. `outdated` ones are retired whatever they are, and started again where they are declared.
 *
 * Of a cube in `expired` only what can be derived from a serving generation is started, the rest is
 * refused; and while something declared does not serve, no generation with history in it is retired:
 * nothing could bring it back when the definitions are.
 */
export function definitionChanges(
  ctx: Declaring,
  states: Doc<"rollupStates">[],
  outdated: Doc<"rollupStates">[],
  expired: ReadonlyMap<string, number>,
): DefinitionChanges {
  const declared = declaredRollups(ctx.app);
  const current = new Map(
    declared.map((rollup) => [
      `${rollup.definition.cube}.${rollup.definition.name}`,
      rollup.fingerprint,
    ]),
  );
  const wants = (state: Doc<"rollupStates">) => current.get(`${state.cube}.${state.rollup}`);
  const isOf = (state: Doc<"rollupStates">, { definition, fingerprint }: DeclaredRollup) =>
    state.status !== "retiring" &&
    !outdated.includes(state) &&
    state.cube === definition.cube &&
    state.rollup === definition.name &&
    state.fingerprint === fingerprint;
  // A failed generation is not started again by itself: it would fail again.
  const missing = declared.filter(
    (rollup) => !states.some((state) => isOf(state, rollup) && !isRefused(state)),
  );
  const start: StartedRollup[] = [];
  const refuse: DeclaredRollup[] = [];
  for (const rollup of missing) {
    const from = expired.get(rollup.definition.cube);
    const derive = from === undefined ? null : derivationOf(ctx, rollup.definition, states, from);
    if (from === undefined) start.push(rollup);
    else if (derive !== null) start.push({ ...rollup, derive });
    else if (!states.some((state) => isOf(state, rollup))) refuse.push(rollup);
  }
  const hasGap = (cube: string) =>
    declared.some(
      (rollup) =>
        rollup.definition.cube === cube &&
        !states.some((state) => state.status === "ready" && isOf(state, rollup)),
    );
  const isKept = (state: Doc<"rollupStates">) =>
    expired.has(state.cube) &&
    state.status !== "building" &&
    !isRefused(state) &&
    hasGap(state.cube);
  const retire = states.filter((state) => {
    if (state.status === "retiring" || isKept(state)) return false;
    const wanted = wants(state);
    return (
      wanted === undefined ||
      outdated.includes(state) ||
      (state.status !== "ready" && wanted !== state.fingerprint) ||
      (isRefused(state) && start.some((rollup) => isOf(state, rollup)))
    );
  });
  return { start, refuse, retire: retire.map(({ _id }) => _id) };
}

/**
 * The same for rollups that are to be built again: those of an expired source are derived, and not from
 * themselves. What cannot be is left out.
 */
export function rebuiltFrom(
  ctx: Declaring,
  rollups: readonly DeclaredRollup[],
  states: Doc<"rollupStates">[],
  expired: ReadonlyMap<string, number>,
): StartedRollup[] {
  return rollups.flatMap((rollup): StartedRollup[] => {
    const { cube, name } = rollup.definition;
    const from = expired.get(cube);
    if (from === undefined) return [rollup];
    const isOther = (state: Doc<"rollupStates">) => state.rollup !== name;
    const derive = derivationOf(ctx, rollup.definition, states, from, isOther);
    return derive === null ? [] : [{ ...rollup, derive }];
  });
}

/**
 * A serving generation that holds the history of a declared rollup, of those that `mayBe`: its own last
 * one, or the narrowest.
 */
function derivationOf(
  ctx: Declaring,
  wanted: StoredRollup,
  states: Doc<"rollupStates">[],
  sourceFrom: number,
  mayBe: (state: Doc<"rollupStates">) => boolean = () => true,
): Derivation | null {
  const target = { definition: wanted, coverage: startCoverage(ctx, states, wanted) };
  const [best] = states
    .filter(
      (state) =>
        mayBe(state) &&
        state.status === "ready" &&
        !state.degraded &&
        isReadLike(state.definition, ctx.app.readings),
    )
    .flatMap((state) => {
      const { definition } = state;
      const source = { definition, coverage: coverageOf(state) };
      const before = derivableBefore(target, source, sourceFrom);
      return before === null ? [] : [{ ...state, before }];
    })
    .sort(
      (a, b) =>
        Number(b.rollup === wanted.name) - Number(a.rollup === wanted.name) ||
        a.definition.dimensions.length - b.definition.dimensions.length,
    );
  if (best === undefined) return null;
  const { rollup, generation, before } = best;
  return { rollup, generation, before };
}

/**
 * The declared rollups that serving generations are asked to be rebuilt of, unless one is under way
 * or begins with `changes`.
 */
export function rebuildable(
  { app }: Pick<Declaring, "app">,
  requests: Pick<Doc<"repairs">, "rollup" | "generation">[],
  states: Doc<"rollupStates">[],
  changes: DefinitionChanges,
): DeclaredRollup[] {
  return declaredRollups(app).filter((declared) => {
    if (changes.start.some(({ definition }) => definition === declared.definition)) return false;
    const { cube, name } = declared.definition;
    const mine = states.filter((state) => state.cube === cube && state.rollup === name);
    if (mine.some(({ status }) => status === "building")) return false;
    return requests.some(
      ({ rollup, generation }) =>
        rollup === `${cube}.${name}` &&
        mine.some(
          (state) =>
            (state.status === "ready" || state.status === "failed") &&
            state.generation === generation,
        ),
    );
  });
}
