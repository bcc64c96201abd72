/** Runs a piece of code once for each way through it that a record can take. */
import { conditionOf, opposite, together } from "./conditions.js";
import {
  CannotTell,
  isGiven,
  isOfRecord,
  some,
  textOf,
  type Condition,
  type Expr,
} from "./expr.js";
import type { Path } from "./values.js";

const PATHS_MAX = 64;

export class Branches {
  #given: boolean[] = [];
  #asked = 0;
  #known = new Map<string, boolean>();
  path: Path = { conditions: [], zeros: new Set(), compared: [] };

  constructor(readonly base: readonly Condition[]) {}

  /** The results of `run`, one per path. Throws `CannotTell` beyond 64. */
  each<Result>(run: (path: Path) => Result): { path: Path; result: Result }[] {
    const results: { path: Path; result: Result }[] = [];
    this.#given = [];
    do {
      this.#asked = 0;
      this.#known = new Map();
      this.path = { conditions: [...this.base], zeros: new Set(), compared: [] };
      results.push({ path: this.path, result: run(this.path) });
      if (results.length > PATHS_MAX) throw new CannotTell("too many ways through a loop");
      this.#given.length = this.#asked;
      while (this.#given.at(-1) === false) this.#given.pop();
      if (this.#given.length > 0) this.#given[this.#given.length - 1] = false;
    } while (this.#given.length > 0);
    return results;
  }

  decide(e: Expr): boolean {
    if (e.op === "literal") return Boolean(e.value);
    if (e.op === "apply" && e.fn === "!" && e.of[0] !== undefined) return !this.decide(e.of[0]);
    if (some(e, ({ op }) => op === "before")) return this.#decideOnBefore(e);
    if (!isOfRecord(e))
      throw new CannotTell(
        isGiven(e)
          ? "whether records count depends on whether a parameter is given"
          : "whether a record counts depends on a sum of records",
      );
    const condition = conditionOf(e);
    const yes = together([...this.path.conditions, condition]);
    const no = together([...this.path.conditions, opposite(condition)]);
    if (yes === null) return false;
    if (no === null) return true;
    const answer = this.#ask(textOf(condition));
    this.path.conditions = answer ? yes : no;
    return answer;
  }

  #decideOnBefore(e: Expr): boolean {
    if (e.op === "before") {
      const truthy = this.#ask(`zero ${e.id}`);
      if (!truthy) this.path.zeros.add(e.id);
      return truthy;
    }
    if (e.op === "apply" && /^[<>]=?$/.test(e.fn)) {
      const [a, b] = e.of as [Expr, Expr];
      const [before, other] = a.op === "before" ? [a, b] : [b, a];
      if (before.op === "before" && !some(other, ({ op }) => op === "before")) {
        const taken = this.#ask(textOf(e));
        const isMore = e.fn.startsWith(">") === (before === b);
        this.path.compared.push({ id: before.id, with: other, isMore, taken });
        return taken;
      }
    }
    throw new CannotTell("what a record adds depends on the records before it");
  }

  #ask(key: string): boolean {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const at = this.#asked++;
    const answer = this.#given[at] ?? true;
    if (at === this.#given.length) this.#given.push(true);
    this.#known.set(key, answer);
    return answer;
  }
}
