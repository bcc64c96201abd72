/**
 * What the code declares, resolved for a tenant's zones, against what the tenant has: which
 * generations to start and which to retire.
 */
import { fingerprint, resolveRollup } from "../../lib/model/resolveRollup";
import type { CubeDefinition } from "../../lib/model/cube";
import type { StoredRollup } from "../../lib/model/rollup";
import type { Doc } from "../_generated/dataModel";
import { catalogue } from "../cubes";

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

export interface DefinitionChanges {
  start: DeclaredRollup[];
  retire: Doc<"rollupStates">["_id"][];
  /** Would be started, but records that they ask for have expired. */
  refuse: DeclaredRollup[];
}

/** A declared rollup that could never be built: a row that holds nothing but its reason. */
export function isRefused({ status, failure }: Doc<"rollupStates">): boolean {
  return status === "failed" && failure?.code === "SourceExpired";
}

/**
 * Compares declaration and states. A declared rollup without a current generation of its fingerprint
 * is started; a building or failed generation of another fingerprint, and every generation of a
 * rollup that is no longer declared, is retired. A ready one of another fingerprint keeps serving
 * until cutover. `outdated` ones are retired whatever they are, and started anew where they are declared.
 *
 * Of a cube in `expired` nothing can be started any more, so what would be is refused; and while
 * something declared is missing, no generation with history in it is retired: nothing could bring it
 * back when the definitions are.
 */
export function definitionChanges(
  states: Doc<"rollupStates">[],
  clocks: TenantClocks,
  outdated: Doc<"rollupStates">[],
  expired: ReadonlyMap<string, number>,
): DefinitionChanges {
  const declared = declaredRollups(clocks);
  const current = new Map(
    declared.map((rollup) => [
      `${rollup.definition.cube}.${rollup.definition.name}`,
      rollup.fingerprint,
    ]),
  );
  // A failed generation is not started again by itself: it would fail again.
  const served = new Set(
    states
      .filter((state) => state.status !== "retiring" && !outdated.includes(state))
      .map((state) => `${state.cube}.${state.rollup}/${state.fingerprint}`),
  );
  const missing = declared.filter(
    ({ definition, fingerprint }) =>
      !served.has(`${definition.cube}.${definition.name}/${fingerprint}`),
  );
  const wants = (state: Doc<"rollupStates">) => current.get(`${state.cube}.${state.rollup}`);
  const isKept = (state: Doc<"rollupStates">) =>
    expired.has(state.cube) &&
    !isRefused(state) &&
    (missing.some(({ definition }) => definition.cube === state.cube) ||
      states.some(
        (other) =>
          other.cube === state.cube && isRefused(other) && wants(other) === other.fingerprint,
      ));
  return {
    start: missing.filter(({ definition }) => !expired.has(definition.cube)),
    refuse: missing.filter(({ definition }) => expired.has(definition.cube)),
    retire: states
      .filter((state) => {
        if (state.status === "retiring" || isKept(state)) return false;
        const wanted = wants(state);
        return (
          wanted === undefined ||
          outdated.includes(state) ||
          (state.status !== "ready" && wanted !== state.fingerprint)
        );
      })
      .map(({ _id }) => _id),
  };
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
    if (changes.start.includes(declared)) return false;
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
