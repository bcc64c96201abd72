/**
 * The product's own backend code, loaded once per version of the cubes, as a deploy would: each
 * deployment is a module graph of its own whose catalogue never changes. Only limits are replaced,
 * by numbers that a test can turn (`knobs.ts`); everything else is the code that ships.
 */
import { vi } from "vitest";
import type * as planModule from "../../../convex/fold/plan";
import type * as stepModule from "../../../convex/fold/step";
import type * as answerModule from "../../../convex/answers/answer";
import type * as captureModule from "../../../convex/changeLog/capture";
import type * as checkModule from "../../../convex/verification/check";
import type * as foldPartitionModule from "../../../lib/fold/foldPartition";
import type { MutationCtx } from "../../../convex/_generated/server";
import type { Catalogue } from "../../../lib/model/cube";
import type * as planQueryModule from "../../../lib/planner/planQuery";
import { knobs } from "./knobs";

export interface Deployment {
  findWork: typeof planModule.findWork;
  doWork: typeof stepModule.doWork;
  answerQuery: typeof answerModule.answerQuery;
  capturing: typeof captureModule.capturing;
  checkStep: typeof checkModule.checkStep;
  /** Registered functions, as the platform calls them. */
  functions: Record<"setFlag" | "rebuild" | "refresh" | "replay" | "verify" | "expire", Registered>;
}

interface Registered {
  _handler(ctx: MutationCtx, args: unknown): Promise<unknown>;
}

const engine = import.meta.glob("../../../lib/**/*.ts");
let isShared = false;

/**
 * Lets every further deployment import the engine as it is loaded now: it knows no cubes, and code
 * that is loaded once is compiled once.
 */
async function shareEngine(): Promise<void> {
  for (const [path, load] of Object.entries(engine)) {
    const module = (await load()) as object;
    vi.doMock(path, () => ({ ...module }));
  }
  isShared = true;
}

/** Loads the backend with these cubes. */
export async function deploy(catalogue: Catalogue): Promise<Deployment> {
  vi.resetModules();
  vi.doMock("../../../convex/cubes", () => ({ catalogue }));
  vi.doMock("../../../convex/fold/limits", async (original) => ({
    ...(await original<object>()),
    get FOLD_CHANGES_MAX() {
      return knobs.foldChanges;
    },
    get FOLD_ROWS_MAX() {
      return knobs.foldRows;
    },
    get FOLD_BYTES_MAX() {
      return knobs.foldBytes;
    },
    get TRIM_ROWS() {
      return knobs.trimRows;
    },
    logRetentionEnd: () => knobs.trimTo,
    get FOLD_SLICE() {
      return knobs.slice;
    },
    get PAGE_DOCUMENTS() {
      return knobs.page;
    },
    get SWEEP_TILES() {
      return knobs.sweepTiles;
    },
    get REPAIR_PARTITIONS() {
      return knobs.repairPartitions;
    },
    get REPAIR_RECORDS_MAX() {
      return knobs.repairRecords;
    },
    get RESTORED_RECORDS() {
      return knobs.restoredRecords;
    },
    get RESTORED_CELLS() {
      return knobs.restoredCells;
    },
  }));
  vi.doMock("../../../convex/verification/limits", async (original) => ({
    ...(await original<object>()),
    get PIECE_RECORDS_MIN() {
      return knobs.pieceRecords;
    },
    get PIECE_RECORDS_MAX() {
      return knobs.pieceRecords;
    },
    get TILE_BYTES() {
      return knobs.tileBytes;
    },
    get LEVEL_BYTES() {
      return knobs.tileBytes;
    },
    get CHUNKS_PER_STEP() {
      return knobs.chunks;
    },
    get DRIFTS_MAX() {
      return knobs.drifts;
    },
    get EXTREME_CELLS_MAX() {
      return knobs.extremeCells;
    },
  }));
  vi.doMock("../../../convex/answers/limits", async (original) => ({
    ...(await original<object>()),
    get TAIL_CHANGES_MAX() {
      return knobs.tailChanges;
    },
    get TAIL_ROWS_MAX() {
      return knobs.tailRows;
    },
    get SCAN_RECORDS_MAX() {
      return knobs.scanRecords;
    },
    get CAUGHT_UP_RECORDS_MAX() {
      return knobs.caughtUpRecords;
    },
  }));
  // A log row is full at 100 KB or 512 changes: changes that seem larger fill it sooner.
  vi.doMock("convex/values", async (original) => ({
    ...(await original<object>()),
    getConvexSize: () => Math.floor(100_000 / Math.min(512, knobs.rowChanges)),
  }));
  if (!isShared) turnEngine();
  const [{ findWork }, { doWork }, { answerQuery }, { capturing }, ...more] = await Promise.all([
    import("../../../convex/fold/plan"),
    import("../../../convex/fold/step"),
    import("../../../convex/answers/answer"),
    import("../../../convex/changeLog/capture"),
    import("../../../convex/verification/check"),
    import("../../../convex/verification/pass"),
    import("../../../convex/flags"),
    import("../../../convex/rollups"),
    import("../../../convex/expiry/expire"),
  ]);
  if (!isShared) await shareEngine();
  const [
    { checkStep },
    { run: verify },
    { set: setFlag },
    { rebuild, refresh, replay },
    { step: expire },
  ] = more;
  const functions = { setFlag, rebuild, refresh, replay, verify, expire } as unknown;
  return {
    ...{ findWork, doWork, answerQuery, capturing, checkStep },
    functions: functions as Deployment["functions"],
  };
}

/** Gives the engine limits, and a view of the rollups, that tests can turn. */
function turnEngine(): void {
  vi.doMock("../../../lib/fold/foldPartition", async (original) => {
    const actual = await original<typeof foldPartitionModule>();
    const foldPartition: typeof actual.foldPartition = (rollup, delta, chunks) =>
      actual.foldPartition(rollup, delta, chunks, { cellsMax: knobs.cells });
    return { ...actual, foldPartition };
  });
  vi.doMock("../../../lib/planner/planQuery", async (original) => {
    const actual = await original<typeof planQueryModule>();
    const planQuery: typeof actual.planQuery = ({ rollups, ...rest }) =>
      actual.planQuery({
        ...rest,
        rollups: rollups.filter(({ rollup }) => !knobs.hidden.has(rollup.name)),
      });
    return { ...actual, planQuery };
  });
}
