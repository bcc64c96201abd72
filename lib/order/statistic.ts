/**
 * An order statistic as it is stored: which field's values it keeps in order, in a tree for each combination of
 * values of some dimensions. As a rollup, it is resolved when it is started, and does not change with the code.
 */
import { RollupsError } from "../errors.js";
import { canonicalJson, hashText } from "../hash/canonical.js";
import type { CubeDefinition, DimensionValue, Fact } from "../model/cube.js";
import { numberOf, scalarOf, timeOf } from "../model/fact.js";
import { fieldsSignature } from "../resolve/resolveRollup.js";
import { bucketStart } from "../time/calendar.js";
import type { Granularity } from "../time/granularity.js";

/** A dimension that tells trees apart. */
export interface OrderDimension {
  name: string;
  type: "string" | "number";
  field: string;
}

export interface StoredOrder {
  cube: string;
  name: string;
  field: string;
  by: OrderDimension[];
  /** Trees are also told apart by buckets of the cube's time; null: by none. */
  granularity: Granularity | null;
  timezone: string;
  timeField: string;
  /** How the fields were read when it was started (`fieldsSignature`). */
  fields: string;
}

/** A record's place in a tree: by its value, and by its id among equal ones. */
export interface Entry {
  value: number;
  id: string;
}

/** Which tree a record belongs to; one without a value belongs to it, and is not in it. */
export interface Place {
  group: OrderGroup;
  entry: Entry | null;
}

/** Values of the dimensions, then the start of the bucket where there are buckets: which tree it is. */
export type OrderGroup = DimensionValue[];

/** The stored form of a valid cube's order statistic. Throws `InvalidDefinition` for one that it does not have. */
export function resolveOrder(cube: CubeDefinition, name: string, timezone: string): StoredOrder {
  const definition = Object.hasOwn(cube.orderStatistics ?? {}, name)
    ? cube.orderStatistics?.[name]
    : undefined;
  const time = cube.dimensions[cube.time];
  if (definition === undefined || time?.type !== "time") {
    throw new RollupsError("InvalidDefinition", `${cube.name} has no order statistic ${name}`);
  }
  const by = definition.by.map((dimension): OrderDimension => {
    const found = cube.dimensions[dimension];
    if (found?.type !== "string" && found?.type !== "number") {
      throw new RollupsError("InvalidDefinition", `${cube.name}.${dimension} cannot tell trees`);
    }
    return { name: dimension, type: found.type, field: found.field };
  });
  const stored = {
    ...{ cube: cube.name, name, field: definition.field, by, timezone, timeField: time.field },
    granularity: definition.granularity ?? null,
  };
  return { ...stored, fields: orderSignature(cube, stored) };
}

/** As `fieldsSignature`, of the fields that the statistic reads. */
export function orderSignature(
  cube: CubeDefinition,
  { timeField, by, field }: Pick<StoredOrder, "timeField" | "by" | "field">,
): string {
  const dimensions = by.map((dimension) => ({ ...dimension, cardinality: 0 }));
  return fieldsSignature(cube, {
    ...{ timeField, dimensions },
    // The kind does not matter.
    accumulators: [{ column: field, kind: "max", field }],
  });
}

/** Equal for statistics whose trees are interchangeable. 32 hex digits. Zones matter to buckets only. */
export function orderFingerprint({ timezone, ...order }: StoredOrder): string {
  const zone = order.granularity === null ? null : timezone;
  return hashText(canonicalJson({ ...order, timezone: zone }));
}

/** Where a record counts; null for none. */
export function placeOf(order: StoredOrder, id: string, fact: Fact | null): Place | null {
  if (fact === null) return null;
  const value = numberOf(fact, order.field);
  const group: OrderGroup = order.by.map(({ field }) => scalarOf(fact, field));
  if (order.granularity !== null) {
    group.push(bucketStart(order.granularity, order.timezone, timeOf(fact, order.timeField)));
  }
  // Of both zeros trees know one.
  return { group, entry: value === null ? null : { value: value + 0, id } };
}

/** A number as people write it, as facts hold it: times 10^scale, of its decimals. It may have more than facts have. */
export function scaledValue(value: number, scale: number): number {
  const [digits = "0", exponent = "0"] = String(value).split("e");
  return Number(`${digits}e${Number(exponent) + scale}`) + 0;
}

/** Negative, zero or positive, in the order of trees. Ids compare as JavaScript compares texts. */
export function compareEntries(a: Entry, b: Entry): number {
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** Before all records of a value, and behind them. */
export const before = (value: number): Entry => ({ value, id: "" });
export const behind = (value: number): Entry => ({ value, id: "\uffff" });
