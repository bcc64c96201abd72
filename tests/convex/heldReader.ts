/**
 * What a browser does with `held:*`, without a browser: it asks for catalog, tail and blocks, plans by them and
 * evaluates. Blocks are kept as long as their text is the same, and serve any question that they cover.
 */
import { evaluate } from "../../lib/answer/evaluate.js";
import { readsOf } from "../../lib/answer/reads.js";
import { ReadTail } from "../../lib/answer/wireTail.js";
import { annotate } from "../../lib/cubeJson/annotate.js";
import {
  levelKey,
  partitionsPerBlock,
  splitRead,
  tilesWithin,
  type Block,
} from "../../lib/planner/blocks.js";
import { planQuery, type RollupPlan } from "../../lib/planner/planQuery.js";
import { mustFitAnswer } from "../../lib/query/answer.js";
import { compileQuery, type CompiledQuery } from "../../lib/query/compile.js";
import { normalizeQuestion } from "../../lib/query/normalizeQuery.js";
import { joinAnswers } from "../../lib/query/question.js";
import type { TileRead } from "../../lib/tiles/cover.js";
import type { DecodedTile } from "../../lib/tiles/decodedTile.js";
import { fromWire } from "../../lib/tiles/wire.js";
import { RollupsError } from "../../lib/errors.js";
import { api } from "../../convex/_generated/api.js";
import type { FunctionReturnType } from "convex/server";
import type { tenantOf } from "./harness.js";

type Caller = Pick<Awaited<ReturnType<typeof tenantOf>>, "query">;
type Part = { block: Block; tiles: readonly DecodedTile[] };

export class HeldReader {
  /** Calls of `held:tiles`, with how many bytes came. */
  readonly calls = { tiles: 0, bytes: 0 };

  constructor(
    private readonly caller: Caller,
    private readonly key: string,
    private readonly tenantId = "acme",
  ) {}

  async tail(cube: string): Promise<FunctionReturnType<typeof api.held.tail>> {
    const { tenantId, key } = this;
    return await this.caller.query(api.held.tail, { tenantId, key, cube });
  }

  async catalog(cube: string): Promise<FunctionReturnType<typeof api.held.catalog>> {
    const { tenantId, key } = this;
    return await this.caller.query(api.held.catalog, { tenantId, key, cube });
  }

  /** Answers as `load` does. Throws what `evaluate` throws, `NoRollup` without a plan, and `TooLarge` without tiles. */
  async load(json: unknown, cubeName: string) {
    const {
      definition: cube,
      timezone,
      candidates,
      sourceFrom,
      sizes,
    } = await this.catalog(cubeName);
    const wire = await this.tail(cubeName);
    const tail = new ReadTail(cubeName, wire);
    const question = normalizeQuestion({ [cubeName]: cube }, json, { timezone });
    const planned = question.queries.map((query) => {
      const compiled = compileQuery(cube, query);
      const rollups = tail.candidates(candidates);
      const asked = { compiled, rollups, tenantZone: timezone, sourceFrom };
      return { compiled, ...planQuery(asked) };
    });
    const answers = [];
    const servedBy = new Set<string>();
    const watermarks = new Set<bigint>();
    for (const { compiled, plan } of planned) {
      if (plan === null) throw new RollupsError("NoRollup", "No rollup can answer this", {});
      answers.push(await this.answer(compiled, plan, tail, sizes));
      servedBy.add(`${cubeName}.${plan.rollup.name}@${plan.generation}`);
      watermarks.add(tail.watermarkOf(plan));
    }
    const [watermark, ...others] = watermarks;
    if (others.length > 0) throw new RollupsError("EdgeNotFolded", "Two commits", {});
    const answer = joinAnswers(question, answers);
    mustFitAnswer(answer);
    return {
      data: answer.rows,
      total: answer.total ?? undefined,
      annotation: annotate(cube, question.queries[0]),
      servedBy: [...servedBy].join(", "),
      freshness: wire.isLive ? "live" : "folded",
      watermark: String(watermark),
    };
  }

  private async answer(
    compiled: CompiledQuery,
    plan: RollupPlan,
    tail: ReadTail,
    sizes: Record<string, number>,
  ) {
    const held = new Map<TileRead, Part[]>();
    const parts = new Map<string, Part[]>();
    for (const read of readsOf(plan)) held.set(read, await this.blocks(plan, read, sizes));
    for (const [{ level, fromPartition, toPartition }, found] of held) {
      parts.set(`${level.granularity} ${fromPartition} ${toPartition}`, found);
    }
    return evaluate({
      ...{ compiled, plan, tail: tail.tail },
      tiles: (read) => {
        const { level, fromPartition, toPartition } = read;
        const found = parts.get(`${level.granularity} ${fromPartition} ${toPartition}`);
        return found === undefined ? null : tilesWithin(read, found);
      },
    });
  }

  private async blocks(
    { rollup, generation }: RollupPlan,
    read: TileRead,
    sizes: Record<string, number>,
  ): Promise<Part[]> {
    const { level } = read;
    const perBlock = partitionsPerBlock(sizes[levelKey({ rollup, generation }, level)] ?? 4096);
    const parts: Part[] = [];
    for (const block of splitRead(level, rollup.timezone, read, Date.now(), perBlock)) {
      const text = await this.caller.query(api.held.tiles, {
        ...{ tenantId: this.tenantId, key: this.key },
        ...{ rollup: `${rollup.cube}.${rollup.name}`, generation },
        ...{ granularity: level.granularity, ...block },
      });
      if (text === null) throw new RollupsError("QueryTooLarge", "A block is too large", {});
      this.calls.tiles++;
      this.calls.bytes += text.length;
      parts.push({ block, tiles: fromWire(rollup, level, text) });
    }
    return parts;
  }
}
