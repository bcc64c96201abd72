/* eslint-disable */
/**
 * Generated `ComponentApi` utility.
 *
 * THIS CODE IS AUTOMATICALLY GENERATED.
 *
 * To regenerate, run `npx convex dev`.
 * @module
 */

import type { FunctionReference } from "convex/server";

/**
 * A utility for referencing a Convex component's exposed API.
 *
 * Useful when expecting a parameter like `components.myComponent`.
 * Usage:
 * ```ts
 * async function myFunction(ctx: QueryCtx, component: ComponentApi) {
 *   return ctx.runQuery(component.someFile.someQuery, { ...args });
 * }
 * ```
 */
export type ComponentApi<Name extends string | undefined = string | undefined> =
  {
    admin: {
      rebuild: FunctionReference<
        "mutation",
        "internal",
        {
          cube: string;
          rollup?: string;
          tenantId: string;
          app: {
            cubes: any;
            readings: Record<string, string>;
            source: string;
            expire: string | null;
            timezone: string;
            zones?: Array<string>;
            limits: any;
            lock?: any;
            freshness?: any;
            alerts?: { call: "action" | "mutation"; handle: string | null };
          };
        },
        { rollups: Array<string> },
        Name
      >;
      refresh: FunctionReference<
        "mutation",
        "internal",
        {
          cube: string;
          rollup?: string;
          dateRange: Array<string>;
          tenantId: string;
          app: {
            cubes: any;
            readings: Record<string, string>;
            source: string;
            expire: string | null;
            timezone: string;
            zones?: Array<string>;
            limits: any;
            lock?: any;
            freshness?: any;
            alerts?: { call: "action" | "mutation"; handle: string | null };
          };
        },
        { buckets: number },
        Name
      >;
      replay: FunctionReference<
        "mutation",
        "internal",
        {
          tenantId: string;
          app: {
            cubes: any;
            readings: Record<string, string>;
            source: string;
            expire: string | null;
            timezone: string;
            zones?: Array<string>;
            limits: any;
            lock?: any;
            freshness?: any;
            alerts?: { call: "action" | "mutation"; handle: string | null };
          };
        },
        { replayed: number; left: boolean },
        Name
      >;
      restore: FunctionReference<
        "mutation",
        "internal",
        {
          cube: string;
          rollup: string;
          granularity:
            | "quarterHour"
            | "hour"
            | "day"
            | "week"
            | "month"
            | "quarter"
            | "year";
          from: string;
          days?: number;
          tenantId: string;
          app: {
            cubes: any;
            readings: Record<string, string>;
            source: string;
            expire: string | null;
            timezone: string;
            zones?: Array<string>;
            limits: any;
            lock?: any;
            freshness?: any;
            alerts?: { call: "action" | "mutation"; handle: string | null };
          };
        },
        { partitions: number },
        Name
      >;
      verify: FunctionReference<
        "mutation",
        "internal",
        {
          tenantId: string;
          app: {
            cubes: any;
            readings: Record<string, string>;
            source: string;
            expire: string | null;
            timezone: string;
            zones?: Array<string>;
            limits: any;
            lock?: any;
            freshness?: any;
            alerts?: { call: "action" | "mutation"; handle: string | null };
          };
        },
        null,
        Name
      >;
    };
    advisor: {
      sample: FunctionReference<
        "query",
        "internal",
        {
          cube: string;
          rollups: Array<any>;
          from: {
            t: number;
            at: null | { createdAt: number; id: string };
          } | null;
          tenantId: string;
          app: {
            cubes: any;
            readings: Record<string, string>;
            source: string;
            expire: string | null;
            timezone: string;
            zones?: Array<string>;
            limits: any;
            lock?: any;
            freshness?: any;
            alerts?: { call: "action" | "mutation"; handle: string | null };
          };
        },
        {
          levels: any;
          records: number;
          bytes: number;
          first: number | null;
          last: number | null;
          next: {
            t: number;
            at: null | { createdAt: number; id: string };
          } | null;
        },
        Name
      >;
      standing: FunctionReference<
        "query",
        "internal",
        {
          tenantId: string;
          app: {
            cubes: any;
            readings: Record<string, string>;
            source: string;
            expire: string | null;
            timezone: string;
            zones?: Array<string>;
            limits: any;
            lock?: any;
            freshness?: any;
            alerts?: { call: "action" | "mutation"; handle: string | null };
          };
        },
        Array<{
          cube: any;
          candidates: any;
          timezone: string;
          zones: Array<string>;
          sourceFrom: number | null;
          stateBytes: number;
        }>,
        Name
      >;
      stored: FunctionReference<
        "query",
        "internal",
        {
          rollup: string;
          generation: number;
          granularity:
            | "quarterHour"
            | "hour"
            | "day"
            | "week"
            | "month"
            | "quarter"
            | "year";
          after: { partitionStart: number; chunk: number } | null;
          tenantId: string;
          app: {
            cubes: any;
            readings: Record<string, string>;
            source: string;
            expire: string | null;
            timezone: string;
            zones?: Array<string>;
            limits: any;
            lock?: any;
            freshness?: any;
            alerts?: { call: "action" | "mutation"; handle: string | null };
          };
        },
        {
          documents: number;
          bytes: number;
          partitions: number;
          records: number;
          next: { partitionStart: number; chunk: number } | null;
        },
        Name
      >;
      written: FunctionReference<
        "query",
        "internal",
        {
          cube: string;
          rollups: Array<any>;
          tenantId: string;
          app: {
            cubes: any;
            readings: Record<string, string>;
            source: string;
            expire: string | null;
            timezone: string;
            zones?: Array<string>;
            limits: any;
            lock?: any;
            freshness?: any;
            alerts?: { call: "action" | "mutation"; handle: string | null };
          };
        },
        { changes: number; folds: number; spanMs: number; touched: any },
        Name
      >;
    };
    aggregates: {
      board: FunctionReference<
        "query",
        "internal",
        {
          questions: Array<{
            query: any;
            freshness?: "live" | "folded";
            atLeast?: string;
          }>;
          tenantId: string;
          app: {
            cubes: any;
            readings: Record<string, string>;
            source: string;
            expire: string | null;
            timezone: string;
            zones?: Array<string>;
            limits: any;
            lock?: any;
            freshness?: any;
            alerts?: { call: "action" | "mutation"; handle: string | null };
          };
        },
        {
          answers: Array<
            | {
                answer: {
                  query: any;
                  data: Array<Record<string, string | number | null>>;
                  annotation: any;
                  total?: number;
                  servedBy: string;
                  exact: boolean;
                  freshness: "live" | "folded";
                  asOf?: string;
                };
              }
            | { refusal: any }
          >;
        },
        Name
      >;
      load: FunctionReference<
        "query",
        "internal",
        {
          query: any;
          freshness?: "live" | "folded";
          atLeast?: string;
          tenantId: string;
          app: {
            cubes: any;
            readings: Record<string, string>;
            source: string;
            expire: string | null;
            timezone: string;
            zones?: Array<string>;
            limits: any;
            lock?: any;
            freshness?: any;
            alerts?: { call: "action" | "mutation"; handle: string | null };
          };
        },
        {
          query: any;
          data: Array<Record<string, string | number | null>>;
          annotation: any;
          total?: number;
          servedBy: string;
          exact: boolean;
          freshness: "live" | "folded";
          asOf?: string;
          lastRefreshTime: string;
          watermark: string;
          lagMs: number;
          verifiedAt: number | null;
          work: { documents: number; bytes: number; indexRanges: number };
        },
        Name
      >;
      rows: FunctionReference<
        "query",
        "internal",
        {
          query: any;
          freshness?: "live" | "folded";
          atLeast?: string;
          tenantId: string;
          app: {
            cubes: any;
            readings: Record<string, string>;
            source: string;
            expire: string | null;
            timezone: string;
            zones?: Array<string>;
            limits: any;
            lock?: any;
            freshness?: any;
            alerts?: { call: "action" | "mutation"; handle: string | null };
          };
        },
        {
          query: any;
          data: Array<Record<string, string | number | null>>;
          annotation: any;
          total?: number;
          servedBy: string;
          exact: boolean;
          freshness: "live" | "folded";
          asOf?: string;
        },
        Name
      >;
    };
    explain: {
      explain: FunctionReference<
        "query",
        "internal",
        {
          query: any;
          tenantId: string;
          app: {
            cubes: any;
            readings: Record<string, string>;
            source: string;
            expire: string | null;
            timezone: string;
            zones?: Array<string>;
            limits: any;
            lock?: any;
            freshness?: any;
            alerts?: { call: "action" | "mutation"; handle: string | null };
          };
        },
        {
          query: any;
          plan: any;
          considered: any;
          ranges?: Array<{
            compareDateRange: string;
            plan: any;
            considered: any;
          }>;
        },
        Name
      >;
    };
    feed: {
      changes: FunctionReference<
        "query",
        "internal",
        { tenantId: string; cube: string; after: string },
        {
          changes: Array<{
            commitTs: string;
            id: string;
            after: Record<
              string,
              string | number | null | Array<string>
            > | null;
          }>;
          asOf: string;
          more: boolean;
          sourceFrom: number | null;
        },
        Name
      >;
      commitOf: FunctionReference<
        "query",
        "internal",
        { tenantId: string; id: string; createdAt: number },
        bigint,
        Name
      >;
      head: FunctionReference<
        "query",
        "internal",
        { tenantId: string; cube?: string },
        { asOf: string; sourceFrom: number | null },
        Name
      >;
      newest: FunctionReference<
        "query",
        "internal",
        { tenantId: string },
        bigint,
        Name
      >;
      reachedAt: FunctionReference<
        "query",
        "internal",
        { tenantId: string; since: number; most: number },
        number | null,
        Name
      >;
      recent: FunctionReference<
        "query",
        "internal",
        { tenantId: string; limit: number },
        Array<{
          cube: string;
          op: "insert" | "update" | "delete" | "expire";
          count: number;
          fact: Record<string, string | number | null | Array<string>> | null;
          commitTs: string;
        }>,
        Name
      >;
    };
    freshness: {
      freshness: FunctionReference<
        "query",
        "internal",
        { tenantId: string },
        {
          watermark: string;
          foldedTo: string;
          lagMs: number;
          unfoldedSince: string | null;
          backlog: boolean;
        },
        Name
      >;
    };
    health: {
      health: FunctionReference<
        "query",
        "internal",
        {
          tenantId: string;
          app: {
            cubes: any;
            readings: Record<string, string>;
            source: string;
            expire: string | null;
            timezone: string;
            zones?: Array<string>;
            limits: any;
            lock?: any;
            freshness?: any;
            alerts?: { call: "action" | "mutation"; handle: string | null };
          };
        },
        {
          tenantId: string;
          handle: "current" | "other" | "none";
          watermark: string;
          lagMs: number;
          backlog: number;
          worker: "absent" | "idle" | "running" | "stopped";
          dueAt: number | null;
          standstill: null | {
            code: "NoProgress";
            message: string;
            forMs: number;
          };
          rollups: Array<{
            cube: string;
            rollup: string;
            generation: number;
            status: "building" | "ready" | "retiring" | "failed";
            degraded: boolean;
            failure: null | { code: string; message: string };
            coverage: Array<{
              granularity:
                | "quarterHour"
                | "hour"
                | "day"
                | "week"
                | "month"
                | "quarter"
                | "year";
              from: string | null;
              storedFrom: string | null;
            }>;
            progress: number | null;
            storedBytes: number | null;
            upkeepShare: number | null;
            freshness: null | {
              warnMs: number | null;
              errorMs: number | null;
              ageMs: number | null;
              state: "ok" | "warn" | "error";
              since: number | null;
            };
            verifiedAt: number | null;
            differed: number;
          }>;
          upkeep: {
            since: number;
            calls: number;
            bytesRead: number;
            bytesWritten: number;
          };
          budget: null | {
            megabytesPerMonth: number;
            usedMegabytes: number;
            isOver: boolean;
            isSlow: boolean;
          };
          orderStatistics: Array<{
            cube: string;
            statistic: string;
            generation: number;
            status: string;
            records: number;
            trees: number;
            lagMs: number;
            verifiedAt: number | null;
          }>;
          sources: Array<{
            cube: string;
            expire: string | null;
            from: number | null;
            blocked:
              | "NoRollup"
              | "Building"
              | "Failed"
              | "Degraded"
              | "DefinitionChanged"
              | "Repairing"
              | "Unverified"
              | null;
          }>;
          backfills: Array<{
            cube: string;
            rollups: Array<string>;
            documents: number;
            progress: number | null;
            documentsPerSecond: number;
            startedAt: number;
          }>;
          restores: Array<{
            rollup: string;
            granularity:
              | "quarterHour"
              | "hour"
              | "day"
              | "week"
              | "month"
              | "quarter"
              | "year";
            from: string | null;
            status: string;
            error: null | { code: string; message: string };
          }>;
          deadLetters: number;
          repairs: number;
          drifts: number;
          verification: null | {
            passes: number;
            checked: number;
            equal: number;
            consistency: number | null;
            lastPassAt: number | null;
            unchecked: number;
            uncheckedBuckets: number;
            unreadableRecords: number;
            sources: Array<{ cube: string; checkedAt: number }>;
            dueAt: number;
            setback: null | { code: string; times: number; at: number };
            lastDriftAt: number | null;
            budget: null | {
              megabytesPerMonth: number;
              usedMegabytes: number;
              since: number;
            };
          };
          alerts: null | {
            open: Array<{
              kind:
                | "freshness"
                | "failed"
                | "standstill"
                | "drift"
                | "rollback"
                | "budget";
              cube: string | null;
              rollup: string | null;
              state: "ok" | "warn" | "error";
              since: number;
              message: string;
              told: "ok" | "warn" | "error";
            }>;
            undelivered: Array<{
              kind:
                | "freshness"
                | "failed"
                | "standstill"
                | "drift"
                | "rollback"
                | "budget";
              cube: string | null;
              rollup: string | null;
              state: "ok" | "warn" | "error";
              at: number;
              attempts: number;
              error: string | null;
              isGivenUp: boolean;
            }>;
          };
        },
        Name
      >;
    };
    held: {
      catalog: {
        catalog: FunctionReference<
          "query",
          "internal",
          { tenantId: string; key: string | null; cube: string },
          {
            sourceFrom: number | null;
            candidates: any;
            sizes: Record<string, number>;
          },
          Name
        >;
      };
      keys: {
        key: FunctionReference<
          "query",
          "internal",
          { tenantId: string },
          null | string,
          Name
        >;
        revoke: FunctionReference<
          "mutation",
          "internal",
          { tenantId: string },
          null,
          Name
        >;
      };
      tail: {
        tail: FunctionReference<
          "query",
          "internal",
          { tenantId: string; key: string | null; cube: string; limits: any },
          {
            isLive: boolean;
            unfoldedSince: null | string;
            changes: string;
            readings: Array<string>;
            generations: Array<{
              rollup: string;
              generation: number;
              from: number;
              to: number;
              watermark: string;
            }>;
          },
          Name
        >;
      };
      tiles: {
        tiles: FunctionReference<
          "query",
          "internal",
          {
            tenantId: string;
            key: string | null;
            rollup: string;
            generation: number;
            granularity:
              | "quarterHour"
              | "hour"
              | "day"
              | "week"
              | "month"
              | "quarter"
              | "year";
            from: number | null;
            to: number | null;
            limits: any;
          },
          null | string,
          Name
        >;
      };
    };
    imports: {
      take: FunctionReference<
        "mutation",
        "internal",
        {
          key: string;
          name: string;
          reading: string;
          at: Array<number>;
          ids: null | Array<string>;
          refused: Array<{ at: number; code: string; message: string }>;
        },
        {
          position: number;
          refused: Array<{ at: number; code: string; message: string }>;
          fresh: Array<boolean>;
        },
        Name
      >;
    };
    log: {
      append: {
        append: FunctionReference<
          "mutation",
          "internal",
          {
            source: string | null;
            tenants: Array<{
              tenantId: string;
              rows: Array<{
                changes: Array<{
                  cube: string;
                  op: "insert" | "update" | "delete" | "expire";
                  docId: string;
                  docCreatedAt: number;
                  before: Record<
                    string,
                    string | number | null | Array<string>
                  > | null;
                  after: Record<
                    string,
                    string | number | null | Array<string>
                  > | null;
                }>;
                readings: Record<string, string>;
                others?: Array<{
                  cube: string;
                  op: "insert" | "update" | "delete" | "expire";
                  count: number;
                  fact: Record<
                    string,
                    string | number | null | Array<string>
                  > | null;
                }>;
              }>;
            }>;
          },
          null,
          Name
        >;
      };
    };
    metrics: {
      deployment: FunctionReference<
        "query",
        "internal",
        { limits: any },
        {
          workers: number;
          verification: null | {
            usedBytes: number;
            bytesPerMonth: number;
            since: number;
          };
          writeBytesPerSecond: number;
          upkeepBytesPerMonth: number;
          tenants: Array<string>;
        },
        Name
      >;
      page: FunctionReference<
        "query",
        "internal",
        { after: string; limits: any },
        {
          tenants: Array<{
            tenantId: string;
            lagMs: number;
            overdueMs: number;
            strikes: number;
          }>;
          next: string | null;
        },
        Name
      >;
      tenant: FunctionReference<
        "query",
        "internal",
        { tenantId: string; limits: any; freshness: any },
        {
          lagMs: number;
          folds: number;
          foldedChanges: number;
          upkeepBytes: number;
          backlogRows: number;
          deadLetters: number;
          repairs: number;
          verification: null | {
            passes: number;
            checked: number;
            equal: number;
            unchecked: number;
            finishedAt: number | null;
          };
          freshness: Array<{
            cube: string;
            rollup: string;
            ageMs: number | null;
            state: "ok" | "warn" | "error";
          }>;
          undelivered: number;
        },
        Name
      >;
    };
    orders: {
      rank: FunctionReference<
        "query",
        "internal",
        {
          query: any;
          value: number;
          tenantId: string;
          app: {
            cubes: any;
            readings: Record<string, string>;
            source: string;
            expire: string | null;
            timezone: string;
            zones?: Array<string>;
            limits: any;
            lock?: any;
            freshness?: any;
            alerts?: { call: "action" | "mutation"; handle: string | null };
          };
        },
        { below: number; equal: number; total: number; servedBy: string },
        Name
      >;
      ranked: FunctionReference<
        "query",
        "internal",
        {
          query: any;
          offset?: number;
          limit?: number;
          order?: "asc" | "desc";
          tenantId: string;
          app: {
            cubes: any;
            readings: Record<string, string>;
            source: string;
            expire: string | null;
            timezone: string;
            zones?: Array<string>;
            limits: any;
            lock?: any;
            freshness?: any;
            alerts?: { call: "action" | "mutation"; handle: string | null };
          };
        },
        {
          records: Array<{ id: string; value: number }>;
          total: number;
          servedBy: string;
        },
        Name
      >;
    };
    patterns: {
      patterns: {
        clear: FunctionReference<
          "mutation",
          "internal",
          {
            tenantId: string;
            app: {
              cubes: any;
              readings: Record<string, string>;
              source: string;
              expire: string | null;
              timezone: string;
              zones?: Array<string>;
              limits: any;
              lock?: any;
              freshness?: any;
              alerts?: { call: "action" | "mutation"; handle: string | null };
            };
          },
          { more: boolean },
          Name
        >;
        list: FunctionReference<
          "query",
          "internal",
          { tenantId: string },
          Array<{
            cube: string;
            form: string;
            query: any;
            asked: number;
            reports: number;
            firstSeen: number;
            lastSeen: number;
            routes: Record<string, number>;
            held?: number;
          }>,
          Name
        >;
      };
      report: {
        report: FunctionReference<
          "mutation",
          "internal",
          {
            questions: Array<{
              query: any;
              asked: number;
              route: string;
              held?: boolean;
            }>;
            tenantId: string;
            app: {
              cubes: any;
              readings: Record<string, string>;
              source: string;
              expire: string | null;
              timezone: string;
              zones?: Array<string>;
              limits: any;
              lock?: any;
              freshness?: any;
              alerts?: { call: "action" | "mutation"; handle: string | null };
            };
          },
          boolean,
          Name
        >;
      };
    };
    rollout: {
      compare: {
        compare: FunctionReference<
          "query",
          "internal",
          {
            query: any;
            tenantId: string;
            app: {
              cubes: any;
              readings: Record<string, string>;
              source: string;
              expire: string | null;
              timezone: string;
              zones?: Array<string>;
              limits: any;
              lock?: any;
              freshness?: any;
              alerts?: { call: "action" | "mutation"; handle: string | null };
            };
          },
          | {
              outcome: "equal";
              question: string;
              query: any;
              route: string;
              commit: string;
            }
          | {
              outcome: "different";
              question: string;
              query: any;
              route: string;
              commit: string;
              differences: Array<{
                kind: "missing" | "extra" | "value" | "order" | "total";
                count: number;
                old: any;
                new: any;
              }>;
            }
          | { outcome: "failed"; reason: string }
          | { outcome: "skipped"; reason: string },
          Name
        >;
      };
      record: {
        admit: FunctionReference<
          "mutation",
          "internal",
          {
            tenantId: string;
            cube: string;
            limits: any;
            stage?: "off" | "shadow" | "percent" | "on";
            percent?: number;
          },
          boolean,
          Name
        >;
        record: FunctionReference<
          "mutation",
          "internal",
          {
            tenantId: string;
            cube: string;
            limits: any;
            stage?: "off" | "shadow" | "percent" | "on";
            percent?: number;
            comparison:
              | {
                  outcome: "equal";
                  question: string;
                  query: any;
                  route: string;
                  commit: string;
                }
              | {
                  outcome: "different";
                  question: string;
                  query: any;
                  route: string;
                  commit: string;
                  differences: Array<{
                    kind: "missing" | "extra" | "value" | "order" | "total";
                    count: number;
                    old: any;
                    new: any;
                  }>;
                }
              | { outcome: "failed"; reason: string }
              | { outcome: "skipped"; reason: string };
            tookMs: number | null;
            isAlerting?: boolean;
          },
          boolean,
          Name
        >;
      };
      review: {
        clear: FunctionReference<
          "mutation",
          "internal",
          {
            tenantId: string;
            app: {
              cubes: any;
              readings: Record<string, string>;
              source: string;
              expire: string | null;
              timezone: string;
              zones?: Array<string>;
              limits: any;
              lock?: any;
              freshness?: any;
              alerts?: { call: "action" | "mutation"; handle: string | null };
            };
          },
          { more: boolean },
          Name
        >;
        differences: FunctionReference<
          "query",
          "internal",
          { tenantId: string },
          {
            comparisons: Array<{
              cube: string;
              since: number;
              equal: number;
              different: number;
              failed: Record<string, number>;
              skipped: Record<string, number>;
            }>;
            differences: Array<{
              cube: string;
              question: string;
              kind: "missing" | "extra" | "value" | "order" | "total";
              query: any;
              route: string;
              commit: string;
              rows: number;
              old: any;
              new: any;
              times: number;
              firstSeen: number;
              lastSeen: number;
            }>;
          },
          Name
        >;
      };
      stages: {
        get: FunctionReference<
          "query",
          "internal",
          { tenantId: string },
          Array<{
            cube: string | null;
            stage: "off" | "shadow" | "percent" | "on";
            percent: number;
            salt: string;
            rollback: null | {
              at: number;
              from: "off" | "shadow" | "percent" | "on";
              percent: number;
              reason: "differences" | "failures" | "latency";
              count: number;
              most: number;
              windowMs: number;
            };
          }>,
          Name
        >;
        move: FunctionReference<
          "mutation",
          "internal",
          {
            stage: "off" | "shadow" | "percent" | "on" | "follow";
            percent?: number;
            cube?: string;
            salt?: string;
            tenantId: string;
            app: {
              cubes: any;
              readings: Record<string, string>;
              source: string;
              expire: string | null;
              timezone: string;
              zones?: Array<string>;
              limits: any;
              lock?: any;
              freshness?: any;
              alerts?: { call: "action" | "mutation"; handle: string | null };
            };
          },
          null,
          Name
        >;
        set: FunctionReference<
          "mutation",
          "internal",
          {
            mode: "on" | "off";
            tenantId: string;
            app: {
              cubes: any;
              readings: Record<string, string>;
              source: string;
              expire: string | null;
              timezone: string;
              zones?: Array<string>;
              limits: any;
              lock?: any;
              freshness?: any;
              alerts?: { call: "action" | "mutation"; handle: string | null };
            };
          },
          null,
          Name
        >;
      };
    };
    start: {
      start: FunctionReference<
        "mutation",
        "internal",
        { source: string },
        null,
        Name
      >;
      wake: FunctionReference<
        "mutation",
        "internal",
        { tenantId: string; source: string },
        null,
        Name
      >;
    };
  };
