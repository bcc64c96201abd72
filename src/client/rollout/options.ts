/** What an app says of its rollout, and what it is told. */
import type { GenericQueryCtx, GenericDataModel } from "convex/server";
import type { Infer } from "convex/values";
import type { vComparison, vRollback } from "../../../convex/components/rollups/schema/rollout.js";
import type { Mode, Rollout, Stage } from "../../../lib/rollout/stage.js";

/** How far a tenant has moved. `percent` is of that stage; the salt draws who comes first. */
export type Said = Pick<Rollout, "stage"> & Partial<Rollout>;

/** What the old way gives for a question, from the app's own function. */
export interface OldAnswer {
  value: unknown;
  /** Makes the same form of the new way's rows (default: the rows themselves). */
  shape?: (rows: readonly Readonly<Record<string, unknown>>[]) => unknown;
  /** The share of a number by which both may differ (default 1e-9): such functions add fractions inexactly. */
  tolerance?: number;
}

export interface RolloutOptions<Ctx = GenericQueryCtx<GenericDataModel>, Tenant = string> {
  /** Who looks, as a text that stays the same (default: the caller's token identifier). */
  viewer?: (ctx: Ctx) => Promise<string> | string;
  /**
   * Says the stage in place of the table that `move` writes, as LaunchDarkly's or PostHog's component does. A cube whose
   * new way was taken back stays "off" until an admin moves it.
   */
  stage?: (ctx: Ctx, tenant: Tenant, viewer: string) => Promise<Said> | Said;
  /** The app's own way to answer a question; null, and without it, a scan of the records is the old way. */
  old?: (ctx: Ctx, tenant: Tenant, query: unknown) => Promise<OldAnswer | null> | OldAnswer | null;
}

/** How far a tenant, or a cube of it, has moved to rollups. */
export interface Moved {
  stage: Stage;
  percent: number;
  /** Whether questions are to be reported, so that both ways are compared. */
  compares: boolean;
  /** Why the new way was taken back; null where it was not. */
  rollback: Infer<typeof vRollback> | null;
}

/** What one viewer sees: rollups where the mode is "on", the old way where it is "off". */
export interface CubeFlag {
  mode: Mode;
  rollout: Moved;
}

/** What `get` answers. */
export interface Flag extends CubeFlag {
  /** `cubes` has those that stand otherwise than the tenant. */
  rollout: Moved & { cubes: Record<string, CubeFlag> };
}

export type Comparison = Infer<typeof vComparison>;
