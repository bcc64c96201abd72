/**
 * Whether a file was imported before with other columns for what identifies its records: then all its
 * rows would look new, and count twice. Its first rows are looked up under the identities that they
 * would have had. `docs/designs/018-import-identity.md` says what this can and cannot tell.
 */
import { Failure } from "../../failure.js";
import type { KnownRow } from "../../records/batchSender.js";
import type { RowDefinition } from "../fields.js";
import type { Lookup } from "../lookup.js";
import type { Mapping } from "../../records/mapping.js";
import type { PreparedFile } from "../prepareFile.js";
import { rowBuilder, type Row } from "../rowBuilder.js";
import { keyGiver } from "./keyGiver.js";

/** One way to tell records apart: by a column of keys, or by the columns of identifying fields. */
interface Scheme {
  key: string | undefined;
  mapping: Mapping;
  /** How it differs, for people. */
  says: string;
}

/** First rows that are looked up, and rows of one look-up. */
const ROWS_PER_SCHEME = 5;
const ROWS_MAX = 1000;

export interface RecogniseOptions {
  definition: RowDefinition;
  lookup: Lookup | undefined;
  source: string;
  /** The rows whose key is known, by their index, and whether they are stored as they are sent. */
  known(rows: readonly Row[]): Promise<ReadonlyMap<number, KnownRow["outcome"]>>;
}

/**
 * The scheme that knows all of the file's first rows, where the requested one knows none of them;
 * undefined where the requested one is right. Throws `KnownOtherwise` where that is a matter of `--key`.
 */
export async function recogniseFile(
  file: PreparedFile,
  options: RecogniseOptions,
): Promise<{ identifiedBy: Mapping; says: string } | undefined> {
  const { source } = file;
  if (source.origin === "ownExport") return undefined;
  const asked: Scheme = { key: file.key, mapping: file.mapping, says: "" };
  const schemes = [asked, ...otherSchemes(file, options.definition)].map((scheme) => ({
    ...scheme,
    rows: firstRows(file, scheme, options),
  }));
  const rows = schemes.flatMap((scheme) => scheme.rows).slice(0, ROWS_MAX);
  if (rows.length === 0) return undefined;
  const known = await options.known(rows);
  let at = 0;
  const counted = schemes.map((scheme) => {
    const indexes = scheme.rows.map((_, index) => at + index);
    at += scheme.rows.length;
    // Keys of another file may be equal by chance, its rows are not.
    const counts = (outcome: KnownRow["outcome"] | undefined) =>
      scheme.key === undefined ? outcome !== undefined : outcome === "same";
    return { ...scheme, known: indexes.filter((index) => counts(known.get(index))).length };
  });
  const [first, ...others] = counted;
  if (first === undefined || first.known > 0) return undefined;
  const found = others.find((scheme) => scheme.known > 0 && scheme.known === scheme.rows.length);
  if (found === undefined) return undefined;
  if (found.key === file.key) return { identifiedBy: found.mapping, says: found.says };
  throw new Failure(
    "KnownOtherwise",
    `The first rows of ${file.opened.name} are already there, ${found.says}.`,
    "Import it in the same way, or say --source NAME if these are other records.",
  );
}

/** Schemes that differ from the requested one in one field, in all optional ones, or in the key. */
function otherSchemes({ key, mapping, source }: PreparedFile, definition: RowDefinition): Scheme[] {
  const schemes: Scheme[] = [];
  const add = (changed: Mapping, says: string) =>
    schemes.push({ key: undefined, mapping: changed, says });
  if (key !== undefined) {
    add(mapping, "imported without --key");
    return schemes;
  }
  const identifying = definition.fields.filter((field) => field.identity === true);
  const optional = identifying.filter(({ fallback, sameAs }) => (fallback ?? sameAs) !== undefined);
  for (const { name } of optional) {
    if (mapping.has(name)) add(without(mapping, [name]), `identified without ${name}`);
  }
  if (optional.filter(({ name }) => mapping.has(name)).length > 1) {
    const names = optional.map(({ name }) => name);
    add(without(mapping, names), `identified without ${names.join(" and ")}`);
  }
  for (const field of identifying) {
    for (const column of source.columns) {
      if (mapping.get(field.name)?.join() === column) continue;
      const changed = new Map([...mapping, [field.name, [column]]]);
      add(changed, `identified with ${field.name} ← ${column}`);
    }
  }
  for (const column of source.columns) {
    schemes.push({ key: column, mapping, says: `imported with --key ${column}` });
  }
  return schemes;
}

function without(mapping: Mapping, names: readonly string[]): Mapping {
  return new Map([...mapping].filter(([name]) => !names.includes(name)));
}

/** The first rows of the sample, with the keys that they have under a scheme. */
function firstRows(
  file: PreparedFile,
  { key, mapping: identifiedBy }: Scheme,
  { definition, lookup, source }: RecogniseOptions,
): Row[] {
  const ownColumns = file.source.columns;
  const builder = rowBuilder(
    definition,
    { mapping: file.mapping, identifiedBy, lookup, ownColumns },
    file.row,
  );
  const keys = keyGiver({ key, source: file.source }, source);
  const rows: Row[] = [];
  for (const item of file.sample) {
    if (rows.length >= ROWS_PER_SCHEME) break;
    const built = item.kind === "record" ? builder.build(item.cells) : undefined;
    if (item.kind === "bad" || built === undefined) continue;
    if (!built.ok) {
      built.identities.forEach((identity) => keys.skip(identity));
      continue;
    }
    for (const row of built.rows) {
      const given = keys.keyOf(row, item);
      if (typeof given === "string" && given !== "repeated") rows.push({ ...row.row, key: given });
    }
  }
  return rows;
}
