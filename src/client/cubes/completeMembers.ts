/** The dimensions, measures and rollups of a cube in full, from the short forms that an app may write. */
import type {
  DimensionDefinition,
  MeasureDefinition,
  RollupDefinition,
} from "../../../lib/model/cube.js";
import type {
  CubeOptions,
  DimensionOptions,
  MeasureOptions,
  RollupOptions,
} from "./cubeOptions.js";
import { systemFields } from "./heldValues.js";
import { refuse } from "./refuse.js";

/** A cube's name for a field of its table; both are the same but for the fields that Convex adds. */
export function fieldName(field: string): string {
  return systemFields[field]?.name ?? field;
}

/** A member that names its field as the cube does. */
export function withFieldName<Member extends object>(member: Member): Member {
  return "field" in member ? { ...member, field: fieldName(member.field as string) } : member;
}

/** The time dimension, where it is not among the app's, and all others, each with its field of the table. */
export function completeDimensions(options: CubeOptions): Record<string, DimensionDefinition> {
  const time = fieldName(options.time);
  const given = Object.entries(options.dimensions);
  const own = Object.hasOwn(options.dimensions, time);
  const dimensions: Record<string, DimensionDefinition> = own
    ? {}
    : { [time]: { type: "time", field: options.time } };
  const timeOption = own ? options.dimensions[time] : undefined;
  const timeField =
    timeOption === undefined
      ? options.time
      : ((typeof timeOption === "object" ? timeOption.field : undefined) ?? time);
  for (const [name, dimension] of given) {
    dimensions[name] = completeDimension(name, dimension, timeField);
  }
  return dimensions;
}

function completeDimension(
  name: string,
  dimension: DimensionOptions,
  timeField: string,
): DimensionDefinition {
  const type = dimension === "boolean" ? "string" : dimension;
  const full = typeof type === "string" ? { type } : type;
  const isOfTime = full.type === "hourOfDay" || full.type === "weekday";
  const field = ("field" in full ? full.field : undefined) ?? (isOfTime ? timeField : name);
  return { ...full, field } as DimensionDefinition;
}

const shortMeasures = ["sum", "avg", "min", "max"] as const;

/** Throws `InvalidDefinition` for a measure that is in neither form. */
export function completeMeasure(
  cube: string,
  name: string,
  measure: MeasureOptions,
): MeasureDefinition {
  if (measure === "count") return { type: "count" };
  if (typeof measure === "object" && measure !== null) {
    if ("type" in measure) return measure;
    const [[key, field], ...others] = Object.entries(measure) as [[string, string], ...unknown[]];
    const type = shortMeasures.find((short) => short === key);
    if (type !== undefined && typeof field === "string" && others.length === 0) {
      return { type, field };
    }
  }
  const forms = shortMeasures.map((type) => `{ ${type}: field }`).join(", ");
  return refuse(cube, `measure "${name}" must be "count", ${forms}, or a definition with a type.`, {
    measure: name,
  });
}

/** A rollup without `measures` holds all that it can: distinct counts need their dimension's values one by one. */
export function completeRollup(
  rollup: RollupOptions,
  measures: { readonly [name: string]: MeasureDefinition },
): RollupDefinition {
  if (rollup.measures !== undefined) return { ...rollup, measures: rollup.measures };
  const apart = rollup.dimensions.filter((dimension) => !rollup.together?.includes(dimension));
  const fits = (name: string): boolean => {
    const measure = measures[name];
    switch (measure?.type) {
      case "countDistinct":
        return apart.includes(measure.dimension);
      case "ratio":
        return fits(measure.numerator) && fits(measure.denominator);
      case "percentile":
        return false;
      default:
        return true;
    }
  };
  return { ...rollup, measures: Object.keys(measures).filter(fits) };
}
