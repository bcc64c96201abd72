/** A set of rollups as it would serve: what answers each question by the planner's own choice, and what all of it costs. */
import type { Prices } from "../cost/prices.js";
import { priceOf, priceOfStorage } from "../cost/prices.js";
import type { Candidate, RollupPlan } from "../planner/plan.js";
import { choosePlan, matchRollups, type Matched } from "../planner/planQuery.js";
import type { Touched } from "../sampling/writes.js";
import {
  nothing,
  plus,
  readOf,
  readOfRecords,
  times,
  upkeepOf,
  type LevelLoad,
  type RecordSpan,
  type Volume,
} from "./load.js";
import type { Asked } from "./questions.js";

/** A rollup with what is known of its tiles. */
export interface Weighed {
  candidate: Candidate;
  /** Parallel to its levels. */
  loads: readonly LevelLoad[];
  /** A day's, parallel to its levels. */
  touched: readonly Touched[];
}

/** Per month, but for what is stored. */
export interface Bill {
  /** Of the questions whose reading changes. */
  reads: Volume;
  /** What other questions read for there being more rollups: the states of these. */
  others: Volume;
  /** Reads and writes of folds. */
  upkeep: Volume;
  stored: Volume;
  dollars: number;
}

const DAYS = 30;
/** What every answer reads beside the states of its cube's rollups and tiles: how far the cube is folded. */
const FIXED: Volume = { documents: 3, bytes: 1000 };
/** The plan of a fold and its step read the state of each rollup, and note how far it is folded, twice. */
const STATES_PER_FOLD = 2;
const NOTED_BYTES = 600;
/** A table's own copy, and that of its one index. */
const COPIES = 2;

/** Of volumes, in dollars. */
export function billOf(
  { reads, others, upkeep, stored }: Omit<Bill, "dollars">,
  prices: Prices,
): Bill {
  const bytesRead = reads.bytes + others.bytes + upkeep.bytes;
  const dollars =
    priceOf({ calls: 0, bytesRead, bytesWritten: 0 }, prices) +
    priceOfStorage(stored.bytes * COPIES, prices);
  return { reads, others, upkeep, stored, dollars };
}

/** What costs depend on beside the rollups. */
export interface Surroundings {
  span: RecordSpan;
  /** Mean bytes of a rollup's state. */
  stateBytes: number;
  /** Folds a day. */
  folds: number;
}

/** Upkeep and storage of one rollup; no reads. */
export function keepingOf(
  { loads, touched }: Weighed,
  { span, stateBytes, folds }: Surroundings,
): Pick<Bill, "upkeep" | "stored"> {
  const states = { documents: STATES_PER_FOLD, bytes: STATES_PER_FOLD * stateBytes + NOTED_BYTES };
  const upkeep = loads
    .map((load, i) => upkeepOf(load, touched[i] ?? untouched, span))
    .reduce(plus, times(states, folds));
  return { upkeep: times(upkeep, DAYS), stored: loads.reduce(plus, nothing) };
}

export const untouched: Touched = { partitions: 0, series: 0, open: 0 };

export class Standing {
  private readonly costs = new Map<Weighed, { plan: RollupPlan; read: Volume }[]>();
  private readonly scans: Volume[];
  /** Question and range, one after the other. */
  private readonly ranges: { asked: number; compiled: Asked["ranges"][number] }[];

  constructor(
    readonly questions: readonly Asked[],
    private readonly timezone: string,
    readonly around: Surroundings,
  ) {
    this.ranges = questions.flatMap(({ ranges }, asked) =>
      ranges.map((compiled) => ({ asked, compiled })),
    );
    this.scans = this.ranges.map(({ compiled: { scopes } }) =>
      readOfRecords(around.span, scopes.from, scopes.to),
    );
  }

  /**
   * What one ask of each question reads, and which rollup is read; null for none: then all records of the range are,
   * by a scan or in the browser.
   */
  reads(set: readonly Weighed[]): { read: Volume; by: Weighed | null }[] {
    const ordered = [...set].sort((a, b) =>
      a.candidate.rollup.name < b.candidate.rollup.name ? -1 : 1,
    );
    const states = { documents: set.length, bytes: set.length * this.around.stateBytes };
    const fixed = plus(FIXED, states);
    const result = this.questions.map(() => ({ read: fixed, by: null as Weighed | null }));
    this.ranges.forEach(({ asked }, i) => {
      // As `choosePlan` does: the cheapest by the planner's estimate, the first by name among equals.
      let best: { by: Weighed; plan: RollupPlan; read: Volume } | null = null;
      for (const by of ordered) {
        const one = this.costsOf(by)[i];
        if (one === undefined || (best !== null && one.plan.cost >= best.plan.cost)) continue;
        best = { by, ...one };
      }
      const of = result[asked] as (typeof result)[number];
      of.read = plus(of.read, best?.read ?? (this.scans[i] as Volume));
      of.by = best?.by ?? null;
    });
    return result;
  }

  /** The names that the planner itself gives for a set, question by question. */
  servedBy(set: readonly Weighed[]): (string | null)[] {
    const served = this.questions.map((): string | null => null);
    this.ranges.forEach(({ asked, compiled }) => {
      const matches = matchRollups(
        compiled,
        set.map(({ candidate }) => candidate),
        this.timezone,
      );
      served[asked] = choosePlan(compiled, matches).plan?.rollup.name ?? null;
    });
    return served;
  }

  private costsOf(by: Weighed) {
    let known = this.costs.get(by);
    if (known !== undefined) return known;
    known = [];
    const { rollup } = by.candidate;
    const matches = this.ranges.map(
      ({ compiled }) => matchRollups(compiled, [by.candidate], this.timezone)[0] as Matched,
    );
    matches.forEach((match, i) => {
      const { compiled } = this.ranges[i] as (typeof this.ranges)[number];
      const { plan } = choosePlan(compiled, [match]);
      if (plan === null) return;
      (known as NonNullable<typeof known>)[i] = {
        plan,
        read: readOf(rollup, by.loads, plan.segments, this.around.span),
      };
    });
    this.costs.set(by, known);
    return known;
  }
}
