/**
 * Which rollup answers a question. Every rollup either can, at an estimated cost, or says by name why
 * not; the cheapest wins. Rollups are matched with the compiled question once; of the matches one is
 * chosen by how the generations and the source stand, which may be looked up after.
 */
import type { CompiledQuery } from "../query/compile.js";
import { buckets } from "./checks/buckets.js";
import { firstRefusal } from "./checks/check.js";
import { coverage } from "./checks/coverage.js";
import { definition } from "./checks/definition.js";
import { dimensions } from "./checks/dimensions.js";
import { fanOut } from "./checks/fanOut.js";
import { filters } from "./checks/filters.js";
import { measures } from "./checks/measures.js";
import { ownFilters } from "./checks/ownFilters.js";
import { records } from "./checks/records.js";
import { source } from "./checks/source.js";
import { status } from "./checks/status.js";
import { time } from "./checks/time.js";
import { windows } from "./checks/windows.js";
import { estimateCost } from "./cost.js";
import { readingOf, type Match } from "./match.js";
import type { Candidate, Considered, CostOf, PlannedQuery, Refusal, RollupPlan } from "./plan.js";

export type * from "./plan.js";

/** A candidate, and what of it answers the question or why nothing does. */
export type Matched = Match | { candidate: Candidate; refusal: Refusal };

/** What the rollup keeps, as the cube defines it today. */
const kept = [records, dimensions, time, measures, filters, fanOut];
/** What would be read of it. */
const read = [coverage, buckets, windows];

/**
 * The candidates of the question's cube, by name and from the newest generation, each with what is read of
 * it or its refusal. `tenantZone` is the zone of the hours of day and weekdays that measures filter by; a
 * generation built for another zone counts by others. Without it every generation's own zone is taken to be
 * meant. O(rollups × members), plus a look at each bucket where the zones differ.
 */
export function matchRollups(
  compiled: CompiledQuery,
  rollups: readonly Candidate[],
  tenantZone?: string,
): Matched[] {
  const checks = [...kept, ownFilters(tenantZone), definition];
  return rollups
    .filter(({ rollup }) => rollup.cube === compiled.cube.name)
    .sort((a, b) => compareText(a.rollup.name, b.rollup.name) || b.generation - a.generation)
    .map((candidate): Matched => {
      const missing = firstRefusal(checks, compiled, candidate.rollup);
      if (missing !== null) return { candidate, refusal: missing };
      const reading = readingOf(compiled, candidate);
      if ("code" in reading) return { candidate, refusal: reading };
      const match = { candidate, reading };
      const refusal = firstRefusal(read, compiled, match);
      return refusal === null ? match : { candidate, refusal };
    });
}

/** What a choice depends on beside the matches. */
export interface Standing {
  /** The instant from which the source is whole, null where all of it is. */
  sourceFrom?: number | null;
  /**
   * What reading costs, by default an estimate in cells: a reader that holds tiles knows better. Infinity
   * is a cost.
   */
  costOf?: CostOf;
}

/**
 * The cheapest match that serves as it stands; among equals the first. `considered` is in the order of the
 * matches. O(matches × segments).
 */
export function choosePlan(
  compiled: CompiledQuery,
  matches: readonly Matched[],
  {
    sourceFrom = null,
    costOf = ({ rollup }, segments) => estimateCost(rollup, segments),
  }: Standing = {},
): PlannedQuery {
  const standing = [status, source(sourceFrom)];
  const considered: Considered[] = [];
  let plan: RollupPlan | null = null;
  for (const match of matches) {
    const { rollup, generation, coverage = [] } = match.candidate;
    const refusal = "refusal" in match ? match.refusal : firstRefusal(standing, compiled, match);
    const told = { rollup: rollup.name, generation };
    if ("refusal" in match || refusal !== null) {
      considered.push({ ...told, refusal, cost: null });
      continue;
    }
    const { segments, within, derived } = match.reading;
    const cost = costOf({ rollup, generation }, segments);
    considered.push({ ...told, refusal, cost });
    if (plan !== null && cost >= plan.cost) continue;
    plan = { rollup, generation, segments, within, derived, coverage, cost };
  }
  return { plan, considered };
}

/** Both at once, for who knows how everything stands. */
export function planQuery({
  compiled,
  rollups,
  tenantZone,
  ...standing
}: Standing & {
  compiled: CompiledQuery;
  rollups: readonly Candidate[];
  tenantZone?: string;
}): PlannedQuery {
  return choosePlan(compiled, matchRollups(compiled, rollups, tenantZone), standing);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
