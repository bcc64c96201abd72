/** Everything that can be wrong with a file before its first row is sent. */
import { Failure } from "../../failure.js";
import { takeFirst } from "../../records/input/firstItems.js";
import { openFile, type OpenedFile } from "../../records/input/openFile.js";
import {
  mapColumns,
  missingFields,
  mustBeColumn,
  mustBeComplete,
  mustBeFields,
  type Columns,
  type Mapping,
} from "../../records/mapping.js";
import type { Cells, Item } from "../../records/record.js";
import { lateMembers, provesUnixTimes, type LateMember } from "../../records/sample.js";
import { readSource, SAMPLE_RECORDS } from "../../records/source.js";
import type { Table } from "../schema/tables.js";
import type { ImportCommand } from "./command.js";
import { fieldSetOf, isTime, rowsOf, type FieldOptions, type RowResult } from "./rows.js";

export interface PreparedFile {
  opened: OpenedFile;
  records: AsyncIterable<Item>;
  build(cells: Cells): RowResult;
  /** A member that the first objects lack and that means a field which nothing feeds. */
  lateMember(cells: Cells): LateMember | undefined;
  /** One line per field, and the columns that feed none. */
  description: string;
  /** All that decides which rows the file's records become. */
  reading: string;
}

/** Throws `UnknownField`, `UnknownColumn`, `MissingColumn` and what else is wrong with the columns. */
export async function prepareFile(
  path: string,
  table: Table,
  command: ImportCommand,
): Promise<PreparedFile> {
  const { reading, map, defaults, times, numbers, id } = command;
  const { emptyTexts, separators, words } = command;
  const isWhole = command.to === undefined;
  const said = { times, numbers, set: command.set, defaults, emptyTexts };
  const cells = { ...reading.cells, separators, words };
  const definition = fieldSetOf(table, { ...said, cells }, isWhole);
  const all = { cube: table.name, fields: table.fields.map(({ name }) => fieldNamed(name)) };
  for (const option of ["set", "default", "split", "time", "number"] as const)
    mustBeFields(all, option, namesOf(command, option));

  const opened = await openFile(path, { ...reading, table: table.name });
  const tryMapping = (names: readonly string[]) => {
    try {
      return mapColumns(definition, { names, open: false }, map);
    } catch (error) {
      if (error instanceof Failure) return undefined;
      throw error;
    }
  };
  const source = await readSource(opened, {
    ...{ ...reading.csv, rows: reading.rows },
    fieldsIn: (names) => tryMapping(names)?.size ?? 0,
    isRow: (names) => {
      const found = tryMapping(names);
      return found !== undefined && missingFields(definition, found, defaults).length === 0;
    },
  });
  const isWritten = source.origin === "table";
  const columns: Columns = { names: source.columns, repeated: source.repeated, open: !isWritten };
  const mapping = mapColumns(definition, columns, map);
  if (id !== undefined) mustBeColumn("id", id, columns);
  const { first, all: records } = await takeFirst(source.records, SAMPLE_RECORDS);
  const provided = new Set(
    [...mapping].flatMap(([field, from]) =>
      from.every((column) => source.columns.includes(column)) ? [field] : [],
    ),
  );
  if (isWritten || first.some((item) => item.kind === "record"))
    mustBeComplete(definition, provided, defaults, source.columns);

  const timed = table.fields.filter((field) => isTime(field, said));
  const unixEpoch = timed.some(({ name }) =>
    provesUnixTimes(first, mapping.get(name), reading.cells.now),
  );
  const options: FieldOptions = { ...said, cells: { ...cells, unixEpoch } };
  const constants = rowsOf(table, new Map(), { ...options, isWhole: false, isWritten: true })({});
  if (!constants.ok) throw new Failure(constants.code, `--set: ${constants.message}`);
  return {
    ...{ opened, records },
    build: rowsOf(table, mapping, { ...options, isWhole, isWritten }),
    lateMember: lateMembers(
      definition,
      source,
      mapping,
      (field) => map.has(field) || provided.has(field),
    ),
    description: describe(opened.name, source, { definition, mapping, provided, command, timed }),
    reading: readingOf(table, mapping, timed, command),
  };
}

const fieldNamed = (name: string) => ({ name, kind: "text", aliases: [] }) as const;

function namesOf(
  command: ImportCommand,
  option: "set" | "default" | "split" | "time" | "number",
): Iterable<string> {
  const { set, defaults, separators, times, numbers } = command;
  const lists = { set, default: defaults, split: separators, time: times, number: numbers };
  return lists[option].keys();
}

function describe(
  name: string,
  source: { description: string; columns: readonly string[] },
  found: {
    definition: { fields: readonly { name: string }[] };
    mapping: Mapping;
    provided: ReadonlySet<string>;
    command: ImportCommand;
    timed: Table["fields"];
  },
): string {
  const { definition, mapping, provided, command, timed } = found;
  const lines = [`${name}: ${source.description}`];
  const say = (field: string, from: string) => lines.push(`  ${field.padEnd(16)}← ${from}`);
  for (const [field, value] of command.set) say(field, `"${value}" for every row`);
  for (const { name: field } of definition.fields) {
    const time = timed.some((one) => one.name === field) ? ", a time" : "";
    const standIn = command.defaults.get(field);
    if (provided.has(field)) say(field, `${(mapping.get(field) ?? []).join(" + ")}${time}`);
    else say(field, standIn === undefined ? "no column" : `"${standIn}": no column`);
  }
  const used = new Set([...mapping.values()].flat().concat(command.id ?? []));
  const unused = source.columns.filter((column) => !used.has(column));
  if (unused.length > 0) lines.push(`  not used: ${unused.join(", ")}`);
  return lines.join("\n");
}

/** The present is no part of it: the same command is the same reading tomorrow. */
function readingOf(
  { fields }: Table,
  mapping: Mapping,
  timed: Table["fields"],
  { defaults, separators, words, emptyTexts, reading, to }: ImportCommand,
): string {
  const { cells, csv, encoding, entry, rows } = reading;
  const { zoneNames, ...rest } = cells;
  const all = [
    fields.filter(({ name }) => mapping.has(name)),
    [...mapping],
    timed.map(({ name }) => name),
    [defaults, separators, words, zoneNames ?? new Map()].map((pairs) => [...pairs].sort()),
    [...emptyTexts].sort(),
    { ...rest, now: 0, ...csv, encoding, entry, rows, to },
  ];
  // Literals may be integers of 64 bits.
  return JSON.stringify(all, (_, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
}
