/**
 * Mutations that the rollups do not see: made with a builder that does not capture, or with one derived
 * from it, and writing to a cube's table, themselves or through the app's other modules.
 */
import { dirname, relative, sep } from "node:path";
import type * as TypeScript from "typescript";
import { GENERATED_SERVER, RAW_BUILDERS } from "../modules/rawImports.js";
import type { Finding } from "./finding.js";
import type { TypedApp } from "./program.js";
import { openReach, resolve, type Write } from "./reach.js";

/** Convex's own builders, by the name that captures. */
const GENERIC: ReadonlyMap<string, string> = new Map([
  ["mutationGeneric", "mutation"],
  ["internalMutationGeneric", "internalMutation"],
]);

/** Where a builder that does not capture comes into the app's code. */
interface Origin {
  /** The name of the builder that captures: `mutation` or `internalMutation`. */
  builder: string;
  node: TypeScript.Node;
}

/** One finding per function, where it is made. */
export function builderFindings(app: TypedApp, tables: ReadonlySet<string>): Finding[] {
  const { ts, checker, place } = app;
  const reach = openReach(app);
  /** Variables that hold a raw builder, or what was made of one. */
  const derived = new Map<TypeScript.Symbol, Origin>();
  const findings = new Map<TypeScript.Node, Finding>();
  for (let before = -1; before < derived.size;) {
    before = derived.size;
    for (const file of app.modules) visit(file);
  }
  const order = new Map(app.modules.map((file, i) => [file, i]));
  return [...findings]
    .sort(
      ([a], [b]) => order.get(a.getSourceFile())! - order.get(b.getSourceFile())! || a.pos - b.pos,
    )
    .map(([, finding]) => finding);

  function visit(node: TypeScript.Node): void {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return;
    const origin = originOf(node);
    if (origin === null) ts.forEachChild(node, visit);
    // `server.mutation` is the builder as a whole.
    else follow(isMember(node) ? node.parent : node, origin, true);
  }

  /** What becomes of a raw builder where it is used; `whole` says that `node` is the builder itself. */
  function follow(node: TypeScript.Node, origin: Origin, whole: boolean): void {
    const { parent } = node;
    if (parent === undefined || ts.isSourceFile(parent) || ts.isBlock(parent)) return;
    if (ts.isVariableDeclaration(parent)) {
      if (parent.initializer === node) derive(parent.name, origin);
      return;
    }
    if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) {
      const others = (parent.arguments ?? []).filter((argument) => argument !== node);
      const { captures, writes } = reach(others);
      if (captures) return;
      const written = writes.find(known) ?? writes.find(({ tables: names }) => names === "unknown");
      const named = others.flatMap(tableNamed)[0];
      if (written !== undefined) report(parent, origin, written);
      else if (named !== undefined) report(parent, origin, { node: named, tables: [named.text] });
      // A builder's own call makes a function; any other call may make a builder.
      if (!whole || parent.expression !== node) follow(parent, origin, false);
      return;
    }
    if (ts.isPropertyAssignment(parent) || ts.isShorthandPropertyAssignment(parent))
      derive(parent.name, origin);
    follow(parent, origin, false);
  }

  function derive(name: TypeScript.Node, origin: Origin): void {
    const symbol = checker.getSymbolAtLocation(name);
    if (symbol !== undefined && !derived.has(symbol)) derived.set(symbol, origin);
  }

  function isMember(node: TypeScript.Node): boolean {
    return ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
  }

  /** The raw builder that an expression is; null for all others. */
  function originOf(node: TypeScript.Node): Origin | null {
    if (!ts.isIdentifier(node) || isName(node)) return null;
    const shorthand = ts.isShorthandPropertyAssignment(node.parent);
    const symbol = shorthand
      ? checker.getShorthandAssignmentValueSymbol(node.parent)
      : checker.getSymbolAtLocation(node);
    if (symbol === undefined) return null;
    const target = resolve(app, symbol) ?? symbol;
    const made = derived.get(symbol) ?? derived.get(target);
    if (made !== undefined) return made;
    const builder = rawBuilder(symbol) ?? rawBuilder(target);
    if (builder === null) return null;
    const imported = symbol.declarations?.find((declaration) => ts.isImportSpecifier(declaration));
    return { builder, node: imported ?? node };
  }

  /** Whether an identifier only declares what it names. */
  function isName(node: TypeScript.Identifier): boolean {
    const { parent } = node;
    return (
      (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) && parent.name === node
    );
  }

  function rawBuilder(symbol: TypeScript.Symbol): string | null {
    for (const declaration of symbol.declarations ?? []) {
      const from = /\/_generated\/server\.(d\.)?ts$/.test(declaration.getSourceFile().fileName)
        ? "_generated/server"
        : importedFrom(declaration);
      const name = importedName(declaration) ?? symbol.name;
      if (from === null) continue;
      if (GENERATED_SERVER.test(from) && RAW_BUILDERS.has(name)) return name;
      if (from === "convex/server" && GENERIC.has(name)) return GENERIC.get(name) ?? null;
    }
    return null;
  }

  function importedFrom(node: TypeScript.Declaration): string | null {
    if (!ts.isImportSpecifier(node)) return null;
    const { moduleSpecifier } = node.parent.parent.parent;
    return ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : null;
  }

  function importedName(node: TypeScript.Declaration): string | null {
    return ts.isImportSpecifier(node) ? (node.propertyName ?? node.name).text : null;
  }

  /** `"orders"` of `{ table: "orders" }`, as libraries of migrations take it. */
  function tableNamed(node: TypeScript.Node): TypeScript.StringLiteral[] {
    if (!ts.isObjectLiteralExpression(node)) return [];
    return node.properties.flatMap((property) =>
      ts.isPropertyAssignment(property) &&
      property.name.getText() === "table" &&
      ts.isStringLiteral(property.initializer) &&
      tables.has(property.initializer.text)
        ? [property.initializer]
        : [],
    );
  }

  function known({ tables: names }: Write): boolean {
    return names !== "unknown" && names.some((name) => tables.has(name));
  }

  function report(call: TypeScript.Node, origin: Origin, write: Write): void {
    const what =
      write.tables === "unknown"
        ? "a table that no type tells"
        : write.tables.filter((name) => tables.has(name)).join(", ");
    const file = origin.node.getSourceFile().fileName;
    findings.set(call, {
      place: place(call),
      code: "RawBuilder",
      message: `${nameOf(call)} writes ${what} (${place(write.node)}), and the rollups do not see it.`,
      todo: `At ${place(origin.node)}, import { ${origin.builder} } from "${specifier(file)}" instead; the builder that is imported there does not capture.`,
    });
  }

  /** `create` of `export const create = mutation(…)`. */
  function nameOf(call: TypeScript.Node): string {
    for (let node = call.parent; node !== undefined; node = node.parent)
      if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name)) return node.name.text;
    return "a mutation";
  }

  function specifier(from: string): string {
    const path = relative(dirname(from), app.rollups)
      .split(sep)
      .join("/")
      .replace(/\.[jt]s$/, "");
    return path.startsWith(".") ? path : `./${path}`;
  }
}
