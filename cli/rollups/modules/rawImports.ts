/** Imports of the builders that do not capture, one per line to change. */
import type * as TypeScript from "typescript";

/** Builders whose writes the rollups do not see. */
export const RAW_BUILDERS: ReadonlySet<string> = new Set(["mutation", "internalMutation"]);

/** How a module imports the app's raw builders, by any path. */
export const GENERATED_SERVER = /(^|\/)_generated\/server(\.js|\.ts)?$/;

export interface RawImport {
  /** From 1. */
  line: number;
  keyword: "import" | "export";
  builders: readonly string[];
  /** The module to import from instead, as this file would write it. */
  instead: string;
}

/** Imports of raw mutation builders in a module's text, `* as` and re-exports among them. */
export function rawImportsOf(ts: typeof TypeScript, path: string, text: string): RawImport[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  return file.statements.flatMap((statement): RawImport[] => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const { moduleSpecifier: from } = statement;
    if (from === undefined || !ts.isStringLiteral(from) || !GENERATED_SERVER.test(from.text))
      return [];
    const builders = buildersOf(ts, statement);
    if (builders.length === 0) return [];
    const line = file.getLineAndCharacterOfPosition(statement.getStart(file)).line + 1;
    const keyword = ts.isImportDeclaration(statement) ? "import" : "export";
    return [{ line, keyword, builders, instead: insteadOf(from.text) }];
  });
}

/** `../_generated/server.js` → `../rollups.js`. */
function insteadOf(specifier: string): string {
  return specifier.replace(/_generated\/server/, "rollups");
}

function buildersOf(
  ts: typeof TypeScript,
  statement: TypeScript.ImportDeclaration | TypeScript.ExportDeclaration,
): string[] {
  const clause = ts.isImportDeclaration(statement)
    ? statement.importClause?.namedBindings
    : statement.exportClause;
  const typeOnly = ts.isImportDeclaration(statement)
    ? statement.importClause?.isTypeOnly === true
    : statement.isTypeOnly;
  if (typeOnly) return [];
  if (clause === undefined) return ts.isExportDeclaration(statement) ? [...RAW_BUILDERS] : [];
  if (ts.isNamespaceImport(clause) || ts.isNamespaceExport(clause)) return [...RAW_BUILDERS];
  return clause.elements
    .filter(({ isTypeOnly }) => !isTypeOnly)
    .map(({ propertyName, name }) => (propertyName ?? name).text)
    .filter((name) => RAW_BUILDERS.has(name));
}
