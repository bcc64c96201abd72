/** A cube as Cube's data model, and what is not in Cube, or differs there. */
import type { CubeDefinition, RollupDefinition } from "../model/cube.js";
import { exportDimension } from "./exportDimensions.js";
import { exportMeasure, withoutLooseRatios } from "./exportMeasures.js";
import { exportRollups } from "./exportRollups.js";
import { exportSegments } from "./segments.js";
import { named, type ModelCube, type ModelDimension, type Note } from "./model.js";

/** Every document of Convex has one. */
const ID = "_id";

/**
 * `tenant` is the field of the table that says whose a record is, or null. Cube's security context must then
 * have the claim of that name: without it, Cube answers nothing. O(members × rollups).
 */
export function exportCube(
  cube: CubeDefinition,
  tenant: string | null,
): { model: ModelCube; notes: Note[] } {
  const notes: Note[] = [];
  const notice = (name: string, message: string) =>
    void notes.push({ member: `${cube.name}.${name}`, message });
  const written = Object.entries(cube.measures).flatMap(([name, measure]) =>
    exportMeasure(cube, name, measure, notice),
  );
  const measures = withoutLooseRatios(cube, written, notice);
  const kept = new Set(measures.map(({ name }) => name));
  const segments = exportSegments(cube, notice);
  for (const name of Object.keys(cube.orderStatistics ?? {}))
    notice(name, "keeps values in order for exact percentiles; Cube has none. It is left out.");
  if (cube.expire !== undefined)
    notes.push({
      member: cube.name,
      message: `deletes records after ${cube.expire}, and keeps their rollups; Cube reads its source only.`,
    });
  const id: ModelDimension = {
    ...{ name: ID, sql: `{CUBE}.${ID}`, type: "string", primary_key: true, public: false },
  };
  const model: ModelCube = {
    ...named(cube.name, cube, metaOfCube(cube, tenant)),
    ...(tenant === null
      ? { sql_table: cube.table }
      : {
          sql: `SELECT * FROM ${cube.table} WHERE {SECURITY_CONTEXT.${tenant}.requiredFilter('${tenant}')}`,
        }),
    dimensions: [
      id,
      ...Object.entries(cube.dimensions).map(([name, dimension]) =>
        exportDimension(cube, name, dimension, notice),
      ),
    ],
    measures: measures.map((measure) => {
      const drilled = (cube.measures[measure.name]?.drillMembers ?? []).filter(
        (member) => kept.has(member) || Object.hasOwn(cube.dimensions, member),
      );
      return drilled.length === 0 ? measure : { ...measure, drill_members: drilled };
    }),
    ...(segments.length > 0 && { segments }),
    pre_aggregations: exportRollups(cube, kept, notice),
  };
  return { model, notes };
}

function metaOfCube(cube: CubeDefinition, tenant: string | null): Record<string, unknown> {
  const rollups = Object.entries(cube.rollups).flatMap(([name, rollup]) => {
    const extras = extrasOf(rollup);
    return Object.keys(extras).length === 0 ? [] : [[name, extras] as const];
  });
  return {
    table: cube.table,
    ...(tenant !== null && { tenant }),
    time: cube.time,
    ...(cube.expire !== undefined && { expire: cube.expire }),
    fields: cube.fields,
    ...(rollups.length > 0 && { rollups: Object.fromEntries(rollups) }),
  };
}

/** What pre-aggregations do not say of a rollup. */
function extrasOf(rollup: RollupDefinition) {
  const { description, together, archive, retain, levels, freshness } = rollup;
  return {
    ...(description !== undefined && { description }),
    ...(together !== undefined && { together }),
    ...(archive !== undefined && { archive }),
    ...(freshness !== undefined && { freshness }),
    ...(levels.quarterHour !== undefined && { levels: { quarterHour: levels.quarterHour } }),
    ...(retain?.quarterHour !== undefined && { retain: { quarterHour: retain.quarterHour } }),
  };
}
