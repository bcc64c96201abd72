/** A rollup as the app in this folder declares it, and the query that its rows answer. */
import { AppCatalogue } from "../../../src/client/cubes/catalogue.js";
import type { CatalogueOptions } from "../../../src/client/cubes/cubeOptions.js";
import type { AppSchema } from "../../../src/client/cubes/heldValues.js";
import type { CubeDefinition, MeasureDefinition } from "../../../lib/model/cube.js";
import { granularities, type Granularity } from "../../../lib/time/granularity.js";
import { Failure, messageOf } from "../../failure.js";
import { mustHaveRollups, openApp } from "../app/app.js";
import { recordOptions } from "../check/recorder.js";
import type { Query } from "./asking.js";

export interface DeclaredRollup {
  cube: string;
  name: string;
  /** The time dimension, in full. */
  time: string;
  /** The level that is exported, and what one tile of it spans. */
  granularity: Granularity;
  partition: Granularity;
  measures: string[];
  /** Measures that are not exported: levels and windows have a row in each bucket after a record, and sums tell them. */
  cumulative: string[];
  dimensions: string[];
}

/** By its finest level, or `level`. Throws `NoCube`, `UnknownRollup` and `UnknownLevel`. */
export async function declaredRollup(
  cwd: string,
  dir: string | undefined,
  cube: string,
  name: string,
  level: string | undefined,
): Promise<DeclaredRollup> {
  const definition = await declaredCube(cwd, dir, cube);
  const rollup = Object.hasOwn(definition.rollups, name) ? definition.rollups[name] : undefined;
  if (rollup === undefined) {
    const known = Object.keys(definition.rollups).join(", ");
    throw new Failure(
      "UnknownRollup",
      `The cube "${cube}" has no rollup "${name}"; it has ${known}.`,
    );
  }
  // Quarters of an hour are kept for tenants of few zones.
  const levels = granularities.filter((one) => rollup.levels[one] !== undefined);
  const granularity =
    level === undefined
      ? (levels.find((one) => one !== "quarterHour") ?? levels[0])
      : levels.find((one) => one === level);
  const time = timeOf(definition);
  const partition = granularity === undefined ? undefined : rollup.levels[granularity];
  if (granularity === undefined || partition === undefined || time === undefined)
    throw new Failure("UnknownLevel", `The rollup "${name}" keeps ${levels.join(", ")}.`);
  const full = (members: readonly string[]) => members.map((member) => `${cube}.${member}`);
  const isCumulative = (member: string) => !addsUp(definition.measures[member]);
  return {
    ...{ cube, name, time: `${cube}.${time}`, granularity, partition },
    measures: full(rollup.measures.filter((member) => !isCumulative(member))),
    cumulative: full(rollup.measures.filter(isCumulative)),
    dimensions: full(rollup.dimensions),
  };
}

/** The cube of the app in this folder. Throws `NoCube`. */
export async function declaredCube(
  cwd: string,
  dir: string | undefined,
  cube: string,
): Promise<CubeDefinition> {
  const app = openApp(cwd, dir);
  const recorded = await recordOptions(app, mustHaveRollups(app));
  for (const { schema, cubes } of recorded) {
    if (cubes === undefined || !Object.hasOwn(cubes, cube)) continue;
    try {
      const catalogue = new AppCatalogue(schema as AppSchema, cubes as CatalogueOptions);
      return catalogue.definitions[cube] as CubeDefinition;
    } catch (error) {
      throw new Failure(
        "InvalidDefinition",
        messageOf(error),
        "`npx convex-rollups check` says more.",
      );
    }
  }
  throw new Failure("NoCube", `There is no cube "${cube}".`);
}

/** Its own time dimension; undefined where no dimension is of its time. */
export function timeOf({ dimensions, time }: CubeDefinition): string | undefined {
  return Object.entries(dimensions).find(
    ([, one]) => one.type === "time" && one.field === time,
  )?.[0];
}

/** Whether a measure has rows only where records are: levels and windows go on after them. */
export function addsUp(measure: MeasureDefinition | undefined): boolean {
  if (measure === undefined) return false;
  return (
    measure.type !== "level" && !("rollingWindow" in measure && measure.rollingWindow !== undefined)
  );
}

/** All rows of the rollup at its level, in order of time and then of every dimension. */
export function rowsQuery({ time, granularity, measures, dimensions }: DeclaredRollup): Query {
  return {
    ...{ measures, dimensions, timeDimensions: [{ dimension: time, granularity }] },
    order: [time, ...dimensions].map((member) => [member, "asc"]),
  };
}
