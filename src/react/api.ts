/** The public functions of an app's backend that the hooks call, and what they answer. The app hands them in. */
import type { DefaultFunctionArgs, FunctionReference } from "convex/server";
import type { WireTail } from "../../lib/answer/sentTail.js";
import type { GranularityAnnotation } from "../../lib/cubeJson/annotate.js";
import type { Approximation } from "../../lib/query/approximation.js";
import type { CubeDefinition, Fact } from "../../lib/model/cube.js";
import type { Candidate } from "../../lib/planner/plan.js";

export type Mode = "on" | "off";

/** See `lib/rollout/stage.ts`. */
export type Stage = "off" | "shadow" | "percent" | "on";

/** Why the new way was taken back. */
export type Rollback = {
  /** Epoch ms. */
  at: number;
  from: Stage;
  percent: number;
  reason: "differences" | "failures" | "latency";
  /** How many there were within the window, and how many it takes. */
  count: number;
  most: number;
  windowMs: number;
};

/** How far a tenant, or a cube of it, has moved to rollups. */
export type Rollout = {
  stage: Stage;
  percent: number;
  /** Whether questions are reported, so that both ways are compared. */
  compares: boolean;
  rollback: Rollback | null;
  /** Of a tenant: its cubes that stand otherwise. */
  cubes?: { [cube: string]: Flag };
};

/** What one viewer sees, … */
export type Flag = {
  mode: Mode;
  /** … and how far the tenant, or the cube, has moved. Absent where an app has a flag of its own. */
  rollout?: Rollout;
};

export type Role = "viewer" | "editor" | "admin" | "service";

export type Tenant = { tenantId: string; name: string; timezone: string; role: Role };

export type Annotation = {
  title: string;
  shortTitle: string;
  description?: string;
  type: string;
  format?: string;
  /** Of a measure that is not exact. */
  approximate?: Approximation;
  /** Of a time column, such as `watch.watchedAt.fortnight`. */
  granularity?: GranularityAnnotation;
};

export type Annotations = {
  measures: { [member: string]: Annotation };
  dimensions: { [member: string]: Annotation };
  timeDimensions: { [member: string]: Annotation };
};

export type AggregateRows = {
  query: unknown;
  data: readonly object[];
  annotation: Annotations;
  total?: number;
  servedBy: string;
  /** False where a measure is approximate. */
  exact: boolean;
  /** As it is: an answer that was to be live is folded where more is unfolded than it can add. */
  freshness: "live" | "folded";
  /** Of an answer that is folded though it was to be live: the commit of the newest change of its cube that is included. */
  asOf?: string;
};

export type Freshness = {
  /** Commit timestamp of the newest change, nanoseconds as a decimal string: live answers are of it. */
  watermark: string;
  /** Every change up to this commit is folded. */
  foldedTo: string;
  /** Age of the oldest change that is not folded, when the backend computed this; 0 where there is none. */
  lagMs: number;
  /** Commit of that change, by which its age can be told at any time; null where there is none. */
  unfoldedSince: string | null;
  /** Whether changes wait to be folded. */
  backlog: boolean;
};

export type RollupHealth = {
  cube: string;
  rollup: string;
  generation: number;
  status: "building" | "ready" | "retiring" | "failed";
  /** Why the status is "failed". */
  failure: { code: string; message: string } | null;
  /** 0–1 while building, if known. */
  progress: number | null;
  /** A change could not be applied and waits among the dead letters. */
  degraded: boolean;
};

export type Health = {
  tenantId: string;
  watermark: string;
  lagMs: number;
  /** Log rows not folded yet, at most 100. */
  backlog: number;
  worker: "absent" | "idle" | "running" | "stopped";
  rollups: RollupHealth[];
  deadLetters: number;
};

export type SourcePage = {
  facts: { id: string; fact: Fact }[];
  cursor: string | null;
  isDone: boolean;
  /** The newest log commit visible to this page. */
  asOf: string;
  /** Records are whole from this instant on, epoch ms; null where none have expired. */
  sourceFrom: number | null;
};

export type SourceChanges = {
  changes: { commitTs: string; id: string; after: Fact | null }[];
  /** All changes up to here are included. */
  asOf: string;
  /** The list was cut; ask again from `asOf`. */
  more: boolean;
  /** As in `SourcePage`; the subscription notices when it moves. */
  sourceFrom: number | null;
};

/** A query that is told the tenant, by an argument that has the name that the app gives it. */
type TenantQuery<Result> = FunctionReference<"query", "public", DefaultFunctionArgs, Result>;

/** What answers that the browser computes need besides. */
export interface FallbackApi {
  /** Whether the tenant's rollups answer, or the browser. */
  flag: TenantQuery<Flag>;
  setFlag: FunctionReference<"mutation", "public", DefaultFunctionArgs>;
  /** Without it nothing is compared. */
  report?: FunctionReference<"action", "public", DefaultFunctionArgs>;
  head: TenantQuery<{ asOf: string }>;
  page: TenantQuery<SourcePage>;
  changes: TenantQuery<SourceChanges>;
}

/** What a browser that holds tiles plans by. */
export type HeldCatalog = {
  /** Of the form in which all that is held travels. */
  version: number;
  /** The tenant's zone. */
  timezone: string;
  /** The cube as the backend has it. */
  definition: CubeDefinition;
  /** Records of the cube are whole from this instant on, epoch ms; null where all are. */
  sourceFrom: number | null;
  candidates: Candidate[];
  /** Bytes of the text of a partition, about, by level. */
  sizes: Record<string, number>;
};

/** The changes that tiles lack. */
export type HeldTail = WireTail;

/** The functions that `rollups.held()` gives, such as `api.held`: with them browsers answer from tiles that they hold. */
export interface HeldApi {
  key: TenantQuery<string>;
  catalog: TenantQuery<HeldCatalog>;
  tiles: TenantQuery<string | null>;
  tail: TenantQuery<HeldTail>;
}

/** The answers of several questions, in their order, of one snapshot. */
export type Board = { answers: readonly ({ answer: AggregateRows } | { refusal: unknown })[] };

/** The functions of an app that the hooks call, such as `api.rollups`. */
export interface RollupsApi {
  rows: TenantQuery<AggregateRows>;
  /** With it, questions that a screen asks together are one call. */
  board?: TenantQuery<Board>;
  freshness: TenantQuery<Freshness>;
  health: TenantQuery<Health>;
}

/** The tenant, by its argument's name; no argument in an app without tenants. */
export type TenantArgs = { readonly [argument: string]: string };
