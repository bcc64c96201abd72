/** What the dashboard needs to know about a member, read from the cube definitions. */
import type { Catalogue, MeasureDefinition } from "../../../lib/model/cube.js";
import { catalogue as definitions } from "../../../convex/cubes.js";

export const catalogue: Catalogue = definitions;

export type Format = NonNullable<MeasureDefinition["format"]>;

export interface MeasureInfo {
  member: string;
  title: string;
  format: Format;
  type: MeasureDefinition["type"];
}

/** Throws for a name that no cube defines: a typo in this app, not a user's mistake. */
export function measureInfo(member: string): MeasureInfo {
  const [cube, name] = member.split(".") as [string, string];
  const measure = catalogue[cube]?.measures[name];
  if (!measure) throw new Error(`No measure "${member}".`);
  return {
    member,
    title: measure.title ?? name,
    format: measure.format ?? "number",
    type: measure.type,
  };
}

/** The title of a dimension, such as "Warehouse". */
export function dimensionTitle(cube: string, name: string): string {
  return catalogue[cube]?.dimensions[name]?.title ?? name;
}

/** The title of a dimension or measure by its full name; the name where no cube has it. */
export function memberTitle(member: string): string {
  const [cube = "", name = ""] = member.split(".");
  const { measures, dimensions } = catalogue[cube] ?? {};
  return dimensions?.[name]?.title ?? measures?.[name]?.title ?? member;
}

/** Whether buckets of time tell a dimension: no rollup needs to keep it. */
export function isToldByTime(cube: string, name: string): boolean {
  const type = catalogue[cube]?.dimensions[name]?.type;
  return type === "weekday" || type === "hourOfDay";
}

/** Whether an empty bucket means zero (counts and sums) or nothing to show (averages, extremes). */
export function isZeroWhenEmpty({ type }: MeasureInfo): boolean {
  return type === "count" || type === "sum" || type === "countDistinct";
}
