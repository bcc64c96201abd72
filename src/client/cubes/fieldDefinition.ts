/** How a cube reads a field of the app's table, from what the schema lets it hold and what the cube does with it. */
import type { FieldDefinition } from "../../../lib/model/cube.js";
import type { HeldValues } from "./heldValues.js";
import { refuse } from "./refuse.js";

/**
 * What a cube does with a field: `number` is a dimension; `measured` takes any numbers; `exact` needs to
 * know the decimals, as quantiles and products do.
 */
export type Use = "time" | "string" | "strings" | "number" | "measured" | "exact";

/** A field that is read from the source document. */
export type SourceField = Exclude<FieldDefinition, { type: "product" }>;

/** Where a field is and who uses it, for errors. */
export interface Place {
  cube: string;
  table: string;
  field: string;
  /** The part of the cube that uses it, as `dimension "status"`. */
  user: string;
}

const said: { readonly [kind: string]: string } = {
  string: "a string",
  strings: "an array of strings",
  number: "a number",
  int64: "a v.int64()",
  boolean: "a boolean",
  array: "an array of other values than strings",
  object: "an object",
  record: "a record",
  bytes: "bytes",
  commitTs: "a v.commitTs()",
};

/** Kinds of values that each type of field can read. */
const readable: { readonly [Type in SourceField["type"]]: readonly string[] } = {
  time: ["number"],
  string: ["string", "boolean"],
  strings: ["strings"],
  integer: ["number", "int64"],
  decimal: ["number", "int64"],
  float: ["number"],
};

/** What each use needs, in words. */
const needs: { readonly [U in Use]: string } = {
  time: "A time is a number of milliseconds: v.number()",
  string: 'A dimension of type "string" is of a string, an id or a boolean',
  strings: 'A dimension of type "strings" is of an array of strings',
  number: 'A dimension of type "number" is of v.number() or v.int64()',
  measured: "Measure a v.number() or a v.int64()",
  exact: "Measure a v.number() or a v.int64()",
};

/** The definition of a field that the app does not define. Throws `InvalidDefinition`. */
export function inferField(held: HeldValues, uses: ReadonlySet<Use>, place: Place): SourceField {
  const use = mostSpecific(uses);
  const [kind = null, ...others] = held.kinds;
  if (kind === null) mustBeSaid(place, "the schema does not say what it holds", example(use));
  if (others.length > 0) {
    mustBeSaid(place, `it holds ${listed(held.kinds)}`, example(use));
  }
  const nullable = held.isOptional ? { nullable: true } : {};
  switch (use) {
    case "time":
      if (kind !== "number") refuseKind(place, held, use);
      if (held.isOptional) {
        const problem = `may be absent or null, and a record without a time cannot be counted`;
        const advice = `Make it required in the schema, take "_creationTime", or write fields: { ${place.field}: { type: "time" } } if every record has one`;
        refuse(place.cube, `${place.user}: ${at(place)} ${problem}. ${advice}.`, whereOf(place));
      }
      return { type: "time" };
    case "string":
      if (kind !== "string" && kind !== "boolean") refuseKind(place, held, use);
      return { type: "string", ...nullable };
    case "strings":
      if (kind !== "strings") refuseKind(place, held, use);
      return { type: "strings" };
    case "number":
      if (kind !== "number" && kind !== "int64") refuseKind(place, held, use);
      return { type: "integer", ...nullable };
    case "measured":
    case "exact":
      if (kind === "int64") return { type: "integer", ...nullable };
      if (kind !== "number") refuseKind(place, held, use);
      if (use === "measured") return { type: "float", ...nullable };
      return mustBeSaid(place, "it needs to know how many decimals there are", example(use));
    default:
      return use satisfies never;
  }
}

/**
 * A field as the app defines it, and `nullable` from the schema unless the app says it. Throws
 * `InvalidDefinition` where the schema lets the field hold nothing that the definition can read.
 */
export function completeField(
  definition: SourceField,
  held: HeldValues,
  place: Place,
): SourceField {
  const { kinds } = held;
  const known = readable[definition.type] as readonly string[] | undefined;
  if (known !== undefined && kinds.size > 0 && !known.some((kind) => kinds.has(kind))) {
    const problem = `is of type "${definition.type}", but ${at(place)} holds ${listed(kinds)}`;
    refuse(place.cube, `${place.user} ${problem}.`, whereOf(place));
  }
  if (definition.type === "time" || definition.type === "strings") return definition;
  return held.isOptional && definition.nullable === undefined
    ? { ...definition, nullable: true }
    : definition;
}

/** A measure can read what a dimension needs, but not the other way round. */
function mostSpecific(uses: ReadonlySet<Use>): Use {
  const order = ["time", "string", "strings", "number", "exact", "measured"] as const;
  return order.find((use) => uses.has(use)) ?? "measured";
}

function refuseKind(place: Place, held: HeldValues, use: Use): never {
  const { cube, user } = place;
  const problem = `${at(place)} holds ${listed(held.kinds)}`;
  refuse(cube, `${user}: ${problem}. ${needs[use]}.`, whereOf(place));
}

function mustBeSaid(place: Place, why: string, written: string): never {
  const { cube, field, user } = place;
  const problem = `say in \`fields\` how ${at(place)} is to be read, because ${why}`;
  refuse(cube, `${user}: ${problem}, such as fields: { ${field}: ${written} }.`, whereOf(place));
}

function example(use: Use): string {
  if (use === "exact" || use === "measured") return '{ type: "decimal", scale: 2 }';
  return `{ type: "${use === "number" ? "integer" : use}" }`;
}

function at({ table, field }: Place): string {
  return `${table}.${field}`;
}

function listed(kinds: ReadonlySet<string>): string {
  return [...kinds].map((kind) => said[kind] ?? kind).join(" or ");
}

function whereOf({ table, field }: Place): Record<string, unknown> {
  return { table, field };
}
