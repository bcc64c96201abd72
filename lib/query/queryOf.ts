/** Queries whose member names the compiler checks, for cubes made with `defineCube`. */
import type { CubeDefinition } from "../model/cube.js";
import type {
  DateOperator,
  FilterOperator,
  OrderOperator,
  TextOperator,
} from "../model/operators.js";
import type { Granularity } from "../time/granularity.js";

type NamesOf<Section> = keyof Section & string;

/** Names of the dimensions of the given types; all of them where types are not known literally. */
type DimensionNames<Cube extends CubeDefinition, Type> = {
  [Name in NamesOf<Cube["dimensions"]>]: Cube["dimensions"][Name]["type"] & Type extends never
    ? never
    : Name;
}[NamesOf<Cube["dimensions"]>];

export type MeasureOf<Cube extends CubeDefinition> = `${Cube["name"]}.${NamesOf<Cube["measures"]>}`;

export type TimeDimensionOf<Cube extends CubeDefinition> =
  `${Cube["name"]}.${DimensionNames<Cube, "time">}`;

/** Names of the calendar's granularities and of those that the cube adds to a time dimension. */
type GranularityOf<Cube extends CubeDefinition, Name extends string> =
  | Granularity
  | (string extends NamesOf<Cube["dimensions"]>
      ? string
      : Cube["dimensions"][Name] extends { granularities: infer Added }
        ? NamesOf<Added>
        : never);

export type TimeColumnOf<Cube extends CubeDefinition> = {
  [Name in DimensionNames<Cube, "time">]: `${Cube["name"]}.${Name}.${GranularityOf<Cube, Name>}`;
}[DimensionNames<Cube, "time">];

type TimeItemOf<Cube extends CubeDefinition> = {
  [Name in DimensionNames<Cube, "time">]: {
    dimension: `${Cube["name"]}.${Name}`;
    granularity?: GranularityOf<Cube, Name>;
  };
}[DimensionNames<Cube, "time">];

type TextDimensionOf<Cube extends CubeDefinition> =
  `${Cube["name"]}.${DimensionNames<Cube, "string" | "strings">}`;

type NumberDimensionOf<Cube extends CubeDefinition> =
  `${Cube["name"]}.${DimensionNames<Cube, "number" | "hourOfDay" | "weekday">}`;

export type DimensionOf<Cube extends CubeDefinition> =
  | TextDimensionOf<Cube>
  | NumberDimensionOf<Cube>;

export type SegmentOf<Cube extends CubeDefinition> =
  `${Cube["name"]}.${NamesOf<NonNullable<Cube["segments"]>>}`;

export type MemberOf<Cube extends CubeDefinition> =
  | MeasureOf<Cube>
  | DimensionOf<Cube>
  | TimeDimensionOf<Cube>;

/** `"2012-03-01"`, `["2012-03-01"]` or `[from, to]`: wall clock in the query's zone, ends inclusive. */
export type DateRange = string | readonly [string] | readonly [string, string];

/** One range, or 2 to 24 to compare: each row then says in `compareDateRange` which one it belongs to. */
export type RangeOf =
  | { dateRange?: DateRange; compareDateRange?: never }
  | { dateRange?: never; compareDateRange: readonly DateRange[] };

/** A condition, or several of which all or one must hold. */
type TreeOf<Condition> =
  | Condition
  | { and: readonly TreeOf<Condition>[] }
  | { or: readonly TreeOf<Condition>[] };

/** Of records, by their dimensions, or of rows, by their measures, which need not be among the query's. */
export type FilterOf<Cube extends CubeDefinition> =
  | TreeOf<ConditionOf<Cube>>
  | TreeOf<MeasureConditionOf<Cube>>;

type Scalar = string | number | boolean | null;

/** A condition on a measure. What is not measured equals null only. */
type MeasureConditionOf<Cube extends CubeDefinition> =
  | {
      member: MeasureOf<Cube>;
      operator: Exclude<FilterOperator, "set" | "notSet">;
      values: readonly (string | number | null)[];
    }
  | { member: MeasureOf<Cube>; operator: "set" | "notSet" }
  | { member: MeasureOf<Cube>; operator: OrderOperator; values: readonly [string | number] };

/**
 * A condition on one dimension. Texts are searched for whatever their case, and numbers compare as they are
 * shown. What negates keeps what is not given, unless null is among the values.
 */
type ConditionOf<Cube extends CubeDefinition> =
  | {
      member: DimensionOf<Cube> | TimeDimensionOf<Cube>;
      operator: Exclude<FilterOperator, "set" | "notSet">;
      values: readonly Scalar[];
    }
  | { member: DimensionOf<Cube> | TimeDimensionOf<Cube>; operator: "set" | "notSet" }
  | {
      member: TextDimensionOf<Cube>;
      operator: TextOperator;
      values: readonly Scalar[];
    }
  | {
      member: NumberDimensionOf<Cube>;
      operator: OrderOperator;
      values: readonly [string | number];
    }
  | {
      member: TimeDimensionOf<Cube>;
      operator: DateOperator;
      values: readonly string[];
    };

type Direction = "asc" | "desc";

/** A query in Cube's JSON, as far as it is supported. */
export interface QueryOf<Cube extends CubeDefinition> {
  measures?: readonly MeasureOf<Cube>[];
  dimensions?: readonly (DimensionOf<Cube> | TimeColumnOf<Cube>)[];
  timeDimensions?: readonly (TimeItemOf<Cube> & RangeOf)[];
  filters?: readonly FilterOf<Cube>[];
  segments?: readonly SegmentOf<Cube>[];
  order?:
    | { readonly [Member in MemberOf<Cube>]?: Direction }
    | readonly (readonly [MemberOf<Cube>, Direction])[];
  limit?: number;
  offset?: number;
  total?: boolean;
  /**
   * Adds a last row of what the limit leaves out, exactly; its `others` says how many rows it stands for. Without
   * granularity, and by dimensions of which a record has one value.
   */
  others?: boolean;
  /** Each record has a row of its own: few enough to be scanned, and no level or rolling window. */
  ungrouped?: boolean;
  timezone?: string;
}
