/** What former proposals cost now that they are applied. */
import { countKey, tilesKey, type Proposal, type StoredLoad } from "../../../lib/advisor/advise.js";
import { nothing, plus, times, type Volume } from "../../../lib/advisor/load.js";
import { outcomeOf, type Outcome } from "../../../lib/advisor/outcome.js";
import { keepingOf } from "../../../lib/advisor/standing.js";
import { PROFESSIONAL } from "../../../lib/cost/prices.js";
import {
  NOT_BUILT,
  countFor,
  subjectOf,
  type Ask,
  type Standing,
} from "../../../lib/advisor/gather.js";

export interface Applied {
  proposal: Proposal;
  /** Null where the rollup is not there as it was proposed, or there is nothing to count. */
  outcome: Outcome | null;
}

/** Records that are looked at for how sparse tiles are. */
const LOOKED = 2000;

/**
 * Asks the questions of each proposal once, reads the tiles of its rollup, and takes what folds touch from the log.
 * Questions count as often as they were asked then, so that the error is that of the estimate.
 */
export async function outcomesOf(
  ask: Ask,
  load: string,
  standings: readonly Standing[],
  proposals: readonly Proposal[],
  now: number,
): Promise<Applied[]> {
  const applied: Applied[] = [];
  for (const proposal of proposals) {
    const standing = standings.find(({ cube }) => cube.name === proposal.cube);
    const subject = standing && subjectOf(standing, []);
    const serving = subject?.serving.find(({ name }) => name === proposal.rollup);
    const isThere =
      proposal.definition !== null &&
      serving !== undefined &&
      serving.generation !== NOT_BUILT &&
      JSON.stringify(serving.definition.levels) === JSON.stringify(proposal.definition.levels);
    if (standing === undefined || !isThere) {
      applied.push({ proposal, outcome: null });
      continue;
    }
    const only = { ...subjectOf(standing, []), serving: [serving] };
    const counted = await countFor(ask, standing, only, { most: LOOKED, now });
    const loads = serving.rollup.levels.map((level) => ({
      ...(counted.tiles.get(tilesKey(serving.name, level.granularity)) as StoredLoad),
      sparse: 1,
    }));
    const touched = serving.rollup.levels.map(
      (level) =>
        counted.touched.get(countKey(serving.rollup, level)) ?? {
          partitions: 0,
          series: 0,
          open: 0,
        },
    );
    const keeping = keepingOf({ candidate: serving, loads, touched }, counted);
    let reads: Volume = nothing;
    for (const { query, monthly } of proposal.serves) {
      const { rowLimit: _, ...json } = query;
      const { work } = await ask<{ work: Volume }>(load, { query: json });
      reads = plus(reads, times(work, monthly));
    }
    const { others } = proposal.after;
    const outcome = outcomeOf(proposal.after, { reads, others, ...keeping }, PROFESSIONAL);
    applied.push({ proposal, outcome });
  }
  return applied;
}
