/** The text of `rollups.ts`: the cube, an access check that refuses, and what the app exports. */
import type { Measure, Proposal } from "./propose.js";

/** `extension` is what the app's own relative imports end with. */
export function moduleText(cube: Proposal, extension: "" | ".js"): string {
  const { tenant } = cube;
  const [argument, figures] =
    tenant === null ? ["_tenant", "the figures"] : [tenant, `the figures of "\${${tenant}}"`];
  return `import { Rollups } from "convex-rollups";
import { components } from "./_generated/api${extension}";
import * as server from "./_generated/server${extension}";
import schema from "./schema${extension}";

export const rollups = new Rollups(components.rollups, {
  schema,
  // Who may "read" the figures, and who may "administer" (rebuild) them?
  // Throw to refuse and return to allow, as the rest of your app does:
  //   const identity = await ctx.auth.getUserIdentity();
  //   if (identity === null) throw new Error("Sign in first.");
  authorize: async (_ctx, ${argument}, need) => {
    throw new Error(
      \`Say in authorize of rollups.ts who may \${need} ${figures}.\`,
    );
  },
  cubes: {
${cubeLines(cube).join("\n")}
  },
});
const functions = rollups.functions();
export const { source, start, expire, importRows } = functions;
export const { rows, load, board, explain, meta } = functions;
export const { freshness, health } = functions;
export const { mutation, internalMutation } = rollups.mutations(server);
`;
}

function cubeLines({ table, tenant, time, dimensions, measures, rollups }: Proposal): string[] {
  return [
    `    ${table}: {`,
    ...(tenant === null ? [] : [`      tenant: ${quoted(tenant)},`]),
    `      time: ${quoted(time)},`,
    ...group(
      "dimensions",
      dimensions.map(({ name, type }) => `${name}: ${quoted(type)}`),
    ),
    ...group("measures", measures.map(measureText)),
    `      rollups: {`,
    ...rollups.flatMap(({ name, dimensions: kept }) => [
      `        ${name}: {`,
      `          dimensions: [${kept.map(quoted).join(", ")}],`,
      `          levels: { day: "month", month: "year" },`,
      `        },`,
    ]),
    `      },`,
    `    },`,
  ];
}

function group(name: string, entries: readonly string[]): string[] {
  if (entries.length === 0) return [`      ${name}: {},`];
  return [`      ${name}: {`, ...entries.map((entry) => `        ${entry},`), `      },`];
}

function measureText({ name, definition }: Measure): string {
  if (definition === "count") return `${name}: "count"`;
  const [[type, field]] = Object.entries(definition) as [[string, string]];
  return `${name}: { ${type}: ${quoted(field)} }`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
