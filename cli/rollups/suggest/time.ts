/** Methods of Dates and texts, where they say in which hour, day, month or year a time is. */
import { apply, CannotTell, isGiven, type Expr } from "./expr.js";
import type { Method, Run } from "./run.js";
import { exprOf, type Value } from "./values.js";

const ISO_LENGTHS = [4, 7, 10, 13];
/** Parts of a Date that are told in UTC, and in the zone of the machine that runs the code: UTC in Convex. */
const PARTS = ["Hours", "Day"];

export function callTime(run: Run, { on, name, args, node }: Method): Value {
  const given = args.map((arg) => run.scalar(arg, node));
  if (on.k === "date") {
    const { e } = on;
    if (name === "getTime" || name === "valueOf") return exprOf(e);
    if (isGiven(e)) throw new CannotTell(`\`.${name}\` of a date that is given`, node);
    if (name === "toISOString") return exprOf(apply("#iso", e));
    const part = /^get(UTC)?(\w+)$/.exec(name);
    if (part !== null && PARTS.includes(part[2]!)) {
      if (part[1] === undefined && !run.isConvex)
        throw new CannotTell(
          "hours and days of the reader's own zone: use those of UTC, or give the query a `timezone`",
          node,
        );
      return exprOf(apply(`#getUTC${part[2]!}`, e));
    }
    throw new CannotTell(`\`.${name}\` of a time`, node);
  }
  const e = (on as { e: Expr }).e;
  if (e.op === "apply" && e.fn.startsWith("#iso")) {
    const end = cutOf(name, given);
    if (end !== null && ISO_LENGTHS.includes(end)) return exprOf(apply(`#iso${end}`, ...e.of));
    if (name === "split") return exprOf(apply(".split", e, ...given));
    if (name === "localeCompare") return exprOf(apply(".localeCompare", e, ...given));
    throw new CannotTell(`\`.${name}\` of a time's text`, node);
  }
  if (e.op === "field") throw new CannotTell(`\`.${name}\` of ${e.name}`, node);
  if (["toFixed", "slice", "localeCompare", "padStart"].includes(name))
    return exprOf(apply(`.${name}`, e, ...given));
  throw new CannotTell(`\`.${name}\``, node);
}

/** Where `.slice(0, n)` and its like cut. */
function cutOf(name: string, [from, to]: readonly Expr[]): number | null {
  if (!["slice", "substring", "substr"].includes(name)) return null;
  if (from?.op !== "literal" || from.value !== 0) return null;
  return to?.op === "literal" && typeof to.value === "number" ? to.value : null;
}
