/**
 * Every bound that an app may set for itself, with its default. They travel with each call, because
 * the app's code says them: `new Rollups(…, { limits })`.
 */
import { RollupsError } from "../../../../lib/errors.js";
import { advisorLimits } from "./advisor.js";
import { alertLimits } from "./alerts.js";
import { answerLimits } from "./answers.js";
import { costLimits } from "./cost.js";
import { foldLimits } from "./fold.js";
import { heldLimits } from "./held.js";
import { logLimits } from "./log.js";
import { metricsLimits } from "./metrics.js";
import { orderLimits } from "./orders.js";
import { patternLimits } from "./patterns.js";
import { rolloutLimits } from "./rollout.js";
import { verificationLimits } from "./verification.js";

export const defaultLimits = {
  advisor: advisorLimits,
  alerts: alertLimits,
  answers: answerLimits,
  cost: costLimits,
  fold: foldLimits,
  held: heldLimits,
  log: logLimits,
  metrics: metricsLimits,
  orders: orderLimits,
  patterns: patternLimits,
  rollout: rolloutLimits,
  verification: verificationLimits,
};

export type Limits = typeof defaultLimits;

/** What an app sets differently. */
export type LimitOverrides = { readonly [Group in keyof Limits]?: Partial<Limits[Group]> };

/** Checks overrides. Throws `InvalidLimits` naming the group and the limit. */
export function mustBeLimits(overrides: LimitOverrides): void {
  for (const [group, values] of Object.entries(overrides) as [string, unknown][]) {
    const known: Record<string, number> | undefined = Object.hasOwn(defaultLimits, group)
      ? defaultLimits[group as keyof Limits]
      : undefined;
    if (known === undefined) throw invalid(group, `known are ${names(defaultLimits)}`);
    if (values === undefined) continue;
    if (typeof values !== "object" || values === null)
      throw invalid(group, "an object is expected");
    for (const [name, value] of Object.entries(values)) {
      const path = `${group}.${name}`;
      if (!Object.hasOwn(known, name)) throw invalid(path, `known are ${names(known)}`);
      if (value === undefined) continue;
      if (typeof value !== "number" || !(value >= 0))
        throw invalid(path, "a number from 0 on is expected");
    }
  }
}

/** The limits in force: the defaults, but for what the app sets. */
export function limitsOf(overrides: LimitOverrides): Limits {
  return {
    advisor: { ...advisorLimits, ...overrides.advisor },
    alerts: { ...alertLimits, ...overrides.alerts },
    answers: { ...answerLimits, ...overrides.answers },
    cost: { ...costLimits, ...overrides.cost },
    fold: { ...foldLimits, ...overrides.fold },
    held: { ...heldLimits, ...overrides.held },
    log: { ...logLimits, ...overrides.log },
    metrics: { ...metricsLimits, ...overrides.metrics },
    orders: { ...orderLimits, ...overrides.orders },
    patterns: { ...patternLimits, ...overrides.patterns },
    rollout: { ...rolloutLimits, ...overrides.rollout },
    verification: { ...verificationLimits, ...overrides.verification },
  };
}

function invalid(path: string, message: string): RollupsError {
  return new RollupsError("InvalidLimits", `Invalid limits: ${path}: ${message}`, {
    path,
    message,
  });
}

function names(of: object): string {
  return Object.keys(of).join(", ");
}
