/**
 * The SQL that stands for what a cube reads: written for an export, and recognised again on import, where
 * people's own ways of writing the same are understood, too. What is recognised is small on purpose.
 */

/** SQL of one field, by what it means. */
export type Expression =
  | { kind: "column"; column: string }
  | { kind: "product"; columns: [string, string] }
  /** A number of milliseconds as a timestamp. */
  | { kind: "time"; column: string }
  | { kind: "hourOfDay" | "weekday"; of: Expression }
  /** Another member of the cube. */
  | { kind: "member"; name: string }
  | { kind: "quantile"; q: number; of: Expression; filter: string | null }
  | { kind: "variance" | "stddev"; of: Expression }
  | { kind: "ratio"; numerator: string; denominator: string };

export function writeExpression(expression: Expression): string {
  switch (expression.kind) {
    case "column":
      return `{CUBE}.${expression.column}`;
    case "product":
      return expression.columns.map((column) => `{CUBE}.${column}`).join(" * ");
    case "time":
      return `to_timestamp({CUBE}.${expression.column} / 1000.0)`;
    case "hourOfDay":
      return `EXTRACT(HOUR FROM ${writeExpression(expression.of)})`;
    case "weekday":
      return `EXTRACT(ISODOW FROM ${writeExpression(expression.of)})`;
    case "member":
      return `{CUBE.${expression.name}}`;
    case "quantile": {
      const value = writeExpression(expression.of);
      const counted =
        expression.filter === null ? value : `CASE WHEN ${expression.filter} THEN ${value} END`;
      return `percentile_disc(${expression.q}) WITHIN GROUP (ORDER BY ${counted})`;
    }
    case "variance":
      return `var_pop(${writeExpression(expression.of)})`;
    case "stddev":
      return `stddev_pop(${writeExpression(expression.of)})`;
    case "ratio": {
      const { numerator, denominator } = expression;
      return `1.0 * {CUBE.${numerator}} / NULLIF({CUBE.${denominator}}, 0)`;
    }
    default:
      return expression satisfies never;
  }
}

const name = "[A-Za-z_][A-Za-z0-9_]*";
const column = `(?:\\{?${name}\\}?\\.)?["\`]?(${name})["\`]?`;
const member = `\\{(?:${name}\\.)?(${name})\\}`;

const forms = {
  column: whole(column),
  member: whole(member),
  product: whole(`${column} \\* ${column}`),
  time: whole(`to_timestamp\\( ?${column} / 1000(?:\\.0)? ?\\)`),
  part: whole(`extract\\( ?(hour|isodow) from (.+?) ?\\)`),
  quantile: whole(
    `percentile_(?:disc|cont)\\( ?(0|1|[01]?\\.\\d+) ?\\) within group \\( ?order by (.+?) ?\\)`,
  ),
  counted: whole(`case when (.+) then (.+?) end`),
  variance: whole(`var_pop\\( ?(.+?) ?\\)`),
  stddev: whole(`stddev_pop\\( ?(.+?) ?\\)`),
  ratio: whole(
    `(?:1(?:\\.0+)? \\* )?${member} / (?:nullif\\( ?${member}, ?0(?:\\.0)? ?\\)|${member})`,
  ),
};

function whole(pattern: string): RegExp {
  return new RegExp(`^${pattern}$`, "i");
}

/** Longest SQL that is looked at; patterns are asked of texts that strangers wrote. */
export const SQL_LENGTH_MAX = 2000;

/** What SQL means, or null where it is none of the forms above. O(length). */
export function readExpression(sql: string): Expression | null {
  if (sql.length > SQL_LENGTH_MAX) return null;
  return read(sql.trim().replace(/\s+/g, " "));
}

function read(text: string): Expression | null {
  const of = (pattern: RegExp) => pattern.exec(text);
  let found: RegExpExecArray | null;
  if ((found = of(forms.member)) !== null) return { kind: "member", name: found[1]! };
  if ((found = of(forms.column)) !== null) return { kind: "column", column: found[1]! };
  if ((found = of(forms.product)) !== null)
    return { kind: "product", columns: [found[1]!, found[2]!] };
  if ((found = of(forms.time)) !== null) return { kind: "time", column: found[1]! };
  if ((found = of(forms.part)) !== null) {
    const kind = found[1]!.toLowerCase() === "hour" ? "hourOfDay" : "weekday";
    return wrapped(found[2]!, ["time", "column", "member"], (inner) => ({ kind, of: inner }));
  }
  if ((found = of(forms.quantile)) !== null) {
    const q = Number(found[1]);
    const counted = forms.counted.exec(found[2]!);
    const filter = counted?.[1] ?? null;
    return wrapped(counted?.[2] ?? found[2]!, ["column", "product"], (inner) => ({
      ...{ kind: "quantile", q, of: inner, filter },
    }));
  }
  for (const kind of ["variance", "stddev"] as const) {
    if ((found = of(forms[kind])) === null) continue;
    return wrapped(found[1]!, ["column", "product"], (inner) => ({ kind, of: inner }));
  }
  if ((found = of(forms.ratio)) !== null)
    return { kind: "ratio", numerator: found[1]!, denominator: (found[2] ?? found[3])! };
  return null;
}

function wrapped(
  text: string,
  kinds: readonly Expression["kind"][],
  wrap: (inner: Expression) => Expression,
): Expression | null {
  const inner = read(text);
  return inner !== null && kinds.includes(inner.kind) ? wrap(inner) : null;
}
