/** The fields of a document behind the columns of a model, and what the cube must say about them. */
import type { FieldDefinition } from "../model/cube.js";
import { isName } from "../model/memberNames.js";
import { isParts } from "../resolve/parts.js";
import type { Expression } from "./sql.js";

/** What a member does with a field. `exact` needs to know its decimals. */
export type Use = "time" | "string" | "strings" | "number" | "measured" | "exact";

const types: { readonly [U in Use]: readonly FieldDefinition["type"][] } = {
  time: ["time"],
  string: ["string"],
  strings: ["strings"],
  number: ["integer", "decimal", "product"],
  measured: ["integer", "decimal", "float", "product"],
  exact: ["integer", "decimal", "product"],
};

/** What stands in for a field of which the model says nothing: the app's schema says more. */
const guesses: { readonly [U in Use]: FieldDefinition } = {
  time: { type: "time" },
  string: { type: "string" },
  strings: { type: "strings" },
  number: { type: "integer" },
  measured: { type: "float" },
  exact: { type: "decimal", scale: 2 },
};

export class ImportedFields {
  /** Those that an export said. */
  private readonly said: Record<string, FieldDefinition> = {};
  private readonly used = new Map<string, Use>();

  /** `fieldOf` is the document's field that a column is called by, where the app's schema tells. */
  constructor(
    meta: unknown,
    private readonly fieldOf: (column: string) => string,
  ) {
    if (!isParts(meta)) return;
    for (const [name, definition] of Object.entries(meta)) {
      if (isName(name) && isParts(definition)) this.said[name] = definition as FieldDefinition;
    }
  }

  /** The field of SQL, or null where no field reads it. */
  use(expression: Expression, use: Use): string | null {
    const said = this.find(expression, use);
    if (said !== null) return said;
    if (expression.kind !== "column" && expression.kind !== "time") return null;
    const field = this.fieldOf(expression.column);
    if (Object.hasOwn(this.said, field)) return null;
    if (field.startsWith("_")) return this.system(field, use);
    const before = this.used.get(field);
    if (before !== undefined && before !== use && isNumeric(before) !== isNumeric(use)) return null;
    this.used.set(field, before === "exact" || before === "number" ? before : use);
    return field;
  }

  /** `_creationTime` and `_id`, which cubes call by names of their own. */
  private system(field: string, use: Use): string | null {
    const name = field.slice(1);
    if (Object.hasOwn(this.said, name) || this.used.has(name)) return null;
    this.said[name] = { ...guesses[use], from: field } as FieldDefinition;
    return name;
  }

  private find(expression: Expression, use: Use): string | null {
    for (const [name, definition] of Object.entries(this.said)) {
      if (!types[use].includes(definition.type)) continue;
      if (definition.type === "product") {
        const columns = expression.kind === "product" ? expression.columns : [];
        const of = Array.isArray(definition.of) ? definition.of : [];
        if (
          of.length === columns.length &&
          of.every((factor, i) => this.column(factor) === columns[i])
        )
          return name;
      } else if (
        (expression.kind === "column" || expression.kind === "time") &&
        this.column(name) === expression.column
      ) {
        return name;
      }
    }
    return null;
  }

  private column(name: string): string {
    const definition = Object.hasOwn(this.said, name) ? this.said[name] : undefined;
    return (definition?.type === "product" ? undefined : definition?.from) ?? name;
  }

  /** What the cube must say: all that an export said, and fields whose decimals nobody knows. */
  proposed(): Record<string, FieldDefinition> {
    const guessed = this.guessed().map((field) => [field, guesses.exact] as const);
    return { ...this.said, ...Object.fromEntries(guessed) };
  }

  guessed(): string[] {
    return [...this.used].flatMap(([field, use]) => (use === "exact" ? [field] : []));
  }

  /** With a stand-in for every field, so that the whole cube can be checked. */
  complete(): Record<string, FieldDefinition> {
    const used = [...this.used].map(([field, use]) => [field, guesses[use]] as const);
    return { ...Object.fromEntries(used), ...this.said };
  }
}

function isNumeric(use: Use): boolean {
  return use === "number" || use === "measured" || use === "exact";
}
