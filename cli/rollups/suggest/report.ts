/** A proposal as text: the cubes as a module, then each function's queries and what makes its result of them. */
import type { CubeOptions } from "../../../src/client/cubes/cubeOptions.js";
import { literalText } from "../model/cubesText.js";
import type { Proposal } from "./propose.js";

export function describe({ functions, cubes }: Proposal, file: string): string {
  if (functions.length === 0) return `${file} has no function that takes or collects records.\n`;
  const told = functions.filter((one) => one.told);
  const lines = Object.entries(cubes).map(
    ([name, cube]) => `  ${name}: ${literalText(cube as unknown as CubeOptions, "  ")},\n`,
  );
  const module =
    lines.length === 0
      ? ""
      : `// For \`cubes\` in rollups.ts; read it first.\ncubes: {\n${lines.join("")}}\n\n`;
  const each = functions.map((one) => {
    const head = `${file}:${one.line}  ${one.name}`;
    if (!one.told) return `${head}: cannot tell: ${one.reason} (line ${one.at}).\n`;
    const notes = one.notes.map((note) => `    ${note}\n`).join("");
    const given = ["answers", ...one.parameters].join(", ");
    const queries = one.queries.map((query, i) => `    query ${i}: ${query}\n`).join("");
    return `${head}\n${queries}    result: (${given}) => ${one.result.startsWith("{") ? `(${one.result})` : one.result}\n${notes}`;
  });
  return `${module}${each.join("")}${told.length} of ${functions.length} functions told.\n`;
}
