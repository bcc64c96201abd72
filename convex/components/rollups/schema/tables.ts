/**
 * The tables of the component. Each says who writes it and who reads it.
 */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import {
  vChange,
  vStoredChange,
  vCollected,
  vCursor,
  vDefinition,
  vDerivation,
  vGranularity,
  vHashRange,
  vKeptLevel,
  vOrder,
  vOrderGroup,
  vPieces,
  vPosition,
  vRepairKind,
  vRowSummary,
  vStatus,
  vTileColumns,
  vVerificationCursor,
} from "./validators.js";

export const rollupTables = {
  /**
   * One row: how the app is asked. Written by `start` and by wake-ups that captured writes ask for; read
   * by upkeep.
   */
  config: defineTable({
    /** Handle of the app's `source`. */
    source: v.string(),
    /** Tenants up to this one are looked for in the app's tables; null between two rounds. */
    discoveredTo: v.union(v.string(), v.null()),
    /** What the app declared when all tenants were last looked at. Written by the watch. */
    declared: v.optional(v.number()),
  }),

  /**
   * Tenants that upkeep knows. Written by wake-ups, by discovery and, when their rollups are as declared,
   * by the fold worker and the walk; read by crons and by the fold worker.
   */
  tenants: defineTable({
    tenantId: v.string(),
    /** What the app declared when nothing was left to do but folding; see `generations/stamp.ts`. */
    settled: v.optional(v.number()),
  }).index("by_tenant", ["tenantId"]),

  /**
   * One row per tenant whose fold worker may run. Written by wake-ups and by every iteration that
   * commits, deleted by the watch once the worker sleeps; read by them, by the plan and by `health`. A row
   * that is overdue says that iterations fail or that their jobs are gone.
   */
  awake: defineTable({
    tenantId: v.string(),
    /** When the next iteration is due, epoch ms. */
    dueAt: v.number(),
    /** How often the work is halved, as iterations were lost, … */
    strikes: v.number(),
    /** … and how many with as many strikes went well since. */
    calm: v.number(),
    /** Iterations that have to go well before a strike is given back; absent where none was lost for long. */
    patience: v.optional(v.number()),
    /** How late iterations that went well began of late: the scheduler may be behind. */
    lateMs: v.number(),
    /** The last iteration left nothing to do but folding what is appended since. */
    isSettled: v.boolean(),
  })
    .index("by_tenant", ["tenantId"])
    .index("by_dueAt", ["dueAt"]),

  /**
   * One row: what the deployment's workers share. Written by the watch and, `walk`, by the links of the
   * walk over all tenants; read by plans (snapshot reads).
   */
  upkeep: defineTable({
    /** Workers that are awake, about: they share what upkeep may write. */
    workers: v.number(),
    /** The walk under way: its number, the tenants up to which it came, and when it moved. */
    walk: v.union(v.null(), v.object({ id: v.number(), after: v.string(), movedAt: v.number() })),
  }),

  /**
   * Tenants that serve and have their turn to build generations again: few at once. Inserted by the fold
   * worker that takes a turn, deleted by one that finds it over.
   */
  turns: defineTable({ tenantId: v.string() }),

  /**
   * From when on a tenant's records of a cube are all there; no row where none have expired. Written by
   * the expiry job only, once a day at most, and `from` never goes back; read by whoever reads the
   * source: answers, verification, repairs, the fold worker before it builds from it, the browser
   * fallback.
   */
  sourceStates: defineTable({
    tenantId: v.string(),
    cube: v.string(),
    /** Epoch ms. Records with an earlier time are being deleted; none of later ones are. */
    from: v.number(),
  }).index("by_tenant_and_cube", ["tenantId", "cube"]),

  /**
   * What mutations did, in commit order: one row per mutation, tenant, cube and at most 512 changes or
   * 100 KB. Appended by capture, never changed, trimmed by the fold worker when folded and old; read
   * by the fold worker (snapshot reads), by live answers (the tail of their cube) and by the ticker.
   */
  changeLog: defineTable({
    tenantId: v.string(),
    /** Filled in when the transaction commits; nanoseconds, beyond 2^53. */
    commitTs: v.commitTs(),
    /** Whose changes they are. Rows of the time before logs were apart have none: theirs may be of several. */
    cube: v.optional(v.string()),
    /** Rows of the time before columns hold changes alone. */
    changes: v.array(vStoredChange),
    /**
     * How the facts of each cube were read (`lib/resolve/reading.ts`). Rows of the time before it was
     * kept have none; no generation folds them.
     */
    readings: v.optional(v.record(v.string(), v.string())),
    /**
     * In the last row of a large commit: what the commit's other rows hold, newest first, as many as there is
     * room for. Absent where rows are small enough to be read.
     */
    others: v.optional(v.array(vRowSummary)),
  })
    .index("by_tenant_and_commitTs", ["tenantId", "commitTs"])
    .index("by_tenant_cube_and_commitTs", ["tenantId", "cube", "commitTs"]),

  /**
   * The aggregate documents. Written only by the tenant's fold worker; read by answers. (The action that
   * restores an archive puts tiles below a level's `storedFrom`, where the worker neither reads nor
   * folds; they count when the worker says so.) One document is one chunk of one partition: for each
   * combination of dimension values (a series) and each statistic, an array of one slot per bucket.
   */
  rollupTiles: defineTable({
    tenantId: v.string(),
    /** "cube.rollup". */
    rollup: v.string(),
    generation: v.number(),
    granularity: vGranularity,
    /** Start of the partition, epoch ms. */
    partitionStart: v.number(),
    chunk: v.number(),
    /** In chunk 0 of several: chunk `chunk[i]` holds the series of hashes from `from[i]` on. */
    directory: v.union(
      v.null(),
      v.object({ from: v.array(v.number()), chunk: v.array(v.number()) }),
    ),
    /** The partition's local date, for people who read the table. */
    period: v.string(),
    ...vTileColumns,
    updatedAt: v.number(),
  }).index("by_partition", [
    "tenantId",
    "rollup",
    "generation",
    "granularity",
    "partitionStart",
    "chunk",
  ]),

  /**
   * One row per tenant, rollup and generation: its definition as data and where it is in its life.
   * Read by every answer, so written rarely: only by the fold worker, when a generation starts, cuts
   * over or is swept, or when a partition expires.
   */
  rollupStates: defineTable({
    tenantId: v.string(),
    cube: v.string(),
    rollup: v.string(),
    generation: v.number(),
    status: vStatus,
    definition: vDefinition,
    fingerprint: v.string(),
    /** Set while a change that could not be applied waits in `deadLetters`. */
    degraded: v.boolean(),
    /** Why the status is "failed": the rollup cannot be maintained, and is answered from elsewhere. */
    failure: v.optional(v.object({ code: v.string(), message: v.string() })),
    /** From when on the levels have tiles whose retention is, or was, limited; the others have all. */
    coverage: v.optional(v.array(vKeptLevel)),
  })
    // A page of tiles that a browser holds depends on its own generation, and on no other of the cube.
    // eslint-disable-next-line @convex-dev/no-duplicate-indexes
    .index("by_tenant_and_cube", ["tenantId", "cube"])
    .index("by_generation", ["tenantId", "cube", "rollup", "generation"]),

  /**
   * One row per tenant: how far its log is folded, that of all cubes. Hot: written by every fold; read by
   * upkeep and by `aggregates:freshness`, never by source mutations. Answers read `cubeFolds`.
   */
  foldStates: defineTable({
    tenantId: v.string(),
    /** What every live generation is folded to at least: the least of their positions. */
    position: vPosition,
    /**
     * Generations that are folded further than that: an iteration folds many changes into few
     * generations. `foldedTo` is the newest change of its cube that the generation has by then.
     */
    ahead: v.optional(
      v.array(
        v.object({
          state: v.id("rollupStates"),
          position: vPosition,
          foldedTo: v.optional(v.int64()),
        }),
      ),
    ),
    /** What a change cost each generation in its last large fold, in microseconds; see `fold/costs.ts`. */
    costs: v.optional(v.array(v.object({ state: v.id("rollupStates"), us: v.number() }))),
    /** What folds took since the month began: calls, and bytes of the mutation; see `lib/cost/upkeep.ts`. */
    upkeep: v.optional(
      v.object({
        since: v.number(),
        calls: v.number(),
        bytesRead: v.number(),
        bytesWritten: v.number(),
      }),
    ),
    /** Changes that every live generation has. */
    foldedChanges: v.number(),
    folds: v.number(),
    /** Log rows up to this commit may have been trimmed; 0 while none were. */
    trimmedTo: v.int64(),
    /**
     * The commit that began, or cut over to, the newest generations: the source is looked at by then,
     * whether or not the log has anything. The position moves past it once all of the log before is folded.
     */
    builtAt: v.optional(v.commitTs()),
    /** Commit of the newest folded change of each cube that has any. */
    foldedTo: v.optional(v.record(v.string(), v.int64())),
    /** All rows of the log that are not folded name their cube. */
    isByCube: v.optional(v.boolean()),
    updatedAt: v.number(),
  }).index("by_tenant", ["tenantId"]),

  /**
   * One row per tenant and cube that has rollups: how far the log of the cube is folded. Written by folds that bring
   * the cube something, together with `foldStates`, and by cutovers of the cube; read by its answers. Its positions
   * count the log rows of the cube alone. No row before the log is read by cube: `foldStates` tells then.
   */
  cubeFolds: defineTable({
    tenantId: v.string(),
    cube: v.string(),
    /** What every live generation of the cube is folded to: the place after a change of it, or after a build. */
    position: vPosition,
    /** The live ones as of the last write. `foldedTo` is the newest change of the cube that it has. */
    generations: v.array(
      v.object({
        state: v.id("rollupStates"),
        position: vPosition,
        foldedTo: v.optional(v.int64()),
      }),
    ),
    /** The commit that began, or cut over to, the newest generations of the cube. */
    builtAt: v.optional(v.commitTs()),
  }).index("by_tenant_and_cube", ["tenantId", "cube"]),

  /**
   * One row beside each of `cubeFolds`: the generations that are folded to a place within a commit. Written when that
   * changes, which it does for large commits only; read by folded answers, which depend on nothing else but tiles.
   */
  cubeSeams: defineTable({
    tenantId: v.string(),
    cube: v.string(),
    generations: v.array(v.object({ state: v.id("rollupStates"), position: vPosition })),
  }).index("by_tenant_and_cube", ["tenantId", "cube"]),

  /**
   * One row per tenant and cube while generations are being built from the source. Hot: written by
   * every page of the fold worker; read by progress bars.
   */
  backfills: defineTable({
    tenantId: v.string(),
    cube: v.string(),
    generations: v.array(
      v.object({
        rollup: v.string(),
        generation: v.number(),
        /**
         * Of a source with expired records: the history before `before` is taken from the tiles of
         * another generation, so far that of before `to` (null nothing yet).
         */
        derive: v.optional(v.object({ ...vDerivation.fields, to: v.union(v.number(), v.null()) })),
      }),
    ),
    /** "end": every document was read. */
    cursor: v.union(vCursor, v.literal("end")),
    /** The page applied last: documents in (from, cursor] are as of commit `asOf`. */
    page: v.union(v.null(), v.object({ from: vCursor, asOf: v.int64() })),
    documents: v.number(),
    /** `_creationTime` of the first and last document when the build started; progress is between them. */
    firstCreatedAt: v.union(v.number(), v.null()),
    lastCreatedAt: v.union(v.number(), v.null()),
    startedAt: v.number(),
    updatedAt: v.number(),
  }).index("by_tenant", ["tenantId"]),

  /**
   * One row per tenant, order statistic and generation: its definition, and how far its trees are. Hot: written by
   * each fold that it has part in, only by the fold worker; read by exact percentiles and ranks.
   */
  orderStates: defineTable({
    tenantId: v.string(),
    cube: v.string(),
    name: v.string(),
    generation: v.number(),
    status: v.union(
      v.literal("building"),
      v.literal("ready"),
      v.literal("retiring"),
      v.literal("failed"),
    ),
    definition: vOrder,
    fingerprint: v.string(),
    /** An administrator asked for it to be built again: it serves until another generation does. */
    isOutdated: v.boolean(),
    /** Records up to here, in the order of their creation, are in the trees as of `position`. */
    cursor: v.union(vCursor, v.literal("end")),
    /** Rows of the cube's log before it are in the trees, as far as `cursor` goes. */
    position: vPosition,
    groups: v.number(),
    records: v.number(),
    updatedAt: v.number(),
  }).index("by_tenant_and_cube", ["tenantId", "cube"]),

  /**
   * One row per tree of an order statistic, whose namespace in the child component is its id. Written and read
   * together with `orderStates`.
   */
  orderGroups: defineTable({
    state: v.id("orderStates"),
    /** `cellKey` of the values. */
    key: v.string(),
    values: vOrderGroup,
    /** Records of the group, … */
    records: v.number(),
    /** … and those of them that have a value and are in the tree. */
    entries: v.number(),
  }).index("by_state_and_key", ["state", "key"]),

  /** One row: what view keys are made of. Inserted once; read by all that browsers hold. */
  viewSecrets: defineTable({ secret: v.string() }),

  /**
   * One row per tenant whose views were revoked. Written by `held/keys:revoke`, when the app takes a member's right
   * to read; read by all that browsers hold with a key.
   */
  viewKeys: defineTable({
    tenantId: v.string(),
    /** How often: the key of the tenant is made of it. */
    revocations: v.number(),
  }).index("by_tenant", ["tenantId"]),

  /**
   * One row per tenant and cube: how large the texts of tiles are, about. Written after a cutover, and once a day at
   * most after a pass of verification; read by `held/catalog`.
   */
  tileSizes: defineTable({
    tenantId: v.string(),
    cube: v.string(),
    /** "cube.rollup@generation/granularity" → bytes of a partition: a power of two, or 0 for none. */
    sizes: v.record(v.string(), v.number()),
    /** "cube.rollup@generation" → bytes that are stored, with their index, about. */
    stored: v.optional(v.record(v.string(), v.number())),
    measuredAt: v.number(),
  }).index("by_tenant_and_cube", ["tenantId", "cube"]),

  /**
   * What the fold worker has to restore, one path for all reasons. "extreme": a partition holds a lost
   * extreme. "drift": a bucket is not what the source says (found by verification, asked for by
   * `rollups:refresh`, or left by a dead letter). "rebuild": the generation is to be built again.
   * Inserted by the fold worker, by verification and by admins; drained by the fold worker only.
   */
  repairs: defineTable({
    tenantId: v.string(),
    kind: vRepairKind,
    rollup: v.string(),
    generation: v.number(),
    granularity: vGranularity,
    partitionStart: v.number(),
    /** Start of the bucket for "drift"; null for the others. */
    bucket: v.union(v.number(), v.null()),
    /** The bucket does not fit one look, and is restored in pieces. */
    isLarge: v.optional(v.boolean()),
    /** Verification found the bucket wrong. */
    isFound: v.optional(v.boolean()),
  }).index("by_place", [
    "tenantId",
    "kind",
    "rollup",
    "generation",
    "granularity",
    "partitionStart",
    "bucket",
  ]),

  /**
   * The large bucket that is being restored: one row per tenant at most, some 200 KB. Written and read by
   * the fold worker only.
   */
  largeRepairs: defineTable({
    tenantId: v.string(),
    repair: v.id("repairs"),
    /** Counts what was done, so that a plan that is delivered twice is told. */
    step: v.number(),
    /** Series below are restored, those within are next. */
    range: vHashRange,
    /** Some of what is restored may be wrong again, as a change was set aside since. */
    again: v.boolean(),
    /** Null where nothing is collected yet, and where finer tiles tell. */
    collected: v.union(v.null(), vCollected),
  }).index("by_tenant", ["tenantId"]),

  /**
   * One row per tenant: where the comparison of its tiles with the source stands, how it went, and when
   * it is due. Inserted and made due by the fold worker; written by verification, once a step; read by
   * `aggregates:health` and by expiry.
   */
  verifications: defineTable({
    tenantId: v.string(),
    /** Where the pass under way stands, and since when it is. */
    cursor: vVerificationCursor,
    startedAt: v.optional(v.number()),
    /** The worker has folded something since the pass under way began. */
    isChanged: v.optional(v.boolean()),
    /** What `foldStates.builtAt` was when the last pass began; -1 before there was one. */
    builtAt: v.int64(),
    /** Completed passes. */
    passes: v.number(),
    /** Cells of the pass under way. */
    checked: v.number(),
    equal: v.number(),
    /** Buckets that could not be checked, and records that are no facts, in the pass under way. */
    unchecked: v.number(),
    unreadable: v.optional(v.number()),
    /** Generations that the pass under way has compared in all of its steps. */
    rollups: v.optional(
      v.array(
        v.object({ state: v.id("rollupStates"), differed: v.number(), unchecked: v.number() }),
      ),
    ),
    last: v.union(
      v.null(),
      v.object({
        checked: v.number(),
        equal: v.number(),
        unchecked: v.number(),
        unreadable: v.optional(v.number()),
        finishedAt: v.number(),
      }),
    ),
    /** Buckets that looks found wrong since the last pass ended. */
    found: v.optional(v.number()),
    /** When the next step may be made, epoch ms: in the past while a pass is under way. */
    dueAt: v.number(),
    /** Why the last step was not made, and how often none was since one was. */
    setback: v.optional(v.object({ code: v.string(), times: v.number(), at: v.number() })),
    updatedAt: v.number(),
  })
    .index("by_tenant", ["tenantId"])
    .index("by_dueAt", ["dueAt"]),

  /**
   * One row: the chain of steps that goes through the tenants which are due, one at a time; the account
   * that it draws on; and how far the looks have come. Written by verification, once a step and a tick;
   * read by it and by `aggregates:health`.
   */
  verificationChains: defineTable({
    /** Bytes that may be used, as of `at`; below 0 is debt. */
    balance: v.number(),
    at: v.number(),
    /** Bytes that were used since then: a month at most. */
    used: v.number(),
    since: v.number(),
    /** Which link may run: a link of a chain that was given up does nothing. */
    number: v.number(),
    /** The tenant whose turn it is; what that has used; and when its link is given up, 0 where none is scheduled. */
    turn: v.union(
      v.null(),
      v.object({ tenantId: v.string(), bytes: v.number(), aliveUntil: v.number() }),
    ),
    /** The looks go on behind this tenant; "" before the first. */
    lookedTo: v.string(),
    /** When the cron ran last. */
    tickedAt: v.number(),
  }),

  /**
   * One row per tenant: what the last look saw of its source and log. Written and read by verification
   * only.
   */
  looks: defineTable({
    tenantId: v.string(),
    /** Later changes of the log tell which of the later records were captured. */
    asOf: v.int64(),
    /** `_creationTime` of the newest record of each cube; null where there was none. */
    seen: v.record(v.string(), v.union(v.number(), v.null())),
  }).index("by_tenant", ["tenantId"]),

  /**
   * The window that a step of verification did not finish: one row per tenant at most, some 10 KB of
   * checksums, or 200 KB where extremes are kept. Written and read by verification only.
   */
  verificationPieces: defineTable({
    tenantId: v.string(),
    pieces: v.union(v.null(), vPieces),
  }).index("by_tenant", ["tenantId"]),

  /**
   * One row per tenant: when what was last verified. Written by verification, once a pass; read
   * by `aggregates:health` and, without a subscription to it in mind, by `aggregates:load`.
   */
  verified: defineTable({
    tenantId: v.string(),
    rollups: v.array(
      v.object({
        state: v.id("rollupStates"),
        /** "cube.rollup@generation", as in answers. */
        route: v.string(),
        /** When the last pass that compared every level of it whole was finished. */
        verifiedAt: v.number(),
        /** Buckets that were not what they must be. */
        differed: v.number(),
      }),
    ),
    /** Order statistics, by route as in answers, and when all trees of each were last found to be what they must be. */
    orders: v.optional(v.array(v.object({ route: v.string(), verifiedAt: v.number() }))),
  }).index("by_tenant", ["tenantId"]),

  /**
   * One row per tenant and cube: when its source was last gone through whole. Written by verification;
   * read by `aggregates:health`.
   */
  checkedSources: defineTable({
    tenantId: v.string(),
    cube: v.string(),
    /** When the pass began: whatever was written past capture before has been seen. */
    checkedAt: v.number(),
  }).index("by_tenant_and_cube", ["tenantId", "cube"]),

  /** Differences that verification found, for people. Written by verification. */
  drifts: defineTable({
    tenantId: v.string(),
    rollup: v.string(),
    generation: v.number(),
    granularity: vGranularity,
    bucket: v.number(),
    foundAt: v.number(),
  }).index("by_tenant", ["tenantId"]),

  /**
   * One row per partition of tiles that was archived in file storage before it was deleted, or that
   * changed without one. Inserted, marked stale and deleted by the fold worker, filled in by the action
   * that writes the file; read by both, and by the action that restores.
   */
  archives: defineTable({
    tenantId: v.string(),
    /** "cube.rollup". */
    rollup: v.string(),
    generation: v.number(),
    granularity: vGranularity,
    partitionStart: v.number(),
    /** Null while it is being written, or where there never were tiles. */
    file: v.union(
      v.null(),
      v.object({
        storageId: v.id("_storage"),
        /** Of the stored bytes, hexadecimal. */
        sha256: v.string(),
        bytes: v.number(),
        tiles: v.number(),
        cells: v.number(),
      }),
    ),
    /** When the action was asked last, epoch ms; 0 once it is done, and where it was not asked. */
    requestedAt: v.number(),
    /** A change came after the tiles were, or began to be, read. */
    isStale: v.boolean(),
  }).index("by_partition", ["tenantId", "rollup", "generation", "granularity", "partitionStart"]),

  /**
   * Archived partitions on their way back, newest first. Inserted by `rollups:restore`; moved on by the
   * fold worker and, while a file is read, by the action that reads it; read by `aggregates:health`.
   */
  restores: defineTable({
    tenantId: v.string(),
    state: v.id("rollupStates"),
    granularity: vGranularity,
    /** Start of the oldest partition that was asked for. */
    from: v.number(),
    /** Until when what comes back is held. */
    until: v.number(),
    /** "reading": the action puts the tiles of a partition back; "staged": all of them are there. */
    status: v.union(
      v.literal("waiting"),
      v.literal("reading"),
      v.literal("staged"),
      v.literal("failed"),
    ),
    /** When the action was asked last, epoch ms. */
    requestedAt: v.number(),
    /** Some of the tiles hold lost extremes. */
    hasPending: v.boolean(),
    /** Why it failed. */
    error: v.union(v.null(), v.object({ code: v.string(), message: v.string() })),
  }).index("by_tenant", ["tenantId"]),

  /**
   * Changes that could not be folded, and records that a backfill met and that are no facts (`rollup` is
   * then the cube, `generation` 0), with the reason. Written by the fold worker; read by people.
   */
  deadLetters: defineTable({
    tenantId: v.string(),
    rollup: v.string(),
    generation: v.number(),
    commitTs: v.int64(),
    change: vChange,
    code: v.string(),
    message: v.string(),
  }).index("by_record", ["tenantId", "rollup", "generation", "change.docId"]),
};
