import type { StoredRollup } from "../../model/rollup.js";
import { tells } from "../members.js";
import type { Check } from "./check.js";

/** Filters look at what the rollup keeps. */
export const filters: Check<StoredRollup> = ({ cube, filtered }, rollup) => {
  const member = filtered
    .map(({ name }) => `${cube.name}.${name}`)
    .find((name) => !tells(cube, rollup, name));
  if (member === undefined) return null;
  return {
    code: "FilterNotCovered",
    message: `cannot filter by ${member}, which it does not keep`,
    member,
  };
};
