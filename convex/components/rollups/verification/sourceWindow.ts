/**
 * A window of time in which some rollups of a cube are compared with the source: first the window's
 * records are read, in pieces where they are many, then each rollup's tiles are compared with what the
 * records add up to. A window that is not done in one step is kept as data, and goes on in the next one;
 * `lib/verification/reading.ts` says why writes in between do no harm.
 */
import type { Infer } from "convex/values";
import { RollupsError } from "../../../../lib/errors.js";
import type { Change } from "../../../../lib/fold/change.js";
import { DeltaBatch, type CellDelta } from "../../../../lib/fold/deltas.js";
import { timeOf } from "../../../../lib/model/fact.js";
import type { Level } from "../../../../lib/model/rollup.js";
import { storedFrom } from "../../../../lib/tiles/coverage.js";
import { seriesHash } from "../../../../lib/tiles/directory.js";
import { bucketStart, nextBucket, TIME_MAX, TIME_MIN } from "../../../../lib/time/calendar.js";
import type { Granularity } from "../../../../lib/time/granularity.js";
import {
  BucketSums,
  type CountedChange,
  type Shard,
} from "../../../../lib/verification/bucketSums.js";
import {
  isInside,
  readAfter,
  readPart,
  type TimeWindow,
} from "../../../../lib/verification/reading.js";
import { StoredSums } from "../../../../lib/verification/storedSums.js";
import { withDeltas } from "../../../../lib/verification/tailCells.js";
import { readSince, readTail, type LogPart, type UnfoldedPart } from "../log/part.js";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";
import { mustCube } from "../app/cubes.js";
import { coverageOf } from "../generations/coverage.js";
import type { vPieces } from "../schema/validators.js";
import { hasFractions, readPiece } from "../sources/scan.js";
import type { PieceRecord, PieceStart } from "../app/protocol.js";
import { Findings } from "./findings.js";
import { readCells } from "./tileCells.js";
import { generationOf } from "../generations/generation.js";

/** One rollup of a window, and which of its levels is compared. */
export interface Member {
  state: Doc<"rollupStates">;
  level: Level;
}

export interface WindowTask {
  tenantId: string;
  cube: string;
  members: readonly Member[];
  /** Windows end where one of these buckets does. */
  grain: Granularity;
  zone: string;
  from: number | null;
  /** Where the window ends at the latest; where exactly, if `isFixed`. */
  until: number | null;
  isFixed: boolean;
  /** Buckets that begin earlier cannot be judged; null where the source is whole. */
  wholeFrom: number | null;
  /** Only the extremes of some cells are compared. */
  shard: Shard | null;
}

/** A window in progress, as data. */
export type Pieces = Omit<Infer<typeof vPieces>, "stamp">;

export interface WindowStep {
  findings: Findings;
  /** What the next step goes on with, and null where the window is done. */
  kept: Pieces | null;
  /** The window's end; null where it goes to the end of time. */
  to: number | null;
  /** Rollups with too many cells to keep their extremes: these are not compared yet. */
  crowded: string[];
}

/**
 * One step. `kept` is what the last one left, null to begin. Null where the log cannot tell now: try
 * again later.
 */
export async function windowStep(
  ctx: QueryCtx,
  task: WindowTask,
  kept: Pieces | null,
): Promise<WindowStep | null> {
  const { tenantId, cube } = task;
  const states = task.members.map(({ state }) => state);
  let work: WindowWork | null = null;
  if (kept !== null) {
    const part = await readSince(ctx, tenantId, cube, states, kept.asOf);
    // Changes that were read otherwise cannot be applied: the window begins again.
    work = part && WindowWork.restored(ctx, task, kept);
    if (work !== null && part !== null) {
      work.catchUp(part);
      if (!part.complete) return work.pause();
    }
  }
  let tail: UnfoldedPart | null = null;
  if (work === null) {
    tail = await readTail(ctx, tenantId, cube, states);
    if (tail === null) return null;
    work = new WindowWork(ctx, task, tail.asOf);
  }
  if (!work.isRead) {
    if (!(await work.readOn(ctx))) return work.giveUp();
    if (!work.isRead) return work.pause();
  }
  tail ??= await readTail(ctx, tenantId, cube, states);
  if (tail === null) return work.pause();
  try {
    return await work.compare(ctx, tail);
  } catch (error) {
    // A change that cannot be applied is set aside when it is folded.
    if (error instanceof RollupsError) return null;
    throw error;
  }
}

class WindowWork {
  private readonly findings: Findings;
  private window: TimeWindow;
  /** Whether it is known where the window ends. */
  private hasEnd: boolean;
  private readTo: Pieces["readTo"];
  private truths: BucketSums[];
  private crowded: string[] = [];
  private place: Pieces["place"] = { member: 0, from: null, hash: 0, buckets: [] };

  constructor(
    private readonly ctx: Pick<QueryCtx, "app">,
    private readonly task: WindowTask,
    private asOf: bigint,
  ) {
    const { from, until, isFixed, members, shard } = task;
    this.findings = new Findings(ctx);
    this.window = { from, to: until };
    this.hasEnd = isFixed;
    this.readTo = { t: from ?? TIME_MIN, at: null };
    this.truths = members.map(({ state, level }) => new BucketSums(state.definition, level, shard));
  }

  static restored(ctx: QueryCtx, task: WindowTask, kept: Pieces): WindowWork {
    const work = new WindowWork(ctx, task, kept.asOf);
    work.window = { from: kept.from, to: kept.to };
    work.hasEnd = true;
    work.readTo = kept.readTo;
    work.place = kept.place;
    work.crowded = [...kept.crowded];
    for (const [i, stored] of kept.truths.entries()) {
      const at = kept.place.member + i;
      const member = task.members[at];
      if (member === undefined) continue;
      const { definition } = member.state;
      work.truths[at] = BucketSums.restored(definition, member.level, stored, task.shard);
    }
    return work;
  }

  get isRead(): boolean {
    return this.readTo === "end";
  }

  /** Brings what was collected up to a later commit. */
  catchUp({ changes, asOf }: LogPart): void {
    this.asOf = asOf;
    const { members } = this.task;
    members.forEach((member, i) => {
      if (i < this.place.member) return;
      const parts = changes.flatMap((change) => this.partOf(member, change) ?? []);
      this.truths[i]?.apply(parts);
      if (i !== this.place.member || this.place.hash === 0) return;
      const stored = this.storedSums(i);
      stored.apply(parts, this.place.hash);
      this.place = { ...this.place, buckets: stored.stored() };
    });
  }

  /** Reads the next piece. False where the log could not tell which of its records were read. */
  async readOn(ctx: QueryCtx): Promise<boolean> {
    const { readTo, task } = this;
    if (readTo === "end") return true;
    const cube = mustCube(ctx, task.cube);
    const isWithin = readTo.at !== null;
    if (isWithin && (await hasFractions(ctx, cube, task.tenantId, readTo.t))) return false;
    const start: PieceStart =
      readTo.at === null ? { from: readTo.t } : { at: readTo.t, after: readTo.at };
    const looks = Math.floor(
      ctx.app.limits.verification.recordLooks / Math.max(1, task.members.length),
    );
    const { records, more } = await readPiece(
      ctx,
      cube,
      task.tenantId,
      start,
      this.window.to ?? TIME_MAX,
      {
        records: Math.min(
          ctx.app.limits.verification.pieceRecordsMax,
          Math.max(ctx.app.limits.verification.pieceRecordsMin, looks),
        ),
        bytes: ctx.app.limits.verification.pieceBytes,
      },
    );
    if (!more) {
      this.take(records);
      this.readTo = isWithin ? { t: readTo.t + 1, at: null } : "end";
      this.hasEnd = true;
      return true;
    }
    const end = this.hasEnd ? null : this.findEnd(records);
    if (end !== null) {
      this.take(records.filter(({ time }) => time < end));
      this.window = { ...this.window, to: end };
      this.readTo = "end";
      return true;
    }
    const after = readAfter(records, isWithin);
    if (after === null) return false;
    this.take(records.slice(0, after.count));
    this.readTo = after.readTo;
    return true;
  }

  /** Where a window of whole buckets ends; null, and the end fixed, where the first bucket is too large. */
  private findEnd(records: readonly PieceRecord[]): number | null {
    const { grain, zone } = this.task;
    const last = bucketStart(grain, zone, Math.floor(records.at(-1)?.time ?? 0));
    this.hasEnd = true;
    if (last > Math.floor(records[0]?.time ?? 0)) return last;
    const next = nextBucket(grain, zone, last);
    this.window = { ...this.window, to: Math.min(next, this.window.to ?? next) };
    return null;
  }

  private take(records: readonly PieceRecord[]): void {
    const { members, shard } = this.task;
    for (const { fact } of records) {
      if (fact === null) {
        if (shard === null) this.findings.unreadable++;
        continue;
      }
      members.forEach((member, i) => {
        if (this.isJudged(member, timeOf(fact, member.state.definition.timeField))) {
          this.truths[i]?.addFact(fact);
        }
      });
    }
  }

  /** What of a change counts in what a rollup has collected. */
  private partOf(member: Member, change: Change): CountedChange | null {
    const { timeField } = member.state.definition;
    const part = readPart(change, timeField, this.window, this.readTo);
    if (part === null) return null;
    const judged = (fact: CountedChange["before"]) =>
      fact !== null && this.isJudged(member, timeOf(fact, timeField)) ? fact : null;
    return { before: judged(part.before), after: judged(part.after) };
  }

  /** Whether the rollup has tiles at a time, of a bucket that the source holds all records of. */
  private isJudged({ state, level }: Member, t: number): boolean {
    const { wholeFrom } = this.task;
    if (t < storedFrom(coverageOf(state), level)) return false;
    const { timezone } = state.definition;
    return wholeFrom === null || bucketStart(level.granularity, timezone, t) >= wholeFrom;
  }

  /** Compares the tiles of one rollup after the other, as far as one step may. */
  async compare(ctx: QueryCtx, tail: UnfoldedPart): Promise<WindowStep> {
    const { members } = this.task;
    const { bytesRead } = await ctx.meta.getTransactionMetrics();
    const isFull = async () =>
      (await ctx.meta.getTransactionMetrics()).bytesRead.used - bytesRead.used >
      ctx.app.limits.verification.tileBytes;
    for (let i = this.place.member; i < members.length; i++) {
      if (i !== this.place.member) this.place = { member: i, from: null, hash: 0, buckets: [] };
      while (!(await this.compareSome(ctx, i, tail))) {
        if (this.findings.room <= 0 || (await isFull())) return this.pause();
      }
      if (this.truths[i]?.hasExtremes === false) {
        this.crowded.push((members[i] as Member).state.rollup);
      }
      const isLast = i === members.length - 1;
      if (!isLast && (this.findings.room <= 0 || (await isFull()))) {
        this.place = { member: i + 1, from: null, hash: 0, buckets: [] };
        return this.pause();
      }
    }
    return { findings: this.findings, kept: null, to: this.window.to, crowded: this.crowded };
  }

  /** Compares what can be read at once. Whether that was the rest of the rollup. */
  private async compareSome(ctx: QueryCtx, i: number, tail: UnfoldedPart): Promise<boolean> {
    const { state, level } = this.task.members[i] as Member;
    const generation = generationOf(state);
    const { to } = this.window;
    const kept = storedFrom(generation.coverage, level);
    const begin = Math.max(this.place.from ?? this.window.from ?? -Infinity, kept);
    if (begin >= (to ?? Infinity)) return true;
    const from = begin === -Infinity ? null : begin;
    const { hash } = this.place;
    const stretch = { generation, levels: [level], grain: level.partition, from, to };
    const read = await readCells(ctx, stretch, hash);
    const range = { from, to: read.upTo };
    const isMine = ({ bucket, dimensions }: CellDelta) => {
      if (!isInside(range, bucket)) return false;
      if (hash === 0 && read.hashTo === null) return true;
      const own = seriesHash(dimensions);
      return own >= hash && own < (read.hashTo ?? Infinity);
    };
    const stored = this.storedSums(i);
    const deltas = deltasOf(state, level, tail.of(state)).filter(isMine);
    const setWrong = (bucket: number) => stored.setWrong(bucket);
    for (const cell of withDeltas(state.definition, read.cells[0] ?? [], deltas, setWrong)) {
      stored.addCell(cell);
    }
    if (read.isBroken) this.findings.setBroken(state);
    if (read.hashTo !== null) {
      this.place = { member: i, from, hash: read.hashTo, buckets: stored.stored() };
      return false;
    }
    const cut = this.findings.add(state, level, stored.verdicts(range));
    this.place = { member: i, from: cut ?? read.upTo, hash: 0, buckets: [] };
    return cut === null && read.upTo === to;
  }

  private storedSums(i: number): StoredSums {
    const { state, level } = this.task.members[i] as Member;
    const stored = new StoredSums(state.definition, level, this.truths[i] as BucketSums);
    if (i === this.place.member) stored.restore(this.place.buckets);
    return stored;
  }

  /** The window goes on in the next step. Of rollups that are compared nothing is kept. */
  pause(): WindowStep {
    const { asOf, window, readTo, place, crowded, findings } = this;
    const truths = this.truths.slice(place.member);
    makeRoom(this.ctx, truths);
    const kept: Pieces = {
      asOf,
      ...window,
      readTo,
      place,
      crowded,
      truths: truths.map((truth) => truth.stored()),
    };
    return { findings, kept, to: window.to, crowded: [] };
  }

  /** No one can say what the window must hold: a bucket of every rollup is left unchecked. */
  giveUp(): WindowStep {
    for (const { state } of this.task.members) this.findings.setUnchecked(state);
    return { findings: this.findings, kept: null, to: this.window.to, crowded: [] };
  }
}

/** The extremes of the rollups with most cells are left for later until the others fit. */
function makeRoom(ctx: Pick<QueryCtx, "app">, truths: readonly BucketSums[]): void {
  for (;;) {
    const sizes = truths.map(({ extremeCells }) => extremeCells);
    if (sizes.reduce((sum, size) => sum + size, 0) <= ctx.app.limits.verification.extremeCells)
      return;
    truths[sizes.indexOf(Math.max(...sizes))]?.dropExtremes();
  }
}

/** What the tail does to the cells of a level. */
function deltasOf(
  { definition }: Doc<"rollupStates">,
  level: Level,
  tail: readonly Change[],
): CellDelta[] {
  if (tail.length === 0) return [];
  const batch = new DeltaBatch(definition, [level]);
  for (const change of tail) batch.add(change);
  return batch.partitions().flatMap(({ cells }) => cells);
}
