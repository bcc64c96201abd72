import type { StoredRollup } from "../../model/rollup.js";
import { tells } from "../members.js";
import type { Check } from "./check.js";

/** Rows are told apart by what the rollup keeps. */
export const dimensions: Check<StoredRollup> = ({ cube, query }, rollup) => {
  const member = query.dimensions.find((name) => !tells(cube, rollup, name));
  if (member === undefined) return null;
  return { code: "MissingDimension", message: `does not keep ${member}`, member };
};
