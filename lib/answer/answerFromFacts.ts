/**
 * The plain way to an answer: look at every record. It is what rollups are checked against, what
 * serves where none can, and what the browser does where rollups are switched off.
 */
import type { Answer } from "../query/answer.js";
import type { CubeDefinition, Fact } from "../model/cube.js";
import type { NormalizedQuery } from "../query/normalizedQuery.js";
import { compileQuery, type CompiledQuery } from "../query/compile.js";
import { Groups } from "./groups.js";

/**
 * Answers `query`, normalised for `cube`, from all facts of a tenant; those out of range may be left
 * out, but balances and rolling windows need more than the range: see `TimeScopes`. `tenantZone` is the zone
 * that measures' own filters on hours of day and weekdays are in. Throws `TooManyBuckets`, `TooManyRows`, `SumOverflow`. O(facts).
 */
export function answerFromFacts(
  cube: CubeDefinition,
  query: NormalizedQuery,
  tenantZone: string,
  facts: Iterable<Fact>,
): Answer {
  return answerFromCompiled(compileQuery(cube, query), tenantZone, facts);
}

/** The same for a query that is compiled already. */
export function answerFromCompiled(
  compiled: CompiledQuery,
  tenantZone: string,
  facts: Iterable<Fact>,
): Answer {
  const groups = new Groups(compiled, tenantZone);
  for (const fact of facts) groups.addFact(fact);
  return groups.finish();
}
