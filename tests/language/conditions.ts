/** Conditions of filters as SQL that is true or false, never null. */
import type { MemberFilter } from "../oracle/filters.js";
import { rangeOf, type Now } from "./oracle/words.js";

export const text = (value: unknown) => `'${String(value).replaceAll("'", "''")}'`;
const timestamp = (wall: string) => `TIMESTAMP '${wall.replace("T", " ")}'`;

export function ofDimension(name: string): string {
  if (name === "hour") return "hour(clock)";
  return name === "weekday" ? "isodow(clock)" : name;
}

export const positiveOf = (operator: string) =>
  operator === "notSet"
    ? operator
    : operator.replace(/^not./, (start) => start.slice(3).toLowerCase());

/** Whether a value passes; never null. */
export function oneValue(
  v: string,
  { operator, values = [] }: MemberFilter,
  isNumber: boolean,
): string {
  if (operator === "set") return `(${v} IS NOT NULL)`;
  if (operator === "notSet") return `(${v} IS NULL)`;
  const positive = positiveOf(operator);
  if (positive !== operator)
    return `(NOT ${oneValue(v, { member: "", operator: positive, values }, isNumber)})`;
  const given = values.filter((one) => one !== null);
  const signs: Record<string, string> = { gt: ">", gte: ">=", lt: "<", lte: "<=" };
  const tests = given.map((one) => {
    const value = isNumber ? String(one) : text(one);
    if (operator in signs) return `${v} ${signs[operator]} ${value}`;
    if (operator === "equals" || operator === "in") return `${v} = ${value}`;
    const pattern = String(one).replace(/[\\%_]/g, "\\$&");
    const before = operator === "startsWith" ? "" : "%";
    const after = operator === "endsWith" ? "" : "%";
    return `${v} ILIKE ${text(`${before}${pattern}${after}`)} ESCAPE '\\'`;
  });
  if (values.includes(null)) tests.push(`${v} IS NULL`);
  return `coalesce(${tests.join(" OR ")}, false)`;
}

export const between = (wall: string, from: string, to: string) =>
  `(${wall} >= ${timestamp(from)} AND ${wall} <= ${timestamp(to)})`;

export function ofTime(wall: string, { operator, values = [] }: MemberFilter, now: Now): string {
  if (operator === "set" || operator === "notSet") return String(operator === "set");
  const positive = positiveOf(operator);
  if (positive !== operator)
    return `(NOT ${ofTime(wall, { member: "", operator: positive, values }, now)})`;
  const texts = values.filter((one) => one !== null).map(String);
  if (operator === "equals" || operator === "in") {
    const dates = texts.map((one) => `${wall} = ${timestamp(rangeOf(one, now)[0])}`);
    return `(${["false", ...dates].join(" OR ")})`;
  }
  const [from, to] = rangeOf(texts, now);
  const sides: Record<string, string> = {
    beforeDate: `${wall} < ${timestamp(from)}`,
    beforeOrOnDate: `${wall} <= ${timestamp(to)}`,
    afterDate: `${wall} > ${timestamp(to)}`,
    afterOrOnDate: `${wall} >= ${timestamp(from)}`,
  };
  return `(${sides[operator] ?? between(wall, from, to)})`;
}
