/** Imports of builders that do not capture, and the edit that takes them from elsewhere. */
import type { Rule, SourceCode } from "eslint";
import type * as ESTree from "estree";

const GENERATED_SERVER = /(^|\/)_generated\/server(\.js|\.ts)?$/;
const BUILDERS: ReadonlyMap<string, string> = new Map([
  ["mutation", "mutation"],
  ["internalMutation", "internalMutation"],
]);
const GENERIC: ReadonlyMap<string, string> = new Map([
  ["mutationGeneric", "mutation"],
  ["internalMutationGeneric", "internalMutation"],
]);

export interface RawImport {
  /** As the module exports it. */
  name: string;
  /** The builder that captures. */
  builder: string;
  /** The module, as the file writes it. */
  from: string;
  node:
    | ESTree.ImportSpecifier
    | ESTree.ImportNamespaceSpecifier
    | ESTree.ExportSpecifier
    | ESTree.ExportAllDeclaration;
}

type Declaration =
  | ESTree.ImportDeclaration
  | ESTree.ExportNamedDeclaration
  | ESTree.ExportAllDeclaration;

/** The raw builders that a declaration names; for `* as` and `export *`, all of them. Types are left out. */
export function importedNames(node: Declaration): RawImport[] {
  const from = node.source?.value;
  if (typeof from !== "string" || isType(node)) return [];
  const builders = GENERATED_SERVER.test(from)
    ? BUILDERS
    : from === "convex/server"
      ? GENERIC
      : new Map<string, string>();
  const all = (of: RawImport["node"]) =>
    [...builders].map(([name, builder]) => ({ name, builder, from, node: of }));
  // Apps may pass on all of convex/server: only its builders are raw, and few use them.
  if (node.type === "ExportAllDeclaration") return builders === BUILDERS ? all(node) : [];
  return node.specifiers.flatMap((specifier): RawImport[] => {
    if (specifier.type === "ImportNamespaceSpecifier") return all(specifier);
    if (specifier.type === "ImportDefaultSpecifier" || isType(specifier)) return [];
    const named = specifier.type === "ImportSpecifier" ? specifier.imported : specifier.local;
    const name = named.type === "Identifier" ? named.name : String(named.value);
    const builder = builders.get(name);
    return builder === undefined ? [] : [{ name, builder, from, node: specifier }];
  });
}

/** `../_generated/server.js` → `../rollups.js`, for the module `./rollups` of the functions folder. */
export function withoutGenerated(from: string, module: string): string {
  if (!GENERATED_SERVER.test(from)) return module;
  return from.replace(/_generated\/server/, module.replace(/^\.\//, ""));
}

/** Takes one name out of an import and imports it from `target`; null where no edit is certain. */
export function moveImport(
  sourceCode: SourceCode,
  { node, from }: RawImport,
  target: string,
): Rule.ReportFixer | null {
  const declaration = parentOf(node);
  if (node.type !== "ImportSpecifier" || !GENERATED_SERVER.test(from)) return null;
  if (declaration?.type !== "ImportDeclaration") return null;
  const name = sourceCode.getText(node);
  const text = sourceCode.getText(declaration);
  const quote = declaration.source.raw?.[0] ?? `"`;
  const end = text.endsWith(";") ? ";" : "";
  const rest = declaration.specifiers.filter((other) => other !== node);
  const kept = rest.map((other) => sourceCode.getText(other)).join(", ");
  const existing = sourceCode.ast.body.find(
    (other): other is ESTree.ImportDeclaration =>
      other.type === "ImportDeclaration" && other.source.value === target && !isType(other),
  );
  const last = existing?.specifiers.at(-1);
  const merges = last?.type === "ImportSpecifier" ? last : null;
  const lines = [
    ...(rest.length === 0 ? [] : [`import { ${kept} } from ${declaration.source.raw}${end}`]),
    ...(merges ? [] : [`import { ${name} } from ${quote}${target}${quote}${end}`]),
  ];
  const [start, stop] = sourceCode.getRange(declaration);
  const newline = lines.length === 0 && sourceCode.text[stop] === "\n" ? 1 : 0;
  return (fixer) => [
    fixer.replaceTextRange([start, stop + newline], lines.join("\n")),
    ...(merges ? [fixer.insertTextAfter(merges, `, ${name}`)] : []),
  ];
}

/** ESLint gives every node its parent; the types of ESTree have none. */
export function parentOf(node: ESTree.Node): ESTree.Node | undefined {
  return (node as { parent?: ESTree.Node }).parent;
}

/** TypeScript's `import type`, of a declaration or of one name. */
function isType(node: object): boolean {
  const { importKind, exportKind } = node as { importKind?: string; exportKind?: string };
  return importKind === "type" || exportKind === "type";
}
