/** An answer whose tiles and facts have to be fetched: what `evaluate` asks for is read, then it answers. */
import type { Answer } from "../query/answer.js";
import { RollupsError } from "../errors.js";
import type { Fact } from "../model/cube.js";
import type { StoredRollup } from "../model/rollup.js";
import type { RollupPlan } from "../planner/plan.js";
import type { CompiledQuery } from "../query/compile.js";
import type { TileRead } from "../tiles/cover.js";
import { decodeColumns, type DecodedTile } from "../tiles/decodedTile.js";
import type { TileColumns } from "../tiles/tile.js";
import { evaluate } from "./evaluate.js";
import type { HeldTail } from "./heldTail.js";
import type { GivenCell } from "./groups.js";
import { edgesOf, readsOf } from "./reads.js";

/** Where tiles and facts come from; all of one generation of one tenant, in one snapshot. */
export interface TileSource {
  tiles(read: TileRead): Promise<{ partitionStart: number; tile: TileColumns }[]>;
  /** The source's current facts (the tail included) in [from, to); null if there are more than `limit`. */
  facts(from: number | null, to: number | null, limit: number): Promise<Fact[] | null>;
}

export interface AnswerLimits {
  /** Most facts that one look at the source may return (default 4,000). */
  factsMax?: number;
  /** Most looks at the source for lost extremes (default 32). */
  rereadsMax?: number;
}

export interface TilesQuestion {
  compiled: CompiledQuery;
  /** Of the compiled query, without exact percentiles where these are given. */
  plan: RollupPlan;
  /** Exact percentiles of every row, as of the same commit. */
  given?: readonly GivenCell[];
  source: TileSource;
  tail: HeldTail;
  /** "folded": the tail only completes a commit, and the source's facts are later than the answer. */
  tailMode?: "live" | "folded";
  limits?: AnswerLimits;
}

/**
 * What `evaluate` answers, and throws but for `EdgeNotHeld` and `TilesNotHeld`. Throws besides, as refusals:
 * `EdgeTooLarge` (more facts at an edge than allowed) and `EdgeNotFolded` (would need the source, which in a
 * folded answer is too new); as a failure: `CorruptTile`. One read per stretch of tiles of one level; a lost
 * extreme takes another evaluation for each level that it is looked for in.
 */
export async function answerFromTiles(question: TilesQuestion): Promise<Answer> {
  const { compiled, plan, given, tail, tailMode, limits = {} } = question;
  const { factsMax = 4000, rereadsMax } = limits;
  const edges = edgesOf(plan.segments);
  if (edges.length > 0 && tailMode === "folded") {
    throw new RollupsError("EdgeNotFolded", "The range's edges lie within buckets", {});
  }
  const fetched = new Fetched(plan.rollup, question.source, factsMax);
  for (const read of readsOf(plan)) fetched.tiles(read);
  for (const { from, to } of edges) fetched.facts(from, to);
  await fetched.fetch();
  for (const { from, to } of edges) {
    if (fetched.facts(from, to) !== null) continue;
    const details = { from, to, factsMax };
    throw new RollupsError("EdgeTooLarge", "Too many records at an edge of the range", details);
  }
  for (;;) {
    try {
      return evaluate({
        ...{ compiled, plan, tail, rereadsMax, ...(given && { given }) },
        tiles: (read) => fetched.tiles(read),
        facts: (from, to) => (tailMode === "folded" ? null : fetched.facts(from, to)),
      });
    } catch (error) {
      if (!fetched.isWanting) throw error;
    }
    await fetched.fetch();
  }
}

/** What was fetched, and what was asked for and has to be. Everything is fetched once. */
class Fetched {
  private readonly tilesOf = new Map<string, readonly DecodedTile[]>();
  private readonly factsOf = new Map<string, readonly Fact[] | null>();
  private wanted: (() => Promise<void>)[] = [];

  constructor(
    private readonly rollup: StoredRollup,
    private readonly source: TileSource,
    private readonly factsMax: number,
  ) {}

  /** Whether something was asked for that is not fetched. */
  get isWanting(): boolean {
    return this.wanted.length > 0;
  }

  async fetch(): Promise<void> {
    const { wanted } = this;
    this.wanted = [];
    await Promise.all(wanted.map((fetch) => fetch()));
  }

  tiles(read: TileRead): readonly DecodedTile[] | null {
    const { level, fromPartition, toPartition } = read;
    const key = `${level.granularity} ${fromPartition} ${toPartition}`;
    const known = this.tilesOf.get(key);
    if (known !== undefined) return known;
    this.wanted.push(async () => {
      const found = await this.source.tiles(read);
      const decoded = found.map(({ partitionStart, tile }) =>
        decodeColumns(this.rollup, level, partitionStart, tile),
      );
      this.tilesOf.set(key, decoded);
    });
    return null;
  }

  /** Null also where there are too many. */
  facts(from: number, to: number): readonly Fact[] | null {
    const key = `${from} ${to}`;
    const known = this.factsOf.get(key);
    if (known !== undefined) return known;
    this.wanted.push(async () => {
      this.factsOf.set(key, await this.source.facts(from, to, this.factsMax));
    });
    return null;
  }
}
