/** Which column feeds which field: as declared with --map, else by the usual headers. */
import { Failure } from "../failure";
import { keyAliases, type RowDefinition } from "./fields";

/** Field name (or `key`) → column. A field that is absent takes its default. */
export type Mapping = ReadonlyMap<string, string>;

/**
 * `columns` null: the records name their own members, so a field reads the member of its own name.
 * Refuses what can only be a mistake: unknown fields or columns (`UnknownField`, `UnknownColumn`).
 */
export function mapColumns(
  definition: RowDefinition,
  columns: readonly string[] | null,
  declared: ReadonlyMap<string, string>,
): Mapping {
  const fields = [
    ...definition.fields.map(({ name, aliases }) => ({ name, aliases })),
    { name: "key", aliases: keyAliases },
  ];
  mustBeFields(definition, "map", declared.keys());
  const mapping = new Map<string, string>();
  const taken = new Set(declared.values());
  for (const { name, aliases } of fields) {
    const column = declared.get(name);
    if (column !== undefined) {
      if (columns !== null && !columns.includes(column))
        throw new Failure(
          "UnknownColumn",
          `--map ${name}=${column}: there is no such column.`,
          `Columns: ${columns.join(", ")}`,
        );
      mapping.set(name, column);
    } else if (columns === null) {
      mapping.set(name, name);
    } else {
      const usual = usualColumn(columns, [plain(name), ...aliases], taken);
      if (usual !== undefined) mapping.set(name, usual);
      if (usual !== undefined) taken.add(usual);
    }
  }
  return mapping;
}

/** Refuses names that are no field of the cube's rows. */
export function mustBeFields(
  definition: RowDefinition,
  option: string,
  names: Iterable<string>,
): void {
  const known = [...definition.fields.map((field) => field.name), "key"];
  for (const name of names)
    if (!known.includes(name))
      throw new Failure(
        "UnknownField",
        `--${option} ${name}: a ${definition.cube} row has no such field.`,
        `Fields: ${known.join(", ")}`,
      );
}

/** Refuses a mapping that leaves a required field without any value (`MissingColumn`). */
export function mustBeComplete(
  definition: RowDefinition,
  mapping: Mapping,
  defaults: ReadonlyMap<string, string>,
  columns: readonly string[] | null,
): void {
  const missing = definition.fields.filter(
    ({ name, fallback, sameAs }) =>
      !mapping.has(name) &&
      !defaults.has(name) &&
      fallback === undefined &&
      (sameAs === undefined || !(mapping.has(sameAs) || defaults.has(sameAs))),
  );
  if (missing.length > 0)
    throw new Failure(
      "MissingColumn",
      `No column for ${missing.map((field) => field.name).join(", ")}.`,
      `Name it with --map ${missing[0]!.name}=COLUMN; columns: ${(columns ?? []).join(", ")}`,
    );
}

function usualColumn(
  columns: readonly string[],
  aliases: readonly string[],
  taken: ReadonlySet<string>,
): string | undefined {
  for (const alias of aliases) {
    const column = columns.find((name) => plain(name) === alias && !taken.has(name));
    if (column !== undefined) return column;
  }
  return undefined;
}

/** `Product Code`, `product_code` and `productCode` are one name. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}
