/**
 * Backfill while writers write: random interleavings of commits, folds that stop anywhere, pages read
 * at snapshots, and crashes, checked after every step against the documents that should be counted.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  appliesTo,
  backfillComplete,
  backfillStart,
  gateOpen,
  pageApplied,
  type BackfillState,
  type Cursor,
} from "../../lib/fold/backfill.js";
import type { Change, Position } from "../../lib/fold/change.js";
import {
  changesAfter,
  comparePositions,
  endOf,
  start,
  type LogRow,
} from "../../lib/fold/position.js";

/** A document as of some moment; its cell is what a rollup would count. */
interface Doc {
  id: string;
  createdAt: number;
  cell: number;
}

const compareDocs = (a: Doc, b: Doc) =>
  a.createdAt - b.createdAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

class World {
  docs = new Map<string, Doc>();
  log: LogRow[] = [];
  commitTs = 0n;
  /** Documents as of the fold position. */
  folded = new Map<string, Doc>();
  position: Position = start;
  state: BackfillState = backfillStart;
  counts = new Map<number, number>();
  pages = 0;

  constructor(private readonly gate: "asOf" | "none") {}

  commit(picks: readonly number[]): void {
    this.commitTs++;
    const changes: Change[] = picks.map((pick, i) => {
      const ids = [...this.docs.keys()];
      const id = pick % 3 === 0 || ids.length === 0 ? null : ids[pick % ids.length]!;
      if (id === null) {
        const doc = { id: `d${this.commitTs}-${i}`, createdAt: pick % 7, cell: pick % 4 };
        this.docs.set(doc.id, doc);
        return change(doc, null, doc);
      }
      const before = this.docs.get(id)!;
      if (pick % 3 === 1) {
        this.docs.delete(id);
        return change(before, before, null);
      }
      const after = { ...before, cell: (pick >> 2) % 4 };
      this.docs.set(id, after);
      return change(before, before, after);
    });
    for (let i = 0; i < changes.length; i += 2) {
      this.log.push({ commitTs: this.commitTs, changes: changes.slice(i, i + 2) });
    }
  }

  /** Reads a snapshot; the function that it returns commits what was read, perhaps later, perhaps never. */
  begin(foldMax: number, pageMax: number): (stop: number) => void {
    const rows = this.log.filter(({ commitTs }) => commitTs >= this.position.commitTs);
    const asOf = this.log.at(-1)?.commitTs ?? 0n;
    const end = endOf(rows, this.position);
    const placed = [...changesAfter(rows, this.position)].slice(0, foldMax);
    const { state, position } = this;
    const mayPage = state.cursor !== "end" && (this.gate === "none" || state.page === null);
    const cursor = state.cursor as Cursor | null;
    const beyond = [...this.docs.values()]
      .filter(
        (doc) =>
          cursor === null ||
          doc.createdAt > cursor.createdAt ||
          (doc.createdAt === cursor.createdAt && doc.id > cursor.id),
      )
      .sort(compareDocs);
    const page = mayPage ? beyond.slice(0, pageMax).map((doc) => ({ ...doc })) : null;
    const done = beyond.length <= pageMax;
    return (stop) => {
      expect(this.position).toBe(position);
      const taken = placed.slice(0, placed.length - (stop % (placed.length + 1)));
      for (const { change, commitTs, next } of taken) {
        this.position = next;
        this.see(change);
        if (appliesTo(this.state, change, commitTs)) this.apply(change);
      }
      if (page !== null) {
        this.pages++;
        for (const doc of page) this.apply(change(doc, null, doc));
        const last = page.at(-1);
        this.state = pageApplied(this.state, {
          last: last === undefined ? null : { createdAt: last.createdAt, id: last.id },
          done,
          asOf,
        });
      }
      const commitDone = this.isCommitDone();
      const caughtUp = comparePositions(this.position, end) >= 0;
      if (gateOpen(this.state, this.position, commitDone, caughtUp)) {
        this.state = { ...this.state, page: null };
      }
    };
  }

  /** While the gate is closed the generation is ahead of the log in places; otherwise it must be exact. */
  check(): void {
    if (this.state.page !== null) return;
    const expected = new Map<number, number>();
    const { cursor } = this.state;
    for (const doc of this.folded.values()) {
      const counted =
        cursor === "end" || (cursor !== null && compareDocs(doc, { ...cursor, cell: 0 }) <= 0);
      if (counted) expected.set(doc.cell, (expected.get(doc.cell) ?? 0) + 1);
    }
    expect(sorted(this.counts)).toEqual(sorted(expected));
  }

  private isCommitDone(): boolean {
    const rows = this.log.filter(({ commitTs }) => commitTs === this.position.commitTs);
    return [...changesAfter(rows, this.position)].length === 0;
  }

  private see({ docId, docCreatedAt, after }: Change): void {
    if (after === null) this.folded.delete(docId);
    else this.folded.set(docId, { id: docId, createdAt: docCreatedAt, cell: after.cell as number });
  }

  private apply({ before, after }: Change): void {
    for (const [fact, sign] of [
      [before, -1],
      [after, 1],
    ] as const) {
      if (fact === null) continue;
      const cell = fact.cell as number;
      const count = (this.counts.get(cell) ?? 0) + sign;
      if (count === 0) this.counts.delete(cell);
      else this.counts.set(cell, count);
    }
  }
}

function change(doc: Doc, before: Doc | null, after: Doc | null): Change {
  return {
    cube: "c",
    op: before === null ? "insert" : after === null ? "delete" : "update",
    docId: doc.id,
    docCreatedAt: doc.createdAt,
    before: before && { cell: before.cell },
    after: after && { cell: after.cell },
  };
}

const sorted = (counts: Map<number, number>) => [...counts].sort(([a], [b]) => a - b);

type Move =
  | { kind: "commit"; picks: number[] }
  | { kind: "begin"; foldMax: number; pageMax: number }
  | { kind: "finish"; stop: number }
  | { kind: "crash" };

const moves = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("commit" as const),
        picks: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("begin" as const),
        foldMax: fc.nat({ max: 5 }),
        pageMax: fc.integer({ min: 1, max: 3 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("finish" as const),
        stop: fc.constantFrom(0, 0, 1, 2),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("crash" as const) }) },
  ) as fc.Arbitrary<Move>,
  { minLength: 10, maxLength: 80 },
);

function run(gate: "asOf" | "none", steps: readonly Move[]): World {
  const world = new World(gate);
  let open: ((stop: number) => void) | null = null;
  for (const step of steps) {
    if (step.kind === "commit") world.commit(step.picks);
    else if (step.kind === "begin") open ??= world.begin(step.foldMax, step.pageMax);
    else if (open !== null) {
      if (step.kind === "finish") open(step.stop);
      open = null;
    }
    world.check();
  }
  return world;
}

describe("a backfill", () => {
  it("counts every document once, whatever is written meanwhile and wherever a fold stops", () => {
    let complete = 0;
    fc.assert(
      fc.property(moves, (steps) => {
        const world = run("asOf", steps);
        if (backfillComplete(world.state)) complete++;
      }),
      { numRuns: 1500 },
    );
    expect(complete).toBeGreaterThan(50);
  });

  it("would not if pages were read while the gate is closed", () => {
    const result = fc.check(
      fc.property(moves, (steps) => void run("none", steps)),
      { numRuns: 1500 },
    );
    expect(result.failed).toBe(true);
  });

  it("advances under steady writes that the fold never catches up with", () => {
    const world = new World("asOf");
    for (let i = 0; i < 12; i++) world.commit([0, 3]);
    for (let i = 0; i < 200 && !backfillComplete(world.state); i++) {
      const finish = world.begin(2, 3);
      world.commit([3 * i]);
      finish(0);
      world.check();
    }
    expect(world.pages).toBeGreaterThan(2);
    expect(backfillComplete(world.state)).toBe(true);
  });
});

describe("a position", () => {
  const row = (commitTs: bigint, ...ids: string[]): LogRow => ({
    commitTs,
    changes: ids.map((id) => change({ id, createdAt: 0, cell: 0 }, null, null)),
  });
  const log = [row(1n, "a"), row(3n, "b", "c"), row(3n, "d"), row(7n, "e")];
  const ids = (position: Position) =>
    [...changesAfter(log, position)].map((one) => one.change.docId);

  it("resumes after any change exactly", () => {
    const all = [...changesAfter(log, start)];
    expect(all.map((one) => one.change.docId)).toEqual(["a", "b", "c", "d", "e"]);
    all.forEach(({ next }, i) => {
      const rows = log.filter(({ commitTs }) => commitTs >= next.commitTs);
      const rest = [...changesAfter(rows, next)].map((one) => one.change.docId);
      expect(rest).toEqual(["a", "b", "c", "d", "e"].slice(i + 1));
    });
  });

  it("stays inside the commit after the last change of its last row", () => {
    const [, , , d, e] = [...changesAfter(log, start)];
    expect(d!.next).toEqual({ commitTs: 3n, row: 2, change: 0 });
    expect(e!.next).toEqual({ commitTs: 7n, row: 1, change: 0 });
    expect(endOf(log)).toEqual(e!.next);
    expect(endOf([], d!.next)).toEqual(d!.next);
    expect(ids(d!.next)).toEqual(["e"]);
  });

  it("orders by commit, row and change", () => {
    const at = (commitTs: bigint, rowNumber: number, number: number) => ({
      commitTs,
      row: rowNumber,
      change: number,
    });
    const places = [
      start,
      at(1n, 0, 1),
      at(1n, 2, 0),
      at(2n ** 60n, 0, 0),
      at(2n ** 60n + 1n, 0, 0),
    ];
    for (let i = 1; i < places.length; i++) {
      expect(comparePositions(places[i - 1]!, places[i]!)).toBeLessThan(0);
      expect(comparePositions(places[i]!, places[i - 1]!)).toBeGreaterThan(0);
    }
  });
});
