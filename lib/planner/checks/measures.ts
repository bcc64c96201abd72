import type { StoredRollup } from "../../model/rollup.js";
import { dimensionOf, tells } from "../members.js";
import type { Check } from "./check.js";

/** A measure needs its statistics, and the values that it counts one by one. */
export const measures: Check<StoredRollup> = ({ cube, measures }, rollup) => {
  for (const { name, plan } of measures) {
    const stored = plan.accumulators.every(({ column }) =>
      rollup.accumulators.some((accumulator) => accumulator.column === column),
    );
    const counts = plan.distinct.every(
      (name) => tells(cube, rollup, name) && dimensionOf(cube, rollup, name)?.type !== "stringSet",
    );
    if (!stored || !counts) {
      return { code: "MissingMeasure", message: `does not keep ${name}`, member: name };
    }
  }
  return null;
};
