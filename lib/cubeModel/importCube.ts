/**
 * A cube of Cube's data model as a cube of an app, as far as there is a counterpart. What is proposed is valid but
 * for what the app's schema says; all else is named.
 */
import type {
  CubeDefinition,
  DimensionDefinition,
  FieldDefinition,
  MeasureDefinition,
  RollupDefinition,
} from "../model/cube.js";
import { isName } from "../model/memberNames.js";
import { cubeIssues } from "../resolve/validateCube.js";
import { importDimensions } from "./importDimensions.js";
import { ImportedFields } from "./importFields.js";
import { MeasureImport, withDrillMembers } from "./importMeasures.js";
import { importRollups } from "./importRollups.js";
import type { Note, Notice } from "./model.js";
import type { SegmentFilter } from "./segments.js";
import {
  clipped,
  memberName,
  membersOf,
  metaOf,
  partsOf,
  textOf,
  titlesOf,
  type Parts,
} from "./parts.js";

/** The options of a cube, as an app writes them. */
export interface ProposedCube {
  title?: string;
  description?: string;
  table: string;
  tenant?: string;
  time: string;
  expire?: string;
  fields?: Record<string, FieldDefinition>;
  dimensions: Record<string, DimensionDefinition>;
  measures: Record<string, MeasureDefinition>;
  /** For cubes that have named filters. */
  segments?: Record<string, SegmentFilter>;
  rollups: Record<string, RollupDefinition>;
}

/** What the app's schema calls a table of the model, and a column of it. */
export interface Names {
  table(name: string): string;
  field(table: string, column: string): string;
}

/** Parts that say nothing which a cube needs. */
const understood = new Set([
  ...["name", "sql", "sqlTable", "sqlAlias", "title", "description", "meta", "public", "shown"],
  ...["dimensions", "measures", "segments", "preAggregations", "refreshKey", "fileName"],
]);

/** Null where the cube cannot be one here at all; the notes say why. O(size of the model). */
export function importCube(
  name: string,
  given: unknown,
  names: Names,
): { cube: ProposedCube | null; notes: Note[] } {
  const notes: Note[] = [];
  const noteOf = (member: string, message: string) => void notes.push({ member, message });
  const notice: Notice = (member, message) => noteOf(`${name}.${member}`, message);
  if (!isName(name)) {
    noteOf(name, "has a name that a cube cannot have. It is left out.");
    return { cube: null, notes };
  }
  const parts = partsOf(given);
  for (const key of Object.keys(parts))
    if (!understood.has(key)) noteOf(name, `has ${key}, for which there is no counterpart.`);
  const meta = metaOf(parts);
  const isOurs = meta.table !== undefined;
  if (!isOurs && membersOf(parts.preAggregations).some(([, one]) => one.refreshKey ?? one.indexes))
    noteOf(
      name,
      "has refresh keys or indexes of pre-aggregations: tiles follow each write, and need neither.",
    );

  const source = sourceOf(name, parts, meta, names, noteOf);
  const fields = new ImportedFields(meta.fields, (column) => names.field(source.table, column));
  const read = importDimensions(parts.dimensions, fields, notice);
  const members = new MeasureImport(name, parts.measures, read, fields, notice);
  const dimensions = read.dimensions;
  const measures = withDrillMembers(parts.measures, members.measures(), dimensions);
  const segments = members.segments(parts.segments);
  const time = timeOf(name, parts, meta, dimensions);
  if (time === null) {
    noteOf(name, "has no time dimension of a field; records are bucketed by _creationTime.");
    dimensions.creationTime = {
      type: "time",
      field: fields.use({ kind: "column", column: "_creationTime" }, "time")!,
    };
  }
  const silent = membersOf(parts.dimensions).flatMap(([key, one]) =>
    one.primaryKey === true ? [key] : [],
  );
  const partsOfOthers = membersOf(parts.measures).flatMap(([key, one]) =>
    metaOf(one).partOf === undefined ? [] : [key],
  );
  const rollups = importRollups(parts.preAggregations, {
    ...{ cube: name, time: time ?? "creationTime", notice },
    dimensions: new Set(Object.keys(dimensions).filter((key) => dimensions[key]?.type !== "time")),
    measures: new Set(Object.keys(measures)),
    silent: new Set([...silent, ...partsOfOthers]),
    extras: partsOfNames(meta.rollups),
  });
  for (const field of fields.guessed())
    noteOf(`${name}.${field}`, "is read with two decimals: that is a guess, say how many it has.");
  const proposed = fields.proposed();
  const cube: ProposedCube = {
    ...titlesOf(parts),
    ...source,
    time: time ?? "creationTime",
    ...(typeof meta.expire === "string" && { expire: meta.expire }),
    ...(Object.keys(proposed).length > 0 && { fields: proposed }),
    ...{ dimensions, measures },
    ...(Object.keys(segments).length > 0 && { segments }),
    rollups,
  };
  return { cube: withoutIssues(name, cube, fields, noteOf), notes };
}

function partsOfNames(value: unknown): Parts {
  return typeof value === "object" && value !== null ? (value as Parts) : {};
}

/** The table and whose records it holds. */
function sourceOf(
  name: string,
  parts: Parts,
  meta: Parts,
  names: Names,
  noteOf: Notice,
): { table: string; tenant?: string } {
  const sql = textOf(parts.sql) ?? "";
  const plain =
    /^\s*select \* from ([\w."`]+)(?: where \{SECURITY_CONTEXT\.(\w+)\.(?:requiredFilter|filter)\('(\w+)'\)\})?\s*;?\s*$/i.exec(
      sql,
    );
  const from =
    textOf(parts.sqlTable) ?? plain?.[1] ?? /\bfrom\s+([\w."`]+)/i.exec(sql.slice(0, 2000))?.[1];
  const said = textOf(meta.table) ?? from?.split(".").at(-1)?.replace(/["`]/g, "");
  const table = names.table(said ?? name);
  const column = plain?.[3];
  const tenant =
    textOf(meta.tenant) ?? (column === undefined ? undefined : names.field(table, column));
  if (parts.sqlTable === undefined && plain === null)
    noteOf(
      name,
      `is over SQL: ${clipped(parts.sql)}. Cubes are over a table; ${table} is proposed.`,
    );
  if (tenant === undefined && meta.table === undefined)
    noteOf(
      name,
      "names no tenant: say in `tenant` which field tells whose a record is, if there is one.",
    );
  return { table, ...(tenant !== undefined && { tenant }) };
}

/** The time that most pre-aggregations are by, or the first. */
function timeOf(
  cube: string,
  parts: Parts,
  meta: Parts,
  dimensions: Record<string, DimensionDefinition>,
): string | null {
  const times = Object.keys(dimensions).filter((name) => dimensions[name]?.type === "time");
  const said = times.find((name) => name === meta.time);
  if (said !== undefined) return said;
  const uses = membersOf(parts.preAggregations).map(([, one]) =>
    memberName(one.timeDimension, cube),
  );
  const usesOf = (name: string) => uses.filter((one) => one === name).length;
  const [first = null] = [...times].sort((a, b) => usesOf(b) - usesOf(a));
  return first;
}

/** Leaves out, and names, what would be refused. Each round leaves out at least one part. */
function withoutIssues(
  name: string,
  cube: ProposedCube,
  fields: ImportedFields,
  noteOf: Notice,
): ProposedCube | null {
  for (;;) {
    const whole = { ...cube, name, fields: fields.complete() } as unknown as CubeDefinition;
    const issues = cubeIssues(whole, name);
    if (issues.length === 0) return cube;
    let isLess = false;
    for (const { path, message } of issues) {
      const [, section = "", part = ""] = path.split(".");
      noteOf(`${name}.${part || section}`, `${message}. It is left out.`);
      const members = (cube as unknown as Record<string, Record<string, unknown> | undefined>)[
        section
      ];
      if (section in cube && members !== undefined && Object.hasOwn(members, part)) {
        delete members[part];
        isLess = true;
      }
    }
    if (!isLess) return null;
  }
}
