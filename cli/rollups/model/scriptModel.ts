/**
 * Cubes of a model in JavaScript, `cube("name", { … })`. The file is parsed and never run: literals become values,
 * `${CUBE}.status` becomes `{CUBE}.status` as YAML has it, and anything else becomes its own text, which is no
 * column and is named as such.
 */
import type * as TypeScript from "typescript";
import type { ReadModel } from "./source.js";

/** Models nest five levels or so. */
const DEPTH_MAX = 30;

/** Throws an `Error` that names the line where the text is no JavaScript, or nests too deep. */
export function cubesOfScript(ts: typeof TypeScript, text: string): ReadModel {
  const source = ts.createSourceFile(
    "model.js",
    text,
    ts.ScriptTarget.ESNext,
    true,
    ts.ScriptKind.JS,
  );
  const { parseDiagnostics = [] } = source as { parseDiagnostics?: TypeScript.Diagnostic[] };
  const [wrong] = parseDiagnostics;
  if (wrong !== undefined) {
    const message = ts.flattenDiagnosticMessageText(wrong.messageText, " ");
    throw new Error(`line ${lineOf(source, wrong.start ?? 0)}: ${message}`);
  }
  const read: ReadModel = { cubes: [], others: [] };
  for (const statement of source.statements) {
    const call = ts.isExpressionStatement(statement) ? statement.expression : statement;
    const place = `line ${lineOf(source, statement.getStart())}`;
    if (!ts.isCallExpression(call) || !ts.isIdentifier(call.expression)) {
      read.others.push(`the statement at ${place}`);
      continue;
    }
    const [name, parts] = call.arguments;
    if (name === undefined || !ts.isStringLiteralLike(name))
      throw new Error(`${place}: a cube's name must be a text.`);
    const kind = call.expression.text;
    if (kind !== "cube") read.others.push(`${kind} ${name.text}`);
    else
      read.cubes.push({ name: name.text, parts: parts === undefined ? {} : valueOf(ts, parts, 0) });
  }
  return read;
}

function lineOf(source: TypeScript.SourceFile, position: number): number {
  return source.getLineAndCharacterOfPosition(position).line + 1;
}

function valueOf(ts: typeof TypeScript, node: TypeScript.Expression, depth: number): unknown {
  if (depth > DEPTH_MAX) throw new Error(`it nests deeper than ${DEPTH_MAX} levels.`);
  if (ts.isParenthesizedExpression(node)) return valueOf(ts, node.expression, depth + 1);
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (node.kind === ts.SyntaxKind.FalseKeyword) return false;
  if (node.kind === ts.SyntaxKind.NullKeyword) return null;
  if (ts.isTemplateExpression(node))
    return node.templateSpans.reduce(
      (text, { expression, literal }) => `${text}{${expression.getText()}}${literal.text}`,
      node.head.text,
    );
  if (ts.isArrayLiteralExpression(node))
    return node.elements.map((element) => valueOf(ts, element, depth + 1));
  if (ts.isObjectLiteralExpression(node))
    return Object.fromEntries(
      node.properties.flatMap((property) => {
        if (!ts.isPropertyAssignment(property) || ts.isComputedPropertyName(property.name))
          return [[property.getText(), property.getText()]];
        return [[textOfName(property.name), valueOf(ts, property.initializer, depth + 1)]];
      }),
    );
  // `sql: (FILTER_PARAMS) => …` is what it makes.
  if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) return valueOf(ts, node.body, depth + 1);
  return node.getText();
}

function textOfName(name: TypeScript.PropertyName): string {
  return "text" in name ? name.text : name.getText();
}
