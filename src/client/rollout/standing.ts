/** From stored rollouts, and what the app says itself, to what one viewer sees. */
import type { FunctionReturnType } from "convex/server";
import type { ComponentApi } from "../../../convex/components/rollups/_generated/component.js";
import { limitsOf, type LimitOverrides } from "../../../convex/components/rollups/limits/limits.js";
import { modeOf } from "../../../lib/rollout/stage.js";
import type { CubeFlag, Flag, Said } from "./options.js";

type Stored = FunctionReturnType<ComponentApi["rollout"]["stages"]["get"]>[number];

interface Seen {
  tenant: string;
  viewer: string;
  stored: readonly Stored[];
  /** What the app says in place of what is stored. */
  said: Said | null;
  limits: LimitOverrides;
}

/** What `get` answers. Without a rollout, all see rollups and nothing is compared. */
export function flagOf({ tenant, viewer, stored, said, limits }: Seen): Flag {
  const { perMinute, onPerMinute } = limitsOf(limits).rollout;
  const flag = (one: Said & Partial<Stored>): CubeFlag => {
    const { stage, percent = 0, salt = tenant, rollback = null } = one;
    const most = stage === "on" ? onPerMinute : perMinute;
    const compares = stage !== "off" && most > 0;
    return {
      mode: modeOf({ stage, percent, salt }, viewer),
      rollout: { stage, percent, compares, rollback },
    };
  };
  const own = said ?? stored.find(({ cube }) => cube === null);
  const { mode, rollout } = flag(own ?? { stage: "on" });
  const compares = own !== undefined && rollout.compares;
  const cubes = stored.flatMap((one) =>
    one.cube === null || (said !== null && one.rollback === null)
      ? []
      : [[one.cube, flag(one)] as const],
  );
  return { mode, rollout: { ...rollout, compares, cubes: Object.fromEntries(cubes) } };
}
