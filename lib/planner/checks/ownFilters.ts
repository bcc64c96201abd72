import type { StoredRollup } from "../../model/rollup.js";
import { isClockPart } from "../../time/clock.js";
import { sameZone } from "../../time/zone.js";
import type { Check } from "./check.js";

/**
 * What a measure's own filters let pass is stored, by the hours and weekdays of the generation's zone.
 * `tenantZone` is the one that is meant; without it, any generation's own is.
 */
export function ownFilters(tenantZone: string | undefined): Check<StoredRollup> {
  return ({ measures }, rollup) => {
    if (tenantZone === undefined || sameZone(rollup.timezone, tenantZone)) return null;
    const member = measures.find(({ plan }) =>
      plan.accumulators.some(({ filters = [] }) => filters.some(({ type }) => isClockPart(type))),
    )?.name;
    if (member === undefined) return null;
    return {
      code: "ZoneMismatch",
      message: `keeps ${member} in ${rollup.timezone}, not in ${tenantZone}`,
      member,
    };
  };
}
