/** Adds the component to the text of `convex.config.ts`, at the places where a person would. */
import type * as TypeScript from "typescript";

const IMPORT = `import rollups from "convex-rollups/convex.config";`;

/** The config of an app that has none. `extension` does not matter: packages are named without. */
export const newConfig = `${IMPORT}
import { defineApp } from "convex/server";

const app = defineApp();
app.use(rollups);

export default app;
`;

/** The lines that a person adds where `addToConfig` finds no place. */
export const configLines = [IMPORT, "app.use(rollups);"];

/** The text with the component in it; the same text where it is there, null where no place is found. */
export function addToConfig(ts: typeof TypeScript, text: string): string | null {
  const file = ts.createSourceFile("convex.config.ts", text, ts.ScriptTarget.Latest, true);
  const imports = file.statements.filter(ts.isImportDeclaration);
  const name = importedName(ts, imports);
  if (name !== null && new RegExp(`\\.use\\(\\s*${name}\\b`).test(text)) return text;
  const local = name ?? (/\brollups\b/.test(text) ? "convexRollups" : "rollups");
  const edits: Edit[] = [];
  const lastImport = imports.at(-1);
  if (name === null)
    edits.push({
      at: lastImport?.end ?? 0,
      insert: `${lastImport ? "\n" : ""}${IMPORT.replace("rollups", local)}${lastImport ? "" : "\n"}`,
    });
  const use = placeOfUse(ts, file, local);
  if (use === null) return null;
  return apply(text, [...edits, use]);
}

interface Edit {
  at: number;
  /** Where the replaced text ends; `at` if nothing is. */
  to?: number;
  insert: string;
}

/** The name under which a config imports the component; null where it does not. */
function importedName(
  ts: typeof TypeScript,
  imports: readonly TypeScript.ImportDeclaration[],
): string | null {
  const ours = imports.find(
    ({ moduleSpecifier }) =>
      ts.isStringLiteral(moduleSpecifier) &&
      /^convex-rollups\/convex\.config(\.js)?$/.test(moduleSpecifier.text),
  );
  return ours?.importClause?.name?.text ?? null;
}

/** Statements `app.use(…)`. */
function usesOf(ts: typeof TypeScript, file: TypeScript.SourceFile) {
  return file.statements.filter(
    (statement) =>
      ts.isExpressionStatement(statement) &&
      ts.isCallExpression(statement.expression) &&
      ts.isPropertyAccessExpression(statement.expression.expression) &&
      statement.expression.expression.name.text === "use",
  );
}

/** Behind the last `app.use(…)`, else behind `const app = defineApp(…)`, else in its own two lines. */
function placeOfUse(
  ts: typeof TypeScript,
  file: TypeScript.SourceFile,
  local: string,
): Edit | null {
  const isDefineApp = (node: TypeScript.Node | undefined) =>
    node !== undefined &&
    ts.isCallExpression(node) &&
    node.expression.getText(file) === "defineApp";
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement)) {
      const app = statement.declarationList.declarations.find(({ initializer }) =>
        isDefineApp(initializer),
      );
      if (app === undefined) continue;
      const at = usesOf(ts, file).at(-1)?.end ?? statement.end;
      return { at, insert: `\n${app.name.getText(file)}.use(${local});` };
    }
    if (ts.isExportAssignment(statement) && isDefineApp(statement.expression)) {
      const made = statement.expression.getText(file);
      return {
        at: statement.getStart(file),
        to: statement.end,
        insert: `const app = ${made};\napp.use(${local});\n\nexport default app;`,
      };
    }
  }
  return null;
}

function apply(text: string, edits: readonly Edit[]): string {
  return [...edits]
    .sort((a, b) => b.at - a.at)
    .reduce((now, { at, to = at, insert }) => now.slice(0, at) + insert + now.slice(to), text);
}

/** Whether a config uses the component. */
export function usesComponent(ts: typeof TypeScript, text: string): boolean {
  return addToConfig(ts, text) === text;
}
