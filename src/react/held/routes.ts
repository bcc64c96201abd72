/** How a question is answered from tiles: plans, and the blocks that each of their reads is made of. */
import { readsOf } from "../../../lib/answer/reads.js";
import { annotate } from "../../../lib/cubeJson/annotate.js";
import { levelKey, partitionsPerBlock, splitRead } from "../../../lib/planner/blocks.js";
import { planQuery, type Candidate, type RollupPlan } from "../../../lib/planner/planQuery.js";
import { isExact } from "../../../lib/query/approximation.js";
import { mustBeBounded } from "../../../lib/query/bounds.js";
import { compileQuery, type CompiledQuery } from "../../../lib/query/compile.js";
import { normalizeQuestion } from "../../../lib/query/normalizeQuery.js";
import type { Question } from "../../../lib/query/question.js";
import type { TileRead } from "../../../lib/tiles/cover.js";
import type { Annotations, HeldCatalog } from "../api.js";
import type { WireQuery } from "../query.js";
import type { Reason } from "./explained.js";
import type { HeldBlocks, Part } from "./HeldBlocks.js";
import { heldLimits } from "./limits.js";

/** A read, and the parts that it is made of. */
export interface Need {
  read: TileRead;
  parts: Part[];
}

export interface Route {
  compiled: CompiledQuery;
  plan: RollupPlan;
  needs: Need[];
}

/** How a question is answered here: a route for each of its queries. */
export interface Routes {
  question: Question;
  routes: Route[];
  annotation: Annotations;
  exact: boolean;
  servedBy: string;
  /** The times whose changes matter, half-open. */
  from: number;
  to: number;
}

export interface Planning {
  catalog: HeldCatalog;
  /** The catalog's, as they stand beside the tail. */
  candidates: readonly Candidate[];
  blocks: HeldBlocks;
  now: number;
}

/** Bytes that the parts of reads are about, apart by whether they are held. */
export interface Bytes {
  missing: number;
  held: number;
}

/** Plans by the bytes that are not held. O(rollups × members + blocks). */
export function routesOf(wire: WireQuery, planning: Planning): Routes | Reason {
  const { catalog, candidates } = planning;
  const { definition: cube, timezone, sourceFrom } = catalog;
  let question: Question;
  try {
    mustBeBounded(wire);
    question = normalizeQuestion({ [cube.name]: cube }, wire, { timezone });
  } catch {
    return "Invalid";
  }
  const routes: Route[] = [];
  for (const query of question.queries) {
    const compiled = compileQuery(cube, query);
    const { plan } = planQuery({
      ...{ compiled, rollups: candidates, tenantZone: timezone, sourceFrom },
      costOf: (candidate, segments) => {
        if (segments.some(({ kind }) => kind === "facts")) return Infinity;
        const needs = needsOf({ ...candidate, segments: [...segments] }, planning);
        const { missing, held } = bytesOf(needs, planning);
        return missing + held * heldLimits.heldByte;
      },
    });
    if (plan === null) return "NoRollup";
    if (plan.cost === Infinity) return "Edge";
    routes.push({ compiled, plan, needs: needsOf(plan, planning) });
  }
  const [first] = question.queries;
  const segments = routes.flatMap(({ plan }) => plan.segments);
  const names = routes.map(
    ({ plan: { rollup, generation } }) => `${rollup.cube}.${rollup.name}@${generation}`,
  );
  return {
    ...{ question, routes },
    annotation: annotate(cube, first) as Annotations,
    exact: isExact(cube, first),
    servedBy: [...new Set(names)].join(", "),
    from: Math.min(...segments.map(({ from }) => from ?? -Infinity)),
    to: Math.max(...segments.map(({ to }) => to ?? Infinity)),
  };
}

/** What routes have to fetch, and what they find held. A block that two of them share counts once. */
export function bytesOfRoutes({ routes }: Pick<Routes, "routes">, planning: Planning): Bytes {
  const needs = routes.flatMap(({ needs }) => needs);
  return bytesOf(needs, planning);
}

function bytesOf(needs: readonly Need[], { catalog, blocks }: Planning): Bytes {
  const bytes = { missing: 0, held: 0 };
  const counted = new Set<string>();
  for (const part of needs.flatMap(({ parts }) => parts)) {
    const { level, block } = part;
    const key = `${level} ${block.from}..${block.to}`;
    if (counted.has(key)) continue;
    counted.add(key);
    const found = blocks.find(part);
    if (found !== undefined) {
      bytes.held += found.text?.length ?? 0;
      continue;
    }
    const size = sizeOf(catalog, level);
    const partitions =
      block.from === null
        ? heldLimits.pastPartitions
        : block.to === null
          ? 1
          : partitionsPerBlock(size);
    bytes.missing += size * partitions + heldLimits.messageBytes;
  }
  return bytes;
}

function needsOf(
  { rollup, generation, segments }: Pick<RollupPlan, "rollup" | "generation" | "segments">,
  { catalog, now }: Planning,
): Need[] {
  return readsOf({ rollup, segments }).map((read): Need => {
    const { level: of } = read;
    const level = levelKey({ rollup, generation }, of);
    const perBlock = partitionsPerBlock(sizeOf(catalog, level));
    const blocks = splitRead(of, rollup.timezone, read, now, perBlock);
    return { read, parts: blocks.map((block) => ({ level, rollup, generation, of, block })) };
  });
}

function sizeOf({ sizes }: HeldCatalog, level: string): number {
  return sizes[level] ?? heldLimits.unknownPartitionBytes;
}
