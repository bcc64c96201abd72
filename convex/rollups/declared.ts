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
}

/**
 * Compares declaration and states. A declared rollup without a current generation of its fingerprint
 * is started; a building or failed generation of another fingerprint, and every generation of a
 * rollup that is no longer declared, is retired. A ready one of another fingerprint keeps serving
 * until cutover. `outdated` ones are retired whatever they are, and started anew where they are declared.
 */
export function definitionChanges(
  states: Doc<"rollupStates">[],
  clocks: TenantClocks,
  outdated: Doc<"rollupStates">[],
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
  return {
    start: declared.filter(
      ({ definition, fingerprint }) =>
        !served.has(`${definition.cube}.${definition.name}/${fingerprint}`),
    ),
    retire: states
      .filter((state) => {
        if (state.status === "retiring") return false;
        const wanted = current.get(`${state.cube}.${state.rollup}`);
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
