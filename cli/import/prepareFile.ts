/** Everything that can be wrong with a file before its first row is sent. */
import { Failure } from "../failure.js";
import { mustHaveDirection } from "./evidence.js";
import type { RowDefinition } from "./fields.js";
import type { ImportCommand } from "./importOptions.js";
import { takeFirst } from "../records/input/firstItems.js";
import { openFile, type OpenedFile, type OpenOptions } from "../records/input/openFile.js";
import type { Lookup } from "./lookup.js";
import {
  mapColumns,
  missingFields,
  mustBeColumn,
  mustBeComplete,
  type Columns,
  type Mapping,
} from "../records/mapping.js";
import type { Cells, Item, RecordSource } from "../records/record.js";
import { lateMembers, provesUnixTimes, type LateMember } from "../records/sample.js";
import { readRecords, type SourceOptions } from "./recordSource.js";
import type { RowOptions } from "./rowBuilder.js";
import { isWatchHistory } from "./takeout/structure.js";

export interface FileOptions extends OpenOptions, Omit<SourceOptions, "fieldsIn" | "isRow"> {
  definition: RowDefinition;
  map: ReadonlyMap<string, string>;
  key: string | undefined;
  row: RowOptions;
  lookup: Lookup | undefined;
}

/** What the command line says about how to read its files. */
export function fileOptions(command: ImportCommand, lookup: Lookup | undefined): FileOptions {
  const { definition, map, tenant: tenantId } = command;
  return {
    ...command,
    ...command.csv,
    ...{ table: definition.checks.cube.table, tenantId, lookup },
    ...{ histories: definition.cube === "watch", mapped: map.size > 0, isMeant: isWatchHistory },
  };
}

export interface PreparedFile {
  opened: OpenedFile;
  source: RecordSource;
  records: AsyncIterable<Item>;
  /** The first records, which are among `records`. */
  sample: readonly Item[];
  mapping: Mapping;
  /** The column of idempotency keys. */
  key: string | undefined;
  /** Columns of the file and of its lookup. */
  columns: readonly string[];
  /** Columns that feed nothing. */
  unused: readonly string[];
  /** The row options, with what the first records prove. */
  row: RowOptions;
  /** A member that the first objects lack and that means a field which nothing feeds. */
  lateMember(cells: Cells): LateMember | undefined;
}

const SAMPLE_RECORDS = 1000;

export async function prepareFile(path: string, options: FileOptions): Promise<PreparedFile> {
  const { definition, map, lookup } = options;
  const { moves, defaults } = options.row;
  const opened = await openFile(path, options);
  const source = await readRecords(opened, {
    ...options,
    fieldsIn: (columns) => tryMapping(columns, options)?.size ?? 0,
    isRow: (columns) => {
      const mapping = tryMapping(columns, options);
      return mapping !== undefined && missingFields(definition, mapping, defaults).length === 0;
    },
  });
  const key = source.origin === "ownExport" ? (options.key ?? "key") : options.key;
  const names = [...new Set([...source.columns, ...(lookup?.columns ?? [])])];
  const { repeated } = source;
  const open = source.origin !== "table";
  const columns: Columns = { names, repeated, open };
  const mapping = mapColumns(definition, columns, map);
  const declared = { ...moves, key };
  const used = new Set([...mapping.values()].flat());
  for (const option of ["in", "out", "from", "to", "key"] as const) {
    const column = declared[option];
    if (column === undefined) continue;
    if (source.origin !== "ownExport") mustBeColumn(option, column, { ...columns, open: false });
    used.add(column);
  }
  if (lookup !== undefined) used.add(lookup.key);
  const provided = new Set(moved(moves));
  for (const [field, sources] of mapping) {
    if (sources.every((column) => names.includes(column))) provided.add(field);
  }
  const { first, all } = await takeFirst(source.records, SAMPLE_RECORDS);
  if (!open || first.some((item) => item.kind === "record")) {
    mustBeComplete(definition, provided, defaults, names);
  }
  if (definition.cube === "inventory" && source.origin !== "ownExport") {
    mustHaveDirection(first, names, mapping, moves);
  }
  const times = definition.fields.find((field) => field.kind === "time")!;
  const unixEpoch = provesUnixTimes(first, mapping.get(times.name), options.row.now);
  const known = { origin: source.origin, columns: names };
  const isFed = (field: string) => map.has(field) || provided.has(field);
  return {
    ...{ opened, source, records: all, sample: first, mapping, key, columns: names },
    unused: names.filter((column) => !used.has(column)),
    row: { ...options.row, unixEpoch, ...(source.origin === "ownExport" ? ownRows(moves) : {}) },
    lateMember: lateMembers(definition, known, mapping, isFed),
  };
}

/** Our own rows count in milliseconds, and their signs are what they say. */
function ownRows(moves: RowOptions["moves"]): Pick<RowOptions, "epoch" | "moves"> {
  return { epoch: "ms", moves: { ...moves, sign: "as-written" } };
}

/** Fields that other columns give than those of the mapping. */
function moved({ in: came, out: went, from, to }: RowOptions["moves"]): string[] {
  return [
    ...((came ?? went) === undefined ? [] : ["quantity"]),
    ...((from ?? to) === undefined ? [] : ["warehouse"]),
  ];
}

function tryMapping(columns: readonly string[], options: FileOptions): Mapping | undefined {
  try {
    const found: Columns = { names: columns, open: false };
    return mapColumns(options.definition, found, options.map);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
