/** What the oracle knows of a cube, and how it reads a question. Imports nothing of the product. */
import type { OracleFilter, Value } from "../../oracle/filters.js";
import type { Granularity, Unit } from "./clock.js";

export type { MemberFilter, OracleFilter, Value } from "../../oracle/filters.js";

export type Doc = Readonly<Record<string, Value | boolean | readonly string[]>>;
export type Row = Record<string, Value>;

/** How far a window reaches from an end of its bucket; null: not at all. */
export type Reach = readonly [count: number, unit: Unit] | "unbounded" | null;

export interface Window {
  trailing: Reach;
  leading: Reach;
  offset: "start" | "end";
}

/** Decimals as whole numbers of their last place. */
export interface Numbers {
  places: number;
  of: (doc: Doc) => bigint | null;
}

type OfNumbers =
  | "sum"
  | "avg"
  | "min"
  | "max"
  | "variance"
  | "stddev"
  | "quantile"
  | "percentile"
  | "level";

export type Measure = {
  /** Records for which it is false do not count. `zone` is the tenant's. */
  if?: (doc: Doc, zone: string) => boolean;
  window?: Window;
  /** How far an answer may be off, as a share. */
  within?: number;
} & (
  | { kind: "count" }
  | { kind: OfNumbers; numbers: Numbers; q?: number; tenths?: number }
  | { kind: "distinct"; dimension: string }
  | { kind: "ratio"; parts: readonly [string, string] }
);

export interface OracleCube {
  name: string;
  /** The dimension that windows look along. */
  time: string;
  dimensions: Readonly<
    Record<
      string,
      { kind: "text" | "number" | "texts" | "hour" | "weekday" | "time"; field: string }
    >
  >;
  granularities: readonly Granularity[];
  segments: Readonly<Record<string, OracleFilter>>;
  measures: Readonly<Record<string, Measure>>;
}

/** A question in Cube's JSON, with what this language adds to it. */
export interface Question {
  measures?: readonly string[];
  dimensions?: readonly string[];
  timeDimensions?: readonly {
    dimension: string;
    granularity?: string;
    dateRange?: string | readonly string[];
    compareDateRange?: readonly (string | readonly string[])[];
  }[];
  filters?: readonly OracleFilter[];
  segments?: readonly string[];
  order?: Readonly<Record<string, string>> | readonly unknown[];
  limit?: number;
  offset?: number;
  total?: boolean;
  others?: boolean;
  ungrouped?: boolean;
  timezone?: string;
}

export interface Answer {
  rows: Row[];
  total: number | null;
}

export const shortName = (member: string) => member.slice(member.indexOf(".") + 1);
