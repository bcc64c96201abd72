/**
 * A cube as an app writes it. What the app's schema says already may be left out: `completeCube` takes it
 * from there. A whole definition, in the form of `defineCube`, is valid too.
 */
import type {
  CubeDefinition,
  DimensionDefinition,
  FieldDefinition,
  MeasureDefinition,
  RollupDefinition,
} from "../../../lib/model/cube.js";

type OptionalField<Definition> = Definition extends { field: string }
  ? Omit<Definition, "field"> & { field?: string }
  : never;

/**
 * The type alone where the dimension has the name of its field; a `boolean` is a string, "true" or "false"; `hourOfDay` and `weekday` are of the cube's
 * time. A definition may leave out `field` by the same rule.
 */
export type DimensionOptions =
  | "string"
  | "strings"
  | "number"
  | "boolean"
  | "hourOfDay"
  | "weekday"
  | OptionalField<DimensionDefinition>;

/** How a measure names the field that it is of, in short. */
export type MeasureOfField = { sum: string } | { avg: string } | { min: string } | { max: string };

export type MeasureOptions = "count" | MeasureOfField | MeasureDefinition;

/** `measures`: by default all that the rollup can hold, so all but distinct counts of other dimensions. */
export type RollupOptions = Omit<RollupDefinition, "measures"> & { measures?: readonly string[] };

export interface CubeOptions extends Pick<
  CubeDefinition,
  "title" | "description" | "expire" | "segments" | "orderStatistics"
> {
  /** The cube's name again, as whole definitions say it. */
  name?: string;
  /** The source table (default: the cube's name). */
  table?: string;
  /** The table's field that says whose a record is. Absent in an app without tenants. */
  tenant?: string;
  /**
   * The time by which rollups are bucketed: a dimension, or a field that becomes one of the same name.
   * `_creationTime` becomes the dimension `creationTime`.
   */
  time: string;
  /** Fields of which the schema does not say enough, such as the decimals of a `v.number()`. */
  fields?: { readonly [field: string]: FieldDefinition };
  dimensions: { readonly [name: string]: DimensionOptions };
  measures: { readonly [name: string]: MeasureOptions };
  rollups: { readonly [name: string]: RollupOptions };
}

/** All cubes of an app, by name. */
export type CatalogueOptions = { readonly [cube: string]: CubeOptions };
