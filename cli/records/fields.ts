/** What a field of a row is, whatever the row is of: where its value comes from, and how a cell is read for it. */
export type FieldKind = "text" | "texts" | "time" | "integer" | "decimal" | "duration" | "choice";

/** A field without a stand-in is required. */
export interface FieldDefinition {
  name: string;
  kind: FieldKind;
  /**
   * Headers that mean this field and no other; letters and digits only, lower case. A header that
   * may mean something else ("id", "name", "created at", "price") is no alias.
   */
  aliases: readonly string[];
  /** A cell's text that stands in when the file says nothing. */
  fallback?: string;
  /** A field whose value stands in, before `fallback`. */
  sameAs?: string;
  choices?: readonly string[];
  /** Part of what makes a record itself; the others only describe it. */
  identity?: true;
  /** Other options than `--map` that say where its values are. */
  otherwise?: string;
}

/** Fields of one kind of row. */
export interface FieldSet {
  /** What such a row is of, for messages. */
  cube: string;
  fields: readonly FieldDefinition[];
}

/** `Product Code`, `product_code` and `productCode` are one name. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}
