/** The importer's command line, checked before any file is opened. */
import { badUsage, pairs, parseCommandLine, wholeNumber } from "../commandLine.js";
import { defaultUrl } from "../connection.js";
import type { CsvOptions } from "../records/csv/dialect.js";
import { rowDefinitions, type RowDefinition } from "./fields.js";
import type { Encoding } from "../records/input/textDecoding.js";
import { mustBeFields } from "../records/mapping.js";
import { choiceOf, readingOptions, readReading } from "../records/options.js";
import type { MoveOptions } from "./moves.js";
import type { RowOptions } from "./rowBuilder.js";
import { usage } from "./usage.js";

export interface ImportCommand {
  definition: RowDefinition;
  files: readonly string[];
  tenant: string;
  url: string;
  credentials: { kind: "token"; token: string } | { kind: "admin" } | { kind: "development" };
  map: ReadonlyMap<string, string>;
  /** The column of idempotency keys, where the file has one. */
  key: string | undefined;
  row: RowOptions;
  csv: CsvOptions;
  lookup: { file: string; key: string } | undefined;
  encoding: Encoding;
  /** The file of an archive. */
  entry: string | undefined;
  /** The array of a JSON file. */
  rows: string | undefined;
  watched: string | undefined;
  source: string;
  replace: boolean;
  rejects: string | undefined;
  batchRows: number;
  concurrency: number;
  dryRun: boolean;
}

/** `now` in epoch milliseconds. Throws `BadUsage`, or `UnknownField`. */
export function readImportCommand(args: readonly string[], now = Date.now()): ImportCommand {
  const many = { type: "string", multiple: true } as const;
  const one = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const { values, positionals } = parseCommandLine(
    args,
    {
      ...{ tenant: one, url: one, token: one, admin: flag, "dry-run": flag, replace: flag },
      ...{ map: many, default: many, split: many, empty: many, key: one, source: one },
      ...readingOptions,
      ...{ in: one, out: one, from: one, to: one, outside: many, sign: one, kinds: many },
      ...{ watched: one, lookup: one, "lookup-key": one },
      ...{ rejects: one, batch: one, concurrency: one },
    },
    usage,
  );
  const [cube, ...files] = positionals;
  const fail = (message: string) => badUsage(message, usage);
  if (cube !== "watch" && cube !== "inventory")
    throw fail(`The first word is watch or inventory, not "${cube ?? ""}".`);
  if (files.length === 0) throw fail("Name at least one file.");
  if (values.token !== undefined && values.admin === true)
    throw fail("Give either --token or --admin.");
  if ((values.lookup === undefined) !== (values["lookup-key"] === undefined))
    throw fail("--lookup and --lookup-key go together.");
  const map = pairs("map", values.map);
  const key = values.key ?? map.get("key");
  map.delete("key");
  if (key !== undefined && values.source !== undefined)
    throw fail("--key tells rows apart by itself: leave out --source.");
  if (values.watched !== undefined && values.watched.split("*").length !== 2)
    throw fail('--watched takes a text with one star for the title, as "Watched *".');
  const reading = readReading(values, fail, now);
  const definition = rowDefinitions[cube];
  const defaults = pairs("default", values.default);
  const separators = pairs("split", values.split);
  mustBeFields(definition, "map", map.keys());
  mustBeFields(definition, "default", defaults.keys());
  mustBeFields(definition, "split", separators.keys());
  const moves = movesOf({
    ...values,
    sign: choiceOf("sign", values.sign, ["by-kind", "as-written"], fail),
  });
  if (moves === undefined || (cube === "watch" && isDeclared(moves)))
    throw fail("--in and --out, or --from and --to, are for stock movements, and not both.");
  return {
    definition,
    files,
    tenant: values.tenant ?? "acme",
    url: (values.url ?? defaultUrl).replace(/\/$/, ""),
    credentials:
      values.token !== undefined
        ? { kind: "token", token: values.token }
        : { kind: values.admin === true ? "admin" : "development" },
    map,
    key,
    row: {
      ...reading.cells,
      separators,
      words: wordsOf(values.kinds, definition, fail),
      defaults,
      emptyTexts: new Set(["\\N", ...(values.empty ?? [])]),
      moves,
    },
    csv: reading.csv,
    lookup:
      values.lookup === undefined
        ? undefined
        : { file: values.lookup, key: values["lookup-key"] ?? "" },
    encoding: reading.encoding,
    entry: reading.entry,
    rows: reading.rows,
    watched: values.watched,
    source: values.source ?? "",
    replace: values.replace === true,
    rejects: values.rejects,
    batchRows: wholeNumber("batch", values.batch, 500, { min: 1, max: 1000 }),
    concurrency: wholeNumber("concurrency", values.concurrency, 2, { min: 1, max: 8 }),
    dryRun: values["dry-run"] === true,
  };
}

/** Undefined where directions are said in two ways. */
function movesOf(values: {
  in?: string;
  out?: string;
  from?: string;
  to?: string;
  outside?: string[];
  sign: MoveOptions["sign"];
}): MoveOptions | undefined {
  const { in: came, out: went, from, to, sign } = values;
  const ways = [came ?? went, from ?? to, sign].filter((way) => way !== undefined);
  if (ways.length > 1) return undefined;
  const outside = new Set((values.outside ?? []).map((place) => place.trim().toLowerCase()));
  return { in: came, out: went, from, to, outside, sign };
}

function isDeclared({ in: came, out: went, from, to, sign }: MoveOptions): boolean {
  return (came ?? went ?? from ?? to ?? sign) !== undefined;
}

/** What the file writes for a kind, lower-cased → the kind. */
function wordsOf(
  texts: string[] | undefined,
  definition: RowDefinition,
  fail: (message: string) => Error,
): ReadonlyMap<string, string> {
  const choices = definition.fields.flatMap((field) => field.choices ?? []);
  const words = [...pairs("kinds", texts)].map(([word, kind]) => {
    if (!choices.includes(kind)) throw fail(`--kinds ${word}=${kind}: ${choices.join(", ")}.`);
    return [word.trim().toLowerCase(), kind] as const;
  });
  return new Map(words);
}
