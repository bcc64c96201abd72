/**
 * What a run has seen: every pair of measure, granularity, zone, filter, kind of change, state of the
 * generations, place of the seam and route, counted; and how often the worker did each thing.
 */
import { ownNames } from "./oracle/clock.js";
import { oracleCubes, type OracleCube, type OracleMeasure } from "./oracle/cube.js";
import type { Asked } from "./checks/answers.js";
import type { Question } from "./oracle/question.js";
import { zones } from "./source/rows.js";
import type { Event, World } from "./world/world.js";

const axes = {
  measure: [
    ...["count", "sum", "avg", "min", "max", "level", "distinct"],
    ...["variance", "stddev", "ratio", "rolling", "approx", "quantile", "float"],
  ],
  granularity: ["none", "quarterHour", "custom", "hour", "day", "week", "month", "quarter", "year"],
  zone: [...zones],
  filter: ["none", "equals", "in", "notEquals", "notIn", "set", "notSet", "text", "order", "tree"],
  rows: ["all", "filtered"],
  ranges: ["one", "compared"],
  change: ["insert", "update", "rekey", "delete", "move", "late", "batch"],
  life: ["absent", "building", "ready", "rebuilding", "retiring"],
  seam: ["folded", "tail", "inCommit", "inRow"],
  route: ["rollup", "scan"],
};
const names = Object.entries(axes).flatMap(([axis, values]) =>
  values.map((value) => `${axis} ${value}`),
);
const numberOf = new Map(names.map((name, i) => [name, i]));

export const eventNames: Event[] = [
  ...(["idle", "dropped", "started", "retired", "folded", "stoppedInCommit"] as const),
  ...(["foldedAhead", "stoppedInRow", "paged", "cutOver", "swept", "repaired"] as const),
  "trimmed",
  "stalePlanWorked",
  ...(["refreshed", "verified", "drifted", "setAside"] as const),
  ...(["verifiedInPieces", "restoredInPieces"] as const),
  ...(["readQuarters", "mixedRoutes", "expiredTiles"] as const),
  ...(["toldHours", "atLeast", "behind", "caughtUp"] as const),
  ...(["sourceMoved", "recordsExpired", "derived", "refusedStart", "toldExpired"] as const),
];

export class Coverage {
  readonly pairs = new Uint32Array(names.length ** 2);
  readonly counts = new Map<string, number>();
  steps = 0;
  worlds = 0;

  event(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  /** Counts a question that was answered. */
  asked(world: World, { question, tenant, freshness, route, events }: Asked): void {
    this.event(`${freshness} ${route}`);
    for (const event of events) this.event(event);
    if (route !== "rollup" && route !== "scan") return;
    const { measures, time, filters, having, timezone } = question;
    const cube = oracleCubes[question.cube]!;
    const marks = [
      `granularity ${granularityOf(time?.granularity ?? "none")}`,
      `rows ${having.length === 0 ? "all" : "filtered"}`,
      `ranges ${question.compared === null ? "one" : "compared"}`,
      `zone ${timezone ?? world.zones[tenant]}`,
      `filter ${filterKind(filters[0])}`,
      `change ${world.lastChange[tenant]}`,
      `life ${lifeOf(world, tenant, question.cube)}`,
      `seam ${seamOf(world, tenant)}`,
      `route ${route}`,
      ...measures.map((name) => `measure ${measureKind(cube, cube.measures[name]!)}`),
    ].map((mark) => numberOf.get(mark));
    for (const a of marks) {
      for (const b of marks) {
        if (a === undefined || b === undefined) continue;
        const at = a * names.length + b;
        this.pairs[at] = this.pairs[at]! + 1;
      }
    }
  }

  /** Pairs of two axes that never came together, but for those that cannot. */
  missing(): string[] {
    const missing: string[] = [];
    names.forEach((a, i) => {
      names.forEach((b, j) => {
        if (i >= j || a.split(" ")[0] === b.split(" ")[0]) return;
        if (this.pairs[i * names.length + j] === 0 && !isImpossible(a, b))
          missing.push(`${a} × ${b}`);
      });
    });
    return missing;
  }

  /** Pairs that can come together. */
  get pairCount(): number {
    const of = (a: string, i: number) =>
      names.filter((b, j) => i < j && a.split(" ")[0] !== b.split(" ")[0] && !isImpossible(a, b));
    return names.reduce((sum, a, i) => sum + of(a, i).length, 0);
  }
}

function filterKind(filter: Question["filters"][number] | undefined): string {
  if (filter === undefined) return "none";
  if (!("member" in filter)) return "tree";
  if (/^[gl]te?$/.test(filter.operator)) return "order";
  return /With|ontains/.test(filter.operator) ? "text" : filter.operator;
}

const granularityOf = (name: string) => (ownNames.includes(name) ? "custom" : name);

function measureKind(cube: OracleCube, { kind, of, window }: OracleMeasure): string {
  if (cube.amounts[of ?? ""]?.isFloat) return "float";
  return window === undefined || kind === "level" ? kind : "rolling";
}

function isImpossible(a: string, b: string): boolean {
  // Where nothing is ready, nothing but the source can answer.
  if (b === "route rollup") return a === "life absent" || a === "life building";
  // The worker starts the declared generations before it folds anything.
  return a === "life absent" && b.startsWith("seam") && b !== "seam tail";
}

function lifeOf(world: World, tenant: number, cube: string): string {
  const statuses = world
    .documents("rollupStates", tenant)
    .filter((state) => state.cube === cube)
    .map(({ status }) => status);
  if (statuses.includes("retiring")) return "retiring";
  if (statuses.includes("building")) return statuses.includes("ready") ? "rebuilding" : "building";
  return statuses.includes("ready") ? "ready" : "absent";
}

function seamOf(world: World, tenant: number): string {
  const [fold] = world.documents("foldStates", tenant);
  const position = fold?.position as { commitTs: bigint; row: number; change: number } | undefined;
  if (position !== undefined && position.change > 0) return "inRow";
  if (position !== undefined && position.row > 0) return "inCommit";
  return (position?.commitTs ?? 0n) > world.books[tenant]!.newestLogged ? "folded" : "tail";
}
