/** A rollup as people write it in `cubes.ts`. */
import type { RollupDefinition } from "../model/cube.js";

/** Lines for the cube's `rollups`. */
export function linesOf(name: string, definition: RollupDefinition): string {
  const { dimensions, together = [], measures, levels } = definition;
  const quoted = (names: readonly string[]) =>
    `[${names.map((one) => JSON.stringify(one)).join(", ")}]`;
  const pairs = Object.entries(levels).map(([level, partition]) => `${level}: "${partition}"`);
  return [
    `${name}: {`,
    `  dimensions: ${quoted(dimensions)},`,
    ...(together.length === 0 ? [] : [`  together: ${quoted(together)},`]),
    `  measures: ${quoted(measures)},`,
    `  levels: { ${pairs.join(", ")} },`,
    "},",
  ].join("\n");
}
