/**
 * Which rollup would answer a question, by the cube's definition, as the planner plans: for choices that are offered
 * before anything is asked. What really answers is the backend's to say, as a tenant's rollups may still be built.
 */
import { RollupsError } from "../../../lib/errors.js";
import { compileQuery } from "../../../lib/query/compile.js";
import { normalizeQuery } from "../../../lib/query/normalizeQuery.js";
import { planQuery, type Candidate } from "../../../lib/planner/planQuery.js";
import { resolveRollup } from "../../../lib/resolve/resolveRollup.js";
import { toWire } from "../../react/query.js";
import type { AggregateQuery } from "../../react/index.js";
import type { CubeName } from "../model/views.js";
import { cubeOf, isComplete, settled, typeOf, type Asked, type AskedFilter } from "./asked.js";
import { takesValues } from "./operators.js";
import { questionOf, type Period } from "./question.js";

/** "none": no rollup keeps it, though few records may be read for it. "invalid": it cannot be asked at all. */
export type Coverage = { kind: "kept"; rollup: string } | { kind: "none" } | { kind: "invalid" };

const candidatesOf = new Map<string, Candidate[]>();

function candidates(cube: CubeName, timezone: string): Candidate[] {
  const key = `${cube} ${timezone}`;
  let found = candidatesOf.get(key);
  if (found === undefined) {
    found = Object.keys(cubeOf(cube).rollups).map((name) => ({
      rollup: resolveRollup(cubeOf(cube), name, timezone),
      ...{ generation: 1, status: "ready" as const },
    }));
    candidatesOf.set(key, found);
  }
  return found;
}

export function coverageOf(query: AggregateQuery, cube: CubeName, timezone: string): Coverage {
  const definition = cubeOf(cube);
  try {
    const catalogue = { [cube]: definition };
    const compiled = compileQuery(
      definition,
      normalizeQuery(catalogue, toWire(query), { timezone }),
    );
    const rollups = candidates(cube, timezone);
    const { plan } = planQuery({ compiled, rollups, tenantZone: timezone });
    return plan === null ? { kind: "none" } : { kind: "kept", rollup: plan.rollup.name };
  } catch (error) {
    if (error instanceof RollupsError) return { kind: "invalid" };
    throw error;
  }
}

/** What choices are judged by, beside the choice itself. */
export interface Subject {
  cube: CubeName;
  asked: Asked;
  period: Period;
  timezone: string;
}

/** The coverage of what is asked with a change. */
export function coverageWith(subject: Subject, change: Partial<Asked>): Coverage {
  const { cube, asked, period, timezone } = subject;
  const changed = settled(cube, { ...asked, ...change });
  return coverageOf(questionOf(cube, changed, period), cube, timezone);
}

/** A filter by a dimension, as a rollup sees one: two values of which a record may have both are more than one. */
export function anyFilter(cube: CubeName, filter: AskedFilter): AskedFilter {
  const values = typeOf(cube, filter.dimension) === "strings" ? ["1", "2"] : ["1"];
  return isComplete(filter) || !takesValues(filter.operator) ? filter : { ...filter, values };
}

/** A change after which a rollup answers. */
export interface Remedy {
  label: string;
  change: Partial<Asked>;
}

/** The single changes that bring a question which no rollup keeps to one; `titleOf` names members by their short names. */
export function remediesOf(subject: Subject, titleOf: (name: string) => string): Remedy[] {
  const { measures, dimensions, filters, granularity } = subject.asked;
  const without = <Item>(list: readonly Item[], at: number) => list.filter((_, i) => i !== at);
  const changes: Remedy[] = [
    ...filters.map((filter, i) => ({
      label: `Without the filter ${titleOf(filter.dimension)}`,
      change: { filters: without(filters, i) },
    })),
    ...dimensions.map((name, i) => ({
      label: `Without ${titleOf(name)}`,
      change: { dimensions: without(dimensions, i) },
    })),
    ...(measures.length > 1
      ? measures.map((name, i) => ({
          label: `Without ${titleOf(name)}`,
          change: { measures: without(measures, i) },
        }))
      : []),
    ...["day", "month"].flatMap((name) =>
      name === granularity ? [] : [{ label: `By ${name}`, change: { granularity: name } }],
    ),
    ...(granularity === null
      ? []
      : [{ label: "The period as a whole", change: { granularity: null } }]),
  ];
  return changes.filter(({ change }) => coverageWith(subject, change).kind === "kept");
}
