/** Cubes against the schema, by the class `Rollups` itself: what would fail a push is found before it. */
import { Rollups, type RollupsOptions } from "../../../src/client/index.js";
import type { Finding } from "./finding.js";
import type { RecordedOptions } from "./recorder.js";

/** The tables of all cubes. */
export function cubeTables(recorded: readonly RecordedOptions[]): Set<string> {
  const cubes = recorded.flatMap((options) => Object.entries(options.cubes ?? {}));
  return new Set(cubes.map(([name, { table = name }]) => table));
}

/** One finding per cube at most, and one for what is wrong with all of them together. */
export function cubeFindings(recorded: readonly RecordedOptions[], place: string): Finding[] {
  return recorded.flatMap((options) => {
    const cubes = Object.entries(options.cubes ?? {});
    const alone = cubes.flatMap(([name, cube]) =>
      refusalOf({ ...options, cubes: { [name]: cube } }, place),
    );
    return alone.length > 0 ? alone : refusalOf(options, place);
  });
}

function refusalOf(options: RecordedOptions, place: string): Finding[] {
  try {
    // The component is asked for nothing before a function runs.
    new Rollups({} as never, options as unknown as RollupsOptions<never, never>);
    return [];
  } catch (error) {
    const { code = "InvalidDefinition", message } = error as Error & { code?: string };
    return [{ place, code, message }];
  }
}
