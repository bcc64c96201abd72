/** Answers that are kept up by the cells that change: at every moment those of `evaluate`. Laws 1 and 4. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changedCells, type Seen } from "../../lib/answer/changedCells.js";
import { evaluate } from "../../lib/answer/evaluate.js";
import { FollowedAnswer } from "../../lib/answer/followedAnswer.js";
import { HeldTail, type NettedLevel } from "../../lib/answer/heldTail.js";
import { readsOf } from "../../lib/answer/reads.js";
import { RollupsError } from "../../lib/errors.js";
import type { Change } from "../../lib/fold/change.js";
import type { Level } from "../../lib/model/rollup.js";
import type { State } from "../../lib/measures/accumulators.js";
import { encodeDyadic } from "../../lib/numbers/dyadic.js";
import { splitRead } from "../../lib/planner/blocks.js";
import { planQuery } from "../../lib/planner/planQuery.js";
import { compileQuery } from "../../lib/query/compile.js";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import type { TileRead } from "../../lib/tiles/cover.js";
import type { DecodedTile } from "../../lib/tiles/decodedTile.js";
import { fromWire, toWire } from "../../lib/tiles/wire.js";
import { anySteps, sales, zones } from "./fixtures/sales.js";
import { generationOf, play, type Generation } from "./fixtures/world.js";

/** All tiles of each level of a generation: the same objects while they are written alike. */
class AllTiles {
  private readonly known = new Map<string, { text: string; tiles: DecodedTile[] }>();

  constructor(private readonly generation: Generation) {}

  of(level: Level): DecodedTile[] {
    const texts = [...(this.generation.tiles.get(level.granularity) ?? [])].flatMap(
      ([start, chunks]) => [...chunks.values()].map((tile) => toWire(start, tile)),
    );
    const text = `[${texts.join(",")}]`;
    const known = this.known.get(level.granularity);
    if (known?.text === text) return known.tiles;
    const tiles = fromWire(this.generation.rollup, level, text);
    this.known.set(level.granularity, { text, tiles });
    return tiles;
  }

  within({ level, fromPartition: from, toPartition: to }: TileRead): DecodedTile[] {
    return this.of(level).filter(
      ({ partitionStart: start }) =>
        (from === null || start >= from) && (to === null || start < to),
    );
  }
}

const names = Object.keys(sales.rollups) as (keyof typeof sales.rollups)[];

const anyQuestion = fc.constantFrom(...names).chain((rollup) => {
  const { measures, dimensions } = sales.rollups[rollup];
  const day = fc.integer({ min: 0, max: 500 }).map((d) => {
    return new Date(Date.UTC(2012, 0, 1 + d)).toISOString().slice(0, 10);
  });
  return fc.record({
    rollup: fc.constant(rollup),
    measures: fc.subarray([...measures] as string[], {
      minLength: 1,
      maxLength: Math.min(5, measures.length),
    }),
    dimensions: fc.subarray([...dimensions] as string[], {
      maxLength: Math.min(2, dimensions.length),
    }),
    granularity: fc.constantFrom(undefined, "day", "month", "year"),
    dateRange: fc.option(fc.tuple(day, day).map((ends) => [...ends].sort())),
    having: fc.boolean(),
    limit: fc.constantFrom(1, 3, 1000),
  });
});

type Asked = typeof anyQuestion extends fc.Arbitrary<infer T> ? T : never;

function queryOf({ measures, dimensions, granularity, dateRange, having, limit }: Asked) {
  const time = {
    dimension: "sales.at",
    ...(granularity && { granularity }),
    ...(dateRange && { dateRange }),
  };
  return {
    measures: measures.map((one) => `sales.${one}`),
    dimensions: dimensions.map((one) => `sales.${one}`),
    timeDimensions: Object.keys(time).length === 1 ? [] : [time],
    filters: having ? [{ member: `sales.${measures[0]}`, operator: "notEquals", values: [2] }] : [],
    ...{ limit, total: true },
  };
}

/** Up to which changes a moment has folded, and up to which it knows. */
const anyMoments = fc.array(fc.record({ writes: fc.nat(4), isFolded: fc.boolean() }), {
  minLength: 4,
  maxLength: 12,
});

/** How the tiles are cut into blocks. */
const anyCut = fc.record({
  now: fc.constantFrom(Date.UTC(2012, 5, 10), Date.UTC(2014, 0, 1)),
  perBlock: fc.constantFrom(1, 4, 16),
});

const counts = { followed: 0, folds: 0, extended: 0, empty: 0, shared: 0 };

function follow(
  changes: Change[],
  asked: Asked,
  zone: string,
  moments: { writes: number; isFolded: boolean }[],
  { now, perBlock }: { now: number; perBlock: number },
) {
  const generation = generationOf(sales, asked.rollup, zone, 4);
  const { rollup } = generation;
  const compiled = compileQuery(
    sales,
    normalizeQuery({ sales }, queryOf(asked), { timezone: zone }),
  );
  const { plan } = planQuery({ compiled, rollups: [{ rollup, generation: 1, status: "ready" }] });
  if (plan === null || !FollowedAnswer.canFollow({ compiled, plan })) return;
  const all = new AllTiles(generation);
  const name = `sales.${rollup.name}@1`;
  let [folded, known] = [0, Math.floor(changes.length / 3)];
  let tail = new HeldTail(() => changes.slice(0, known));
  const seen = () =>
    new Map(
      rollup.levels.map((level): [Level, Seen] => [
        level,
        { tiles: all.of(level), tail: tail.at(plan, level) },
      ]),
    );
  const evaluation = () => ({ compiled, plan, tail, tiles: (read: TileRead) => all.within(read) });
  const answer = new FollowedAnswer(evaluation());
  const parts = readsOf(plan).flatMap((read) =>
    splitRead(read.level, zone, read, now, perBlock).map((block) => ({ read, block })),
  );
  const named = parts.map(({ read, block }) => `${read.level.granularity} ${block.from}`);
  if (new Set(named).size < named.length) counts.shared++;
  let before = seen();
  for (const { writes, isFolded } of moments) {
    const [wasFolded, wasKnown] = [folded, known];
    if (isFolded) {
      generation.fold(changes.slice(folded, known));
      folded = known;
      counts.folds++;
    }
    known = Math.min(changes.length, known + writes);
    const slice = changes.slice(folded, known);
    const isKept = folded === wasFolded;
    const counted = new Map(isKept ? [[name, wasKnown - folded]] : []);
    tail = new HeldTail(() => slice, { netted: tail.netted, counts: counted });
    if (isKept && known > wasKnown) counts.extended++;
    const after = seen();
    for (const [level, { tail }] of after) {
      expectSame(tail, new HeldTail(() => slice).at(plan, level));
      if (!isFolded || known !== wasKnown) continue;
      // A fold alone changes no cell.
      const all = { from: null, to: null };
      expect(changedCells(rollup, level, all, before.get(level)!, after.get(level)!)).toEqual([]);
      counts.empty++;
    }
    for (const { read, block } of parts) {
      const { level } = read;
      const [was, is] = [before.get(level)!, after.get(level)!];
      answer.change(read, changedCells(rollup, level, block, was, is));
    }
    before = after;
    expect(answer.answer()).toEqual(evaluate(evaluation()));
    counts.followed++;
  }
}

/** An extended tail nets to what all of its changes net to. */
function expectSame(extended: NettedLevel, whole: NettedLevel): void {
  const cells = ({ deltas }: NettedLevel) =>
    new Map([...deltas].map(([key, { change, net }]) => [key, { change: change.map(plain), net }]));
  expect(cells(extended)).toEqual(cells(whole));
  for (const { bucket } of extended.deltas.values()) expect(extended.buckets).toContain(bucket);
}

/** Equal for equal states: floats have several forms. */
function plain(state: State | null) {
  if (state === null || typeof state !== "object" || "length" in state) return state;
  if (!(state instanceof Map)) return encodeDyadic(state);
  return state.size === 0 ? null : state;
}

describe("an answer that is kept up", () => {
  it("is at every moment the one of all cells, through writes, edits, deletions and folds", () => {
    const refused = new Set<string>();
    fc.assert(
      fc.property(
        anySteps(40),
        fc.array(anyQuestion, { minLength: 3, maxLength: 6 }),
        fc.constantFrom(...zones),
        anyMoments,
        anyCut,
        (steps, questions, zone, moments, cut) => {
          const { changes } = play(sales, steps);
          for (const asked of questions) {
            try {
              follow(changes, asked, zone, moments, cut);
            } catch (error) {
              if (!(error instanceof RollupsError)) throw error;
              refused.add(error.code);
            }
          }
        },
      ),
      { numRuns: 300 },
    );
    expect([...refused]).toEqual([]);
    expect(counts.followed).toBeGreaterThan(2000);
    expect(Math.min(counts.folds, counts.extended, counts.empty)).toBeGreaterThan(300);
    expect(counts.shared).toBeGreaterThan(10);
  });
});
