/**
 * What the code declares, resolved for a tenant's zones, against what the tenant has: which
 * generations to start and which to retire.
 */
import { fingerprint, resolveRollup } from "../../lib/model/resolveRollup";
import type { CubeDefinition } from "../../lib/model/cube";
import { derivableBefore } from "../../lib/model/derivation";
import type { StoredRollup } from "../../lib/model/rollup";
import { currentReadings, isReadLike } from "../changeLog/readings";
import type { Doc } from "../_generated/dataModel";
import { catalogue } from "../cubes";
import { coverageOf, startCoverage } from "../retention/coverage";

export interface DeclaredRollup {
  definition: StoredRollup;
  fingerprint: string;
}

/** What of a tenant decides how its rollups are resolved. */
export type TenantClocks = Pick<Doc<"tenants">, "timezone" | "zones">;

const memo = new Map<string, DeclaredRollup[]>();

/** Every declared rollup for a tenant's zones. Pure, so remembered. */
export function declaredRollups({ timezone, zones = [] }: TenantClocks): DeclaredRollup[] {
  const key = [timezone, ...zones].join(" ");
  let declared = memo.get(key);
  if (declared === undefined) {
    const cubes: CubeDefinition[] = Object.values(catalogue);
    declared = cubes.flatMap((cube) =>
      Object.keys(cube.rollups).map((name) => {
        const definition = resolveRollup(cube, name, timezone, zones);
        return { definition, fingerprint: fingerprint(definition) };
      }),
    );
    memo.set(key, declared);
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
 * until cutover. `outdated` ones are retired whatever they are, and started anew where they are declared.
 *
 * Of a cube in `expired` only what can be derived from a serving generation is started, the rest is
 * refused; and while something declared does not serve, no generation with history in it is retired:
 * nothing could bring it back when the definitions are.
 */
export function definitionChanges(
  states: Doc<"rollupStates">[],
  clocks: TenantClocks,
  outdated: Doc<"rollupStates">[],
  expired: ReadonlyMap<string, number>,
  now: number,
): DefinitionChanges {
  const declared = declaredRollups(clocks);
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
    const derive = from === undefined ? null : derivationOf(rollup.definition, states, from, now);
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
 * The same for rollups that are to be built anew: those of an expired source are derived, and not from
 * themselves. What cannot be is left out.
 */
export function rebuiltFrom(
  rollups: readonly DeclaredRollup[],
  states: Doc<"rollupStates">[],
  expired: ReadonlyMap<string, number>,
  now: number,
): StartedRollup[] {
  return rollups.flatMap((rollup): StartedRollup[] => {
    const { cube, name } = rollup.definition;
    const from = expired.get(cube);
    if (from === undefined) return [rollup];
    const isOther = (state: Doc<"rollupStates">) => state.rollup !== name;
    const derive = derivationOf(rollup.definition, states, from, now, isOther);
    return derive === null ? [] : [{ ...rollup, derive }];
  });
}

/**
 * A serving generation that holds the history of a declared rollup, of those that `mayBe`: its own last
 * one, or the narrowest.
 */
function derivationOf(
  wanted: StoredRollup,
  states: Doc<"rollupStates">[],
  sourceFrom: number,
  now: number,
  mayBe: (state: Doc<"rollupStates">) => boolean = () => true,
): Derivation | null {
  const target = { definition: wanted, coverage: startCoverage(states, wanted, now) };
  const [best] = states
    .filter(
      (state) =>
        mayBe(state) &&
        state.status === "ready" &&
        !state.degraded &&
        isReadLike(state.definition, currentReadings),
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
  requests: Pick<Doc<"repairs">, "rollup" | "generation">[],
  states: Doc<"rollupStates">[],
  clocks: TenantClocks,
  changes: DefinitionChanges,
): DeclaredRollup[] {
  return declaredRollups(clocks).filter((declared) => {
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
