/** The text of a proposed `cubes.ts`. */
import type { Note } from "../../../lib/cubeModel/model.js";
import type { ProposedCube } from "../../../lib/cubeModel/importCube.js";
import { describeNote } from "./modelText.js";

const WIDTH = 96;

/** A module that exports each cube, and `cubes`, for the options of `new Rollups`. */
export function cubesText(
  cubes: ReadonlyMap<string, ProposedCube>,
  notes: readonly Note[],
): string {
  const comments = notes.map((note) => `// ${describeNote(note).replace(/\s+/g, " ")}\n`).join("");
  const each = [...cubes].map(
    ([name, cube]) =>
      `export const ${name}Cube = ${literalText(cube, "")} as const satisfies CubeOptions;\n`,
  );
  const all = [...cubes.keys()].map((name) => `${name}: ${name}Cube`).join(", ");
  return [
    `// Proposed by \`npx convex-rollups import-model\`: read it once, then \`new Rollups(…, { cubes })\`.\n${comments}` +
      `import type { CubeOptions } from "convex-rollups";\n`,
    ...each,
    `export const cubes = ${all === "" ? "{}" : `{ ${all} }`};\n`,
  ].join("\n");
}

/** A value as code. */
export function literalText(value: unknown, indent: string): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const isList = Array.isArray(value);
  const entries = isList
    ? value.map((one) => (inner: string) => literalText(one, inner))
    : Object.entries(value).map(
        ([key, one]) =>
          (inner: string) =>
            `${/^[A-Za-z_]\w*$/.test(key) ? key : JSON.stringify(key)}: ${literalText(one, inner)}`,
      );
  const [open, close] = isList ? ["[", "]"] : ["{", "}"];
  if (entries.length === 0) return open + close;
  const short = entries.map((write) => write(indent)).join(", ");
  const line = isList ? `[${short}]` : `{ ${short} }`;
  if (!line.includes("\n") && indent !== "" && indent.length + line.length < WIDTH) return line;
  const inner = `${indent}  `;
  const lines = entries.map((write) => `${inner}${write(inner)},\n`).join("");
  return `${open}\n${lines}${indent}${close}`;
}
