/** Pre-aggregations as rollups: those that an export made of one rollup's levels become one again. */
import type { RollupDefinition } from "../model/cube.js";
import { isName } from "../model/memberNames.js";
import { divides } from "../time/calendar.js";
import { granularities, type Granularity } from "../time/granularity.js";
import { parseSpan } from "../time/span.js";
import { isParts } from "../resolve/parts.js";
import { ROLLUP_SUFFIX } from "./exportRollups.js";
import type { Notice } from "./model.js";
import { memberName, membersOf, partsOf, referencesOf, textOf, type Parts } from "./parts.js";

/** What one tile spans where the model does not say, or says what tiles cannot. */
const partitions: { readonly [G in Granularity]: Granularity } = {
  ...{ quarterHour: "day", hour: "day", day: "month", week: "week" },
  ...{ month: "year", quarter: "year", year: "year" },
};

export interface RollupContext {
  cube: string;
  time: string;
  dimensions: ReadonlySet<string>;
  measures: ReadonlySet<string>;
  /** Measures that only serve others, and dimensions that tell records apart. */
  silent: ReadonlySet<string>;
  /** What an export said of each rollup besides. */
  extras: Parts;
  notice: Notice;
}

/** One pre-aggregation, as far as a rollup can have it. */
interface Level {
  name: string;
  dimensions: string[];
  measures: string[];
  granularity: Granularity;
  partition: Granularity;
  retain: string | null;
}

export function importRollups(
  section: unknown,
  context: RollupContext,
): Record<string, RollupDefinition> {
  const levels = membersOf(section).flatMap(([name, parts]) => levelOf(name, parts, context) ?? []);
  const rollups = new Map<string, Level[]>();
  for (const level of levels) {
    const name = baseOf(level, levels);
    rollups.set(name, [...(rollups.get(name) ?? []), level]);
  }
  return Object.fromEntries(
    [...rollups].map(([name, own]) => {
      const isMember = [...context.dimensions, ...context.measures, ...context.silent];
      const short = name.endsWith(ROLLUP_SUFFIX) ? name.slice(0, -ROLLUP_SUFFIX.length) : name;
      const known = isMember.includes(short) ? short : name;
      return [known, rollupOf(own, extrasOf(context.extras, known))];
    }),
  );
}

function extrasOf(extras: Parts, name: string): Parts {
  const own = Object.hasOwn(extras, name) ? extras[name] : undefined;
  return isParts(own) ? own : {};
}

/** The rollup's name: `by_status` of `by_status_month`, where both keep the same of other granularities. */
function baseOf(level: Level, all: readonly Level[]): string {
  const keeps = (one: Level) => JSON.stringify([one.dimensions, one.measures]);
  const base = all.find(
    (one) =>
      one.granularity !== level.granularity &&
      (level.name === `${one.name}_${level.granularity}` ||
        level.name === `${one.name}_${level.granularity}_level`) &&
      keeps(one) === keeps(level),
  );
  return base?.name ?? level.name;
}

function rollupOf(levels: readonly Level[], extras: Parts): RollupDefinition {
  const [{ dimensions, measures }] = levels as [Level];
  const finestFirst = granularities.flatMap((granularity) =>
    levels.filter((level) => level.granularity === granularity),
  );
  const retained = finestFirst.flatMap(({ granularity, retain }) =>
    retain === null ? [] : [[granularity, retain] as const],
  );
  const retain = { ...partsOf(extras.retain), ...Object.fromEntries(retained) };
  const { description, together, archive, freshness } = extras;
  return {
    ...(typeof description === "string" && { description }),
    dimensions,
    ...(Array.isArray(together) && { together: together as string[] }),
    measures,
    levels: {
      ...partsOf(extras.levels),
      ...Object.fromEntries(
        finestFirst.map(({ granularity, partition }) => [granularity, partition]),
      ),
    },
    ...(Object.keys(retain).length > 0 && { retain }),
    ...(archive === true && { archive }),
    ...(isParts(freshness) && { freshness }),
  };
}

function levelOf(name: string, parts: Parts, context: RollupContext): Level | null {
  const { cube, time, notice } = context;
  const left = (why: string) => {
    notice(name, `${why} It is left out.`);
    return null;
  };
  if (!isName(name)) return left("has a name that a rollup cannot have.");
  const type = textOf(parts.type) ?? "rollup";
  if (type !== "rollup")
    return left(`is a pre-aggregation of type ${type}, for which there is no counterpart.`);
  if (parts.segments !== undefined)
    return left("holds records of a segment only; rollups hold all of a cube.");
  const dimension = memberName(parts.timeDimension, cube);
  if (parts.timeDimensions !== undefined || (dimension !== null && dimension !== time))
    return left(`is by another time than ${time}; a cube's rollups have one.`);
  const listed = (key: "dimensions" | "measures") =>
    referencesOf(parts[key]).flatMap((reference): string[] => {
      const member = memberName(reference, cube);
      if (member !== null && context[key].has(member)) return [member];
      if (member === null || !context.silent.has(member))
        notice(name, `holds ${String(reference)}, which the cube has not here.`);
      return [];
    });
  const [dimensions, measures] = [listed("dimensions"), listed("measures")];
  if (measures.length === 0) return left("holds no measure that is left.");
  const granularity = granularityOf(name, parts, notice);
  return {
    ...{ name, dimensions, measures, granularity },
    partition: partitionOf(name, granularity, parts, notice),
    retain: retainOf(parts.buildRangeStart),
  };
}

function granularityOf(name: string, parts: Parts, notice: Notice): Granularity {
  const said = textOf(parts.granularity);
  const known = granularities.find((one) => one === said);
  if (known !== undefined) return known;
  const instead = said === "minute" || said === "second" ? "hour" : "day";
  notice(
    name,
    `has ${said === undefined ? "no granularity" : `the granularity ${said}`}; ${instead} is proposed.`,
  );
  return instead;
}

function partitionOf(
  name: string,
  granularity: Granularity,
  parts: Parts,
  notice: Notice,
): Granularity {
  const said = granularities.find((one) => one === parts.partitionGranularity);
  if (said !== undefined && divides(granularity, said)) return said;
  const instead = partitions[granularity];
  if (parts.partitionGranularity !== undefined)
    notice(
      name,
      `has partitions of a ${String(parts.partitionGranularity)}; a ${instead} is proposed.`,
    );
  return instead;
}

/** How long tiles are kept: a range that begins some time before now. */
function retainOf(start: unknown): string | null {
  const sql = textOf(partsOf(start).sql) ?? "";
  const length = /^select now\(\) - interval '([^']+)'$/i.exec(sql.trim())?.[1] ?? "";
  return parseSpan(length) === null ? null : length;
}
