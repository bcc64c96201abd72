/** Follows the code of a function without running it: statements, names and expressions. */
import type * as TypeScript from "typescript";
import { apply, CannotTell, isOfRecord, literal, some, type Expr, type Source } from "./expr.js";
import { callMethod } from "./calls.js";
import { loopOver } from "./lists.js";
import { arrayOf, nameOf, objectOf } from "./literals.js";
import { callNative } from "./natives.js";
import type { Run } from "./run.js";
import { fieldOf } from "./fields.js";
import { binary, unary } from "./operators.js";
import { property, element } from "./properties.js";
import { symbolOf, assignedIn } from "./symbols.js";
import { Store } from "./machine.js";
import { exprOf, isNothing, type Scope, type Value } from "./values.js";

/** How a statement ends. */
export type Completion = { k: "return"; value: Value } | { k: "continue" } | { k: "break" };

const CALLS_MAX = 40;
const UNDEFINED = exprOf(literal(undefined));

export class Interpreter implements Run {
  readonly store = new Store();
  #calls = 0;
  /** Cells that are older than the call of another function that is followed. */
  #since = 0;

  constructor(
    readonly ts: typeof TypeScript,
    readonly checker: TypeScript.TypeChecker,
    readonly isConvex: boolean,
  ) {}

  call(fn: Value, args: readonly Value[], at: TypeScript.Node): Value {
    if (fn.k === "native") return callNative(this, fn.name, args, at);
    if (fn.k !== "function") throw new CannotTell("a function that is not known", at);
    if (++this.#calls > CALLS_MAX) throw new CannotTell("calls within calls", at);
    const since = this.#since;
    if (this.#calls > 1) this.#since = this.store.next;
    const { node, scope } = fn;
    let inner: Scope = scope;
    node.parameters.forEach((parameter, i) => {
      const value = this.#orDefault(args[i] ?? UNDEFINED, parameter.initializer, inner);
      inner = this.bind(parameter.name, value, inner);
    });
    if (node.body === undefined) throw new CannotTell("a function without a body", at);
    const result = this.ts.isBlock(node.body)
      ? this.run(node.body.statements, inner)
      : { k: "return" as const, value: this.evaluate(node.body, inner) };
    this.#calls--;
    this.#since = since;
    return result?.k === "return" ? result.value : UNDEFINED;
  }

  bind(name: TypeScript.BindingName, value: Value, scope: Scope): Scope {
    const { ts } = this;
    if (ts.isIdentifier(name)) {
      const symbol = this.checker.getSymbolAtLocation(name);
      if (symbol === undefined) throw new CannotTell("a name without a symbol", name);
      return new Map(scope).set(symbol, this.store.add({ kind: "value", value }));
    }
    let inner = scope;
    name.elements.forEach((element, i) => {
      if (ts.isOmittedExpression(element)) return;
      if (element.dotDotDotToken) throw new CannotTell("a rest of an object or a list", element);
      const key = element.propertyName ?? element.name;
      const part = ts.isObjectBindingPattern(name)
        ? property(this, value, nameOf(this, key), element)
        : property(this, value, String(i), element);
      inner = this.bind(element.name, this.#orDefault(part, element.initializer, inner), inner);
    });
    return inner;
  }

  #orDefault(value: Value, initializer: TypeScript.Expression | undefined, scope: Scope): Value {
    if (initializer === undefined || value.k !== "expr") return value;
    const { e } = value;
    if (isUndefined(value)) return this.evaluate(initializer, scope);
    if (e.op === "field" ? !e.optional : !some(e, isUnsure)) return value;
    if (e.op === "field") throw new CannotTell(`a value in place of ${e.name}`, initializer);
    const other = this.store.pure(() => this.expression(initializer, scope));
    return exprOf(apply("?:", apply("===", e, literal(undefined)), other, e));
  }

  run(statements: readonly TypeScript.Statement[], outer: Scope): Completion | null {
    let scope = outer;
    // Functions are known before the line that declares them.
    for (const statement of statements) {
      if (this.ts.isFunctionDeclaration(statement) && statement.name) {
        const symbol = this.checker.getSymbolAtLocation(statement.name)!;
        const value: Value = { k: "function", node: statement, scope };
        scope = new Map(scope).set(symbol, this.store.add({ kind: "value", value }));
      }
    }
    for (let i = 0; i < statements.length; i++) {
      const statement = statements[i]!;
      const rest = statements.slice(i + 1);
      if (this.ts.isVariableStatement(statement)) {
        for (const { name, initializer } of statement.declarationList.declarations) {
          const value = initializer ? this.evaluate(initializer, scope) : UNDEFINED;
          scope = this.bind(name, value, scope);
        }
        continue;
      }
      const early = this.#earlyReturn(statement, rest, scope);
      if (early !== null) return early;
      const completion = this.#statement(statement, scope);
      if (completion !== null) return completion;
    }
    return null;
  }

  /** `if (…) return …;` by a sum or a parameter: both ways are followed, and the result says which. */
  #earlyReturn(
    statement: TypeScript.Statement,
    rest: readonly TypeScript.Statement[],
    scope: Scope,
  ): Completion | null {
    const { ts, store } = this;
    if (!ts.isIfStatement(statement) || store.branches !== null) return null;
    if (this.#isThrow(statement.thenStatement) && !statement.elseStatement) return null;
    const on = this.#condition(statement.expression, scope);
    if (on.op === "literal") return null;
    const cells = new Map(store.cells);
    const way = (then: TypeScript.Statement | undefined): Value => {
      store.cells = new Map(cells);
      const completion = store.pure(
        () => (then && this.#statement(then, scope)) ?? this.run(rest, scope),
        this.#since,
      );
      if (completion?.k !== "return") throw new CannotTell("a way that returns nothing", statement);
      return completion.value;
    };
    const a = store.copyOf(way(statement.thenStatement));
    const kept = store.cells;
    const b = way(statement.elseStatement);
    store.cells = new Map([...kept, ...store.cells]);
    return { k: "return", value: { k: "choice", on, a, b } };
  }

  #isThrow(statement: TypeScript.Statement): boolean {
    const { ts } = this;
    if (ts.isThrowStatement(statement)) return true;
    const isPlain = (one: TypeScript.Statement) =>
      ts.isVariableStatement(one) || ts.isExpressionStatement(one) || ts.isThrowStatement(one);
    return (
      ts.isBlock(statement) &&
      statement.statements.every(isPlain) &&
      statement.statements.some((one) => ts.isThrowStatement(one))
    );
  }

  #statement(node: TypeScript.Statement, scope: Scope): Completion | null {
    const { ts, store } = this;
    if (ts.isBlock(node)) return this.run(node.statements, scope);
    if (ts.isExpressionStatement(node)) {
      this.evaluate(node.expression, scope);
      return null;
    }
    if (ts.isReturnStatement(node))
      return {
        k: "return",
        value: node.expression ? this.evaluate(node.expression, scope) : UNDEFINED,
      };
    if (ts.isIfStatement(node)) {
      // What is thrown is no answer: the app's own checks stay where they are.
      if (store.branches === null && this.#isThrow(node.thenStatement) && !node.elseStatement)
        return null;
      const on = this.#condition(node.expression, scope);
      if (on.op !== "literal" && store.branches === null)
        throw new CannotTell("a branch by a sum or a parameter", node);
      const taken = on.op === "literal" ? Boolean(on.value) : store.branches!.decide(on);
      const next = taken ? node.thenStatement : node.elseStatement;
      return next ? this.#statement(next, scope) : null;
    }
    if (ts.isBreakStatement(node)) return { k: "break" };
    if (ts.isContinueStatement(node) && !node.label) return { k: "continue" };
    if (ts.isForOfStatement(node) && ts.isVariableDeclarationList(node.initializer)) {
      const [declaration] = node.initializer.declarations;
      const assigned = assignedIn(this, node.statement, scope);
      loopOver(this, this.evaluate(node.expression, scope), node, assigned, (element) => {
        const inner = this.bind(declaration!.name, element, scope);
        const completion = this.#statement(node.statement, inner);
        if (completion !== null && completion.k !== "continue")
          throw new CannotTell("a loop that is left early", node);
      });
      return null;
    }
    if (ts.isEmptyStatement(node) || ts.isFunctionDeclaration(node)) return null;
    const kind = ts.isForStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node);
    throw new CannotTell(
      kind ? "a loop that counts or waits, and is not over records" : `a ${this.#kindOf(node)}`,
      node,
    );
  }

  #kindOf(node: TypeScript.Node): string {
    const words = this.ts.SyntaxKind[node.kind].replace(/([a-z])([A-Z])/g, "$1 $2");
    return words.toLowerCase();
  }

  /** A condition as one expression; of a record it is decided at once. */
  #condition(node: TypeScript.Expression, scope: Scope): Expr {
    return this.truth(this.evaluate(node, scope), node);
  }

  truth(value: Value, node: TypeScript.Node): Expr {
    if (value.k === "expr") {
      const { e } = value;
      if (e.op !== "literal" && this.store.branches !== null && isOfRecord(e))
        return literal(this.store.branches.decide(e));
      return e.op === "literal" ? literal(Boolean(e.value)) : e;
    }
    if (value.k === "choice") throw new CannotTell("a condition on a choice", node);
    return literal(true);
  }

  scalar(value: Value, node: TypeScript.Node): Expr {
    if (value.k === "expr") return value.e;
    if (value.k === "date") return apply("#time", value.e);
    throw new CannotTell("a value that is no number or text", node);
  }

  expression(node: TypeScript.Expression, scope: Scope): Expr {
    return this.scalar(this.evaluate(node, scope), node);
  }

  evaluate(node: TypeScript.Expression, scope: Scope): Value {
    try {
      return this.#evaluate(node, scope);
    } catch (error) {
      if (error instanceof CannotTell && error.node === undefined)
        throw new CannotTell(error.message, node);
      throw error;
    }
  }

  #evaluate(node: TypeScript.Expression, scope: Scope): Value {
    const { ts, store } = this;
    if (
      ts.isParenthesizedExpression(node) ||
      ts.isAsExpression(node) ||
      ts.isNonNullExpression(node) ||
      ts.isSatisfiesExpression(node) ||
      ts.isAwaitExpression(node)
    )
      return this.evaluate(node.expression, scope);
    if (ts.isNumericLiteral(node)) return exprOf(literal(Number(node.text)));
    if (ts.isStringLiteralLike(node)) return exprOf(literal(node.text));
    if (node.kind === ts.SyntaxKind.TrueKeyword) return exprOf(literal(true));
    if (node.kind === ts.SyntaxKind.FalseKeyword) return exprOf(literal(false));
    if (node.kind === ts.SyntaxKind.NullKeyword) return exprOf(literal(null));
    if (ts.isIdentifier(node)) return this.#name(node, scope);
    if (ts.isArrowFunction(node) || ts.isFunctionExpression(node))
      return { k: "function", node, scope };
    if (ts.isPropertyAccessExpression(node)) {
      const on = this.evaluate(node.expression, scope);
      if (node.questionDotToken && isNothing(on)) return UNDEFINED;
      return property(this, on, node.name.text, node);
    }
    if (ts.isElementAccessExpression(node)) {
      const on = this.evaluate(node.expression, scope);
      if (node.questionDotToken && isNothing(on)) return UNDEFINED;
      return element(this, on, this.expression(node.argumentExpression, scope), node);
    }
    if (ts.isCallExpression(node)) return this.#call(node, scope);
    if (ts.isNewExpression(node)) return this.#new(node, scope);
    if (ts.isObjectLiteralExpression(node)) return objectOf(this, node, scope);
    if (ts.isArrayLiteralExpression(node)) return arrayOf(this, node, scope);
    if (ts.isConditionalExpression(node)) {
      const on = this.#condition(node.condition, scope);
      if (on.op === "literal")
        return this.evaluate(on.value ? node.whenTrue : node.whenFalse, scope);
      const a = store.pure(() => this.evaluate(node.whenTrue, scope));
      const b = store.pure(() => this.evaluate(node.whenFalse, scope));
      if (a.k === "expr" && b.k === "expr") return exprOf(apply("?:", on, a.e, b.e));
      return { k: "choice", on, a, b };
    }
    if (ts.isTemplateExpression(node)) {
      const parts: Expr[] = [literal(node.head.text)];
      for (const { expression, literal: text } of node.templateSpans)
        parts.push(this.expression(expression, scope), literal(text.text));
      return exprOf(apply("template", ...parts));
    }
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node))
      return unary(this, node, scope);
    if (ts.isBinaryExpression(node)) return binary(this, node, scope);
    throw new CannotTell(`a ${this.#kindOf(node)}`, node);
  }

  assign(target: TypeScript.Expression, value: Value, scope: Scope): void {
    const { ts, store } = this;
    if (
      ts.isParenthesizedExpression(target) ||
      ts.isNonNullExpression(target) ||
      ts.isAsExpression(target)
    )
      return this.assign(target.expression, value, scope);
    if (ts.isIdentifier(target)) {
      const id = scope.get(symbolOf(this, target)!);
      if (id === undefined)
        throw new CannotTell("a variable of another function is changed", target);
      const old = store.cell(id).value;
      if (old?.k === "ref" && value.k === "ref" && old.id === value.id) return;
      return store.write(id, { value });
    }
    if (ts.isPropertyAccessExpression(target) || ts.isElementAccessExpression(target)) {
      const on = this.evaluate(target.expression, scope);
      if (on.k !== "ref") throw new CannotTell("something that is not known is changed", target);
      const key = ts.isPropertyAccessExpression(target)
        ? literal(target.name.text)
        : this.expression(target.argumentExpression, scope);
      return store.set(on.id, key, value);
    }
    throw new CannotTell("an assignment to a pattern", target);
  }

  #name(node: TypeScript.Identifier, scope: Scope): Value {
    const { ts, store } = this;
    if (node.text === "undefined") return UNDEFINED;
    if (node.text === "Infinity") return exprOf(literal(Infinity));
    const symbol = symbolOf(this, node);
    const id = symbol && scope.get(symbol);
    if (id !== undefined) return store.cell(id).value ?? UNDEFINED;
    const declaration = symbol?.valueDeclaration ?? symbol?.declarations?.[0];
    if (declaration === undefined || declaration.getSourceFile().isDeclarationFile)
      return { k: "native", name: node.text };
    if (ts.isFunctionDeclaration(declaration))
      return { k: "function", node: declaration, scope: new Map() };
    if (ts.isVariableDeclaration(declaration) && declaration.initializer) {
      const isConst = (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0;
      if (isConst) return this.evaluate(declaration.initializer, new Map());
    }
    throw new CannotTell(`\`${node.text}\` is not known`, node);
  }

  fieldOf(source: Source, name: string, node: TypeScript.Node): Expr {
    return fieldOf(this, source, name, node);
  }

  #call(node: TypeScript.CallExpression, scope: Scope): Value {
    const { ts } = this;
    const args = () =>
      node.arguments.map((argument) => {
        if (ts.isSpreadElement(argument)) {
          const value = this.evaluate(argument.expression, scope);
          return { k: "spread" as const, value };
        }
        return { k: "plain" as const, value: this.evaluate(argument, scope) };
      });
    const { expression } = node;
    if (ts.isPropertyAccessExpression(expression)) {
      const on = this.evaluate(expression.expression, scope);
      if (node.questionDotToken || expression.questionDotToken) if (isNothing(on)) return UNDEFINED;
      if (on.k === "native")
        return callNative(this, `${on.name}.${expression.name.text}`, args().map(plain), node);
      return callMethod(this, { on, name: expression.name.text, args: args().map(plain), node });
    }
    const given = args();
    const fn = this.evaluate(expression, scope);
    return this.call(fn, given.map(plain), node);
  }

  #new(node: TypeScript.NewExpression, scope: Scope): Value {
    const { ts } = this;
    const name = ts.isIdentifier(node.expression) ? node.expression.text : "?";
    const args = (node.arguments ?? []).map((argument) => this.evaluate(argument, scope));
    return callNative(this, `new ${name}`, args, node);
  }
}

const plain = (argument: { k: "spread" | "plain"; value: Value }): Value =>
  argument.k === "plain" ? argument.value : { k: "spread", of: argument.value };

const isUnsure = (e: Expr): boolean =>
  e.op === "param" || (e.op === "literal" && e.value === undefined);

const isUndefined = (value: Value): boolean =>
  value.k === "expr" && value.e.op === "literal" && value.e.value === undefined;
