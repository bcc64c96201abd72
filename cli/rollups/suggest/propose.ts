/** The functions of a file, and for each what takes its place or why that cannot be told. */
import type * as TypeScript from "typescript";
import type { App } from "../app/app.js";
import { optionsOf } from "../check/program.js";
import { Answering } from "./answer.js";
import { Draft, type CubeText } from "./draft.js";
import { CannotTell, type Source } from "./expr.js";
import { Interpreter } from "./interpreter.js";
import { elementOf, recordsOf } from "./source.js";
import { exprOf, type Scope, type Value } from "./values.js";

export interface Told {
  name: string;
  line: number;
  told: true;
  cube: string;
  /** What the code below takes: the function's parameters but for the records. */
  parameters: string[];
  /** Each the code of an object. */
  queries: string[];
  /** Code that makes the function's result of `answers`, the rows of each query. */
  result: string;
  notes: string[];
}

export interface NotTold {
  name: string;
  line: number;
  told: false;
  reason: string;
  /** The line of the code that is not understood. */
  at: number;
}

export interface Proposal {
  functions: (Told | NotTold)[];
  cubes: Record<string, CubeText>;
}

interface Candidate {
  name: string;
  node: TypeScript.FunctionLikeDeclaration;
  isHandler: boolean;
}

export function propose(
  ts: typeof TypeScript,
  app: Pick<App, "functions">,
  path: string,
): Proposal {
  const program = ts.createProgram([path], optionsOf(ts, app));
  const file = program.getSourceFile(path)!;
  const checker = program.getTypeChecker();
  const drafts = new Map<string, Draft>();
  const lineOf = (node: TypeScript.Node) =>
    node.getSourceFile().getLineAndCharacterOfPosition(node.getStart()).line + 1;
  const functions = candidatesOf(ts, file).flatMap((candidate): (Told | NotTold)[] => {
    const { name, node } = candidate;
    try {
      const told = tell(new Interpreter(ts, checker, candidate.isHandler), candidate, drafts);
      return told === null ? [] : [{ name, line: lineOf(node), told: true, ...told }];
    } catch (error) {
      if (!(error instanceof CannotTell)) throw error;
      const at = lineOf(error.node?.getSourceFile() === file ? error.node : node);
      return [{ name, line: lineOf(node), told: false, reason: error.message, at }];
    }
  });
  const cubes = [...drafts].map(([table, draft]) => [table, draft.cube()]);
  return { functions, cubes: Object.fromEntries(cubes) as Record<string, CubeText> };
}

/** What the code of a result calls its own. */
const CODE_NAMES = ["answers", "row", "all", "a", "b"];

/** Null for a function that gets no records. */
function tell(
  run: Interpreter,
  { node, isHandler }: Candidate,
  drafts: Map<string, Draft>,
): Pick<Told, "cube" | "parameters" | "queries" | "result" | "notes"> | null {
  const { ts, checker } = run;
  const parameters: string[] = [];
  let source: Source | null = null;
  const args = node.parameters.map((parameter, i): Value => {
    if (isHandler && i === 0) return { k: "context" };
    const element = elementOf(run, checker.getTypeAtLocation(parameter));
    if (!isHandler && element !== null && source === null) {
      source = { table: tableOf(parameter, element), type: element };
      return recordsOf(source);
    }
    const own = ts.isIdentifier(parameter.name)
      ? parameter.name.text
      : isHandler
        ? "args"
        : `input${i}`;
    const name = CODE_NAMES.includes(own) ? `${own}Given` : own;
    parameters.push(name);
    return exprOf({ op: "param", text: name });
  });
  if (!isHandler && source === null) return null;
  if (isHandler && !/\.collect\(\)/.test(node.getText())) return null;
  // The first parameter of a handler may be taken apart: `{ db }`.
  const value = run.call({ k: "function", node, scope: new Map() as Scope }, args, node);
  const table = (source as Source | null) ?? run.store.source;
  if (table === null) throw new CannotTell("no table is read");
  const draft = drafts.get(table.table)?.copy() ?? new Draft(table, checker);
  const answer = new Answering(draft, run.store).answer(value);
  drafts.set(table.table, draft);
  return { cube: table.table, parameters, ...answer };
}

/** The table that a document's type names, or a name after the record's type. */
function tableOf(parameter: TypeScript.ParameterDeclaration, element: TypeScript.Type): string {
  const said = /Doc<\s*["'](\w+)["']\s*>/.exec(parameter.type?.getText() ?? "");
  if (said !== null) return said[1]!;
  const name = (element.aliasSymbol ?? element.symbol).name;
  const plain = /^\w+$/.test(name) && !name.startsWith("__") ? name : parameter.name.getText();
  const short = plain.replace(/(Record|Document|Doc|Row|Item|Entry)s?$/, "") || plain;
  return short[0]!.toLowerCase() + short.slice(1);
}

/** Exported functions, and handlers of Convex's queries; all functions where none is exported. */
function candidatesOf(ts: typeof TypeScript, file: TypeScript.SourceFile): Candidate[] {
  const all: (Candidate & { exported: boolean })[] = [];
  const isExported = (node: TypeScript.Node) =>
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  for (const statement of file.statements) {
    const exported = isExported(statement);
    if (ts.isFunctionDeclaration(statement) && statement.body)
      all.push({
        name: statement.name?.text ?? "default",
        node: statement,
        isHandler: false,
        exported,
      });
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (initializer === undefined || !ts.isIdentifier(name)) continue;
      if (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer))
        all.push({ name: name.text, node: initializer, isHandler: false, exported });
      const handler = handlerOf(ts, initializer);
      if (handler !== null) all.push({ name: name.text, node: handler, isHandler: true, exported });
    }
  }
  return all.some(({ exported }) => exported) ? all.filter(({ exported }) => exported) : all;
}

function handlerOf(
  ts: typeof TypeScript,
  node: TypeScript.Expression,
): TypeScript.FunctionLikeDeclaration | null {
  if (!ts.isCallExpression(node) || !/query/i.test(node.expression.getText())) return null;
  const [options] = node.arguments;
  if (options === undefined) return null;
  if (ts.isArrowFunction(options) || ts.isFunctionExpression(options)) return options;
  if (!ts.isObjectLiteralExpression(options)) return null;
  for (const property of options.properties) {
    if (property.name?.getText() !== "handler") continue;
    if (ts.isMethodDeclaration(property)) return property;
    if (ts.isPropertyAssignment(property)) {
      const { initializer } = property;
      if (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer))
        return initializer;
    }
  }
  return null;
}
