/** The command line of `import`, checked before any file is opened. */
import { badUsage, pairs, parseCommandLine, wholeNumber } from "../../commandLine.js";
import { readingOptions, readReading, type Reading } from "../../records/options.js";
import { importUsage } from "./usage.js";

export interface ImportCommand {
  table: string;
  files: readonly string[];
  dir: string | undefined;
  url: string | undefined;
  adminKey: string | undefined;
  /** The app's own mutation, as `module:function`. */
  to: string | undefined;
  map: ReadonlyMap<string, string>;
  set: ReadonlyMap<string, string>;
  defaults: ReadonlyMap<string, string>;
  times: ReadonlySet<string>;
  numbers: ReadonlySet<string>;
  separators: ReadonlyMap<string, string>;
  /** What the file writes for a literal, lower-cased → the literal. */
  words: ReadonlyMap<string, string>;
  emptyTexts: ReadonlySet<string>;
  reading: Reading;
  /** The column that tells rows apart. */
  id: string | undefined;
  source: string | undefined;
  rejects: string | undefined;
  batchRows: number;
  dryRun: boolean;
}

/** `now` in epoch milliseconds. Throws `BadUsage`. */
export function readCommand(args: readonly string[], now = Date.now()): ImportCommand {
  const many = { type: "string", multiple: true } as const;
  const one = { type: "string" } as const;
  const { values, positionals } = parseCommandLine(
    args,
    {
      ...{ url: one, "admin-key": one, to: one, dir: one, "dry-run": { type: "boolean" } },
      ...{ map: many, set: many, default: many, time: many, number: many, id: one, source: one },
      ...{ split: many, words: many, empty: many, rejects: one, batch: one },
      ...readingOptions,
    } as const,
    importUsage,
  );
  const fail = (message: string) => badUsage(message, importUsage);
  const [table, ...files] = positionals;
  if (table === undefined || files.length === 0) throw fail("Name a table and at least one file.");
  if (values.to !== undefined && !/^[\w/]+:\w+$/.test(values.to))
    throw fail(`--to takes module:function, as "orders:importBatch", not "${values.to}".`);
  if (files.length > 1 && values.source !== undefined)
    throw fail("--source names one file: import the others by themselves.");
  const names = (texts: string[] | undefined) =>
    new Set((texts ?? []).flatMap((text) => text.split(",")));
  return {
    ...{ table, files, dir: values.dir, url: values.url, adminKey: values["admin-key"] },
    ...{ to: values.to, id: values.id, source: values.source, rejects: values.rejects },
    map: pairs("map", values.map),
    set: pairs("set", values.set),
    defaults: pairs("default", values.default),
    times: names(values.time),
    numbers: names(values.number),
    separators: pairs("split", values.split),
    words: new Map(
      [...pairs("words", values.words)].map(([word, value]) => [word.trim().toLowerCase(), value]),
    ),
    emptyTexts: new Set(["\\N", ...(values.empty ?? [])]),
    reading: readReading(values, fail, now),
    batchRows: wholeNumber("batch", values.batch, 500, { min: 1, max: 1000 }),
    dryRun: values["dry-run"] === true,
  };
}
