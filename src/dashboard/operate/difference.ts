/** A difference as people read it: what was asked, and both rows beside one another. */
import { nothing } from "../format/numbers.js";
import { commitMs, formatInstant } from "../format/times.js";
import type { Difference } from "./functions.js";

/** A normalised question, as far as it is read here. */
interface AskedQuery {
  measures?: readonly string[];
  dimensions?: readonly string[];
  timeDimensions?: readonly { dimension: string; granularity?: string }[];
}

/** The name of a member without its cube's. */
function ownName(cube: string, member: string): string {
  return member.startsWith(`${cube}.`) ? member.slice(cube.length + 1) : member;
}

/** Measures and what they are grouped by: "count, quantity by kind". */
export function questionWords({ cube, query }: Pick<Difference, "cube" | "query">): string {
  const { measures = [], dimensions = [], timeDimensions = [] } = query as AskedQuery;
  const own = (member: string) => ownName(cube, member);
  const groups = [
    ...dimensions.map(own),
    ...timeDimensions.flatMap(({ dimension, granularity }) =>
      granularity === undefined ? [] : [`${own(dimension)} (${granularity})`],
    ),
  ];
  const by = groups.length === 0 ? "" : ` by ${groups.join(", ")}`;
  return `${measures.map(own).join(", ")}${by}`;
}

/** The question as JSON, a line for each part. What is empty says nothing, and is left out. */
export function questionText(query: unknown): string {
  const parts = Object.entries(query as object)
    .filter(([, value]) => !Array.isArray(value) || value.length > 0)
    .map(([name, value]) => `  ${JSON.stringify(name)}: ${oneLine(value)}`);
  return `{\n${parts.join(",\n")}\n}`;
}

/** With spaces, at which a narrow screen breaks it. */
function oneLine(value: unknown): string {
  return JSON.stringify(value, null, 1).replace(/\n */g, " ");
}

export interface Pair {
  name: string;
  old: string;
  new: string;
  differs: boolean;
}

/** Both rows, column by column. A total has one column, and a row that one way lacks has none of them. */
export function pairsOf({
  cube,
  kind,
  old,
  new: now,
}: Pick<Difference, "cube" | "kind" | "old" | "new">): Pair[] {
  if (kind === "total") return [pairOf("rows", old, now)];
  const [before, after] = [old ?? {}, now ?? {}] as [Cells, Cells];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].map((name) => pairOf(ownName(cube, name), before[name], after[name]));
}

type Cells = Record<string, unknown>;

function pairOf(name: string, old: unknown, now: unknown): Pair {
  const differs = JSON.stringify(old) !== JSON.stringify(now);
  return { name, old: textOf(old), new: textOf(now), differs };
}

/** With all digits: what differs may be the last one. A bucket that begins at midnight is its day. */
function textOf(value: unknown): string {
  if (value === undefined) return nothing;
  if (typeof value !== "string") return JSON.stringify(value);
  return value.replace(/^(\d{4}-\d\d-\d\d)T00:00:00\.000$/, "$1");
}

/** "Answered by watch.totals@1 as of Nov 30, 2026, 2:07:50 PM, commit 1796047670462645175". */
export function answeredWords(
  { route, commit }: Pick<Difference, "route" | "commit">,
  timezone: string,
): string {
  const at = commitMs(commit);
  const when = at === null ? "" : ` as of ${formatInstant(at, timezone)}`;
  return `Answered by ${route}${when}, commit ${commit}`;
}
