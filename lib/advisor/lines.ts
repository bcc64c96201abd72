/** A rollup as people write it in `cubes.ts`. */
import type { RollupDefinition } from "../model/cube.js";

/** Lines for the cube's `rollups`. */
export function linesOf(name: string, definition: RollupDefinition): string {
  const { dimensions, together = [], measures, levels, retain = {}, archive } = definition;
  const { freshness } = definition;
  const quoted = (names: readonly string[]) =>
    `[${names.map((one) => JSON.stringify(one)).join(", ")}]`;
  const pairs = (of: object) =>
    Object.entries(of)
      .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
      .join(", ");
  return [
    `${name}: {`,
    `  dimensions: ${quoted(dimensions)},`,
    ...(together.length === 0 ? [] : [`  together: ${quoted(together)},`]),
    `  measures: ${quoted(measures)},`,
    `  levels: { ${pairs(levels)} },`,
    ...(Object.keys(retain).length === 0 ? [] : [`  retain: { ${pairs(retain)} },`]),
    ...(archive ? ["  archive: true,"] : []),
    ...(freshness === undefined ? [] : [`  freshness: { ${pairs(freshness)} },`]),
    "},",
  ].join("\n");
}
