/** Conditions on a dimension as SQL, and back. Nulls follow Cube's rules, as they do in `lib/model/filters.ts`. */
import type { MeasureFilter } from "../model/cube.js";
import { conditionOf } from "../model/filters.js";
import { SQL_LENGTH_MAX } from "./sql.js";

/** A condition as one SQL expression; null where a text would not come through Cube's templates as it is. */
export function writeCondition({ dimension, operator, values = [] }: MeasureFilter): string | null {
  const member = `{CUBE.${dimension}}`;
  const { any, values: all } = conditionOf(operator, values);
  const given = all.filter((value) => value !== null);
  const takesNull = all.includes(null) === any;
  if (given.some((value) => isTemplated(String(value)))) return null;
  const [first] = given;
  if (first === undefined) return `${member} IS ${any ? "" : "NOT "}NULL`;
  const isAmong =
    given.length === 1
      ? `${member} ${any ? "=" : "<>"} ${literal(first)}`
      : `${member} ${any ? "" : "NOT "}IN (${given.map(literal).join(", ")})`;
  return takesNull ? `(${isAmong} OR ${member} IS NULL)` : isAmong;
}

/** Whether a text holds what means something to templates and to f-strings. */
export function isTemplated(text: string): boolean {
  return /[{}\\`\n]/.test(text);
}

function literal(value: string | number): string {
  return typeof value === "number" ? String(value) : `'${value.replaceAll("'", "''")}'`;
}

/** A condition as SQL has it: what it is on is a member or a column, as it was written. */
export interface ReadCondition {
  on: string;
  operator: "equals" | "notEquals" | "in" | "notIn" | "set" | "notSet";
  values: (string | number | null)[];
}

const token =
  /\s*(?:('(?:[^']|'')*')|(-?\d+(?:\.\d+)?)(?![\w.])|([{}A-Za-z_"`][\w{}."`]*)|(<>|!=|[=(),]))/y;

/**
 * Conditions that are all to hold, or null where the SQL says anything but `=`, `<>`, `IN`, `NOT IN`,
 * `IS NULL`, `IS NOT NULL` of values, joined by `AND`, each perhaps with `OR … IS NULL`. O(length).
 */
export function readConditions(sql: string): ReadCondition[] | null {
  const tokens = tokensOf(sql);
  if (tokens === null) return null;
  const reader = new Reader(tokens);
  const conditions: ReadCondition[] = [];
  do {
    const one = reader.term();
    if (one === null) return null;
    conditions.push(one);
  } while (reader.take("AND"));
  return reader.isAtEnd() ? conditions : null;
}

function tokensOf(sql: string): string[] | null {
  if (sql.length > SQL_LENGTH_MAX) return null;
  const tokens: string[] = [];
  token.lastIndex = 0;
  for (let at = 0; at < sql.length; at = token.lastIndex) {
    const found = token.exec(sql);
    if (found === null) return sql.slice(at).trim() === "" ? tokens : null;
    tokens.push(found[0].trim());
  }
  return tokens;
}

class Reader {
  private at = 0;

  constructor(private readonly tokens: readonly string[]) {}

  isAtEnd(): boolean {
    return this.at === this.tokens.length;
  }

  take(word: string): boolean {
    const taken = this.tokens[this.at]?.toUpperCase() === word;
    if (taken) this.at++;
    return taken;
  }

  term(): ReadCondition | null {
    if (!this.take("(")) return this.comparison();
    const one = this.comparison();
    const other = one !== null && this.take("OR") ? this.comparison() : null;
    if (one === null || !this.take(")")) return null;
    if (other === null) return one;
    const isNullOfOne = other.on === one.on && other.operator === "notSet";
    return isNullOfOne ? orNull(one) : null;
  }

  private comparison(): ReadCondition | null {
    const on = this.tokens[this.at++];
    if (on === undefined || !/^[{}A-Za-z_"`]/.test(on)) return null;
    if (this.take("IS")) {
      const operator = this.take("NOT") ? "set" : "notSet";
      return this.take("NULL") ? { on, operator, values: [] } : null;
    }
    if (this.take("=")) return this.withValue(on, "equals");
    // In SQL what is not given is neither equal nor unequal to a value.
    if (this.take("<>") || this.take("!=")) return notGiven(this.withValue(on, "notEquals"));
    if (this.take("NOT")) return this.take("IN") ? notGiven(this.list(on, "notIn")) : null;
    return this.take("IN") ? this.list(on, "in") : null;
  }

  private withValue(on: string, operator: "equals" | "notEquals"): ReadCondition | null {
    const value = this.value();
    return value === null ? null : { on, operator, values: [value] };
  }

  private list(on: string, operator: "in" | "notIn"): ReadCondition | null {
    const values: (string | number)[] = [];
    if (!this.take("(")) return null;
    do {
      const value = this.value();
      if (value === null) return null;
      values.push(value);
    } while (this.take(","));
    return this.take(")") ? { on, operator, values } : null;
  }

  private value(): string | number | null {
    const text = this.tokens[this.at++] ?? "";
    if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'");
    if (/^(true|false)$/i.test(text)) return text.toLowerCase();
    return /^-?\d/.test(text) ? Number(text) : null;
  }
}

function notGiven(condition: ReadCondition | null): ReadCondition | null {
  return condition === null ? null : { ...condition, values: [...condition.values, null] };
}

/** `… OR x IS NULL`: a negated condition keeps what is not given, another one takes it besides. */
function orNull(condition: ReadCondition): ReadCondition | null {
  const { operator, values } = condition;
  if (operator === "notEquals" || operator === "notIn")
    return { ...condition, values: values.filter((value) => value !== null) };
  return operator === "equals" || operator === "in"
    ? { ...condition, values: [...values, null] }
    : null;
}
