/** The hooks of one app: bound to its functions once, and typed by its cubes. */
import type { Catalogue } from "../../lib/model/cube.js";
import type { Checked, LiteralQuery } from "../client/types/queries.js";
import type { RowWith } from "../client/types/rows.js";
import type { PatternReports } from "../patterns/index.js";
import type { AggregateAnswer } from "./answer.js";
import type { FallbackApi, HeldApi, RollupsApi, TenantArgs } from "./api.js";
import type { Prefetcher } from "./prefetcher.js";
import { RollupsProvider, type RollupsProviderProps } from "./RollupsProvider.js";
import type { QueryOfRows, RowOfRows, RowsFunction, TenantOfRows } from "./rowsFunction.js";
import { useAggregate, type AggregateOptions } from "./useAggregate.js";
import { useOwnWrites } from "./useOwnWrites.js";
import { useBackfillProgress, useFlag, useFreshness, useRollupHealth } from "./useStatus.js";

export interface CreateRollupsOptions<Api extends RollupsApi> {
  api: Api;
  /** What answers of the browser need; without it rollups answer everything, and there is no flag. */
  fallback?: FallbackApi;
  /** What `rollups.held()` gives: with it the browser holds tiles, and answers what they cover by itself. */
  held?: HeldApi;
  /** The cubes as data. Needed only where a tenant's flag may be off, by what the browser computes. */
  cubes?: Catalogue;
  /** With it, what is asked is reported. */
  patterns?: PatternReports;
  /** With it, likely questions are asked ahead: `Prefetch` of `convex-rollups/react/prefetch`. */
  prefetch?: Prefetcher;
}

type ProviderProps<Rows extends RowsFunction> = Omit<
  RollupsProviderProps,
  "api" | "fallback" | "held" | "catalogue" | "patterns" | "tenant"
> & { tenant: TenantOfRows<Rows> };

/** `useAggregate`, with the queries of `Rows` and rows that are typed by each. */
export type TypedUseAggregate<Rows extends RowsFunction> = <
  const Literal extends LiteralQuery<QueryOfRows<Rows>> | "skip",
>(
  query: Literal & Checked<Literal, QueryOfRows<Rows>>,
  options?: AggregateOptions,
) => AggregateAnswer<RowWith<Exclude<Literal, "skip">, RowOfRows<Rows>>>;

/** Made once per app, outside of components. */
export function createRollups<Api extends RollupsApi>({
  cubes: catalogue,
  ...bound
}: CreateRollupsOptions<Api>) {
  function BoundProvider({ tenant, ...props }: ProviderProps<Api["rows"]>) {
    const given = { ...bound, ...props, catalogue, tenant: tenant as TenantArgs };
    return <RollupsProvider {...given} />;
  }
  return {
    RollupsProvider: BoundProvider,
    useAggregate: useAggregate as unknown as TypedUseAggregate<Api["rows"]>,
    ...{ useBackfillProgress, useFlag, useFreshness, useOwnWrites, useRollupHealth },
  };
}
