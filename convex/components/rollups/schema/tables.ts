/**
 * The tables of the component. Each says who writes it and who reads it.
 */
import { defineTable } from "convex/server";
import { v } from "convex/values";

export const vGranularity = v.union(
  v.literal("quarterHour"),
  v.literal("hour"),
  v.literal("day"),
  v.literal("week"),
  v.literal("month"),
  v.literal("quarter"),
  v.literal("year"),
);

export const vFact = v.record(
  v.string(),
  v.union(v.string(), v.number(), v.null(), v.array(v.string())),
);

/** What a mutation did to a record; "expire" is upkeep's own deletion of an old one. */
export const vOperation = v.union(
  v.literal("insert"),
  v.literal("update"),
  v.literal("delete"),
  v.literal("expire"),
);

export const vChange = v.object({
  cube: v.string(),
  op: vOperation,
  docId: v.string(),
  docCreatedAt: v.number(),
  before: v.union(vFact, v.null()),
  after: v.union(vFact, v.null()),
});

/** What a log row holds: how many changes, and what the first one left, or took away. */
export const vRowSummary = v.object({
  cube: v.string(),
  op: vOperation,
  count: v.number(),
  fact: v.union(vFact, v.null()),
});

/** A place in the log; see `lib/fold/change.ts`. */
export const vPosition = v.object({
  commitTs: v.int64(),
  row: v.number(),
  change: v.number(),
});

/** A place in a source table in `(_creationTime, _id)` order; null is before every document. */
export const vCursor = v.union(v.null(), v.object({ createdAt: v.number(), id: v.string() }));

const vDimensionValue = v.union(v.string(), v.number(), v.null());
/** A text is a sketch, or a sum of floats that no double holds. */
export const vSlot = v.union(v.number(), v.int64(), v.string(), v.null());

export const vTileColumns = {
  dimensions: v.record(v.string(), v.array(vDimensionValue)),
  columns: v.record(v.string(), v.array(v.array(vSlot))),
  pending: v.array(v.object({ series: v.number(), slot: v.number(), column: v.string() })),
};

const vDimensionType = v.union(
  v.literal("string"),
  v.literal("strings"),
  v.literal("stringSet"),
  v.literal("number"),
  v.literal("hourOfDay"),
  v.literal("weekday"),
);

export const vDefinition = v.object({
  cube: v.string(),
  name: v.string(),
  timezone: v.string(),
  timeField: v.string(),
  dimensions: v.array(
    v.object({
      name: v.string(),
      type: vDimensionType,
      field: v.string(),
      cardinality: v.number(),
    }),
  ),
  accumulators: v.array(
    v.object({
      column: v.string(),
      kind: v.union(
        v.literal("count"),
        v.literal("n"),
        v.literal("sum"),
        v.literal("sumSq"),
        v.literal("min"),
        v.literal("max"),
        v.literal("floatSum"),
        v.literal("floatSumSq"),
        v.literal("hll"),
        v.literal("ddSketch"),
      ),
      field: v.optional(v.string()),
      filters: v.optional(
        v.array(
          v.object({
            type: vDimensionType,
            field: v.string(),
            operator: v.union(
              v.literal("equals"),
              v.literal("notEquals"),
              v.literal("in"),
              v.literal("notIn"),
              v.literal("set"),
              v.literal("notSet"),
            ),
            values: v.array(vDimensionValue),
          }),
        ),
      ),
    }),
  ),
  levels: v.array(v.object({ granularity: vGranularity, partition: vGranularity })),
  fields: v.string(),
});

/** Where a new generation takes the history from that records do not tell any more. */
export const vDerivation = v.object({
  rollup: v.string(),
  generation: v.number(),
  before: v.number(),
});

export const vStatus = v.union(
  v.literal("building"),
  v.literal("ready"),
  v.literal("retiring"),
  v.literal("failed"),
);

export const vRepairKind = v.union(v.literal("extreme"), v.literal("drift"), v.literal("rebuild"));

/** See `lib/tiles/retention.ts`. */
export const vKeptLevel = v.object({
  granularity: vGranularity,
  servedFrom: v.union(v.number(), v.null()),
  storedFrom: v.union(v.number(), v.null()),
  retain: v.union(v.string(), v.null()),
  since: v.number(),
  sweptTo: v.union(v.number(), v.null()),
  hold: v.union(v.null(), v.object({ from: v.union(v.number(), v.null()), until: v.number() })),
  archived: v.union(v.null(), v.object({ from: v.union(v.number(), v.null()), to: v.number() })),
});

/** How far a window of the source is read; see `lib/verification/reading.ts`. */
const vReadTo = v.union(
  v.literal("end"),
  v.object({
    t: v.number(),
    at: v.union(v.null(), v.object({ createdAt: v.number(), id: v.string() })),
  }),
);

/** The true cells of a part of a bucket, as far as its records are read; see `repairs/largeBucket.ts`. */
export const vCollected = v.object({
  /** What it was begun with: where that changes, it begins again. */
  stamp: v.string(),
  /** They are true as of this commit. */
  asOf: v.int64(),
  readTo: vReadTo,
  cells: v.array(
    v.object({
      dimensions: v.array(vDimensionValue),
      bucket: v.number(),
      values: v.array(vSlot),
      pending: v.number(),
    }),
  ),
});

/** Hashes of series from `from` on and below `to`. */
export const vHashRange = v.object({ from: v.number(), to: v.number() });

const checksum = { a: v.number(), b: v.number() };

/** Rollups whose extremes are compared a part of their cells at a time, in the window up to `to`. */
const vShard = v.object({
  rollups: v.array(v.string()),
  index: v.number(),
  of: v.number(),
  to: v.union(v.number(), v.null()),
});

/**
 * Where verification stands. First the finest level of every rollup is compared with the source, cube by
 * cube, in windows of whole days; then every other level with the one that it is made of, or with the
 * source in windows of its own buckets.
 */
export const vVerificationCursor = v.union(
  v.object({
    stage: v.literal("source"),
    cube: v.string(),
    from: v.union(v.number(), v.null()),
    /** Only the narrowest rollup is compared … */
    isQuick: v.optional(v.boolean()),
    /** … but up to here all are, as something differs there. */
    allTo: v.optional(v.number()),
    shard: v.optional(vShard),
  }),
  v.object({
    stage: v.literal("levels"),
    cube: v.string(),
    rollup: v.string(),
    /** Index of the level. */
    level: v.number(),
    from: v.union(v.number(), v.null()),
    /** A bucket that is too large for one step is read up to the series with this hash. */
    hash: v.optional(v.number()),
    shard: v.optional(vShard),
  }),
);

/** A window that is not done; see `convex/components/rollups/verification/sourceWindow.ts`. */
export const vPieces = v.object({
  /** What it was begun with: where that changes, the window begins again. */
  stamp: v.string(),
  /** What was collected is true as of this commit. */
  asOf: v.int64(),
  from: v.union(v.number(), v.null()),
  to: v.union(v.number(), v.null()),
  readTo: vReadTo,
  /** How far tiles are compared: the rollup, its buckets, and of a large one the series. */
  place: v.object({
    member: v.number(),
    from: v.union(v.number(), v.null()),
    hash: v.number(),
    buckets: v.array(
      v.object({
        bucket: v.number(),
        ...checksum,
        cells: v.number(),
        isWrong: v.boolean(),
        unjudged: v.number(),
      }),
    ),
  }),
  /** Rollups that are compared but for their extremes, which too many cells have. */
  crowded: v.array(v.string()),
  /** What the rollups from `place.member` on must hold. */
  truths: v.array(
    v.object({
      sums: v.array(v.object({ bucket: v.number(), ...checksum })),
      extremes: v.union(
        v.null(),
        v.array(
          v.object({
            bucket: v.number(),
            place: v.number(),
            values: v.array(v.union(v.number(), v.null())),
            lost: v.number(),
          }),
        ),
      ),
    }),
  ),
});

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
  }),

  /** Tenants that upkeep knows. Written by wake-ups and by discovery; read by crons. */
  tenants: defineTable({ tenantId: v.string() }).index("by_tenant", ["tenantId"]),

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
   * What mutations did, in commit order: one row per mutation, tenant and at most 512 changes or
   * 100 KB. Appended by capture, never changed, trimmed by the fold worker when folded and old; read
   * by the fold worker (snapshot reads), by live answers (the tail) and by the ticker.
   */
  changeLog: defineTable({
    tenantId: v.string(),
    /** Filled in when the transaction commits; nanoseconds, beyond 2^53. */
    commitTs: v.commitTs(),
    changes: v.array(vChange),
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
  }).index("by_tenant_and_commitTs", ["tenantId", "commitTs"]),

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
  }).index("by_tenant_and_cube", ["tenantId", "cube"]),

  /**
   * One row per tenant: how far its log is folded (the only watermark). Hot: written by every fold;
   * read by answers and by `aggregates:freshness`, never by source mutations.
   */
  foldStates: defineTable({
    tenantId: v.string(),
    position: vPosition,
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
    updatedAt: v.number(),
  }).index("by_tenant", ["tenantId"]),

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
   * One row per tenant: where the continuous comparison of tiles with the source stands, and how it
   * went. Written by verification only; read by `aggregates:health`.
   */
  verifications: defineTable({
    tenantId: v.string(),
    /** Where the pass under way stands, and since when it is. */
    cursor: vVerificationCursor,
    startedAt: v.optional(v.number()),
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
    /** The quick round under way, and how often it has found nothing new. */
    watch: v.optional(
      v.object({
        cursor: vVerificationCursor,
        startedAt: v.number(),
        /** It left out a part of the source, to get sooner to where something differed. */
        isPartial: v.boolean(),
        /** What could be seen of writes when it began, and when the last steps did. */
        activity: v.string(),
        calm: v.number(),
        /** The round begins at this time, or later. */
        restUntil: v.number(),
        /** Buckets that rounds found since the last pass, and that were not what they must be. */
        differed: v.number(),
      }),
    ),
    /** A chain of steps is under way until then at the latest; the next one may begin from then on. */
    busyUntil: v.optional(v.number()),
    restUntil: v.optional(v.number()),
    updatedAt: v.number(),
  }).index("by_tenant", ["tenantId"]),

  /**
   * Windows that a step of verification did not finish: at most two per tenant, some 10 KB of checksums,
   * or 200 KB where extremes are kept. Written and read by verification only.
   */
  verificationPieces: defineTable({
    tenantId: v.string(),
    track: v.union(v.literal("pass"), v.literal("watch")),
    pieces: v.union(v.null(), vPieces),
  }).index("by_tenant_and_track", ["tenantId", "track"]),

  /**
   * One row per tenant: when what was last verified. Written by verification, once a pass and round; read
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
  }).index("by_tenant", ["tenantId"]),

  /**
   * One row per tenant and cube: when its source was last gone through whole. Written by verification;
   * read by `aggregates:health`.
   */
  checkedSources: defineTable({
    tenantId: v.string(),
    cube: v.string(),
    /** When the look began: whatever was written past capture before has been seen. */
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
  }).index("by_tenant", ["tenantId"]),
};
