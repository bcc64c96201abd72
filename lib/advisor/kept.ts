/** What a proposed rollup takes over from those in whose place it is, beside what it holds. */
import type { FreshnessTarget, RollupDefinition } from "../model/cube.js";
import { granularities } from "../time/granularity.js";

/** With the retention of the one rollup that it is in the place of, and the freshness of all of them. */
export function keptAs(
  definition: RollupDefinition,
  formers: readonly RollupDefinition[],
): RollupDefinition {
  const [former, ...others] = formers;
  const retained = others.length > 0 ? definition : retainedAs(definition, former);
  const freshness = strictest(formers.flatMap((one) => one.freshness ?? []));
  return freshness === null ? retained : { ...retained, freshness };
}

/** Its own coarsest level stays for ever. */
function retainedAs(definition: RollupDefinition, former?: RollupDefinition): RollupDefinition {
  const finer = granularities.filter((one) => Object.hasOwn(definition.levels, one)).slice(0, -1);
  const pairs = Object.entries(former?.retain ?? {}).filter(([level]) =>
    finer.some((one) => one === level),
  );
  if (pairs.length === 0) return definition;
  const retain = Object.fromEntries(pairs);
  return { ...definition, retain, ...(former?.archive && { archive: true }) };
}

/** A target that holds all of some; null of none. Its `warn` is never the larger one. */
function strictest(targets: readonly FreshnessTarget[]): FreshnessTarget | null {
  const least = (of: readonly (number | undefined)[]) => {
    const given = of.filter((ms) => ms !== undefined);
    return given.length === 0 ? undefined : Math.min(...given);
  };
  const error = least(targets.map((one) => one.error));
  const warned = targets.map((one) => one.warn);
  const warn = warned.some((ms) => ms !== undefined) ? least([...warned, error]) : undefined;
  if (warn === undefined && error === undefined) return null;
  return { ...(warn !== undefined && { warn }), ...(error !== undefined && { error }) };
}
