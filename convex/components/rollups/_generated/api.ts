/* eslint-disable */
/**
 * Generated `api` utility.
 *
 * THIS CODE IS AUTOMATICALLY GENERATED.
 *
 * To regenerate, run `npx convex dev`.
 * @module
 */

import type * as admin from "../admin.js";
import type * as advisor from "../advisor.js";
import type * as aggregates from "../aggregates.js";
import type * as alerts_check from "../alerts/check.js";
import type * as alerts_deliver from "../alerts/deliver.js";
import type * as alerts_health from "../alerts/health.js";
import type * as alerts_observe from "../alerts/observe.js";
import type * as alerts_rollupFreshness from "../alerts/rollupFreshness.js";
import type * as answers_answer from "../answers/answer.js";
import type * as answers_health from "../answers/health.js";
import type * as answers_lag from "../answers/lag.js";
import type * as answers_ordersHealth from "../answers/ordersHealth.js";
import type * as answers_punctuality from "../answers/punctuality.js";
import type * as answers_queryCost from "../answers/queryCost.js";
import type * as answers_routes from "../answers/routes.js";
import type * as answers_tail from "../answers/tail.js";
import type * as answers_tileLoad from "../answers/tileLoad.js";
import type * as app_app from "../app/app.js";
import type * as app_config from "../app/config.js";
import type * as app_ctx from "../app/ctx.js";
import type * as app_cubes from "../app/cubes.js";
import type * as app_once from "../app/once.js";
import type * as app_pokeAlerts from "../app/pokeAlerts.js";
import type * as app_protocol from "../app/protocol.js";
import type * as app_readings from "../app/readings.js";
import type * as app_stored from "../app/stored.js";
import type * as archives_archive from "../archives/archive.js";
import type * as archives_archiveFile from "../archives/archiveFile.js";
import type * as archives_archives from "../archives/archives.js";
import type * as archives_restoreFile from "../archives/restoreFile.js";
import type * as crons from "../crons.js";
import type * as errors_clip from "../errors/clip.js";
import type * as errors_errors from "../errors/errors.js";
import type * as errors_platformLimits from "../errors/platformLimits.js";
import type * as expiry_boundary from "../expiry/boundary.js";
import type * as expiry_expire from "../expiry/expire.js";
import type * as expiry_health from "../expiry/health.js";
import type * as expiry_obstacle from "../expiry/obstacle.js";
import type * as explain from "../explain.js";
import type * as feed from "../feed.js";
import type * as fold_basis from "../fold/basis.js";
import type * as fold_bites from "../fold/bites.js";
import type * as fold_costs from "../fold/costs.js";
import type * as fold_cubeFolds from "../fold/cubeFolds.js";
import type * as fold_definePlan from "../fold/definePlan.js";
import type * as fold_defineStep from "../fold/defineStep.js";
import type * as fold_derive from "../fold/derive.js";
import type * as fold_foldPlan from "../fold/foldPlan.js";
import type * as fold_foldState from "../fold/foldState.js";
import type * as fold_foldStep from "../fold/foldStep.js";
import type * as fold_folder from "../fold/folder.js";
import type * as fold_lifecycle from "../fold/lifecycle.js";
import type * as fold_pace from "../fold/pace.js";
import type * as fold_page from "../fold/page.js";
import type * as fold_plan from "../fold/plan.js";
import type * as fold_reach from "../fold/reach.js";
import type * as fold_rows from "../fold/rows.js";
import type * as fold_step from "../fold/step.js";
import type * as fold_turns from "../fold/turns.js";
import type * as fold_view from "../fold/view.js";
import type * as freshness from "../freshness.js";
import type * as functions from "../functions.js";
import type * as generations_candidate from "../generations/candidate.js";
import type * as generations_coverage from "../generations/coverage.js";
import type * as generations_declared from "../generations/declared.js";
import type * as generations_failState from "../generations/failState.js";
import type * as generations_generation from "../generations/generation.js";
import type * as generations_stamp from "../generations/stamp.js";
import type * as generations_states from "../generations/states.js";
import type * as health from "../health.js";
import type * as held_catalog from "../held/catalog.js";
import type * as held_keys from "../held/keys.js";
import type * as held_secret from "../held/secret.js";
import type * as held_sizes from "../held/sizes.js";
import type * as held_tail from "../held/tail.js";
import type * as held_tiles from "../held/tiles.js";
import type * as imports from "../imports.js";
import type * as limits_advisor from "../limits/advisor.js";
import type * as limits_alerts from "../limits/alerts.js";
import type * as limits_answers from "../limits/answers.js";
import type * as limits_cost from "../limits/cost.js";
import type * as limits_fold from "../limits/fold.js";
import type * as limits_held from "../limits/held.js";
import type * as limits_limits from "../limits/limits.js";
import type * as limits_log from "../limits/log.js";
import type * as limits_metrics from "../limits/metrics.js";
import type * as limits_orders from "../limits/orders.js";
import type * as limits_patterns from "../limits/patterns.js";
import type * as limits_rollout from "../limits/rollout.js";
import type * as limits_verification from "../limits/verification.js";
import type * as log_append from "../log/append.js";
import type * as log_cubeLog from "../log/cubeLog.js";
import type * as log_part from "../log/part.js";
import type * as log_positions from "../log/positions.js";
import type * as log_reader from "../log/reader.js";
import type * as metrics from "../metrics.js";
import type * as order_answer from "../order/answer.js";
import type * as order_compare from "../order/compare.js";
import type * as order_plan from "../order/plan.js";
import type * as order_states from "../order/states.js";
import type * as order_step from "../order/step.js";
import type * as order_trees from "../order/trees.js";
import type * as orders from "../orders.js";
import type * as patterns_patterns from "../patterns/patterns.js";
import type * as patterns_report from "../patterns/report.js";
import type * as patterns_rollUp from "../patterns/rollUp.js";
import type * as repairs_bucketReader from "../repairs/bucketReader.js";
import type * as repairs_largeBucket from "../repairs/largeBucket.js";
import type * as repairs_plan from "../repairs/plan.js";
import type * as repairs_queue from "../repairs/queue.js";
import type * as repairs_repair from "../repairs/repair.js";
import type * as repairs_restoreLarge from "../repairs/restoreLarge.js";
import type * as retention_expire from "../retention/expire.js";
import type * as retention_keep from "../retention/keep.js";
import type * as retention_restore from "../retention/restore.js";
import type * as rollout_compare from "../rollout/compare.js";
import type * as rollout_record from "../rollout/record.js";
import type * as rollout_review from "../rollout/review.js";
import type * as rollout_stages from "../rollout/stages.js";
import type * as schema_alerts from "../schema/alerts.js";
import type * as schema_defineJob from "../schema/defineJob.js";
import type * as schema_foldJob from "../schema/foldJob.js";
import type * as schema_imports from "../schema/imports.js";
import type * as schema_patterns from "../schema/patterns.js";
import type * as schema_requests from "../schema/requests.js";
import type * as schema_rollout from "../schema/rollout.js";
import type * as schema_tables from "../schema/tables.js";
import type * as schema_toldApp from "../schema/toldApp.js";
import type * as schema_validators from "../schema/validators.js";
import type * as schema_work from "../schema/work.js";
import type * as sources_scan from "../sources/scan.js";
import type * as sources_sourceFrom from "../sources/sourceFrom.js";
import type * as start from "../start.js";
import type * as tiles_store from "../tiles/store.js";
import type * as transaction_budget from "../transaction/budget.js";
import type * as verification_account from "../verification/account.js";
import type * as verification_chain from "../verification/chain.js";
import type * as verification_check from "../verification/check.js";
import type * as verification_cursor from "../verification/cursor.js";
import type * as verification_due from "../verification/due.js";
import type * as verification_findings from "../verification/findings.js";
import type * as verification_health from "../verification/health.js";
import type * as verification_levelWindow from "../verification/levelWindow.js";
import type * as verification_look from "../verification/look.js";
import type * as verification_pass from "../verification/pass.js";
import type * as verification_record from "../verification/record.js";
import type * as verification_sourceWindow from "../verification/sourceWindow.js";
import type * as verification_tileCells from "../verification/tileCells.js";
import type * as verification_verified from "../verification/verified.js";
import type * as wake_awake from "../wake/awake.js";
import type * as wake_status from "../wake/status.js";
import type * as wake_wake from "../wake/wake.js";
import type * as worker_kick from "../worker/kick.js";
import type * as worker_nextWork from "../worker/nextWork.js";
import type * as worker_settled from "../worker/settled.js";
import type * as worker_upkeep from "../worker/upkeep.js";
import type * as worker_watch from "../worker/watch.js";
import type * as worker_worker from "../worker/worker.js";

import type {
  ApiFromModules,
  FilterApi,
  FunctionReference,
} from "convex/server";
import { anyApi, componentsGeneric } from "convex/server";

const fullApi: ApiFromModules<{
  admin: typeof admin;
  advisor: typeof advisor;
  aggregates: typeof aggregates;
  "alerts/check": typeof alerts_check;
  "alerts/deliver": typeof alerts_deliver;
  "alerts/health": typeof alerts_health;
  "alerts/observe": typeof alerts_observe;
  "alerts/rollupFreshness": typeof alerts_rollupFreshness;
  "answers/answer": typeof answers_answer;
  "answers/health": typeof answers_health;
  "answers/lag": typeof answers_lag;
  "answers/ordersHealth": typeof answers_ordersHealth;
  "answers/punctuality": typeof answers_punctuality;
  "answers/queryCost": typeof answers_queryCost;
  "answers/routes": typeof answers_routes;
  "answers/tail": typeof answers_tail;
  "answers/tileLoad": typeof answers_tileLoad;
  "app/app": typeof app_app;
  "app/config": typeof app_config;
  "app/ctx": typeof app_ctx;
  "app/cubes": typeof app_cubes;
  "app/once": typeof app_once;
  "app/pokeAlerts": typeof app_pokeAlerts;
  "app/protocol": typeof app_protocol;
  "app/readings": typeof app_readings;
  "app/stored": typeof app_stored;
  "archives/archive": typeof archives_archive;
  "archives/archiveFile": typeof archives_archiveFile;
  "archives/archives": typeof archives_archives;
  "archives/restoreFile": typeof archives_restoreFile;
  crons: typeof crons;
  "errors/clip": typeof errors_clip;
  "errors/errors": typeof errors_errors;
  "errors/platformLimits": typeof errors_platformLimits;
  "expiry/boundary": typeof expiry_boundary;
  "expiry/expire": typeof expiry_expire;
  "expiry/health": typeof expiry_health;
  "expiry/obstacle": typeof expiry_obstacle;
  explain: typeof explain;
  feed: typeof feed;
  "fold/basis": typeof fold_basis;
  "fold/bites": typeof fold_bites;
  "fold/costs": typeof fold_costs;
  "fold/cubeFolds": typeof fold_cubeFolds;
  "fold/definePlan": typeof fold_definePlan;
  "fold/defineStep": typeof fold_defineStep;
  "fold/derive": typeof fold_derive;
  "fold/foldPlan": typeof fold_foldPlan;
  "fold/foldState": typeof fold_foldState;
  "fold/foldStep": typeof fold_foldStep;
  "fold/folder": typeof fold_folder;
  "fold/lifecycle": typeof fold_lifecycle;
  "fold/pace": typeof fold_pace;
  "fold/page": typeof fold_page;
  "fold/plan": typeof fold_plan;
  "fold/reach": typeof fold_reach;
  "fold/rows": typeof fold_rows;
  "fold/step": typeof fold_step;
  "fold/turns": typeof fold_turns;
  "fold/view": typeof fold_view;
  freshness: typeof freshness;
  functions: typeof functions;
  "generations/candidate": typeof generations_candidate;
  "generations/coverage": typeof generations_coverage;
  "generations/declared": typeof generations_declared;
  "generations/failState": typeof generations_failState;
  "generations/generation": typeof generations_generation;
  "generations/stamp": typeof generations_stamp;
  "generations/states": typeof generations_states;
  health: typeof health;
  "held/catalog": typeof held_catalog;
  "held/keys": typeof held_keys;
  "held/secret": typeof held_secret;
  "held/sizes": typeof held_sizes;
  "held/tail": typeof held_tail;
  "held/tiles": typeof held_tiles;
  imports: typeof imports;
  "limits/advisor": typeof limits_advisor;
  "limits/alerts": typeof limits_alerts;
  "limits/answers": typeof limits_answers;
  "limits/cost": typeof limits_cost;
  "limits/fold": typeof limits_fold;
  "limits/held": typeof limits_held;
  "limits/limits": typeof limits_limits;
  "limits/log": typeof limits_log;
  "limits/metrics": typeof limits_metrics;
  "limits/orders": typeof limits_orders;
  "limits/patterns": typeof limits_patterns;
  "limits/rollout": typeof limits_rollout;
  "limits/verification": typeof limits_verification;
  "log/append": typeof log_append;
  "log/cubeLog": typeof log_cubeLog;
  "log/part": typeof log_part;
  "log/positions": typeof log_positions;
  "log/reader": typeof log_reader;
  metrics: typeof metrics;
  "order/answer": typeof order_answer;
  "order/compare": typeof order_compare;
  "order/plan": typeof order_plan;
  "order/states": typeof order_states;
  "order/step": typeof order_step;
  "order/trees": typeof order_trees;
  orders: typeof orders;
  "patterns/patterns": typeof patterns_patterns;
  "patterns/report": typeof patterns_report;
  "patterns/rollUp": typeof patterns_rollUp;
  "repairs/bucketReader": typeof repairs_bucketReader;
  "repairs/largeBucket": typeof repairs_largeBucket;
  "repairs/plan": typeof repairs_plan;
  "repairs/queue": typeof repairs_queue;
  "repairs/repair": typeof repairs_repair;
  "repairs/restoreLarge": typeof repairs_restoreLarge;
  "retention/expire": typeof retention_expire;
  "retention/keep": typeof retention_keep;
  "retention/restore": typeof retention_restore;
  "rollout/compare": typeof rollout_compare;
  "rollout/record": typeof rollout_record;
  "rollout/review": typeof rollout_review;
  "rollout/stages": typeof rollout_stages;
  "schema/alerts": typeof schema_alerts;
  "schema/defineJob": typeof schema_defineJob;
  "schema/foldJob": typeof schema_foldJob;
  "schema/imports": typeof schema_imports;
  "schema/patterns": typeof schema_patterns;
  "schema/requests": typeof schema_requests;
  "schema/rollout": typeof schema_rollout;
  "schema/tables": typeof schema_tables;
  "schema/toldApp": typeof schema_toldApp;
  "schema/validators": typeof schema_validators;
  "schema/work": typeof schema_work;
  "sources/scan": typeof sources_scan;
  "sources/sourceFrom": typeof sources_sourceFrom;
  start: typeof start;
  "tiles/store": typeof tiles_store;
  "transaction/budget": typeof transaction_budget;
  "verification/account": typeof verification_account;
  "verification/chain": typeof verification_chain;
  "verification/check": typeof verification_check;
  "verification/cursor": typeof verification_cursor;
  "verification/due": typeof verification_due;
  "verification/findings": typeof verification_findings;
  "verification/health": typeof verification_health;
  "verification/levelWindow": typeof verification_levelWindow;
  "verification/look": typeof verification_look;
  "verification/pass": typeof verification_pass;
  "verification/record": typeof verification_record;
  "verification/sourceWindow": typeof verification_sourceWindow;
  "verification/tileCells": typeof verification_tileCells;
  "verification/verified": typeof verification_verified;
  "wake/awake": typeof wake_awake;
  "wake/status": typeof wake_status;
  "wake/wake": typeof wake_wake;
  "worker/kick": typeof worker_kick;
  "worker/nextWork": typeof worker_nextWork;
  "worker/settled": typeof worker_settled;
  "worker/upkeep": typeof worker_upkeep;
  "worker/watch": typeof worker_watch;
  "worker/worker": typeof worker_worker;
}> = anyApi as any;

/**
 * A utility for referencing Convex functions in your app's public API.
 *
 * Usage:
 * ```js
 * const myFunctionReference = api.myModule.myFunction;
 * ```
 */
export const api: FilterApi<
  typeof fullApi,
  FunctionReference<any, "public">
> = anyApi as any;

/**
 * A utility for referencing Convex functions in your app's internal API.
 *
 * Usage:
 * ```js
 * const myFunctionReference = internal.myModule.myFunction;
 * ```
 */
export const internal: FilterApi<
  typeof fullApi,
  FunctionReference<any, "internal">
> = anyApi as any;

export const components = componentsGeneric() as unknown as {
  batchWorker: import("@convex-dev/batch-worker/_generated/component.js").ComponentApi<"batchWorker">;
  aggregate: import("@convex-dev/aggregate/_generated/component.js").ComponentApi<"aggregate">;
};
