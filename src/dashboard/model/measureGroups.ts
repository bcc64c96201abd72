/**
 * Which measures one question asks together: those that one rollup answers best, whatever the view is
 * filtered by. Read from the cube's definition, as the planner reads it.
 */
import { cardinalityOf } from "../../../lib/model/cardinality.js";
import type { CubeDefinition } from "../../../lib/model/cube.js";
import { catalogue, isToldByTime } from "./members.js";
import { filterDimensions, views, type CubeName } from "./views.js";

/** The names of the rollups with fewest combinations of those that keep the measure and the dimensions. */
function narrowest(cube: CubeDefinition, member: string, dimensions: readonly string[]): string[] {
  const measure = member.slice(cube.name.length + 1);
  const sizes = Object.entries(cube.rollups)
    .filter(
      ([, rollup]) =>
        rollup.measures.includes(measure) &&
        dimensions.every((dimension) => rollup.dimensions.includes(dimension)),
    )
    .map(([name, rollup]) => ({
      name,
      combinations: rollup.dimensions.reduce((all, dimension) => {
        const definition = cube.dimensions[dimension];
        return definition === undefined ? all : all * cardinalityOf(definition);
      }, 1),
    }));
  const fewest = Math.min(...sizes.map(({ combinations }) => combinations));
  return sizes.flatMap(({ name, combinations }) => (combinations === fewest ? [name] : []));
}

/** Every choice of some of the items, none and all included. */
export function subsetsOf<T>(items: readonly T[]): T[][] {
  return items.reduce<T[][]>(
    (subsets, item) => [...subsets, ...subsets.map((subset) => [...subset, item])],
    [[]],
  );
}

/** Whether a measure has values where nothing happened, as a balance does. */
function isLevel(cube: CubeDefinition, member: string): boolean {
  return cube.measures[member.slice(cube.name.length + 1)]?.type === "level";
}

/** Puts each measure into the first group that it goes with. */
export function groupMeasures(
  cube: CubeDefinition,
  members: readonly string[],
  filters: readonly string[],
): string[][] {
  const choices = subsetsOf(filters);
  const goTogether = (group: readonly string[]) =>
    new Set(group.map((member) => isLevel(cube, member))).size === 1 &&
    choices.every((dimensions) => {
      const best = group.map((member) => narrowest(cube, member, dimensions));
      return best[0]?.some((name) => best.every((names) => names.includes(name))) === true;
    });
  const groups: string[][] = [];
  for (const member of members) {
    const group = groups.find((one) => goTogether([...one, member]));
    if (group) group.push(member);
    else groups.push([member]);
  }
  return groups;
}

export interface MeasureGroup {
  members: readonly string[];
  /** Answered from many cells even where nothing is filtered: no rollup without dimensions keeps it. */
  isCostly: boolean;
}

function headlineGroups(cube: CubeName): MeasureGroup[] {
  const definition = catalogue[cube] as CubeDefinition;
  const members = views[cube].headline.map(({ member }) => member);
  const kept = filterDimensions(cube).filter((name) => !isToldByTime(cube, name));
  return groupMeasures(definition, members, kept).map((group) => ({
    members: group,
    isCostly: narrowest(definition, group[0] ?? "", []).every(
      (name) => definition.rollups[name]?.dimensions.length !== 0,
    ),
  }));
}

/** The headline measures of each view in groups, in order. */
export const measureGroups: Readonly<Record<CubeName, readonly MeasureGroup[]>> = {
  watch: headlineGroups("watch"),
  inventory: headlineGroups("inventory"),
};

/** The group that holds the measure; the first for a measure that the view does not know. */
export function groupOf(cube: CubeName, member: string | null): readonly string[] {
  const groups = measureGroups[cube];
  const own = groups.find(({ members }) => member !== null && members.includes(member));
  return (own ?? groups[0])?.members ?? [];
}

/** What a ranking of these measures asks for while the view shows `chosen`: those that go with it, or the first ones. */
export function rankedMeasures(
  cube: CubeName,
  measures: readonly string[],
  chosen: string,
): readonly string[] {
  const leading = measures.includes(chosen) ? chosen : (measures[0] ?? chosen);
  return groupOf(cube, leading).filter((member) => measures.includes(member));
}
