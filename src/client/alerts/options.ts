/** What of an app's alerts is checked at a push, and told to the component. */
import {
  createFunctionHandle,
  getFunctionName,
  makeFunctionReference,
  type FunctionReference,
} from "convex/server";
import { limitsOf, type LimitOverrides } from "../../../convex/components/rollups/limits/limits.js";
import type { FreshnessTargets } from "../../../lib/model/cube.js";
import { RollupsError } from "../../../lib/errors.js";
import { refuse } from "../cubes/refuse.js";

/** A function of the app by its name, such as "alerts:notify", or by its reference. */
type Named<Type extends "action" | "mutation"> =
  | string
  | FunctionReference<Type, "internal", never, unknown>;

/**
 * The function that is called with each alert. Its arguments are `alertArgs`. An alert is delivered at least once, a tenant's
 * one after the other; a function that throws is called again, later and later.
 */
export type AlertOptions = { action: Named<"action"> } | { mutation: Named<"mutation"> };

type Told = { call: "action" | "mutation"; handle: string | null };

const nameOf = (named: unknown): string =>
  typeof named === "string" ? named : getFunctionName(named as FunctionReference<"action">);

/** Throws `InvalidDefinition` where it cannot be told what is to be called. */
export function mustBeAlerts(options: AlertOptions | undefined): void {
  if (options === undefined) return;
  const [[call, named] = [], ...others] = Object.entries(options as object) as [string, unknown][];
  const isKnown = (call === "action" || call === "mutation") && others.length === 0;
  if (isKnown && named !== undefined && /^[\w/]+:\w+$/.test(nameOf(named))) return;
  throw new RollupsError(
    "InvalidDefinition",
    'alerts must name one function: { action: "alerts:notify" }, or { mutation: … }.',
    { path: "alerts" },
  );
}

/** Throws `InvalidDefinition` for a target that a worker which is well does not hold. */
export function mustBeHeld(targets: FreshnessTargets, overrides: LimitOverrides): void {
  const { fold, cost } = limitsOf(overrides);
  const isSlow = cost.slow > 0 && cost.megabytesPerMonth > 0;
  const rests: [number, string][] = [
    [fold.restMsMax, "limits.fold.restMsMax"],
    [fold.restMsMin, "limits.fold.restMsMin"],
    ...(isSlow ? [[cost.slowRestMsMax, "limits.cost.slowRestMsMax"] as [number, string]] : []),
  ];
  const [most, limit] = rests.reduce((a, b) => (b[0] > a[0] ? b : a));
  for (const [key, target] of Object.entries(targets)) {
    const [cube = "", rollup = ""] = key.split(".");
    for (const severity of ["warn", "error"] as const) {
      const ms = target[severity];
      if (ms === undefined || ms >= most) continue;
      refuse(
        cube,
        `rollup "${rollup}": freshness.${severity} is ${ms} ms, and workers rest up to ${most}. Say ${most} or more, or a smaller ${limit}.`,
        { rollup, path: `freshness.${severity}` },
      );
    }
  }
}

/** What calls are told of it: upkeep calls the function, by its handle; all others need to know only that there is one. */
export async function alertsOf(
  options: AlertOptions | undefined,
  isUpkeep: boolean,
): Promise<{ alerts?: Told }> {
  if (options === undefined) return {};
  const call = "action" in options ? "action" : "mutation";
  const named = "action" in options ? options.action : options.mutation;
  return { alerts: { call, handle: isUpkeep ? await handleOf(nameOf(named)) : null } };
}

async function handleOf(name: string): Promise<string | null> {
  try {
    return await createFunctionHandle(makeFunctionReference<"action">(name));
  } catch {
    return null;
  }
}
