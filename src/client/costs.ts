/** Dollars beside what the component counts: it knows no prices. */
import type { FunctionReturnType } from "convex/server";
import type { ComponentApi } from "../../convex/components/rollups/_generated/component.js";
import { PROFESSIONAL, type Prices } from "../../lib/cost/prices.js";
import { estimatedWork, pricePerThousand, type AnswerWork } from "../../lib/cost/question.js";
import { monthlyUpkeep, rollupCost, tenantCost } from "../../lib/cost/upkeep.js";
import { RollupsError } from "../../lib/errors.js";
import type { Considered } from "../../lib/planner/plan.js";

type Health = FunctionReturnType<ComponentApi["health"]["health"]>;
type Explained = FunctionReturnType<ComponentApi["explain"]["explain"]>;

/** What a rollup's answer takes, and costs. */
export interface AnswerPrice extends AnswerWork {
  /** Dollars of a thousand answers. */
  perThousand: number;
  /** By the planner's estimate, not measured. */
  isEstimated: true;
}

/** Throws `InvalidDefinition` naming the price. */
export function mustBePrices(prices: Partial<Prices>): void {
  for (const [name, price] of Object.entries(prices) as [string, unknown][]) {
    const isKnown = Object.hasOwn(PROFESSIONAL, name);
    if (isKnown && (price === undefined || (typeof price === "number" && price >= 0))) continue;
    const message = isKnown ? "a number from 0 on is expected" : "there is no such price";
    throw new RollupsError("InvalidDefinition", `Invalid prices: ${name}: ${message}`, {
      path: `prices.${name}`,
    });
  }
}

/** What is left out, or undefined, is Convex's. */
export function pricesOf({ calls, bandwidth, storage }: Partial<Prices> = {}): Prices {
  return {
    calls: calls ?? PROFESSIONAL.calls,
    bandwidth: bandwidth ?? PROFESSIONAL.bandwidth,
    storage: storage ?? PROFESSIONAL.storage,
  };
}

/** With dollars per month: of each rollup, and of the tenant. */
export function withCosts(health: Health, prices: Prices, now: number) {
  const upkeep = monthlyUpkeep(health.upkeep, prices, now);
  return {
    ...health,
    rollups: health.rollups.map((one) => ({ ...one, cost: rollupCost(one, upkeep, prices) })),
    /** Dollars per month at the pace since the month began, and for what is stored as far as that is known. */
    cost: tenantCost(health.rollups, upkeep, prices),
  };
}

/** With `price` beside each rollup that was considered; null where it cannot answer. */
export function withPrices(explained: Explained, prices: Prices): Explained {
  const priced = (considered: readonly Considered[]) =>
    considered.map((one) => ({ ...one, price: priceOf(one, prices) }));
  const { considered, ranges } = explained;
  return {
    ...explained,
    considered: priced(considered as Considered[]),
    ...(ranges && {
      ranges: ranges.map((range) => ({
        ...range,
        considered: priced(range.considered as Considered[]),
      })),
    }),
  };
}

function priceOf({ cost }: Considered, prices: Prices): AnswerPrice | null {
  if (cost === null) return null;
  const work = estimatedWork(cost);
  return { ...work, perThousand: pricePerThousand(work, prices), isEstimated: true };
}
