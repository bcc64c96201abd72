import { sameJson } from "../../hash/canonical.js";
import type { StoredRollup } from "../../model/rollup.js";
import { fieldsSignature } from "../../resolve/resolveRollup.js";
import type { Check } from "./check.js";

/** What is stored means what the cube says today. */
export const definition: Check<StoredRollup> = ({ cube, measures }, rollup) => {
  if (fieldsSignature(cube, rollup) !== rollup.fields) {
    return {
      code: "DefinitionChanged",
      message: "was built when the cube read its fields differently",
    };
  }
  const member = measures.find(({ plan }) =>
    plan.accumulators.some((wanted) => {
      const stored = rollup.accumulators.find(({ column }) => column === wanted.column);
      return !sameJson(stored, wanted);
    }),
  )?.name;
  if (member === undefined) return null;
  return {
    code: "DefinitionChanged",
    message: `was built when ${member} was defined differently`,
    member,
  };
};
