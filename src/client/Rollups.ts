/**
 * The app's side of the rollups: which cubes there are over which of its tables, who may read them, and
 * the functions that its modules export. One instance, made in one module, usually `convex/rollups.ts`.
 */
import { customMutation } from "convex-helpers/server/customFunctions";
import {
  internalMutationGeneric,
  internalQueryGeneric,
  mutationGeneric,
  queryGeneric,
  type DataModelFromSchemaDefinition,
  type DefaultFunctionArgs,
  type FunctionReference,
  type GenericDataModel,
  type GenericMutationCtx,
  type GenericQueryCtx,
  type HttpRouter,
  type MutationBuilder,
  type RegisteredMutation,
  type RegisteredQuery,
} from "convex/server";
import { v, type ObjectType, type PropertyValidators } from "convex/values";
import type { ComponentApi } from "../../convex/components/rollups/_generated/component.js";
import { vAsk, type Ask } from "../../convex/components/rollups/app/protocol.js";
import { fail } from "../../convex/components/rollups/errors/errors.js";
import {
  codedMutation,
  codedQuery,
} from "../../convex/components/rollups/errors/platformLimits.js";
import { logLimits } from "../../convex/components/rollups/limits/log.js";
import {
  mustBeLimits,
  type LimitOverrides,
} from "../../convex/components/rollups/limits/limits.js";
import {
  queryArgs,
  cubeArgs,
  keyArgs,
  rankArgs,
  rankedArgs,
  rebuildArgs,
  refreshArgs,
  restoreArgs,
  sampleArgs,
  storedArgs,
  tilesArgs,
  writtenArgs,
} from "../../convex/components/rollups/schema/requests.js";
import { moveArgs } from "../../convex/components/rollups/schema/rollout.js";
import { WIRE_VERSION } from "../../lib/answer/wireVersion.js";
import type { Prices } from "../../lib/cost/prices.js";
import { keptOf, metaOf } from "../../lib/cubeJson/meta.js";
import { canonicalJson, hashText } from "../../lib/hash/canonical.js";
import type { Candidate } from "../../lib/planner/plan.js";
import type { Catalogue } from "../../lib/model/cube.js";
import { isZone } from "../../lib/time/calendar.js";
import { RollupsError } from "../../lib/errors.js";
import type { Meta } from "../cube/backend.js";
import { addCubeRoutes, type CubeRoutesOptions } from "../cube/routes.js";
import type { McpOptions } from "../mcp/options.js";
import { addMcpRoute } from "../mcp/route.js";
import { Capture, type Deletion } from "./capture/capturing.js";
import { Captured } from "./capture/captured.js";
import { alertsOf, mustBeAlerts, mustBeHeld, type AlertOptions } from "./alerts/options.js";
import { sending, type WebhookOptions } from "./alerts/webhook.js";
import { mustBePrices, pricesOf, withCosts, withPrices } from "./costs.js";
import { AppCatalogue, THE_TENANT } from "./cubes/catalogue.js";
import type { CatalogueOptions } from "./cubes/cubeOptions.js";
import type { AppSchema } from "./cubes/heldValues.js";
import { tenantArgument, type TenantArgument } from "./cubes/tenantArgument.js";
import type { CallerLock, Narrowing } from "./embedding/CallerLock.js";
import { deleteOldest } from "./expiry.js";
import { Handles, moduleOf } from "./handles.js";
import { importing } from "./importing.js";
import { RollupsLog } from "./log.js";
import { addMetricsRoute, type MetricsOptions } from "./metrics/route.js";
import { reporting, type PatternFunctions } from "./patterns.js";
import { comparedWith } from "./rollout/compared.js";
import {
  comparing,
  saidOf,
  viewerOf,
  type AnyRolloutOptions,
  type Lent,
} from "./rollout/functions.js";
import type {
  Comparison,
  Flag,
  OldAnswer,
  RolloutFunctions,
  RolloutOptions,
} from "./rollout/options.js";
import { flagOf } from "./rollout/standing.js";
import { answerAsk, tenantsAfter } from "./source/source.js";
import type { CubesOf } from "./types/cubesOf.js";
import type { AnswerTo, Asking } from "./types/functions.js";
import type { Checked, LiteralQuery, QueryOfCubes } from "./types/queries.js";
import type { TenantArgs, TenantField, TenantOf } from "./types/tenants.js";

/** What a function needs of its caller. */
export type Need = "read" | "administer";

/** The zone in which a tenant's buckets begin, and others that its people ask in. */
export interface Zones {
  timezone: string;
  zones?: string[];
}

type QueryCtxOf<Schema extends AppSchema> = GenericQueryCtx<DataModelFromSchemaDefinition<Schema>>;

export interface RollupsOptions<
  Schema extends AppSchema,
  Cubes extends CatalogueOptions,
  Argument extends string = TenantField<Cubes>,
  Tenant extends string = TenantOf<Schema, Cubes>,
  Caller = unknown,
> {
  /** The app's schema: tables, field types and indexes are found in it. */
  schema: Schema;
  /**
   * Throws unless the caller may do this for this tenant. It is the only check: there is no default. In an
   * app without tenants `tenant` is always "app".
   */
  authorize: (ctx: QueryCtxOf<Schema>, tenant: Tenant, need: Need) => Caller | Promise<Caller>;
  /**
   * What the questions of a caller are narrowed to, such as one with an embed's token; null for all others. `caller` is
   * what `authorize` returned. A caller with a lock gets answers and `meta`, and all else is `Forbidden` to it, as is
   * everything where the lock is not a whole one, or something else is returned. Default: all callers ask freely.
   */
  lock?: (
    ctx: QueryCtxOf<Schema>,
    tenant: Tenant,
    caller: Awaited<Caller>,
  ) => Promise<CallerLock | null> | CallerLock | null;
  cubes: Cubes;
  /** IANA zone of every tenant, or what says it for one (default "UTC"). Changing it builds again. */
  timezone?:
    | string
    | ((ctx: QueryCtxOf<Schema>, tenant: Tenant) => Promise<string | Zones> | string | Zones);
  /**
   * Whether all who may read a tenant share what browsers hold (default false). They then ask with the tenant's view
   * key instead of who they are: the backend does the work once for all, and `authorize` is asked for the key only.
   * Say so only where all who may read a tenant without a lock may read all of its cubes, and call `revokeViews` in the mutations
   * that take that right from somebody. `timezone` must not depend on the caller then.
   */
  sharedReads?: boolean;
  /** Bounds that differ from the defaults. */
  limits?: LimitOverrides;
  /** What Convex charges, where it differs from its Professional plan: `health` and `explain` say dollars by it. */
  prices?: Partial<Prices>;
  /** What is called when something is wrong, and when it is over: see docs/operations.md. Nothing by default. */
  alerts?: AlertOptions;
  /** Name of the functions' tenant argument, where the cubes' tenant fields have several. */
  tenantArgument?: Argument;
  /** The module that exports `source` and `expire`, below `convex/` (default "rollups"). */
  module?: string;
}

interface Mapping<Result> {
  isTold?: boolean;
  told?: (answer: Result) => Result;
  /** Of what a caller with a lock may ask: what it is told of. All else it may not call. */
  locked?: "answer" | "board" | "explanation" | "whole";
  /** What answers such a caller instead. */
  insteadOf?: FunctionReference<"query", "internal", DefaultFunctionArgs, unknown>;
}

/** What a query of the app narrows its question to. */
interface Locking {
  lock?: CallerLock | null;
}

type AnyCtx = GenericQueryCtx<GenericDataModel>;
type Calling = Pick<AnyCtx, "runQuery" | "meta"> & { db: unknown };
type Args = Record<string, unknown>;

/** What a public function takes: the tenant, and what its counterpart in the component takes besides. */
type Asked<Told, Argument extends string, Tenant> = TenantArgs<Argument, Tenant> &
  Omit<Told, "tenantId" | "app">;

export class Rollups<
  Schema extends AppSchema,
  const Cubes extends CatalogueOptions,
  const Argument extends string = TenantField<Cubes>,
  Tenant extends string = TenantOf<Schema, Cubes>,
  Caller = unknown,
> {
  private readonly catalogue: AppCatalogue;
  private readonly tracker: Capture;
  private readonly handles: Handles;
  private readonly argument: TenantArgument | null;
  /** The change log, for those who follow it. */
  readonly log: RollupsLog;

  /** Throws `InvalidDefinition` or `InvalidLimits`: the push fails with one sentence. */
  constructor(
    private readonly component: ComponentApi,
    private readonly options: RollupsOptions<Schema, Cubes, Argument, Tenant, Caller>,
  ) {
    const { schema, cubes, limits = {}, timezone, module = null } = options;
    mustBeLimits(limits);
    mustBePrices(options.prices ?? {});
    mustBeAlerts(options.alerts);
    if (typeof timezone === "string") mustBeZone(timezone);
    if (typeof (options as { authorize?: unknown }).authorize !== "function") {
      throw new RollupsError(
        "InvalidDefinition",
        "new Rollups(…) needs authorize: (ctx, tenant, need) => …, which throws to refuse.",
      );
    }
    this.catalogue = new AppCatalogue(schema, cubes);
    mustBeHeld(this.catalogue.freshness, limits);
    this.tracker = new Capture(this.catalogue);
    this.handles = new Handles(module);
    this.argument = tenantArgument(schema, cubes, options.tenantArgument);
    this.log = new RollupsLog(component, this.catalogue);
  }

  /** For `customMutation(mutation, rollups.capture)`: `ctx.db` captures. */
  get capture() {
    return {
      args: {},
      input: (ctx: GenericMutationCtx<DataModelFromSchemaDefinition<Schema>>) => {
        const { db, flush } = this.capturing(ctx);
        return Promise.resolve({ ctx: { db }, args: {}, onSuccess: flush });
      },
    };
  }

  /**
   * For all other ways to make mutations, such as ents and row-level security: wrap `ctx.db` with `db`, and
   * call `flush` once, when the mutation's work is done.
   */
  capturing<Ctx extends { db: unknown; runMutation: unknown }>(
    ctx: Ctx,
  ): { db: Ctx["db"]; flush: () => Promise<void> } {
    return this.capturingAs("delete", ctx);
  }

  /** The app's own builders, capturing. */
  mutations<Mutation, InternalMutation>(server: {
    mutation: Mutation;
    internalMutation: InternalMutation;
  }): { mutation: Mutation; internalMutation: InternalMutation } {
    const capturing = <Builder>(builder: Builder) =>
      customMutation(
        builder as MutationBuilder<GenericDataModel, "public">,
        this.capture as never,
      ) as Builder;
    return {
      mutation: capturing(server.mutation),
      internalMutation: capturing(server.internalMutation),
    };
  }

  /** What the app's module exports: what the component asks, and public queries with the app's check. */
  functions() {
    const { aggregates, explain, freshness, health, orders } = this.component;
    return {
      source: internalQueryGeneric({
        args: { ask: vAsk },
        returns: v.any(),
        handler: async (ctx, { ask }): Promise<unknown> => await this.answer(ctx as AnyCtx, ask),
      }),
      /** `npx convex run rollups:start`: looks for records that are there already. */
      start: internalMutationGeneric({
        args: {},
        returns: v.null(),
        handler: async (ctx): Promise<null> => {
          const source = await this.handles.source(ctx);
          return await ctx.runMutation(this.component.start.start, { source });
        },
      }),
      /** Deletes records that the component has found to be past their time. */
      expire: internalMutationGeneric({
        args: { cube: v.string(), tenantId: v.string(), to: v.number() },
        returns: v.boolean(),
        handler: async (ctx, { cube: name, tenantId, to }): Promise<boolean> => {
          const cube = this.catalogue.cubes.get(name);
          if (cube === undefined) return false;
          const { db, flush } = this.capturingAs("expire", ctx);
          const more = await deleteOldest({ ...ctx, db } as never, cube, tenantId, to);
          await flush();
          return more;
        },
      }),
      /** What `npx convex-rollups import` calls. */
      importRows: importing(this.component, (ctx) => this.capturing(ctx)),
      rows: this.typed(this.asking(aggregates.rows, queryArgs, { locked: "answer" })),
      /** A caller with a lock gets what `rows` answers: the rest is about all records. */
      load: this.typed(
        this.asking(aggregates.load, queryArgs, {
          locked: "answer",
          insteadOf: aggregates.rows as FunctionReference<"query", "internal">,
        }),
      ),
      /** Several questions in one call, answered of one snapshot. */
      board: this.asking(
        aggregates.board,
        { questions: v.array(v.object(queryArgs)) },
        { locked: "board" },
      ),
      /** Beside each rollup that could answer, what a thousand of its answers cost, about. */
      explain: this.typed(
        this.asking(
          explain.explain,
          { query: v.any() },
          {
            told: (explained) => withPrices(explained, this.prices),
            locked: "explanation",
          },
        ),
      ),
      /** Where a value lies among those that an exact percentile is of. */
      rank: this.typed(this.asking(orders.rank, rankArgs, { locked: "whole" })),
      /** The records that it is of, in the order of their values, page by page. */
      ranked: this.typed(this.asking(orders.ranked, rankedArgs, { locked: "whole" })),
      freshness: this.asking(freshness.freshness, {}, { isTold: false }),
      health: this.public({}, async (ctx, tenant) => {
        await this.authorize(ctx, tenant, "read");
        const targets = this.catalogue.freshness;
        const app = { ...(await this.told(ctx, tenant)), freshness: targets };
        const told = await ctx.runQuery(health.health, { tenantId: tenant, app });
        return withCosts(told, this.prices, Date.now());
      }),
      /** What there is to ask for, as Cube's `/meta` says it, and the zone of queries that name none. */
      meta: this.describing(),
    };
  }

  /** Cube's REST API for stock Cube clients, on the router of `convex/http.ts`. */
  http(router: HttpRouter, options: CubeRoutesOptions): void {
    addCubeRoutes(router, this.argument?.name ?? null, options);
  }

  /** The Model Context Protocol for agents, on the router of `convex/http.ts`: what there is to ask for, and answers. */
  mcp(router: HttpRouter, options: McpOptions): void {
    addMcpRoute(router, this.argument?.name ?? null, options);
  }

  /** `/metrics` in OpenMetrics' text, on the router of `convex/http.ts`, for those who have the service token. */
  metrics(router: HttpRouter, options: MetricsOptions = {}): void {
    const { freshness } = this.catalogue;
    addMetricsRoute(router, this.component, this.options.limits ?? {}, freshness, options);
  }

  /**
   * An action for `alerts` that posts each one to a webhook, signed. `convex/alerts.ts` exports it. It throws where the
   * receiver does not answer with 2xx in time; upkeep then tries it again.
   */
  webhook(options: WebhookOptions = {}) {
    return sending(options);
  }

  /**
   * Public queries for browsers that hold tiles instead of answers: `held.ts` exports them. `key` tells the tenant's
   * view key, or "" for none; the others take it, or "" to be checked as `rows` is.
   */
  held() {
    const { catalog, keys, tail, tiles } = this.component.held;
    return {
      key: this.public({}, async (ctx, tenant): Promise<string> => {
        await this.authorize(ctx, tenant, "read");
        if (this.options.sharedReads !== true) return "";
        return (await ctx.runQuery(keys.key, { tenantId: tenant })) ?? "";
      }),
      catalog: this.public({ ...keyArgs, ...cubeArgs }, async (ctx, tenant, asked) => {
        const viewed = await this.viewed(ctx, tenant, asked);
        const found = await ctx.runQuery(catalog.catalog, { ...viewed, cube: asked.cube });
        const definition = this.catalogue.cubes.get(asked.cube)?.definition;
        if (definition === undefined)
          return fail("UnknownCube", `There is no cube "${asked.cube}".`);
        const { timezone } = await this.zonesOf(ctx, tenant);
        const fingerprint = hashText(canonicalJson(definition));
        const { candidates, ...rest } = found;
        return {
          ...rest,
          version: WIRE_VERSION,
          candidates: candidates as Candidate[],
          timezone,
          definition,
          fingerprint,
        };
      }),
      tiles: this.public({ ...keyArgs, ...tilesArgs }, async (ctx, tenant, { key, ...range }) => {
        const viewed = await this.viewed(ctx, tenant, { key });
        return await ctx.runQuery(tiles.tiles, { ...viewed, ...range, limits: this.limits });
      }),
      tail: this.public({ ...keyArgs, ...cubeArgs }, async (ctx, tenant, { key, cube }) => {
        const viewed = await this.viewed(ctx, tenant, { key });
        return await ctx.runQuery(tail.tail, { ...viewed, cube, limits: this.limits });
      }),
    };
  }

  /**
   * Public mutations for those who may administer a tenant. Throws `InvalidDefinition` where `authorize`
   * does not look at what is needed: all who may read could administer, too.
   */
  admin() {
    const { admin } = this.component;
    this.mustTellAdmins("admin");
    return {
      rebuild: this.administering(admin.rebuild, rebuildArgs),
      refresh: this.administering(admin.refresh, refreshArgs),
      replay: this.administering(admin.replay, {}),
      restore: this.administering(admin.restore, restoreArgs),
      verify: this.administering(admin.verify, {}),
    };
  }

  /**
   * Public queries for those who may administer a tenant: what `npx convex-rollups advise` counts. One module, usually
   * `convex/advisor.ts`, exports all of them. Throws `InvalidDefinition` as `admin` does.
   */
  advisor() {
    const { standing, sample, written, stored } = this.component.advisor;
    this.mustTellAdmins("advisor");
    const need = { need: "administer" } as const;
    return {
      standing: this.asking(
        standing,
        {},
        {
          ...need,
          // The component knows no targets, and a proposal keeps those of the rollups that it replaces.
          told: (cubes) =>
            cubes.map((one) => ({ ...one, cube: this.catalogue.withFreshness(one.cube) })),
        },
      ),
      sample: this.asking(sample, sampleArgs, need),
      written: this.asking(written, writtenArgs, need),
      stored: this.asking(stored, storedArgs, need),
    };
  }

  /**
   * Functions that move people from an old way to rollups, and back. One module exports all of them.
   * Throws `InvalidDefinition` as `admin` does.
   */
  rollout(
    options: RolloutOptions<QueryCtxOf<Schema>, Tenant> = {},
  ): RolloutFunctions<Argument, Tenant> {
    const { stages, review } = this.component.rollout;
    this.mustTellAdmins("rollout");
    const given = options as unknown as AnyRolloutOptions;
    const functions = {
      get: this.public({}, async (ctx, tenant): Promise<Flag> => {
        await this.authorize(ctx, tenant, "read");
        const viewer = await viewerOf(ctx, given);
        const [stored, said] = await Promise.all([
          ctx.runQuery(stages.get, { tenantId: tenant }),
          saidOf(ctx, given, tenant, viewer),
        ]);
        return flagOf({ tenant, viewer, stored, said, limits: this.limits });
      }),
      set: this.administering(stages.set, { mode: v.union(v.literal("on"), v.literal("off")) }),
      move: this.administering(stages.move, moveArgs),
      differences: this.public({}, async (ctx, tenant) => {
        await this.authorize(ctx, tenant, "administer");
        return await ctx.runQuery(review.differences, { tenantId: tenant });
      }),
      clear: this.administering(review.clear, {}),
      ...comparing(this.lent, given),
    };
    return functions as never;
  }

  /**
   * Functions by which what people ask is known. Pages report it where they are given `report`. One module exports all
   * of them. Throws `InvalidDefinition` as `admin` does.
   */
  patterns(): PatternFunctions<Argument, Tenant> {
    const { patterns, report } = this.component.patterns;
    this.mustTellAdmins("patterns");
    const functions = {
      list: this.public({}, async (ctx, tenant) => {
        await this.authorize(ctx, tenant, "administer");
        return await ctx.runQuery(patterns.list, { tenantId: tenant });
      }),
      clear: this.administering(patterns.clear, {}),
      ...reporting({
        ...this.lent,
        mayRead: async (ctx, tenant) => await this.narrowing(ctx, tenant),
        store: async (ctx, tenant, questions, narrowing) => {
          const app = await this.told(ctx as unknown as AnyCtx, tenant, questions, narrowing);
          const told = { tenantId: tenant, app, questions: questions as never };
          return await ctx.runMutation(report.report, told);
        },
      }),
    };
    return functions as never;
  }

  /**
   * Compares rollups with an old way of answering, in the transaction of the app's query and after its own checks. The
   * old way is the app's own function, or without one a scan of the records.
   */
  async compare(
    ctx: Calling,
    tenant: Tenant,
    query: QueryOfCubes<CubesOf<Cubes>>,
    old: OldAnswer | null = null,
  ): Promise<Comparison> {
    return await this.lent.compare(ctx as AnyCtx, tenant, query, old);
  }

  /**
   * The same answer as `rows`, inside the app's own query and after its own checks, narrowed to `lock` where there is
   * one. In an app without tenants `tenant` is "app".
   */
  async query<const Literal extends LiteralQuery<QueryOfCubes<CubesOf<Cubes>>>>(
    ctx: Calling,
    tenant: Tenant,
    query: Literal & Checked<Literal, QueryOfCubes<CubesOf<Cubes>>>,
    { lock, ...options }: { freshness?: "live" | "folded"; atLeast?: string } & Locking = {},
  ): Promise<AnswerTo<Literal, CubesOf<Cubes>>> {
    const app = await this.told(ctx as AnyCtx, tenant, query, this.narrowedTo(lock));
    const asked = { tenantId: tenant as string, query, app, ...options };
    return (await ctx.runQuery(this.component.aggregates.rows, asked)) as never;
  }

  /** The same answer as `rank`, inside the app's own query and after its own checks. */
  async rank(
    ctx: Calling,
    tenant: Tenant,
    { lock, ...asked }: { query: QueryOfCubes<CubesOf<Cubes>>; value: number } & Locking,
  ) {
    const app = await this.told(ctx as AnyCtx, tenant, asked.query, this.narrowedTo(lock));
    const { rank } = this.component.orders;
    return await ctx.runQuery(rank, { tenantId: tenant as string, app, ...asked });
  }

  /** The same answer as `ranked`, likewise. */
  async ranked(
    ctx: Calling,
    tenant: Tenant,
    {
      lock,
      ...asked
    }: {
      query: QueryOfCubes<CubesOf<Cubes>>;
      offset?: number;
      limit?: number;
      order?: "asc" | "desc";
    } & Locking,
  ) {
    const app = await this.told(ctx as AnyCtx, tenant, asked.query, this.narrowedTo(lock));
    const { ranked } = this.component.orders;
    return await ctx.runQuery(ranked, { tenantId: tenant as string, app, ...asked });
  }

  /** The cubes, complete: what is found in the schema is written out. */
  get cubes(): Catalogue {
    return this.catalogue.definitions;
  }

  /** Has upkeep look at a tenant again, after something that only the app knows has changed, as its zone. */
  async wake(
    ctx: Pick<GenericMutationCtx<GenericDataModel>, "runMutation" | "meta">,
    tenant: Tenant,
  ): Promise<void> {
    const source = await this.handles.source(ctx);
    await ctx.runMutation(this.component.start.wake, { tenantId: tenant as string, source });
  }

  /**
   * Makes the tenant's view key wrong, in the app's own mutation: its holders lose all that is shared at that commit,
   * and members who may still read are told the new one. For mutations that take a member's right to read.
   */
  async revokeViews(
    ctx: Pick<GenericMutationCtx<GenericDataModel>, "runMutation">,
    tenant: Tenant,
  ): Promise<void> {
    await ctx.runMutation(this.component.held.keys.revoke, { tenantId: tenant as string });
  }

  private capturingAs<Ctx extends { db: unknown; runMutation: unknown }>(
    deletion: Deletion,
    ctx: Ctx,
  ): { db: Ctx["db"]; flush: () => Promise<void> } {
    const captured = new Captured((cubes) => this.catalogue.readingsOf(cubes), {
      ...logLimits,
      ...this.options.limits?.log,
    });
    const db = this.tracker.wrap(ctx, captured, deletion);
    const flush = async () => {
      const tenants = captured.take();
      if (tenants.length === 0) return;
      const source = await this.handles.sourceOrNull();
      const caller = ctx as unknown as GenericMutationCtx<GenericDataModel>;
      await caller.runMutation(this.component.log.append.append, { source, tenants });
    };
    return { db, flush };
  }

  private async answer(ctx: AnyCtx, ask: Ask): Promise<unknown> {
    if (ask.op === "tenants") {
      return await tenantsAfter(ctx, this.catalogue, ask.after, ask.size);
    }
    if (ask.op !== "catalogue") return await answerAsk(ctx, this.catalogue, ask);
    const { tenantId } = ask;
    return {
      ...this.catalogue.all(),
      ...(tenantId === null ? { timezone: "UTC" } : await this.zonesOf(ctx, tenantId)),
      expire: await this.handles.expire(ctx),
      limits: this.limits,
      freshness: this.catalogue.freshness,
      ...(await alertsOf(this.options.alerts, true)),
    };
  }

  /** What the app says now, for a call about one tenant. */
  private async told(
    ctx: Pick<AnyCtx, "meta" | "db">,
    tenant: string,
    query?: unknown,
    narrowing: Narrowing | null = null,
  ) {
    const { cubes, readings } =
      query === undefined ? this.catalogue.all() : this.catalogue.neededBy(query);
    return {
      ...{ cubes, readings },
      ...(narrowing !== null && { cubes: narrowing.seen(cubes), lock: narrowing.lock }),
      ...(await this.zonesOf(ctx as AnyCtx, tenant)),
      source: await this.handles.source(ctx),
      expire: null,
      limits: this.limits,
      ...(await alertsOf(this.options.alerts, false)),
    };
  }

  private async zonesOf(ctx: AnyCtx, tenant: string): Promise<Zones> {
    const { timezone = "UTC" } = this.options;
    if (typeof timezone === "string") return { timezone };
    const said = await timezone(ctx as never, tenant as Tenant);
    const { timezone: zone, zones } =
      typeof said === "string" ? { timezone: said, zones: [] } : said;
    for (const one of [zone, ...(zones ?? [])]) mustBeZone(one);
    return { timezone: zone, ...(zones && zones.length > 0 ? { zones } : {}) };
  }

  private get lent(): Lent {
    const { aggregates, rollout } = this.component;
    const cubesOf = (query: unknown) => Object.keys(this.catalogue.neededBy(query).cubes);
    const asked = async (ctx: AnyCtx, tenant: string, query: unknown) => ({
      ...{ tenantId: tenant, query },
      app: await this.told(ctx, tenant, query),
    });
    return {
      component: this.component,
      limits: this.limits,
      isAlerting: this.options.alerts !== undefined,
      tenantArgs: this.tenantArgs(),
      tenantIn: (given) => this.tenantIn(given),
      moduleOf,
      mayRead: async (ctx, tenant) => await this.authorize(ctx, tenant, "read"),
      cubeOf: (query) => {
        const [cube, ...others] = cubesOf(query);
        return others.length === 0 ? (cube ?? null) : null;
      },
      rows: async (ctx, tenant, query) =>
        await ctx.runQuery(aggregates.rows, await asked(ctx, tenant, query)),
      compare: async (ctx, tenant, query, old) => {
        const args = await asked(ctx, tenant, query);
        if (old === null) return await ctx.runQuery(rollout.compare.compare, args);
        const [cube = ""] = cubesOf(query);
        return comparedWith(cube, old, await ctx.runQuery(aggregates.load, args));
      },
    };
  }

  /** For all but questions: a caller with a lock is refused. */
  private async authorize(ctx: AnyCtx, tenant: string, need: Need): Promise<void> {
    if ((await this.narrowing(ctx, tenant, need)) !== null) forbidden();
  }

  /** Of a caller that `authorize` lets through; null for one without a lock. One that is no whole lock is refused. */
  private async narrowing(
    ctx: AnyCtx,
    tenant: string,
    need: Need = "read",
  ): Promise<Narrowing | null> {
    const { authorize, lock } = this.options;
    const caller = await authorize(ctx as never, tenant as Tenant, need);
    if (lock === undefined) return null;
    const said = await lock(ctx as never, tenant as Tenant, caller);
    if (said === null) return null;
    try {
      return said.narrowing(this.cubes);
    } catch {
      return forbidden();
    }
  }

  /** The same, of what the app's own query says. */
  private narrowedTo(lock: CallerLock | null | undefined): Narrowing | null {
    return lock?.narrowing(this.cubes) ?? null;
  }

  private mustTellAdmins(name: string): void {
    if (this.options.authorize.length >= 3) return;
    throw new RollupsError(
      "InvalidDefinition",
      `rollups.${name}() needs an authorize that looks at its third parameter, "read" or "administer": (ctx, tenant, need) => …. Otherwise every reader is an admin.`,
    );
  }

  private get prices(): Prices {
    return pricesOf(this.options.prices);
  }

  private get limits(): LimitOverrides {
    return this.options.limits ?? {};
  }

  /**
   * What the component checks of a viewer: the key that it gives, or null where the app has checked who it is. Where
   * reads are not shared every key is a wrong one.
   */
  private async viewed(
    ctx: AnyCtx,
    tenant: string,
    { key }: { key: string },
  ): Promise<{ tenantId: string; key: string | null }> {
    if (key !== "" && this.options.sharedReads === true) return { tenantId: tenant, key };
    if (key !== "") forbidden();
    await this.authorize(ctx, tenant, "read");
    return { tenantId: tenant, key: null };
  }

  /** A public query of one tenant that checks its caller by itself. */
  private public<Validators extends PropertyValidators, Result>(
    args: Validators,
    body: (ctx: AnyCtx, tenant: string, asked: ObjectType<Validators>) => Promise<Result>,
  ): RegisteredQuery<
    "public",
    TenantArgs<Argument, Tenant> & ObjectType<Validators>,
    Promise<Result>
  > {
    return queryGeneric({
      args: { ...this.tenantArgs(), ...args },
      // The component has checked what it returns.
      returns: v.any(),
      handler: async (ctx: AnyCtx, given: never): Promise<Result> =>
        await codedQuery(async () => {
          const { tenant, rest } = this.tenantIn(given);
          return await body(ctx, tenant, rest as ObjectType<Validators>);
        }),
    }) as never;
  }

  private describing(): RegisteredQuery<"public", TenantArgs<Argument, Tenant>, Promise<Meta>> {
    return this.public({}, async (ctx, tenant): Promise<Meta> => {
      const narrowing = await this.narrowing(ctx, tenant);
      const { timezone } = await this.zonesOf(ctx, tenant);
      const seen = narrowing === null ? this.cubes : narrowing.seen(this.cubes);
      const lock = narrowing?.lock;
      return { timezone, ...metaOf(seen, lock), rollups: keptOf(seen, lock) };
    }) as never;
  }

  private asking<Told extends DefaultFunctionArgs, Result>(
    reference: FunctionReference<"query", "internal", Told, Result>,
    args: PropertyValidators,
    {
      isTold = true,
      need = "read",
      told: map = (answer) => answer,
      locked,
      insteadOf = reference as FunctionReference<"query", "internal", DefaultFunctionArgs>,
    }: Mapping<Result> & { need?: Need } = {},
  ): RegisteredQuery<"public", Asked<Told, Argument, Tenant>, Promise<Result>> {
    return this.public(args, async (ctx, tenant, asked: Args): Promise<Result> => {
      const narrowing = await this.narrowing(ctx, tenant, need);
      const app = isTold ? { app: await this.told(ctx, tenant, asked["query"], narrowing) } : {};
      const told = { ...asked, tenantId: tenant, ...app } as never;
      if (narrowing === null) return map(await ctx.runQuery(reference, told));
      if (locked === undefined) return forbidden();
      return await narrowing.refusing(async () => {
        const answer = (await ctx.runQuery(insteadOf, told)) as Result;
        return locked === "whole" ? answer : narrowing[locked](answer);
      });
    }) as never;
  }

  /** The same function, with queries and rows that the compiler knows. */
  private typed<Registered>(registered: Registered): Asking<Registered, CubesOf<Cubes>> {
    return registered as never;
  }

  private administering<Told extends DefaultFunctionArgs, Result>(
    reference: FunctionReference<"mutation", "internal", Told, Result>,
    args: PropertyValidators,
  ): RegisteredMutation<"public", Asked<Told, Argument, Tenant>, Promise<Result>> {
    return mutationGeneric({
      args: { ...this.tenantArgs(), ...args },
      // The component has checked what it returns.
      returns: v.any(),
      handler: async (ctx: GenericMutationCtx<GenericDataModel>, given: never): Promise<Result> =>
        await codedMutation(async () => {
          const { tenant, rest } = this.tenantIn(given);
          await this.authorize(ctx as unknown as AnyCtx, tenant, "administer");
          const app = await this.told(ctx as unknown as AnyCtx, tenant);
          const told = { ...rest, tenantId: tenant, app };
          return await ctx.runMutation(reference, told as never);
        }),
    }) as never;
  }

  private tenantArgs(): PropertyValidators {
    const { argument } = this;
    return argument === null ? {} : { [argument.name]: argument.validator as never };
  }

  private tenantIn(given: Args): { tenant: string; rest: Args } {
    if (this.argument === null) return { tenant: THE_TENANT, rest: given };
    const { [this.argument.name]: tenant, ...rest } = given;
    return { tenant: tenant as string, rest };
  }
}

function forbidden(): never {
  return fail("Forbidden", "You may not do this, or it does not exist.");
}

function mustBeZone(zone: string): void {
  if (isZone(zone)) return;
  throw new RollupsError("InvalidTimezone", `"${zone}" is not an IANA time zone.`, {
    timezone: zone,
  });
}
