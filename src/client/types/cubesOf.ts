/**
 * What the compiler knows of an app's cubes: the names and types of their members, from the literal options.
 * Each has the form of a definition, so that `QueryOf` types its queries.
 */
import type { DimensionDefinition, SegmentDefinition } from "../../../lib/model/cube.js";
import type { CatalogueOptions, CubeOptions } from "../cubes/cubeOptions.js";

type DimensionType = DimensionDefinition["type"];

/** As `fieldName`: what the field of Convex is called in a cube. */
type NameOf<Field extends string> = Field extends "_creationTime" ? "creationTime" : Field;

type Dimension<Option> = Option extends "boolean"
  ? { type: "string"; field: string }
  : Option extends DimensionType
    ? { type: Option; field: string }
    : Option extends { type: infer Type; granularities: infer Added }
      ? { type: Type; field: string; granularities: Added }
      : Option extends { type: infer Type }
        ? { type: Type; field: string }
        : never;

type Dimensions<Options extends CubeOptions> = {
  [Name in keyof Options["dimensions"] & string]: Dimension<Options["dimensions"][Name]>;
} & (NameOf<Options["time"]> extends keyof Options["dimensions"]
  ? unknown
  : { [Name in NameOf<Options["time"]>]: { type: "time"; field: string } });

export interface CubeOf<Name extends string, Options extends CubeOptions> {
  name: Name;
  table: string;
  time: NameOf<Options["time"]>;
  fields: Record<never, never>;
  dimensions: Dimensions<Options>;
  measures: { [Measure in keyof Options["measures"] & string]: { type: "count" } };
  segments: {
    [Segment in keyof Options["segments"] & string]: SegmentDefinition;
  };
  rollups: Record<never, never>;
  orderStatistics: {
    [Statistic in keyof Options["orderStatistics"] & string]: NonNullable<
      Options["orderStatistics"]
    >[Statistic];
  };
}

/** The cubes of an app, by name. */
export type CubesOf<Options extends CatalogueOptions> = {
  [Name in keyof Options & string]: CubeOf<Name, Options[Name]>;
};
