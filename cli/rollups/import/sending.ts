/**
 * How rows reach the app: in order, one call at a time, to `importRows` of the app's `rollups.ts`. That mutation stores
 * a batch together with how far its file has come, so no row is stored twice, whatever ends the import.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { BackendClient } from "../../backendClient.js";
import { BatchRefused, Failure, Refusal } from "../../failure.js";
import type { Deployment } from "../deployment.js";
import type { Row } from "./rows.js";

export interface Entry {
  row: Row;
  /** The record's number in the file. */
  at: number;
  id: string | undefined;
}

export interface RefusedRow {
  at: number;
  code: string;
  message: string;
}

/** What makes a file the one that it is. */
export interface FileNames {
  content: string;
  name: string;
  /** How it is read. */
  reading: string;
  /** Of all that is imported into the table alike: the table, and what every row has. */
  scope: string;
  hasIds: boolean;
}

interface Answer {
  position: number;
  refused: RefusedRow[];
  stored: number;
}

export interface Sending {
  /** Rows up to here were stored before, but for those that were refused. */
  position: number;
  refused: ReadonlyMap<number, RefusedRow>;
  /** Stores what is not stored; returns how many that were. Throws `BatchRefused`. */
  send(entries: readonly Entry[]): Promise<number>;
  /** Notes that a row is refused: the next call says so. */
  refuse(row: RefusedRow): void;
  /** Says what no call has said yet. */
  finish(): Promise<void>;
}

/** Refusals of a file or of the caller, and of no row. */
const OF_FILES: Readonly<Record<string, string>> = {
  ChangedFile:
    "Say --source NAME if these are other rows, or --id COLUMN (from the first import on) where rows have ids.",
  OtherReading:
    "Say the same options. To begin again, delete the rows that were stored, and say --source NAME.",
  TooManyRefused: "The rows that were refused are in the file of --rejects.",
};

/** Sends nothing, and takes everything for stored. */
export const dryRun: Sending = {
  ...{ position: 0, refused: new Map() },
  send: (entries) => Promise.resolve(entries.length),
  refuse: () => {},
  finish: () => Promise.resolve(),
};

/** Asks how far the file has come. Throws `NoImportRows`, or what the app has against the file. */
export async function openSending(
  { url, adminKey }: Deployment,
  { table, to }: { table: string; to: string | undefined },
  names: FileNames,
): Promise<Sending> {
  const client = clientAt(url, adminKey);
  const { content, name, reading, scope, hasIds } = names;
  const file = {
    key: hasIds ? digest(scope) : digest(scope, content),
    ...{ name: digest(scope, name), reading: digest(reading) },
  };
  let refused: RefusedRow[] = [];
  const call = async (entries: readonly Entry[]): Promise<Answer> => {
    const said = refused;
    const answer = await client.mutation<Answer>("rollups:importRows", {
      ...{ table, ...(to === undefined ? {} : { to }), ...file, refused: said },
      rows: entries.map(({ row }) => row as never),
      at: entries.map(({ at }) => at),
      ids: hasIds ? entries.map(({ id }) => id ?? "") : null,
    });
    refused = refused.slice(said.length);
    return answer;
  };
  const first = await call([]).catch(asWhole);
  return {
    position: first.position,
    refused: new Map(first.refused.map((row) => [row.at, row])),
    send: async (entries) => (await call(entries).catch(asBatch)).stored,
    refuse: (row) => void refused.push(row),
    finish: async () => {
      if (refused.length > 0) await call([]).catch(asBatch);
    },
  };
}

/** SHA-256 of a file's bytes, as they are on the disk. */
export async function contentOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest("base64url");
}

function digest(...parts: string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}

function clientAt(url: string, adminKey: string): BackendClient {
  try {
    return new BackendClient(url, { adminKey });
  } catch (error) {
    throw new Failure("BadUrl", `${url}: ${error instanceof Error ? error.message : ""}`);
  }
}

/** A refusal of the app concerns a row of the batch, unless it is of the file. */
function asBatch(error: unknown): never {
  if (!(error instanceof Refusal)) throw error;
  if (error.code in OF_FILES) throw hinted(error);
  throw new BatchRefused(error.message, error.code);
}

/** Of a call without rows: no row is at fault. */
function asWhole(error: unknown): never {
  if (error instanceof Refusal) throw hinted(error);
  if (!(error instanceof BatchRefused)) throw error;
  throw new Failure(
    "NoImportRows",
    `rollups:importRows refuses: ${error.message}`,
    "Export it in rollups.ts, as in `export const { source, start, importRows, … } = rollups.functions()`, and push.",
  );
}

function hinted({ code, message, hint }: Refusal): Failure {
  return new Failure(code, message, OF_FILES[code] ?? hint);
}
