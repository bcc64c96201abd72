/** The question as code of an app, with what it imports. */
import type { AggregateQuery } from "../../react/index.js";
import { jsonOf, hookOf } from "../model/code.js";

export const codeKinds = [
  { id: "json", label: "JSON" },
  { id: "aggregate", label: "useAggregate" },
  { id: "rollup", label: "useRollup" },
] as const;

export type CodeKind = (typeof codeKinds)[number]["id"];

export function codeOf(kind: CodeKind, query: AggregateQuery): string {
  switch (kind) {
    case "json":
      return `${jsonOf(query)}\n`;
    case "aggregate":
      return `import { useAggregate } from "convex-rollups/react";\n\n${hookOf(query)}`;
    case "rollup":
      return (
        'import { useRollup } from "convex-rollups/react";\n' +
        'import { api } from "../convex/_generated/api";\n\n' +
        `const { data, error } = useRollup(api.aggregates.rows, { tenantId }, ${jsonOf(query)});\n`
      );
    default:
      return kind satisfies never;
  }
}
