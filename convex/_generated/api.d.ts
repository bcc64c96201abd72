/* eslint-disable */
/**
 * Generated `api` utility.
 *
 * THIS CODE IS AUTOMATICALLY GENERATED.
 *
 * To regenerate, run `npx convex dev`.
 * @module
 */

import type * as access_clip from "../access/clip.js";
import type * as access_membership from "../access/membership.js";
import type * as access_platformLimits from "../access/platformLimits.js";
import type * as access_queryBounds from "../access/queryBounds.js";
import type * as access_queryCost from "../access/queryCost.js";
import type * as access_rules from "../access/rules.js";
import type * as access_writeRate from "../access/writeRate.js";
import type * as activity from "../activity.js";
import type * as aggregates from "../aggregates.js";
import type * as answers_answer from "../answers/answer.js";
import type * as answers_health from "../answers/health.js";
import type * as answers_lag from "../answers/lag.js";
import type * as answers_limits from "../answers/limits.js";
import type * as answers_routes from "../answers/routes.js";
import type * as answers_tail from "../answers/tail.js";
import type * as changeLog_capture from "../changeLog/capture.js";
import type * as changeLog_part from "../changeLog/part.js";
import type * as changeLog_reader from "../changeLog/reader.js";
import type * as changeLog_readings from "../changeLog/readings.js";
import type * as crons from "../crons.js";
import type * as cubes from "../cubes.js";
import type * as errors from "../errors.js";
import type * as expiry_boundary from "../expiry/boundary.js";
import type * as expiry_derive from "../expiry/derive.js";
import type * as expiry_expire from "../expiry/expire.js";
import type * as expiry_health from "../expiry/health.js";
import type * as expiry_obstacle from "../expiry/obstacle.js";
import type * as expiry_sourceFrom from "../expiry/sourceFrom.js";
import type * as flags from "../flags.js";
import type * as fold_basis from "../fold/basis.js";
import type * as fold_budget from "../fold/budget.js";
import type * as fold_cubes from "../fold/cubes.js";
import type * as fold_foldState from "../fold/foldState.js";
import type * as fold_folder from "../fold/folder.js";
import type * as fold_kick from "../fold/kick.js";
import type * as fold_limits from "../fold/limits.js";
import type * as fold_plan from "../fold/plan.js";
import type * as fold_reach from "../fold/reach.js";
import type * as fold_status from "../fold/status.js";
import type * as fold_step from "../fold/step.js";
import type * as fold_wake from "../fold/wake.js";
import type * as fold_work from "../fold/work.js";
import type * as fold_worker from "../fold/worker.js";
import type * as functions from "../functions.js";
import type * as http from "../http.js";
import type * as inventory from "../inventory.js";
import type * as repairs_largeBucket from "../repairs/largeBucket.js";
import type * as repairs_plan from "../repairs/plan.js";
import type * as repairs_queue from "../repairs/queue.js";
import type * as repairs_repair from "../repairs/repair.js";
import type * as repairs_restoreLarge from "../repairs/restoreLarge.js";
import type * as retention_archive from "../retention/archive.js";
import type * as retention_archiveFile from "../retention/archiveFile.js";
import type * as retention_archives from "../retention/archives.js";
import type * as retention_coverage from "../retention/coverage.js";
import type * as retention_expire from "../retention/expire.js";
import type * as retention_keep from "../retention/keep.js";
import type * as retention_restore from "../retention/restore.js";
import type * as retention_restoreFile from "../retention/restoreFile.js";
import type * as rollups from "../rollups.js";
import type * as rollups_declared from "../rollups/declared.js";
import type * as rollups_failState from "../rollups/failState.js";
import type * as rollups_lifecycle from "../rollups/lifecycle.js";
import type * as rollups_tables from "../rollups/tables.js";
import type * as sources from "../sources.js";
import type * as sources_commits from "../sources/commits.js";
import type * as sources_known from "../sources/known.js";
import type * as sources_records from "../sources/records.js";
import type * as sources_rows from "../sources/rows.js";
import type * as sources_scan from "../sources/scan.js";
import type * as sources_shapes from "../sources/shapes.js";
import type * as sources_validators from "../sources/validators.js";
import type * as tenants from "../tenants.js";
import type * as tiles_store from "../tiles/store.js";
import type * as verification_check from "../verification/check.js";
import type * as verification_cursor from "../verification/cursor.js";
import type * as verification_findings from "../verification/findings.js";
import type * as verification_health from "../verification/health.js";
import type * as verification_levelWindow from "../verification/levelWindow.js";
import type * as verification_limits from "../verification/limits.js";
import type * as verification_pass from "../verification/pass.js";
import type * as verification_record from "../verification/record.js";
import type * as verification_sourceWindow from "../verification/sourceWindow.js";
import type * as verification_tileCells from "../verification/tileCells.js";
import type * as verification_verified from "../verification/verified.js";
import type * as verification_watch from "../verification/watch.js";
import type * as watch from "../watch.js";

import type {
  ApiFromModules,
  FilterApi,
  FunctionReference,
} from "convex/server";

declare const fullApi: ApiFromModules<{
  "access/clip": typeof access_clip;
  "access/membership": typeof access_membership;
  "access/platformLimits": typeof access_platformLimits;
  "access/queryBounds": typeof access_queryBounds;
  "access/queryCost": typeof access_queryCost;
  "access/rules": typeof access_rules;
  "access/writeRate": typeof access_writeRate;
  activity: typeof activity;
  aggregates: typeof aggregates;
  "answers/answer": typeof answers_answer;
  "answers/health": typeof answers_health;
  "answers/lag": typeof answers_lag;
  "answers/limits": typeof answers_limits;
  "answers/routes": typeof answers_routes;
  "answers/tail": typeof answers_tail;
  "changeLog/capture": typeof changeLog_capture;
  "changeLog/part": typeof changeLog_part;
  "changeLog/reader": typeof changeLog_reader;
  "changeLog/readings": typeof changeLog_readings;
  crons: typeof crons;
  cubes: typeof cubes;
  errors: typeof errors;
  "expiry/boundary": typeof expiry_boundary;
  "expiry/derive": typeof expiry_derive;
  "expiry/expire": typeof expiry_expire;
  "expiry/health": typeof expiry_health;
  "expiry/obstacle": typeof expiry_obstacle;
  "expiry/sourceFrom": typeof expiry_sourceFrom;
  flags: typeof flags;
  "fold/basis": typeof fold_basis;
  "fold/budget": typeof fold_budget;
  "fold/cubes": typeof fold_cubes;
  "fold/foldState": typeof fold_foldState;
  "fold/folder": typeof fold_folder;
  "fold/kick": typeof fold_kick;
  "fold/limits": typeof fold_limits;
  "fold/plan": typeof fold_plan;
  "fold/reach": typeof fold_reach;
  "fold/status": typeof fold_status;
  "fold/step": typeof fold_step;
  "fold/wake": typeof fold_wake;
  "fold/work": typeof fold_work;
  "fold/worker": typeof fold_worker;
  functions: typeof functions;
  http: typeof http;
  inventory: typeof inventory;
  "repairs/largeBucket": typeof repairs_largeBucket;
  "repairs/plan": typeof repairs_plan;
  "repairs/queue": typeof repairs_queue;
  "repairs/repair": typeof repairs_repair;
  "repairs/restoreLarge": typeof repairs_restoreLarge;
  "retention/archive": typeof retention_archive;
  "retention/archiveFile": typeof retention_archiveFile;
  "retention/archives": typeof retention_archives;
  "retention/coverage": typeof retention_coverage;
  "retention/expire": typeof retention_expire;
  "retention/keep": typeof retention_keep;
  "retention/restore": typeof retention_restore;
  "retention/restoreFile": typeof retention_restoreFile;
  rollups: typeof rollups;
  "rollups/declared": typeof rollups_declared;
  "rollups/failState": typeof rollups_failState;
  "rollups/lifecycle": typeof rollups_lifecycle;
  "rollups/tables": typeof rollups_tables;
  sources: typeof sources;
  "sources/commits": typeof sources_commits;
  "sources/known": typeof sources_known;
  "sources/records": typeof sources_records;
  "sources/rows": typeof sources_rows;
  "sources/scan": typeof sources_scan;
  "sources/shapes": typeof sources_shapes;
  "sources/validators": typeof sources_validators;
  tenants: typeof tenants;
  "tiles/store": typeof tiles_store;
  "verification/check": typeof verification_check;
  "verification/cursor": typeof verification_cursor;
  "verification/findings": typeof verification_findings;
  "verification/health": typeof verification_health;
  "verification/levelWindow": typeof verification_levelWindow;
  "verification/limits": typeof verification_limits;
  "verification/pass": typeof verification_pass;
  "verification/record": typeof verification_record;
  "verification/sourceWindow": typeof verification_sourceWindow;
  "verification/tileCells": typeof verification_tileCells;
  "verification/verified": typeof verification_verified;
  "verification/watch": typeof verification_watch;
  watch: typeof watch;
}>;

/**
 * A utility for referencing Convex functions in your app's public API.
 *
 * Usage:
 * ```js
 * const myFunctionReference = api.myModule.myFunction;
 * ```
 */
export declare const api: FilterApi<
  typeof fullApi,
  FunctionReference<any, "public">
>;

/**
 * A utility for referencing Convex functions in your app's internal API.
 *
 * Usage:
 * ```js
 * const myFunctionReference = internal.myModule.myFunction;
 * ```
 */
export declare const internal: FilterApi<
  typeof fullApi,
  FunctionReference<any, "internal">
>;

export declare const components: {
  batchWorker: import("@convex-dev/batch-worker/_generated/component.js").ComponentApi<"batchWorker">;
};
