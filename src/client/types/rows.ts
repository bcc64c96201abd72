/** Rows that are typed by their query: exactly the columns that it asks for. */
import type { CubeDefinition } from "../../../lib/model/cube.js";
import type { MeasureOf, TimeColumnOf } from "../../../lib/query/queryOf.js";
import type { KnownCubes } from "./queries.js";

/** What a dimension's column holds; null is "not given". */
type ValueOf<Type> = Type extends "string" | "strings" ? string | null : number | null;

type ColumnsOfCube<Cube extends CubeDefinition> = {
  readonly [Measure in MeasureOf<Cube>]: number | null;
} & {
  readonly [
    Name in keyof Cube["dimensions"] & string as Cube["dimensions"][Name]["type"] extends "time"
      ? never
      : `${Cube["name"]}.${Name}`
  ]: ValueOf<Cube["dimensions"][Name]["type"]>;
} & {
  /** The beginning of a bucket, as local wall clock. */
  readonly [Column in TimeColumnOf<Cube>]: string;
};

type Intersection<Union> = (Union extends unknown ? (one: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;

/** Every column that an answer may have. */
export type ColumnsOf<Cubes extends KnownCubes> = Intersection<
  { [Name in keyof Cubes]: ColumnsOfCube<Cubes[Name]> }[keyof Cubes]
> & {
  /** Of a comparison: the range that a row belongs to. */
  readonly compareDateRange: string;
  /** Beside a remainder: the number of rows that it stands for; null in all other rows. */
  readonly others: number | null;
};

/** A row of any query: each column is there where the query asks for it. */
export type AnyRowOf<Cubes extends KnownCubes> = {
  readonly [Column in keyof ColumnsOf<Cubes>]?: ColumnsOf<Cubes>[Column];
};

type TimeColumn<Item> = Item extends {
  readonly dimension: infer Dimension extends string;
  readonly granularity: infer Granularity extends string;
}
  ? `${Dimension}.${Granularity}`
  : never;

type RangeColumn<Item> = Item extends { readonly compareDateRange: readonly unknown[] }
  ? "compareDateRange"
  : never;

/** The columns that an item of a query's list brings. */
type ColumnOf<Item> = Item extends string ? Item : TimeColumn<Item> | RangeColumn<Item>;

type List<Query, Key> = Key extends keyof Query ? NonNullable<Query[Key]> : readonly [];

type Asked<Items> = Items extends readonly (infer Item)[] ? ColumnOf<Item> : never;

type IsUnion<Type, All = Type> = [Type] extends [never]
  ? false
  : (Type extends unknown ? ([All] extends [Type] ? false : true) : never) extends false
    ? false
    : true;

type Single<Column> = IsUnion<Column> extends true ? never : Column;

/** Columns that the compiler knows one by one. Of a member or granularity that varies it does not know which. */
type Sure<Items> =
  IsUnion<Items> extends true
    ? never
    : Items extends readonly unknown[]
      ? number extends Items["length"]
        ? never
        : {
            [I in keyof Items]: Items[I] extends string
              ? Single<Items[I]>
              : Single<TimeColumn<Items[I]>> | Single<RangeColumn<Items[I]>>;
          }[number]
      : never;

type ListKey = "measures" | "dimensions" | "timeDimensions";
type AskedOf<Query> =
  | { [Key in ListKey]: Asked<List<Query, Key>> }[ListKey]
  | ("others" extends keyof Query ? "others" : never);
type SureOf<Query> =
  | (Query extends { readonly others: true } ? "others" : never)
  | {
      [Key in ListKey]: Key extends keyof Query
        ? undefined extends Query[Key]
          ? never
          : Sure<Query[Key]>
        : never;
    }[ListKey];

type Flat<Type> = { [Key in keyof Type]: Type[Key] };

/**
 * The columns of `Row` that `Query` asks for. One that the compiler is not sure of, because the query's
 * members are put together at run time, may be absent.
 */
export type RowWith<Query, Row> = Flat<
  {
    readonly [Column in SureOf<Query> & keyof Row]: Exclude<Row[Column], undefined>;
  } & {
    readonly [Column in Exclude<AskedOf<Query>, SureOf<Query>> & keyof Row]?: Row[Column];
  }
>;

/** A row of the answer to `Query`: measures and dimensions as numbers and texts or null, times as texts. */
export type RowOf<Query, Cubes extends KnownCubes> = RowWith<Query, AnyRowOf<Cubes>>;
