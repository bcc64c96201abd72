/**
 * The nearest question that is answered, for one that is not. Changes are tried from the least on: `explain` says
 * whether a rollup would answer, and why not is the next change. The one that is told was answered by `load` before.
 */
import type { Kept, MetaCube } from "../../lib/cubeJson/meta.js";
import {
  changesOfConsidered,
  changesOfRefusal,
  type Change,
  type Known,
} from "../../lib/remedies/changes.js";
import { timeItemsOf } from "../../lib/remedies/edits.js";
import { withKnownNames, type CubeNames, type Repaired } from "../../lib/remedies/names.js";
import { resolvedQueries, type Explained, type Meta } from "../cube/backend.js";
import { partsOf } from "../cube/failures.js";
import { loaded } from "./query.js";
import type { Asked } from "./tool.js";

type Parts = Readonly<Record<string, unknown>>;

export interface Nearest {
  query: Parts;
  changes: string[];
  servedBy: string;
}

/** Calls that a refusal may cost beside the refused one. */
const EXPLAINED_MAX = 12;
const LOADED_MAX = 4;
/** Calls at once. */
const TOGETHER = 4;
const CHANGES_MAX = 4;

/** How the question was refused: its code and details. */
export type Refused = Parts & { code: string };

/** A question that may be told, and how far it is from what was asked. */
interface Node {
  query: Parts;
  changes: string[];
  distance: number;
  isShorter: boolean;
  explained?: Explained | Refused;
}

/** What an agent is told beside the reason. */
export interface Help {
  /** Null where none was found within the calls that a refusal may cost. */
  nearest: Nearest | null;
  /** Of names that there are not: those that there are. */
  names: Repaired["names"];
}

/** `refused`: how `load` refused it; null where `explain` told that no rollup would answer. */
export async function helpFor(
  asked: Asked,
  question: Parts,
  now: number,
  refused: Refused | null,
): Promise<Help> {
  const meta = await asked.meta();
  // Ranges in words ask for the zone again and again.
  return await new Search({ ...asked, meta: () => Promise.resolve(meta) }, meta, now).from(
    question,
    refused,
  );
}

class Search {
  private readonly frontier: Node[] = [];
  private readonly seen = new Set<string>();
  private explains = EXPLAINED_MAX;
  private loads = LOADED_MAX;

  constructor(
    private readonly asked: Asked,
    private readonly meta: Meta,
    private readonly now: number,
  ) {}

  async from(question: Parts, refused: Refused | null): Promise<Help> {
    const start = { query: question, changes: [], distance: 0, isShorter: false };
    this.seen.add(JSON.stringify(question));
    const explained = await this.explain(question);
    if (!isRefused(explained)) {
      this.expand(start, explained, refused);
      return { nearest: await this.walk(), names: [] };
    }
    // No rollup was looked for: the question itself is not a right one.
    const { query, said, names } = withKnownNames(question, namesOf(this.meta));
    this.push({ ...start, query, changes: said, distance: said.length });
    return { nearest: await this.walk(), names };
  }

  private async walk(): Promise<Nearest | null> {
    for (;;) {
      this.frontier.sort((a, b) => a.distance - b.distance);
      const node = this.frontier[0];
      if (node === undefined) return null;
      await this.explainAhead(node);
      this.frontier.shift();
      const { explained } = node;
      if (explained === undefined || isRefused(explained)) continue;
      if (!isPlanned(explained) && !node.isShorter) {
        this.expand(node, explained, null);
        continue;
      }
      if (this.loads-- <= 0) return null;
      try {
        const { servedBy } = await loaded(this.asked, node.query, this.now);
        return { query: node.query, changes: node.changes, servedBy };
      } catch (error) {
        const { code, ...details } = partsOf(error);
        if (typeof code === "string") this.expand(node, explained, { ...details, code });
      }
    }
  }

  private async explainAhead(node: Node): Promise<void> {
    if (node.explained !== undefined) return;
    const next = this.frontier.filter(({ explained }) => explained === undefined);
    const batch = next.slice(0, Math.min(TOGETHER, this.explains));
    await Promise.all(
      batch.map(async (one) => {
        one.explained = await this.explain(one.query);
      }),
    );
  }

  private async explain(query: Parts): Promise<Explained | Refused> {
    this.explains -= 1;
    try {
      const [resolved] = await resolvedQueries(this.asked, [query] as const, this.now);
      return await this.asked.explain(resolved);
    } catch (error) {
      return { code: "Internal", ...partsOf(error) };
    }
  }

  /** The questions that are one change away. */
  private expand(node: Node, explained: Explained, refused: Refused | null): void {
    if (node.changes.length >= CHANGES_MAX) return;
    const known = knownOf(explained, this.meta);
    const parts = explained.ranges ?? [explained];
    const considered = parts.flatMap((one) => one.considered);
    const changes: Change[] = [
      ...(isPlanned(explained) ? [] : changesOfConsidered(node.query, considered, known)),
      ...(refused === null ? [] : changesOfRefusal(node.query, refused, known)),
    ];
    for (const { query, said, distance, isShorter = false } of changes) {
      this.push({
        query,
        changes: [...node.changes, said],
        distance: node.distance + distance,
        isShorter: node.isShorter || isShorter,
      });
    }
  }

  private push(node: Node): void {
    const key = JSON.stringify(node.query);
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.frontier.push(node);
  }
}

function isRefused(explained: Explained | Refused): explained is Refused {
  return !("considered" in explained);
}

function isPlanned({ plan, ranges }: Explained): boolean {
  return ranges === undefined ? plan !== null : ranges.every((range) => range.plan !== null);
}

function knownOf({ query }: Explained, { cubes, rollups = {} }: Meta): Known {
  const [item] = timeItemsOf(query);
  const cube = cubeOf(query, cubes);
  const kept: readonly Kept[] = cube === undefined ? [] : (rollups[cube.name] ?? []);
  const range = item?.dateRange;
  const isPair = Array.isArray(range) && range.every((end) => typeof end === "string");
  return {
    time: item?.dimension ?? cube?.dimensions.find(({ type }) => type === "time")?.name ?? null,
    range: isPair && range.length === 2 ? (range as [string, string]) : null,
    granularities: Object.fromEntries(kept.map((one) => [one.name, one.granularities])),
  };
}

function cubeOf(query: Parts, cubes: readonly MetaCube[]): MetaCube | undefined {
  const names = JSON.stringify([query["measures"], query["dimensions"], query["timeDimensions"]]);
  return cubes.find(({ name }) => names.includes(`"${name}.`));
}

function namesOf({ cubes }: Meta): CubeNames[] {
  return cubes.map(({ name, measures, dimensions, segments }) => ({
    name,
    measures: measures.map((one) => one.name),
    dimensions: dimensions.filter(({ type }) => type !== "time").map((one) => one.name),
    times: Object.fromEntries(
      dimensions
        .filter(({ type }) => type === "time")
        .map((one) => [one.name, (one.granularities ?? []).map((granularity) => granularity.name)]),
    ),
    segments: segments.map((one) => one.name),
    titles: Object.fromEntries(
      [...measures, ...dimensions, ...segments].map((one) => [one.name, one.shortTitle]),
    ),
  }));
}
