/** What is left to do after `init`, with the exact lines. */
import { relative } from "node:path";
import { Failure } from "../../failure.js";
import type { App } from "../app/app.js";
import { typescriptOf } from "../app/tools.js";
import { modulesOf } from "../modules/modules.js";
import { rawImportsOf } from "../modules/rawImports.js";
import type { Proposal } from "./propose.js";

export interface Paths {
  module: string;
  schema: string;
  /** `byHand` holds the lines that it still lacks. */
  config: { path: string; byHand?: readonly string[] };
}

export function stepsLeft(app: App, cube: Proposal, { module, schema, config }: Paths): string {
  const steps: [title: string, lines: readonly string[]][] = [];
  if (config.byHand !== undefined) steps.push([`Add to ${app.shown(config.path)}:`, config.byHand]);
  if (cube.missingIndexes.length > 0)
    steps.push([`Add to the table ${cube.table} in ${app.shown(schema)}:`, cube.missingIndexes]);
  steps.push([
    `Say in \`authorize\` of ${app.shown(module)} who may read: until then, everyone is refused.`,
    [],
  ]);
  const imports = importLines(app, module);
  if (imports.length > 0)
    steps.push([
      "Import the builders of mutations from rollups instead; other names stay where they are:",
      imports,
    ]);
  steps.push(
    [
      "Push, and keep what exists already:",
      ["npx convex dev", `npx convex run ${moduleName(app, module)}:start`],
    ],
    ["Show it in React:", reactLines(app, cube, module)],
    ["Look for writes that the rollups would not see:", ["npx convex-rollups check"]],
  );
  const text = steps.map(([title, lines], i) =>
    [`${i + 1}. ${title}`, ...lines.map((line) => `     ${line}`)].join("\n"),
  );
  return `\nLeft to do:\n${text.join("\n")}\n`;
}

function importLines(app: App, module: string): string[] {
  const ts = typescriptOf(app);
  if (ts instanceof Failure)
    return [`every module that imports mutation or internalMutation from "_generated/server"`];
  return modulesOf(app)
    .filter(({ path }) => path !== module)
    .flatMap(({ path, text }) =>
      rawImportsOf(ts, path, text).map(
        ({ line, keyword, builders, instead }) =>
          `${app.shown(path)}:${line}  ${keyword} { ${builders.join(", ")} } from "${instead}";`,
      ),
    );
}

/** `convex/rollups.ts` → `rollups`. */
function moduleName(app: App, path: string): string {
  return relative(app.functions, path).replace(/\.[jt]s$/, "");
}

function reactLines(app: App, cube: Proposal, module: string): string[] {
  const { table, tenant, time, measures, rollups } = cube;
  const name = moduleName(app, module);
  const quoted = (members: readonly string[]) =>
    members.map((member) => `"${table}.${member}"`).join(", ");
  // The dimension of `_creationTime` is called `creationTime`.
  return [
    `import { useRollup } from "convex-rollups/react";`,
    `const { data } = useRollup(api.${name}.rows, {${tenant === null ? "" : ` ${tenant} `}}, {`,
    `  measures: [${quoted(measures.map((measure) => measure.name))}],`,
    `  dimensions: [${quoted(rollups[0]?.dimensions ?? [])}],`,
    `  timeDimensions: [{ dimension: "${table}.${time.replace("_", "")}", granularity: "day" }],`,
    `});`,
  ];
}
