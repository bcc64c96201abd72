/** What an app says of its rollout, and what it is told. */
import type {
  FunctionArgs,
  FunctionReturnType,
  GenericDataModel,
  GenericQueryCtx,
  RegisteredAction,
  RegisteredMutation,
  RegisteredQuery,
} from "convex/server";
import type { ComponentApi } from "../../../convex/components/rollups/_generated/component.js";
import type { Mode, Rollout, Stage } from "../../../lib/rollout/stage.js";
import type { TenantArgs } from "../types/tenants.js";

type Component = ComponentApi["rollout"];

/** How far a tenant has moved. `percent` counts at the stage "percent"; the salt decides which viewers come first. */
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
  rollback: FunctionReturnType<Component["stages"]["get"]>[number]["rollback"];
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

/** What a comparison came to: which answers, of which commit, and how they differ, or why there are none. */
export type Comparison = FunctionReturnType<Component["compare"]["compare"]>;

type Told<Reference extends Component["stages"]["set" | "move"]> = Omit<
  FunctionArgs<Reference>,
  "tenantId" | "app"
>;

/** What `rollups.rollout()` gives. A module exports all of it. */
export interface RolloutFunctions<Argument extends string, Tenant> {
  /** What the caller sees, and how far its tenant is. */
  get: RegisteredQuery<"public", TenantArgs<Argument, Tenant>, Promise<Flag>>;
  /** All of a tenant at once: "on" or "off". */
  set: Administering<Argument, Tenant, Told<Component["stages"]["set"]>, null>;
  /** A tenant, or one of its cubes, to a stage. */
  move: Administering<Argument, Tenant, Told<Component["stages"]["move"]>, null>;
  /** What was compared, and what differed. */
  differences: RegisteredQuery<
    "public",
    TenantArgs<Argument, Tenant>,
    Promise<FunctionReturnType<Component["review"]["differences"]>>
  >;
  /** Forgets what was compared. */
  clear: Administering<Argument, Tenant, unknown, { more: boolean }>;
  /** Compares both ways of a question that a page asks. The hooks call it now and then. */
  report: RegisteredAction<
    "public",
    TenantArgs<Argument, Tenant> & { query: unknown },
    Promise<null>
  >;
  /** Called by `report`. */
  admit: RegisteredMutation<"internal", Asked, Promise<unknown>>;
  answer: RegisteredQuery<"internal", Asked, Promise<null>>;
  compare: RegisteredQuery<"internal", Asked, Promise<Comparison>>;
}

type Asked = { query: unknown };

type Administering<Argument extends string, Tenant, Told, Result> = RegisteredMutation<
  "public",
  TenantArgs<Argument, Tenant> & Told,
  Promise<Result>
>;
