/** Random locks over the cubes of the language's tests, and which records they let through. */
import type { LockFilter, LockOptions } from "../../src/client/index.js";
import * as cubes from "../language/oracle/cubes.js";
import type { Doc } from "../language/oracle/model.js";
import { cities, discounts, priorities, tags } from "../language/world.js";
import { holds, type MemberFilter, type Value } from "../oracle/filters.js";
import type { Dice } from "../realData/random.js";
import type { CubeName } from "./lockedApp.js";

const values: Readonly<Record<string, readonly (string | number | boolean)[]>> = {
  city: cities,
  paid: [true, false, "true"],
  tag: tags,
  priority: priorities.filter((one) => one !== null),
  discount: discounts.filter((one) => one !== null),
};

function anyFilter(dice: Dice, dimension: string): LockFilter {
  const some = dice
    .shuffle(values[dimension]!)
    .slice(0, 1 + dice.below(dimension === "city" ? 7 : 2));
  return { dimension, operator: dice.pick(["equals", "in"]), values: some };
}

/** Of one dimension mostly, such as rollups keep. */
export function anyLock(dice: Dice): LockOptions {
  const dimensions = dice.shuffle(["city", "city", "city", "paid", "tag", "priority", "discount"]);
  const several = dice.chance(0.25) ? 2 : 1;
  return {
    orders: { filters: dimensions.slice(0, several).map((name) => anyFilter(dice, name)) },
    refunds: { filters: [anyFilter(dice, "city")] },
  };
}

/** The lock of a cube as conditions of a question. */
export function conditionsOfLock(lock: LockOptions, cube: CubeName): MemberFilter[] {
  return lock[cube]!.filters.map(({ dimension, operator, values: wanted }) => ({
    ...{ member: `${cube}.${dimension}`, operator },
    values: wanted.map(String),
  }));
}

export function letsThrough(lock: LockOptions, cube: CubeName, doc: Doc): boolean {
  return conditionsOfLock(lock, cube).every(({ member, operator, values: wanted = [] }) => {
    const { field } = cubes[cube].dimensions[member.slice(cube.length + 1)]!;
    const told = doc[field] as Value | boolean | readonly string[];
    const own = Array.isArray(told) ? (told.length === 0 ? [null] : told) : [told];
    const texts = own.map((one) => (typeof one === "boolean" ? String(one) : one)) as Value[];
    return holds(operator, texts, wanted);
  });
}
