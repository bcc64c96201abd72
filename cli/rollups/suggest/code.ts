/** Pieces of code. */
import { CannotTell, type Expr } from "./expr.js";

export function applied(fn: string, of: readonly string[]): string {
  const [a = "", b, c = ""] = of;
  if (fn === "?:") return `(${a} ? ${b!} : ${c})`;
  if (fn === "#iso") return `new Date(${a}).toISOString()`;
  if (fn === "#time") return `Number(${a})`;
  if (fn.startsWith("#iso")) return `new Date(${a}).toISOString().slice(0, ${fn.slice(4)})`;
  if (fn.startsWith("#")) throw new CannotTell("a value that a query does not give");
  if (fn === "template") return `(${of.map((part) => `String(${part})`).join(" + ")})`;
  if (fn.startsWith(".")) return `${a}${fn}(${of.slice(1).join(", ")})`;
  if (/^\w/.test(fn)) return `${fn}(${of.join(", ")})`;
  return b === undefined ? `(${fn}${a})` : `(${a} ${fn} ${b})`;
}

export const numberText = (value: number): string => (value < 0 ? `(${value})` : String(value));
export const nameText = (name: string): string =>
  /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
export const wrapped = (code: string): string => (code.startsWith("{") ? `(${code})` : code);
export const isTextual = (by: Expr): boolean =>
  by.op === "key" &&
  !(
    by.group.keys[by.at]!.op === "field" &&
    (by.group.keys[by.at] as { type: string }).type !== "string"
  );
