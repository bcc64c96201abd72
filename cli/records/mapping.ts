/** Which columns feed which field: as declared, or by headers that mean one field and no other. */
import { Failure } from "../failure.js";
import { plainName, type FieldDefinition, type FieldSet } from "./fields.js";

/** Field → its columns. Two only where a day and a time of day make one instant. */
export type Mapping = ReadonlyMap<string, readonly string[]>;

export interface Columns {
  names: readonly string[];
  /** Names that several columns share: none of these can be used. */
  repeated?: ReadonlyMap<string, readonly number[]>;
  /** Every record names its own members, so one that is not among `names` may still come. */
  open: boolean;
}

/**
 * Declared columns win; a declared empty text means that no column feeds the field. Refuses
 * `UnknownField`, `UnknownColumn`, `RepeatedColumn`, and as `AmbiguousColumns` a field for which
 * several headers are usual.
 */
export function mapColumns(
  definition: FieldSet,
  columns: Columns,
  declared: ReadonlyMap<string, string>,
): Mapping {
  mustBeFields(definition, "map", declared.keys());
  const mapping = new Map<string, readonly string[]>();
  const taken = new Set<string>();
  for (const field of definition.fields) {
    const text = declared.get(field.name);
    if (text === undefined || text === "") continue;
    const found = declaredColumns(field, text, columns);
    mapping.set(field.name, found);
    found.forEach((column) => taken.add(column));
  }
  for (const field of definition.fields) {
    if (declared.has(field.name)) continue;
    const found = usualColumns(field, columns, taken);
    if (found.length > 0) mapping.set(field.name, found);
    found.forEach((column) => taken.add(column));
  }
  return mapping;
}

/** Refuses names that are no field of the row. */
export function mustBeFields(definition: FieldSet, option: string, names: Iterable<string>): void {
  const known = definition.fields.map((field) => field.name);
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new Failure(
      "UnknownField",
      `--${option} ${name}: a ${definition.cube} row has no such field.`,
      `Fields: ${known.join(", ")}`,
    );
  }
}

/** Refuses an option that names a column which the file does not have, or has twice. */
export function mustBeColumn(option: string, column: string, columns: Columns): void {
  const numbers = columns.repeated?.get(column);
  if (numbers !== undefined) throw repeatedColumn(column, numbers);
  if (columns.names.includes(column) || columns.open) return;
  throw new Failure(
    "UnknownColumn",
    `--${option} ${column}: there is no such column.`,
    `Columns: ${columns.names.join(", ")}`,
  );
}

/** Refuses a mapping that leaves a required field without any value (`MissingColumn`). */
export function mustBeComplete(
  definition: FieldSet,
  provided: { has(field: string): boolean },
  defaults: ReadonlyMap<string, string>,
  columns: readonly string[],
): void {
  const missing = missingFields(definition, provided, defaults);
  const [first] = missing;
  if (first === undefined) return;
  const { otherwise = "" } = definition.fields.find(({ name }) => name === first) ?? {};
  throw new Failure(
    "MissingColumn",
    `No column for ${missing.join(", ")}.`,
    `Name it with --map ${first}=COLUMN${otherwise}; columns: ${columns.join(", ")}`,
  );
}

/** Fields that nothing gives a value: no column, no default, no other field. */
export function missingFields(
  definition: FieldSet,
  provided: { has(field: string): boolean },
  defaults: ReadonlyMap<string, string>,
): string[] {
  const has = (name: string) => provided.has(name) || defaults.has(name);
  return definition.fields
    .filter(({ name, fallback, sameAs }) => {
      const standsIn = fallback !== undefined || (sameAs !== undefined && has(sameAs));
      return !has(name) && !standsIn;
    })
    .map(({ name }) => name);
}

/** The field that this header means, if any. */
export function fieldNamed(definition: FieldSet, column: string): string | undefined {
  return definition.fields.find((field) => means(field, column))?.name;
}

function declaredColumns(field: FieldDefinition, text: string, columns: Columns): string[] {
  const parts = text.split("+").map((part) => part.trim());
  const pair = field.kind === "time" && parts.length === 2 && !columns.names.includes(text);
  const found = pair ? parts : [text];
  for (const column of found) mustBeColumn(`map ${field.name}`, column, columns);
  return found;
}

function usualColumns(
  field: FieldDefinition,
  columns: Columns,
  taken: ReadonlySet<string>,
): readonly string[] {
  const found = [...new Set(columns.names)].filter(
    (column) => !taken.has(column) && means(field, column),
  );
  const own = found.filter((column) => plainName(column) === plainName(field.name));
  const [first, ...others] = own.length > 0 ? own : found;
  if (first === undefined) return columns.open && !taken.has(field.name) ? [field.name] : [];
  if (others.length === 0) {
    const numbers = columns.repeated?.get(first);
    if (numbers !== undefined) throw repeatedColumn(first, numbers);
    return [first];
  }
  const byName = new Map([first, ...others].map((column) => [plainName(column), column]));
  const [date, time] = [byName.get("date"), byName.get("time")];
  if (field.kind === "time" && others.length === 1 && date !== undefined && time !== undefined) {
    return [date, time];
  }
  throw new Failure(
    "AmbiguousColumns",
    `${field.name} may be any of ${[first, ...others].join(", ")}.`,
    `Say which with --map ${field.name}=COLUMN, or --map ${field.name}= for none.`,
  );
}

function means(field: FieldDefinition, column: string): boolean {
  const name = plainName(column);
  return name === plainName(field.name) || field.aliases.includes(name);
}

function repeatedColumn(column: string, numbers: readonly number[]): Failure {
  return new Failure(
    "RepeatedColumn",
    `Columns ${numbers.join(" and ")} are both named "${column}".`,
    "Rename one, or read columns by their numbers: --no-header --skip-lines 1.",
  );
}
