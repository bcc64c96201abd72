/**
 * The public backend functions that the hooks call, by name and type. They are references by name,
 * so the hooks work in any app whose `convex/` folder has these modules.
 */
import { makeFunctionReference } from "convex/server";
import type { GranularityAnnotation } from "../../lib/cubeJson/annotate";
import type { Approximation } from "../../lib/measures/approximation";
import type { Fact } from "../../lib/model/cube";
import type { Row, WireQuery } from "./query";

export type Mode = "on" | "off";

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
  data: Row[];
  annotation: Annotations;
  total?: number;
  servedBy: string;
  /** False where a measure is approximate. */
  exact: boolean;
  /** As it is: an answer that was to be live is folded where more is unfolded than it can add. */
  freshness: "live" | "folded";
  /** Of a folded answer: the commit of the newest change of its cube that is included. */
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

type TenantArgs = { tenantId: string };
type CubeArgs = TenantArgs & { cube: string };

export const functions = {
  tenants: makeFunctionReference<"query", Record<string, never>, Tenant[]>("tenants:mine"),
  rows: makeFunctionReference<
    "query",
    TenantArgs & { query: WireQuery; freshness?: "live" | "folded" },
    AggregateRows
  >("aggregates:rows"),
  freshness: makeFunctionReference<"query", TenantArgs, Freshness>("aggregates:freshness"),
  health: makeFunctionReference<"query", TenantArgs, Health>("aggregates:health"),
  flag: makeFunctionReference<"query", TenantArgs, { mode: Mode }>("flags:get"),
  setFlag: makeFunctionReference<"mutation", TenantArgs & { mode: Mode }, unknown>("flags:set"),
  head: makeFunctionReference<"query", TenantArgs, { asOf: string }>("sources:head"),
  page: makeFunctionReference<"query", CubeArgs & { cursor: string | null }, SourcePage>(
    "sources:page",
  ),
  changes: makeFunctionReference<"query", CubeArgs & { after: string }, SourceChanges>(
    "sources:changes",
  ),
};
