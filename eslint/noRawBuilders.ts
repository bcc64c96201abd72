/**
 * `no-raw-builders`: a file that writes a cube's table builds its mutations with what `rollups.ts`
 * exports. Builders of `_generated/server` do not capture, so the rollups would not see the writes.
 * The rule reads one file at a time; `npx convex-rollups check` also follows helpers in other files.
 */
import type { Rule } from "eslint";
import type * as ESTree from "estree";
import { tableWritten } from "./tableWrites.js";
import {
  importedNames,
  moveImport,
  parentOf,
  withoutGenerated,
  type RawImport,
} from "./rawImports.js";

interface Options {
  /** Tables of the app's cubes. Without, every import of a raw builder is an error. */
  tables?: string[];
  /** The module that exports the capturing builders, from the functions folder (default "./rollups"). */
  module?: string;
}

export const noRawBuilders: Rule.RuleModule = {
  meta: {
    type: "problem",
    docs: {
      description: "Build mutations that write a cube's table with the builders that capture",
    },
    fixable: "code",
    schema: [
      {
        type: "object",
        properties: {
          tables: { type: "array", items: { type: "string" } },
          module: { type: "string" },
        },
        additionalProperties: false,
      },
    ],
    messages: {
      raw: "{{name}} of {{from}} does not capture, so the rollups do not see what it writes. Use {{builder}} of {{module}}.",
      exported:
        "{{name}} of {{from}} does not capture: exported from here, nobody sees that. Export {{builder}} of {{module}}.",
    },
  },

  create(context) {
    const { tables, module = "./rollups" } = (context.options[0] ?? {}) as Options;
    const imports: RawImport[] = [];
    /** Whether the file writes one of the tables, may write one, and names one. */
    const seen = { writes: tables === undefined, unknown: false, names: false };

    const report = (raw: RawImport, node: ESTree.Node, messageId: "raw" | "exported") => {
      const target = withoutGenerated(raw.from, module);
      const { name, builder, from } = raw;
      context.report({
        node,
        messageId,
        data: { name, builder, from, module: target },
        fix: messageId === "raw" ? moveImport(context.sourceCode, raw, target) : null,
      });
    };

    return {
      ImportDeclaration(node) {
        imports.push(...importedNames(node));
      },
      ExportNamedDeclaration(node) {
        for (const raw of importedNames(node)) report(raw, raw.node, "exported");
      },
      ExportAllDeclaration(node) {
        for (const raw of importedNames(node).slice(0, 1)) report(raw, raw.node, "exported");
      },
      Literal(node) {
        if (typeof node.value === "string" && tables?.includes(node.value)) seen.names = true;
      },
      CallExpression(node) {
        const written = tableWritten(node);
        if (written === "unknown") seen.unknown = true;
        else if (written !== null && tables?.includes(written.table)) seen.writes = true;
      },
      "Program:exit"() {
        // A write by id goes to one of the tables, as far as is known, where the file names one.
        if (!seen.writes && !(seen.unknown && seen.names)) return;
        for (const raw of imports)
          for (const node of usesOf(context, raw)) report(raw, node, "raw");
      },
    };
  },
};

/** Where an import is an error: at the import; of `* as server`, at each `server.mutation`. */
function usesOf({ sourceCode }: Rule.RuleContext, raw: RawImport): ESTree.Node[] {
  const references = sourceCode
    .getDeclaredVariables(raw.node)
    .flatMap((variable) => variable.references)
    .map(({ identifier }) => identifier as ESTree.Node);
  if (raw.node.type !== "ImportNamespaceSpecifier") {
    const captured = references.length > 0 && references.every(isCaptured);
    return captured ? [] : [raw.node];
  }
  return references
    .map(parentOf)
    .filter((node) => node?.type === "MemberExpression")
    .filter(({ property }) => property.type === "Identifier" && property.name === raw.name)
    .filter((member) => !isCaptured(member));

  /** `customMutation(mutation, rollups.capture)`, or with a function that names `capturing`. */
  function isCaptured(node: ESTree.Node): boolean {
    const parent = parentOf(node);
    if (parent?.type !== "CallExpression") return false;
    return parent.arguments
      .filter((argument) => argument !== node)
      .flatMap((argument) => sourceCode.getTokens(argument))
      .some(({ value }) => value === "capture" || value === "capturing");
  }
}
