/** Parts of stored documents, and of what functions take and return: apart from the tables, which no function loads. */
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

const vFactColumns = v.record(
  v.string(),
  v.array(v.union(v.string(), v.number(), v.null(), v.array(v.string()))),
);

/** A change, or some that are alike in columns; see `lib/fold/changeColumns.ts`. */
export const vStoredChange = v.union(
  vChange,
  v.object({
    cube: v.string(),
    op: vOperation,
    docIds: v.array(v.string()),
    docCreatedAts: v.array(v.number()),
    before: v.union(vFactColumns, v.null()),
    after: v.union(vFactColumns, v.null()),
  }),
);

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

/** An order statistic as it is stored; `lib/order/statistic.ts`. */
export const vOrder = v.object({
  cube: v.string(),
  name: v.string(),
  field: v.string(),
  by: v.array(
    v.object({
      name: v.string(),
      type: v.union(v.literal("string"), v.literal("number")),
      field: v.string(),
    }),
  ),
  granularity: v.union(v.null(), vGranularity),
  timezone: v.string(),
  timeField: v.string(),
  fields: v.string(),
});

export const vOrderGroup = v.array(vDimensionValue);

const vPlace = v.object({
  group: vOrderGroup,
  entry: v.union(v.null(), v.object({ value: v.number(), id: v.string() })),
});

/** What a record's changes do to trees; `lib/order/changes.ts`. */
export const vMove = v.object({
  before: v.union(v.null(), vPlace),
  after: v.union(v.null(), vPlace),
});

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
  v.object({
    stage: v.literal("orders"),
    state: v.id("orderStates"),
    /** How far it is compared; null: not at all. */
    compared: v.union(
      v.null(),
      v.object({
        position: vPosition,
        cursor: v.union(vCursor, v.literal("end")),
        tree: v.union(
          v.null(),
          v.object({
            key: v.string(),
            entry: v.union(v.null(), v.object({ value: v.number(), id: v.string() })),
          }),
        ),
        sum: v.number(),
      }),
    ),
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
