/** The library's React door: everything that an app imports. */
export { createRollups, type CreateRollupsOptions } from "./createRollups.js";
export { RollupsProvider, type RollupsProviderProps } from "./RollupsProvider.js";
export { useRollup, type RollupAnswer, type RollupError, type RollupOptions } from "./useRollup.js";
export { useAggregate, type AggregateOptions } from "./useAggregate.js";
export { useExplain, type Explain } from "./useExplain.js";
export type { Explained } from "./held/explained.js";
export { useGenerations } from "./useGenerations.js";
export { useOwnWrites, type OwnWrites, type Written } from "./useOwnWrites.js";
export {
  useBackfillProgress,
  useFlag,
  useFreshness,
  useRollupHealth,
  useTenants,
} from "./useStatus.js";
export type { AggregateAnswer, Source } from "./answer.js";
export { storageAnswerCache, type AnswerCache } from "./answerCache.js";
export { AggregateError, toAggregateError, type ClientCode } from "./errors.js";
export type {
  AggregateRows,
  Board,
  Annotation,
  Annotations,
  FallbackApi,
  Flag,
  Freshness,
  HeldApi,
  HeldCatalog,
  HeldTail,
  Health,
  Mode,
  Role,
  Rollback,
  Rollout,
  RollupsApi,
  SourceChanges,
  SourcePage,
  Stage,
  Tenant,
  TenantArgs,
} from "./api.js";
export type { GranularityAnnotation } from "../../lib/cubeJson/annotate.js";
export type { Approximation } from "../../lib/query/approximation.js";
export type { ErrorCode, ErrorKind } from "../../lib/errorCodes.js";
export type { DateRange, QueryOf } from "../../lib/query/queryOf.js";
export type { AggregateQuery, Direction, Filter, Row, TimeDimension, Value } from "./query.js";
