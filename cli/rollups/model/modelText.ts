/** Cube's data model as the text of files. */
import { stringify } from "yaml";
import type { ModelCube, Note } from "../../../lib/cubeModel/model.js";

/** The first words of every file of an export. */
export const MADE_BY = "Made by `npx convex-rollups export cube`.";

/** The YAML of one cube, with what is not in Cube as comments above it. */
export function yamlOf(model: ModelCube, notes: readonly Note[]): string {
  const lines = [
    `${MADE_BY} SQL is that of Postgres, over the table as it is in Convex.`,
    ...notes.map(describeNote),
  ];
  const comments = lines.map((line) => `# ${line.replace(/\s+/g, " ")}\n`).join("");
  // Cube reads YAML 1.1, where a text such as 2024-01-01 is a date unless it is quoted.
  const options = { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false } as const;
  return comments + stringify({ cubes: [model] }, options);
}

export function describeNote({ member, message }: Note): string {
  return `${member}: ${message}`;
}

/**
 * The text of `cube.js`, by which Cube keeps tenants apart: each has tables of pre-aggregations and a queue of
 * its own. `claims` are the names of the tenant in the security context.
 */
export function configText(claims: readonly string[], timezones: readonly string[]): string {
  const zones = JSON.stringify(timezones);
  if (claims.length === 0)
    return `// ${MADE_BY}
module.exports = {
  scheduledRefreshTimeZones: ${zones},
};
`;
  return `// ${MADE_BY} Tenants are kept apart: each has pre-aggregations of its own.
const { createHash } = require("node:crypto");

const claims = ${JSON.stringify(claims)};

// A name that is safe in SQL, whatever the tenant is called.
const tenantOf = ({ securityContext }) =>
  createHash("sha256")
    .update(JSON.stringify(claims.map((claim) => securityContext?.[claim] ?? null)))
    .digest("hex")
    .slice(0, 24);

// Whose pre-aggregations the refresh worker builds: list your tenants here.
const tenants = () => (process.env.CUBE_TENANTS ?? "").split(",").filter((tenant) => tenant !== "");

module.exports = {
  contextToAppId: (context) => \`rollups_\${tenantOf(context)}\`,
  contextToOrchestratorId: (context) => \`rollups_\${tenantOf(context)}\`,
  preAggregationsSchema: (context) => \`rollups_\${tenantOf(context)}\`,
  scheduledRefreshContexts: async () =>
    tenants().map((tenant) => ({
      securityContext: Object.fromEntries(claims.map((claim) => [claim, tenant])),
    })),
  scheduledRefreshTimeZones: ${zones},
};
`;
}
