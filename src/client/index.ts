/** What an app's backend imports: the class, the types of its options, and what goes with them. */
export { Rollups, type Need, type RollupsOptions, type Zones } from "./Rollups.js";
export type { CatalogueOptions, CubeOptions } from "./cubes/cubeOptions.js";
export type { CubesOf } from "./types/cubesOf.js";
export type { QueryOfCubes } from "./types/queries.js";
export type { RowOf } from "./types/rows.js";
export type { Comparison, Flag, OldAnswer, RolloutOptions } from "./rollout/options.js";
export type { LockFilter, LockOptions } from "./embedding/lock.js";
export { CallerLock } from "./embedding/CallerLock.js";
export { embedOf, signEmbed, type Embed, type EmbedAsked } from "./embedding/tokens.js";
export type { AlertOptions } from "./alerts/options.js";
export type { McpOptions } from "../mcp/options.js";
export { alertArgs, type AlertNotice, type WebhookOptions } from "./alerts/webhook.js";
export { PROFESSIONAL, type Prices } from "../../lib/cost/prices.js";
export type { Pattern } from "../../lib/patterns/pattern.js";
export type { LimitOverrides } from "../../convex/components/rollups/limits/limits.js";
export { defineCube } from "../../lib/resolve/defineCube.js";
export type { CubeDefinition, Fact } from "../../lib/model/cube.js";
export type { QueryOf } from "../../lib/query/queryOf.js";

/** Refusals: one typed list of codes, and what turns them into `ConvexError({code, message, …})`. */
export { errorCodes, kindOf, type ErrorCode, type ErrorKind } from "../../lib/errorCodes.js";
export { RollupsError } from "../../lib/errors.js";
export { fail } from "../../convex/components/rollups/errors/errors.js";
export { clipText } from "../../convex/components/rollups/errors/clip.js";
export {
  codedMutation,
  codedQuery,
} from "../../convex/components/rollups/errors/platformLimits.js";

/** For apps that check what people send before they store it. */
export { projectFact, sameFact } from "../../lib/model/fact.js";
export { isZone } from "../../lib/time/calendar.js";
