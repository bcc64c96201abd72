/* eslint-disable */
/**
 * Generated `api` utility.
 *
 * THIS CODE IS AUTOMATICALLY GENERATED.
 *
 * To regenerate, run `npx convex dev`.
 * @module
 */

import type * as access_membership from "../access/membership.js";
import type * as access_rules from "../access/rules.js";
import type * as activity from "../activity.js";
import type * as advisor from "../advisor.js";
import type * as aggregates from "../aggregates.js";
import type * as alerts from "../alerts.js";
import type * as cubes from "../cubes.js";
import type * as embeds from "../embeds.js";
import type * as flags from "../flags.js";
import type * as functions from "../functions.js";
import type * as held from "../held.js";
import type * as http from "../http.js";
import type * as inventory from "../inventory.js";
import type * as limits from "../limits.js";
import type * as patterns from "../patterns.js";
import type * as records from "../records.js";
import type * as requests from "../requests.js";
import type * as rollups from "../rollups.js";
import type * as sources from "../sources.js";
import type * as sources_commits from "../sources/commits.js";
import type * as sources_known from "../sources/known.js";
import type * as sources_page from "../sources/page.js";
import type * as sources_records from "../sources/records.js";
import type * as sources_rows from "../sources/rows.js";
import type * as sources_shapes from "../sources/shapes.js";
import type * as sources_validators from "../sources/validators.js";
import type * as sources_writeRate from "../sources/writeRate.js";
import type * as tenants from "../tenants.js";
import type * as views from "../views.js";
import type * as watch from "../watch.js";

import type {
  ApiFromModules,
  FilterApi,
  FunctionReference,
} from "convex/server";

declare const fullApi: ApiFromModules<{
  "access/membership": typeof access_membership;
  "access/rules": typeof access_rules;
  activity: typeof activity;
  advisor: typeof advisor;
  aggregates: typeof aggregates;
  alerts: typeof alerts;
  cubes: typeof cubes;
  embeds: typeof embeds;
  flags: typeof flags;
  functions: typeof functions;
  held: typeof held;
  http: typeof http;
  inventory: typeof inventory;
  limits: typeof limits;
  patterns: typeof patterns;
  records: typeof records;
  requests: typeof requests;
  rollups: typeof rollups;
  sources: typeof sources;
  "sources/commits": typeof sources_commits;
  "sources/known": typeof sources_known;
  "sources/page": typeof sources_page;
  "sources/records": typeof sources_records;
  "sources/rows": typeof sources_rows;
  "sources/shapes": typeof sources_shapes;
  "sources/validators": typeof sources_validators;
  "sources/writeRate": typeof sources_writeRate;
  tenants: typeof tenants;
  views: typeof views;
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
  rollups: import("../components/rollups/_generated/component.js").ComponentApi<"rollups">;
  rateLimiter: import("@convex-dev/rate-limiter/_generated/component.js").ComponentApi<"rateLimiter">;
};
