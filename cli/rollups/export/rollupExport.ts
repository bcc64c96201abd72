/** The rows of a rollup at its finest level, by ordinary queries; against a former export, those of partitions that changed. */
import { canonicalJson } from "../../../lib/hash/canonical.js";
import { formatWall, nextBucket, parseWall } from "../../../lib/time/calendar.js";
import { Failure } from "../../failure.js";
import type { About, Part } from "./about.js";
import type { Loaded, Query } from "./asking.js";
import { columnsOf, mustFit, type Column } from "./columns.js";
import type { Subject } from "./command.js";
import { begunAbout, withSheet, type Exporting, type Outcome } from "./exporting.js";
import { mustBeOf } from "./former.js";
import { PartReader, type Stretch } from "./partReader.js";
import { PartSum } from "./partSum.js";
import { rowsQuery, type DeclaredRollup } from "./rollup.js";

type Range = Pick<Extract<Subject, { kind: "rollup" }>, "from" | "to">;

/** Throws `Moving`, `OtherExport`, and what the app refuses. */
export async function exportRollup(
  exporting: Exporting,
  rollup: DeclaredRollup,
  range: Range,
): Promise<Outcome> {
  const { asking, former } = exporting;
  const query = rowsQuery(rollup);
  const asked: Query = { ...query, ...range };
  const years = await asking.load(yearsQuery(rollup, range));
  const stretch = stretchOf(new PartReader(asking, rollup, query), rollup, years, range);
  // Of one bucket: it tells the columns, also where there is nothing.
  const head = await asking.load(oneBucket(rollup, query, stretch));
  const columns = columnsOf(head.annotation, head.query, exporting.cubes);
  const { cube, name } = rollup;
  const begun = begunAbout(exporting, asked, { cube, name }, head, columns);
  const about = { ...begun, query: withoutRange(begun.query) };
  const unchanged: Outcome = { kind: "unchanged", watermark: years.watermark };
  if (former !== null) {
    mustBeOf(former, about);
    if (former.watermark === years.watermark) return unchanged;
  }
  return await withSheet(exporting, columns, async (sheet) => {
    const reader = new PartReader(asking, rollup, query);
    const collected = new Parts(columns, former);
    for await (const read of reader.parts(stretch)) {
      mustFit(columns, read.rows);
      if (collected.add(read)) await sheet.write(read.rows);
    }
    const { parts, rows, hasChanges, servedBy } = collected.finish(years);
    if (former !== null && !hasChanges) {
      await sheet.drop();
      return unchanged;
    }
    const told = { ...collected.commit(years), rows, parts };
    const whole: About = {
      ...about,
      ...told,
      servedBy: servedBy.size > 0 ? [...servedBy] : about.servedBy,
    };
    await sheet.finish(whole);
    return { kind: "written", about: whole };
  });
}

/** Parts as they are read, against those of before. */
class Parts {
  private readonly parts: Part[] = [];
  private readonly servedBy = new Set<string>();
  private readonly formerParts: Map<string, Part>;
  private least: { watermark: string; lastRefreshTime: string } | null = null;
  private rows = 0;

  constructor(
    private readonly columns: readonly Column[],
    private readonly former: About | null,
  ) {
    const known = former?.parts ?? [];
    this.formerParts = new Map(known.map((part) => [`${part.from} ${part.to}`, part]));
  }

  /** Whether its rows belong into the file. */
  add(
    read: Stretch &
      Pick<Loaded, "watermark" | "lastRefreshTime" | "servedBy"> & { rows: Loaded["data"] },
  ): boolean {
    const sum = new PartSum(this.columns);
    sum.add(read.rows);
    const [from, to] = [formatWall(read.from), formatWall(read.to)];
    const told = sum.told();
    const before = this.formerParts.get(`${from} ${to}`);
    this.formerParts.delete(`${from} ${to}`);
    const isWritten = before?.sum !== told;
    const { watermark, lastRefreshTime } = read;
    this.parts.push({ from, to, rows: sum.rows, sum: told, watermark, isWritten });
    if (this.least === null || BigInt(watermark) < BigInt(this.least.watermark))
      this.least = { watermark, lastRefreshTime };
    for (const route of read.servedBy.split(", ")) this.servedBy.add(route);
    if (isWritten) this.rows += sum.rows;
    return isWritten;
  }

  /** With the parts that are empty now, and were not. */
  finish(now: Pick<Loaded, "watermark" | "lastRefreshTime">) {
    for (const part of this.formerParts.values()) {
      if (part.rows === 0) continue;
      const overlaps = this.parts.find((one) => one.from! < part.to! && part.from! < one.to!);
      if (overlaps !== undefined)
        throw new Failure(
          "OtherExport",
          `--since has a part from ${part.from} to ${part.to}, where there is one from ${overlaps.from} to ${overlaps.to} now: ` +
            "the partitions of the rollup are others, or its range is. Export it whole.",
        );
      const { watermark } = this.commit(now);
      this.parts.push({
        ...part,
        rows: 0,
        sum: new PartSum(this.columns).told(),
        watermark,
        isWritten: true,
      });
    }
    this.parts.sort((a, b) => (a.from! < b.from! ? -1 : 1));
    const hasChanges = this.parts.some(({ isWritten }) => isWritten);
    return { parts: this.parts, rows: this.rows, hasChanges, servedBy: this.servedBy };
  }

  /** As of which commit all parts are. */
  commit(otherwise: { watermark: string; lastRefreshTime: string }) {
    const { watermark, lastRefreshTime } = this.least ?? otherwise;
    const isOneCommit = this.parts.every((part) => part.watermark === watermark);
    return { watermark, lastRefreshTime, isOneCommit };
  }
}

/** In which years there is anything, which few buckets tell. */
function yearsQuery({ time, measures }: DeclaredRollup, { from, to }: Range): Query {
  const [measure] = measures;
  const dateRange = [from ?? FIRST_DAY, to ?? LAST_DAY];
  const isBounded = from !== undefined && to !== undefined;
  return {
    measures: measure === undefined ? [] : [measure],
    timeDimensions: [{ dimension: time, granularity: "year", ...(isBounded ? { dateRange } : {}) }],
  };
}

const FIRST_DAY = "1970-01-01";
const LAST_DAY = "2100-12-31";

function stretchOf(
  reader: PartReader,
  { time }: DeclaredRollup,
  { data }: Loaded,
  { from, to }: Range,
): Stretch {
  const years = data.map((row) => String(row[`${time}.year`])).sort();
  const [first, last] = [years[0], years.at(-1)];
  const found =
    first === undefined || last === undefined
      ? { from: FIRST_DAY, to: FIRST_DAY }
      : { from: first.slice(0, 10), to: lastDayOf(last) };
  return reader.bucketsOf(from ?? found.from, to ?? found.to);
}

function lastDayOf(year: string): string {
  const next = nextBucket("year", "UTC", parseWall(year) ?? 0);
  return formatWall(next - 1).slice(0, 10);
}

function oneBucket({ time, granularity }: DeclaredRollup, query: Query, { from }: Stretch): Query {
  const dateRange = [formatWall(from), formatWall(nextBucket(granularity, "UTC", from) - 1)];
  return { ...query, timeDimensions: [{ dimension: time, granularity, dateRange }], limit: 1 };
}

function withoutRange(query: Query): Query {
  const times = (query["timeDimensions"] ?? []) as Query[];
  return canonicalCopy({
    ...query,
    timeDimensions: times.map(({ dateRange: _, ...rest }) => rest),
  });
}

function canonicalCopy(query: Query): Query {
  return JSON.parse(canonicalJson(query)) as Query;
}
