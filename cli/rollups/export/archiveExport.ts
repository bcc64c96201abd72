/**
 * The rows of archives of expired tiles: the same planner and evaluator as on the deployment, over the tiles of a file. What a
 * tile does not tell by itself, as an extreme whose record was deleted, is refused.
 */
import { readFile } from "node:fs/promises";
import {
  openArchive,
  type ArchiveHeader,
} from "../../../convex/components/rollups/archives/archiveFile.js";
import { answerFromTiles } from "../../../lib/answer/answerFromTiles.js";
import { HeldTail } from "../../../lib/answer/heldTail.js";
import { annotate, type Annotation } from "../../../lib/cubeJson/annotate.js";
import { metaOf } from "../../../lib/cubeJson/meta.js";
import { canonicalJson } from "../../../lib/hash/canonical.js";
import type { CubeDefinition } from "../../../lib/model/cube.js";
import type { StoredRollup } from "../../../lib/model/rollup.js";
import type { RollupPlan } from "../../../lib/planner/plan.js";
import { planQuery } from "../../../lib/planner/planQuery.js";
import type { Row } from "../../../lib/query/answer.js";
import { isExact } from "../../../lib/query/approximation.js";
import { compileQuery } from "../../../lib/query/compile.js";
import { normalizeQuery } from "../../../lib/query/normalizeQuery.js";
import { formatWall, nextBucket, wallAt, wallClock } from "../../../lib/time/calendar.js";
import type { TileColumns } from "../../../lib/tiles/tile.js";
import { Failure, messageOf } from "../../failure.js";
import type { About, Part } from "./about.js";
import type { Query } from "./asking.js";
import { columnsOf, mustFit } from "./columns.js";
import { withSheet, type Outcome, type Writing } from "./exporting.js";
import { PartSum } from "./partSum.js";
import { addsUp, timeOf } from "./rollup.js";

interface Archive {
  path: string;
  header: ArchiveHeader;
  tiles: TileColumns[];
}

/**
 * Throws `NoFile`, `BadFile`, `OtherArchive` where files are of several rollups, `NoMeasures` where the cube of the app has none
 * that the tiles tell, and codes of the engine such as `ExtremePending`.
 */
export async function exportArchives(
  writing: Writing,
  files: readonly string[],
  cubeOf: (name: string) => Promise<CubeDefinition>,
): Promise<Outcome> {
  const archives = await Promise.all(files.map(readArchive));
  archives.sort((a, b) => a.header.partitionStart - b.header.partitionStart);
  const [{ header }] = archives as [Archive];
  for (const other of archives) mustBeAlike(header, other);
  const rollup = levelOf(header);
  const cube = await cubeOf(rollup.cube);
  const query = queryOf(cube, rollup, header);
  const annotation = annotationOf(cube, query, rollup);
  const columns = columnsOf(annotation, query, metaOf({ [cube.name]: cube }).cubes);
  return await withSheet(writing, columns, async (sheet) => {
    const parts: Part[] = [];
    for (const archive of archives) {
      const { from, to, rows } = await rowsOf(cube, query, rollup, archive);
      mustFit(columns, rows);
      const sum = new PartSum(columns);
      sum.add(rows);
      await sheet.write(rows);
      parts.push({
        from,
        to,
        rows: rows.length,
        sum: sum.told(),
        watermark: null,
        isWritten: true,
      });
    }
    const about: About = {
      ...{
        version: 1,
        deployment: null,
        tenant: writing.tenant,
        asked: { archives: files.length },
      },
      ...{ query, rollup: { cube: cube.name, name: rollup.name }, timezone: rollup.timezone },
      ...{ watermark: null, lastRefreshTime: null, isOneCommit: false, freshness: "folded" },
      exact: isExact(cube, normalizeQuery({ [cube.name]: cube }, query, rollup)),
      ...{ servedBy: [`${header.rollup}@${header.generation}`], columns, parts, since: null },
      rows: parts.reduce((all, { rows }) => all + rows, 0),
      exportedAt: writing.exportedAt,
    };
    await sheet.finish(about);
    return { kind: "written", about };
  });
}

async function readArchive(path: string): Promise<Archive> {
  const bytes = await readFile(path).catch(() => {
    throw new Failure("NoFile", `There is no file ${path}.`);
  });
  try {
    const { header, tiles } = openArchive(bytes);
    return { path, header, tiles: [...tiles].map(({ tile }) => tile) };
  } catch (error) {
    throw new Failure("BadFile", `${path} is no archive: ${messageOf(error)}`);
  }
}

function mustBeAlike(header: ArchiveHeader, { path, header: other }: Archive): void {
  const idOf = ({ partitionStart: _, ...rest }: ArchiveHeader) => canonicalJson(rest);
  if (idOf(header) === idOf(other)) return;
  throw new Failure(
    "OtherArchive",
    `${path} is of ${other.rollup}@${other.generation} by ${other.granularity}, and others are of ${header.rollup}@${header.generation} by ${header.granularity}.`,
    "Export each by itself.",
  );
}

/** The rollup with the one level that the archive is of. */
function levelOf({ definition, granularity }: ArchiveHeader): StoredRollup {
  const levels = definition.levels.filter((level) => level.granularity === granularity);
  return { ...definition, levels };
}

/** All that the cube of the app asks of the archived tiles. */
function queryOf(
  cube: CubeDefinition,
  rollup: StoredRollup,
  { granularity }: ArchiveHeader,
): Query {
  const full = (member: string) => `${cube.name}.${member}`;
  const time = timeOf(cube);
  if (time === undefined) throw new Failure("NoCube", `${cube.name} has no dimension of its time.`);
  const dimensions = rollup.dimensions.map(({ name }) => full(name));
  const order = [full(time), ...dimensions].map((member) => [member, "asc"]);
  const timeDimensions = [{ dimension: full(time), granularity }];
  const query = { dimensions, timeDimensions, order };
  const measures = Object.keys(cube.measures)
    .filter((name) => addsUp(cube.measures[name]))
    .map(full)
    .filter((measure) => planOf(cube, { ...query, measures: [measure] }, rollup, 0) !== null);
  if (measures.length > 0) return { ...query, measures };
  throw new Failure(
    "NoMeasures",
    `The cube "${cube.name}" of this app has no measure that the archive of ${rollup.cube}.${rollup.name} tells.`,
    "Its dimensions or the types of its fields were others then: export it from the code of that time.",
  );
}

function planOf(cube: CubeDefinition, query: Query, rollup: StoredRollup, generation: number) {
  try {
    const normalized = normalizeQuery({ [cube.name]: cube }, query, rollup);
    // A rollup has as many rows as it has, whatever the default of questions is.
    const compiled = compileQuery(cube, { ...normalized, limit: Number.MAX_SAFE_INTEGER });
    const rollups = [{ rollup, generation, status: "ready" as const }];
    const { plan } = planQuery({ compiled, rollups, tenantZone: rollup.timezone });
    return plan === null ? null : { compiled, plan: plan satisfies RollupPlan };
  } catch {
    return null;
  }
}

function annotationOf(cube: CubeDefinition, query: Query, rollup: StoredRollup): Annotation {
  return annotate(cube, normalizeQuery({ [cube.name]: cube }, query, rollup));
}

async function rowsOf(
  cube: CubeDefinition,
  query: Query,
  rollup: StoredRollup,
  { path, header, tiles }: Archive,
): Promise<{ from: string; to: string; rows: Row[] }> {
  const { partitionStart, generation } = header;
  const zone = rollup.timezone;
  const [level] = rollup.levels;
  if (level === undefined) throw new Failure("BadFile", `${path} is of a level that it lacks.`);
  const end = nextBucket(level.partition, zone, partitionStart);
  const [time] = query["timeDimensions"] as [object];
  const dateRange = [wallClock(zone, partitionStart), wallClock(zone, end - 1)];
  const planned = planOf(
    cube,
    { ...query, timeDimensions: [{ ...time, dateRange }] },
    rollup,
    generation,
  );
  if (planned === null) throw new Failure("BadFile", `${path} cannot be read by its own level.`);
  const { rows } = await answerFromTiles({
    ...planned,
    source: {
      tiles: () => Promise.resolve(tiles.map((tile) => ({ partitionStart, tile }))),
      // An archive has no records.
      facts: () => Promise.resolve(null),
    },
    tail: new HeldTail(() => []),
  }).catch((error: unknown) => {
    throw new Failure(codeOf(error), `${path}: ${messageOf(error)}`);
  });
  return {
    from: formatWall(wallAt(zone, partitionStart)),
    to: formatWall(wallAt(zone, end)),
    rows,
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "BadFile";
}
