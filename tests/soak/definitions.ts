/** Definition changes: the shipped cubes with some rollups added, changed or removed. */
import { catalogue } from "../../convex/cubes.js";
import type { CubeDefinition } from "../../lib/model/cube.js";
import type { Dice } from "../realData/random.js";

export type Definitions = Record<string, CubeDefinition>;

type Rollups = Record<string, CubeDefinition["rollups"][string]>;

const levels = { day: "month", month: "year" } as const;

/** Each is made or left out, by chance; every route of the observers' questions is touched by one. */
const changes: readonly { name: string; make(watch: Rollups, inventory: Rollups): void }[] = [
  {
    name: "inventory.costs_by_product added",
    make: (_, inventory) => {
      inventory["costs_by_product"] = {
        dimensions: ["product"],
        measures: ["count", "minUnitCost"],
        levels,
      };
    },
  },
  {
    name: "watch.by_channel_and_weekday added",
    make: (watch) => {
      watch["by_channel_and_weekday"] = {
        dimensions: ["channel", "weekday"],
        measures: ["count", "shortest", "longest"],
        levels,
      };
    },
  },
  {
    name: "inventory.by_warehouse changed",
    make: (_, inventory) => {
      const rollup = inventory["by_warehouse"]!;
      inventory["by_warehouse"] = { ...rollup, dimensions: [...rollup.dimensions, "weekday"] };
    },
  },
  {
    name: "inventory.by_category changed",
    make: (_, inventory) => {
      const rollup = inventory["by_category"]!;
      inventory["by_category"] = { ...rollup, measures: [...rollup.measures, "maxUnitCost"] };
    },
  },
  {
    name: "watch.by_topic changed",
    make: (watch) => {
      watch["by_topic"] = { ...watch["by_topic"]!, levels };
      watch["by_topic"] = { ...watch["by_topic"], dimensions: ["topic", "category", "hourOfDay"] };
    },
  },
  { name: "inventory.costs removed", make: (_, inventory) => void delete inventory["costs"] },
  { name: "inventory.by_kind removed", make: (_, inventory) => void delete inventory["by_kind"] },
  {
    name: "watch.by_hour_of_week removed",
    make: (watch) => void delete watch["by_hour_of_week"],
  },
];

export function shippedDefinitions(): Definitions {
  return structuredClone(catalogue) as unknown as Definitions;
}

/** The shipped definitions with some of the changes, and the names of these. */
export function changedDefinitions(random: Dice): { definitions: Definitions; names: string[] } {
  const definitions = shippedDefinitions();
  const made = changes.filter(() => random.chance(0.5));
  for (const { make } of made)
    make(definitions["watch"]!.rollups as Rollups, definitions["inventory"]!.rollups as Rollups);
  return { definitions, names: made.map(({ name }) => name) };
}
