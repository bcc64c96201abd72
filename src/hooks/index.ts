/** The library's React door: everything that an app imports. */
export { RollupsProvider, type RollupsProviderProps } from "./RollupsProvider";
export { useAggregate, type AggregateOptions } from "./useAggregate";
export { useOwnWrites, type OwnWrites, type Written } from "./useOwnWrites";
export {
  useBackfillProgress,
  useFlag,
  useFreshness,
  useRollupHealth,
  useTenants,
} from "./useStatus";
export type { AggregateAnswer, Source } from "./answer";
export { storageAnswerCache, type AnswerCache } from "./answerCache";
export { AggregateError, toAggregateError, type ClientCode } from "./errors";
export type { Annotation, Annotations, Freshness, Health, Mode, Role, Tenant } from "./api";
export type { GranularityAnnotation } from "../../lib/cubeJson/annotate";
export type { Approximation } from "../../lib/measures/approximation";
export type { ErrorCode, ErrorKind } from "../../lib/errorCodes";
export type { DateRange, QueryOf } from "../../lib/query/queryOf";
export type { AggregateQuery, Direction, Filter, Row, TimeDimension, Value } from "./query";
