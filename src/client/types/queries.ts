/** Queries that the compiler checks: every member, granularity and operator, of one cube at a time. */
import type { CubeDefinition } from "../../../lib/model/cube.js";
import type { FilterOf, QueryOf, RangeOf } from "../../../lib/query/queryOf.js";

/** Cubes as the compiler knows them: `CubesOf` the options, or definitions of `defineCube`. */
export type KnownCubes = { readonly [cube: string]: CubeDefinition };

/** A query of any one of the cubes. */
export type QueryOfCubes<Cubes extends KnownCubes> = {
  [Name in keyof Cubes]: QueryOf<Cubes[Name]>;
}[keyof Cubes];

type KeysOf<Union> = Union extends unknown ? keyof Union : never;

type ItemsOf<Part> = Part extends readonly (infer Item)[] ? Item : never;

/** One list of what the cubes' lists may hold; other parts as they are. */
type Merged<Part> = [Part] extends [readonly unknown[] | undefined]
  ? readonly ItemsOf<Part>[]
  : Part;

/**
 * What a literal query is inferred against: each part of any of the cubes. Against the union of their
 * queries, the compiler would measure a mistake by the members of just any cube.
 */
export type LiteralQuery<Query> = {
  readonly [Key in KeysOf<Query>]?: Merged<
    Query extends { [K in Key]?: infer Part } ? Part : never
  >;
};

type QueryKey = keyof QueryOf<CubeDefinition>;
type TimeKey = "dimension" | "granularity" | KeysOf<RangeOf>;
type FilterKey = KeysOf<FilterOf<CubeDefinition>>;

/** Nothing is one: the compiler shows it with what stands in its place. */
export interface NoSuchKey<Key> {
  "There is no key": Key;
}

/** Nothing is one: a query's members are of two cubes. */
export interface OneCubeOnly {
  "A query asks one cube": true;
}

type NoOther<Value, Known extends PropertyKey> = {
  readonly [Key in Exclude<keyof Value, Known>]: NoSuchKey<Key>;
};

type ItemsOnly<Items, Known extends PropertyKey> = Items extends readonly unknown[]
  ? { readonly [I in keyof Items]: NoOther<Items[I], Known> }
  : unknown;

/**
 * What a literal query has to be besides: of one cube, and without unknown keys. The compiler does not look
 * for those by itself where it infers the query's own type, by which the rows are typed. Texts, such as
 * "skip", are no queries and pass.
 */
export type Checked<Literal, Query> = Literal extends string
  ? unknown
  : NoOther<Literal, QueryKey> &
      (Literal extends { readonly timeDimensions: infer Items }
        ? { readonly timeDimensions: ItemsOnly<Items, TimeKey> }
        : unknown) &
      (Literal extends { readonly filters: infer Items }
        ? { readonly filters: ItemsOnly<Items, FilterKey> }
        : unknown) &
      (Literal extends Query ? unknown : OneCubeOnly);
