/**
 * What a function of the app runs: its own code, and that of the functions and objects of the app that
 * it names, through any number of modules.
 */
import type * as TypeScript from "typescript";
import type { TypedApp } from "./program.js";
import { tablesWritten } from "./writes.js";

export interface Write {
  node: TypeScript.Node;
  tables: readonly string[] | "unknown";
}

export interface Reached {
  /** Whether `rollups.capture` or `rollups.capturing` is named on the way, so that `ctx.db` captures. */
  captures: boolean;
  writes: Write[];
}

/** What one piece of code says itself. */
interface Piece extends Reached {
  /** The app's own code that it names. */
  names: readonly TypeScript.Node[];
}

/** Follows all code that nodes name. Each piece of code is read once, however many functions run it. */
export function openReach(app: TypedApp): (nodes: readonly TypeScript.Node[]) => Reached {
  const { ts, checker } = app;
  const pieces = new Map<TypeScript.Node, Piece>();

  return (nodes) => {
    const reached: Reached = { captures: false, writes: [] };
    const seen = new Set(nodes);
    // A set goes on with what is added to it on the way.
    for (const node of seen) {
      const piece = pieceOf(node);
      reached.captures ||= piece.captures;
      reached.writes.push(...piece.writes);
      for (const named of piece.names) seen.add(named);
    }
    return reached;
  };

  function pieceOf(root: TypeScript.Node): Piece {
    const known = pieces.get(root);
    if (known !== undefined) return known;
    const names = new Set<TypeScript.Node>();
    const writes: Write[] = [];
    let captures = false;
    visit(root);
    const piece = { captures, writes, names: [...names] };
    pieces.set(root, piece);
    return piece;

    function visit(node: TypeScript.Node): void {
      if (ts.isTypeNode(node)) return;
      if (ts.isCallExpression(node)) {
        const tables = tablesWritten(app, node);
        if (tables !== null) writes.push({ node, tables });
      }
      if (ts.isPropertyAccessExpression(node) && isCapture(node)) captures = true;
      if (ts.isIdentifier(node)) for (const code of codeOf(node)) names.add(code);
      ts.forEachChild(node, visit);
    }
  }

  /** `capture` or `capturing` of what `rollups.ts` makes. */
  function isCapture({ expression, name }: TypeScript.PropertyAccessExpression): boolean {
    if (name.text !== "capture" && name.text !== "capturing") return false;
    const made = resolve(app, checker.getSymbolAtLocation(expression))?.declarations ?? [];
    return made.some((node) => node.getSourceFile().fileName === app.rollups);
  }

  /** The app's own code behind a name. */
  function codeOf(name: TypeScript.Identifier): TypeScript.Node[] {
    const named = ts.isShorthandPropertyAssignment(name.parent)
      ? checker.getShorthandAssignmentValueSymbol(name.parent)
      : checker.getSymbolAtLocation(name);
    return (resolve(app, named)?.declarations ?? []).filter(
      (node) => !isForeign(node.getSourceFile()) && !ts.isParameter(node),
    );
  }
}

/** The symbol behind imports and re-exports. */
export function resolve(
  { ts, checker }: TypedApp,
  symbol: TypeScript.Symbol | undefined,
): TypeScript.Symbol | undefined {
  if (symbol === undefined || (symbol.flags & ts.SymbolFlags.Alias) === 0) return symbol;
  return checker.getAliasedSymbol(symbol);
}

function isForeign(file: TypeScript.SourceFile): boolean {
  return file.isDeclarationFile || /\/(node_modules|_generated)\//.test(file.fileName);
}
