/**
 * Refusing a query that takes too long, before it runs: a function that runs out of time fails without a code.
 * Most segments cannot hold many cells by their declared cardinalities. Of the others a few tiles are looked
 * at, and from those the time that all take is estimated.
 */
import { RollupsError } from "../../../../lib/errors.js";
import type { RollupPlan } from "../../../../lib/planner/planQuery.js";
import type { CompiledQuery } from "../../../../lib/query/compile.js";
import { shortName, type NormalizedQuery } from "../../../../lib/query/normalizedQuery.js";
import { meanLengthOf, meanLengthMs } from "../../../../lib/time/calendar.js";
import { DAY_MS } from "../../../../lib/time/civil.js";
import type { QueryCtx } from "../app/ctx.js";
import type { Generation } from "../generations/generation.js";
import { loadOf, type Load, type TileSegment } from "./tileLoad.js";

/** A cell of numbers in a tile, about. */
const BYTES_PER_CELL = 20;
/** Cells of numbers that one sketch may be as long as: 128 KB, some millions of distinct values. */
const SKETCH_CELLS = 2048;
/** Length of history that an unbounded range is taken to have. */
const HISTORY_MS = 10 * 365 * DAY_MS;

const sketchKinds: ReadonlySet<string> = new Set(["hll", "ddSketch"]);

/** What an answer, or one range of it, is to be read from. */
export interface Reading {
  compiled: CompiledQuery;
  generation: Generation;
  plan: RollupPlan;
}

/**
 * Throws `QueryTooLarge` where all readings of one answer together would take too long: with the estimate, the
 * bound, and about how many days of the range would not. At most four documents per large segment are read.
 */
export async function mustAfford(
  ctx: Pick<QueryCtx, "db" | "app">,
  readings: readonly Reading[],
): Promise<void> {
  const limits = ctx.app.limits.answers;
  // Every cell could be a row of its own.
  const cellUs = BYTES_PER_CELL * limits.byteUs + limits.groupUs + limits.rowUs;
  const sure = limits.workUs / cellUs / readings.length;
  const works = await Promise.all(
    readings.map(async (reading) => {
      const segments = reading.plan.segments.flatMap((segment) =>
        segment.kind === "tiles" && cellsAtMost(reading.plan, segment) > sure ? [segment] : [],
      );
      if (segments.length === 0) return nothing;
      const loads = await Promise.all(segments.map((segment) => loadOf(ctx, reading, segment)));
      return workOf(reading, loads);
    }),
  );
  const { documents, bytes, groups, rows, sketches, spanMs } = works.reduce(added, nothing);
  const us =
    bytes * limits.byteUs +
    groups * limits.groupUs +
    rows * limits.rowUs +
    sketches * limits.sketchUs;
  if (us <= limits.workUs && documents <= limits.documents) return;
  const share = Math.min(limits.workUs / us, limits.documents / documents);
  const days = Math.max(1, Math.floor((spanMs / DAY_MS) * share));
  throw new RollupsError(
    "QueryTooLarge",
    `The answer would take too long; ask for about ${days} days of that range, a coarser granularity or fewer dimensions.`,
    {
      estimatedMs: Math.round(us / 1000),
      estimatedMsMax: Math.round(limits.workUs / 1000),
      ...{ documents, documentsMax: limits.documents, bytes, rows: groups },
      days,
      rollup: [...new Set(readings.map(({ generation }) => generation.rollup))].join(", "),
    },
  );
}

/** Buckets by combinations of dimension values, all of them in use, and sketches as long as they get. */
function cellsAtMost({ rollup }: RollupPlan, { level, from, to }: TileSegment): number {
  const length = from === null || to === null ? HISTORY_MS : to - from;
  const sketches = rollup.accumulators.filter(({ kind }) => sketchKinds.has(kind));
  return rollup.dimensions.reduce(
    (cells, { cardinality }) => cells * cardinality,
    (length / meanLengthMs[level.granularity]) * (1 + sketches.length * SKETCH_CELLS),
  );
}

/** What one range of an answer takes, about. */
interface Work {
  documents: number;
  bytes: number;
  /** Rows before the limit, and after it. */
  groups: number;
  rows: number;
  /** Values of rows that are made of sketches. */
  sketches: number;
  /** Time that is read. */
  spanMs: number;
}

const nothing: Work = { documents: 0, bytes: 0, groups: 0, rows: 0, sketches: 0, spanMs: 0 };

function added(a: Work, b: Work): Work {
  return {
    documents: a.documents + b.documents,
    bytes: a.bytes + b.bytes,
    groups: a.groups + b.groups,
    rows: a.rows + b.rows,
    sketches: a.sketches + b.sketches,
    spanMs: a.spanMs + b.spanMs,
  };
}

function workOf({ compiled: { query, measures }, plan }: Reading, loads: readonly Load[]): Work {
  const sum = (of: (load: Load) => number) => loads.reduce((total, load) => total + of(load), 0);
  const combinations = query.dimensions.reduce((all, name) => {
    const dimension = plan.rollup.dimensions.find((one) => one.name === shortName(name));
    return all * (dimension?.cardinality ?? 1);
  }, 1);
  const spanMs = sum((load) => load.spanMs);
  const isFilled = measures.some(({ plan: { window } }) => window !== null);
  const buckets = bucketsOf(query, spanMs, isFilled);
  const found = isFilled
    ? Math.max(...loads.map(({ series }) => series)) * buckets
    : sum(({ groups }) => groups);
  const groups = Math.ceil(Math.min(found, combinations * buckets));
  const sketched = measures.filter(({ plan: { accumulators } }) =>
    accumulators.some(({ kind }) => sketchKinds.has(kind)),
  );
  return {
    documents: sum(({ documents }) => documents),
    bytes: sum(({ bytes }) => bytes),
    groups,
    rows: Math.min(groups, query.limit),
    sketches: groups * sketched.length,
    spanMs,
  };
}

/**
 * Buckets that show, about. A window shows what was before it in every bucket of the range. Else only buckets
 * with records show, and a stretch of what is stored may begin and end within one.
 */
function bucketsOf({ time }: NormalizedQuery, storedMs: number, isFilled: boolean): number {
  if (time?.granularity == null) return 1;
  const meanMs = meanLengthOf(time.granularity);
  const stored = Math.ceil(storedMs / meanMs) + 1;
  const asked = time.from === null || time.to === null ? stored : (time.to - time.from) / meanMs;
  return isFilled ? asked : Math.min(stored, Math.max(1, asked));
}
