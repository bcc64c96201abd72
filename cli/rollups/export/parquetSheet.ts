/**
 * Parquet, by `hyparquet-writer`: plain JavaScript, a peer that only those need who write Parquet, and loaded here. What an
 * export says of itself is among the file's key-value metadata.
 */
import type * as Hyparquet from "hyparquet-writer";
import type { Row } from "../../../lib/query/answer.js";
import { parseWall } from "../../../lib/time/calendar.js";
import { Failure, messageOf } from "../../failure.js";
import { ABOUT_KEY, type About } from "./about.js";
import type { Column, ColumnType } from "./columns.js";
import type { Sheet } from "./sheet.js";
import { WholeFile } from "./wholeFile.js";

/** Rows that are held until they are written together. */
const GROUP_ROWS = 65_536;

type Schema = ConstructorParameters<typeof Hyparquet.ParquetWriter>[0]["schema"];
type ParquetValue = string | number | bigint | Date | null;

export async function parquetSheet(path: string, columns: readonly Column[]): Promise<Sheet> {
  const { ByteWriter, ParquetWriter } = await loadParquet();
  const file = await WholeFile.open(path);
  const buffer = new ByteWriter();
  /** After each group of rows, and at the end. */
  const flush = async (): Promise<void> => {
    const bytes = buffer.getBytes().slice();
    buffer.index = 0;
    await file.write(bytes);
  };
  Object.assign(buffer, { flush, finish: flush });
  const kvMetadata: { key: string; value: string }[] = [];
  const writer = new ParquetWriter({
    ...{ writer: buffer, schema: schemaOf(columns), kvMetadata, createdBy: "convex-rollups" },
  });
  let waiting: Row[] = [];
  const writeGroup = async (rows: readonly Row[]) => {
    const columnData = columns.map(({ name, type }) => ({
      name,
      data: rows.map((row) => valueOf(name, type, row[name] ?? null)),
      ...(type === "text" && { encoding: "RLE_DICTIONARY" as const }),
    }));
    await writer.write({ columnData, rowGroupSize: GROUP_ROWS });
  };
  return {
    write: async (rows) => {
      waiting = waiting.concat(rows);
      while (waiting.length >= GROUP_ROWS) {
        await writeGroup(waiting.slice(0, GROUP_ROWS));
        waiting = waiting.slice(GROUP_ROWS);
      }
    },
    finish: async (about) => {
      if (waiting.length > 0) await writeGroup(waiting);
      kvMetadata.push(...pairsOf(about));
      await writer.finish();
      await file.finish();
    },
    drop: () => file.drop(),
  };
}

/** All of it under one key, and what people look for under keys of their own. */
function pairsOf(about: About): { key: string; value: string }[] {
  return [
    { key: ABOUT_KEY, value: JSON.stringify(about) },
    ...(about.watermark === null
      ? []
      : [{ key: `${ABOUT_KEY}.watermark`, value: about.watermark }]),
    { key: `${ABOUT_KEY}.query`, value: JSON.stringify(about.query) },
    { key: `${ABOUT_KEY}.timezone`, value: about.timezone },
  ];
}

function schemaOf(columns: readonly Column[]): Schema {
  const elements = columns.map(({ name, type }): Schema[number] => ({
    name,
    repetition_type: "OPTIONAL",
    ...elementOf(type),
  }));
  return [{ name: "root", num_children: columns.length }, ...elements];
}

function elementOf(type: ColumnType): Omit<Schema[number], "name"> {
  switch (type) {
    case "time":
      // A wall clock: not an instant, which an hour that the clock repeats does not tell.
      return {
        type: "INT64",
        logical_type: { type: "TIMESTAMP", isAdjustedToUTC: false, unit: "MILLIS" },
      };
    case "count":
      return { type: "INT64" };
    case "number":
      return { type: "DOUBLE" };
    case "text":
      return { type: "BYTE_ARRAY", converted_type: "UTF8" };
    default:
      return type satisfies never;
  }
}

/** Throws `NotWhole` where a count is none, and `NotATime`: no value is changed to fit. */
function valueOf(name: string, type: ColumnType, value: string | number | null): ParquetValue {
  if (value === null) return null;
  if (type === "text") return String(value);
  if (type === "number") return Number(value);
  if (type === "count") {
    if (Number.isSafeInteger(value)) return BigInt(value);
    throw new Failure("NotWhole", `${name}: ${value} is no whole number below 2^53.`);
  }
  const wall = parseWall(String(value));
  if (wall === null) throw new Failure("NotATime", `${name}: ${value} is no time.`);
  return new Date(wall);
}

/** Throws `NoParquet` where the package is missing. */
export async function loadParquet(): Promise<typeof Hyparquet> {
  try {
    return await import("hyparquet-writer");
  } catch (error) {
    throw new Failure(
      "NoParquet",
      `The package that writes Parquet is not there: ${messageOf(error)}`,
      "npm install --save-dev hyparquet-writer hyparquet, or export csv or ndjson.",
    );
  }
}
