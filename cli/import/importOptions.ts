/** The importer's command line, checked before any file is opened. */
import { isZone } from "../../lib/time/zone";
import type { DateOrder } from "./time/timestamp";
import { badUsage, pairs, parseCommandLine, wholeNumber } from "../commandLine";
import { defaultUrl } from "../connection";
import { rowDefinitions, type RowDefinition } from "./fields";
import { mustBeFields } from "./mapping";
import { encodings, type Encoding } from "./openFile";
import type { RowOptions } from "./rowBuilder";

export const usage = `npm run import -- watch|inventory FILE… [options]

  --tenant SLUG            tenant to import into (default acme)
  --url URL                backend (default ${defaultUrl})
  --token JWT | --admin    act as this user, or as the operator of the local backend
  --map field=Column,…     which column feeds which field (default: by the usual headers)
  --default field=value,…  what stands in for a field that the file does not say
  --split field=TEXT       what separates the entries of a list (default topics=|)
  --lookup FILE            a second file that adds columns, with
  --lookup-key COLUMN      the column that both files share
  --date-order ORDER       dmy, mdy or ymd: how the file writes dates like 03/04/2024
  --timezone ZONE          zone of times that carry none (default UTC)
  --decimal-comma          the file writes 1.234,50
  --empty TEXT             a cell that means "nothing here"; repeatable
  --encoding NAME          ${encodings.join(", ")} (default utf-8)
  --source NAME            keep rows apart from equal rows of other sources
  --rejects FILE           write every rejected row there, one JSON object per line
  --batch N                rows per call, 1 to 1000 (default 500)
  --concurrency N          calls at a time, 1 to 8 (default 2)
  --dry-run                read and check every row, send nothing`;

export type ImportCommand = {
  definition: RowDefinition;
  files: readonly string[];
  tenant: string;
  url: string;
  credentials: { kind: "token"; token: string } | { kind: "admin" } | { kind: "development" };
  map: ReadonlyMap<string, string>;
  row: RowOptions;
  lookup: { file: string; key: string } | undefined;
  encoding: Encoding;
  source: string;
  rejects: string | undefined;
  batchRows: number;
  concurrency: number;
  dryRun: boolean;
};

const dateOrders: readonly string[] = ["dmy", "mdy", "ymd"] satisfies DateOrder[];

export function readImportCommand(args: readonly string[]): ImportCommand {
  const many = { type: "string", multiple: true } as const;
  const one = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const { values, positionals } = parseCommandLine(
    args,
    {
      ...{ tenant: one, url: one, token: one, admin: flag, "dry-run": flag, timezone: one },
      ...{ map: many, default: many, split: many, empty: many, "decimal-comma": flag },
      ...{ lookup: one, "lookup-key": one, "date-order": one, encoding: one, source: one },
      ...{ rejects: one, batch: one, concurrency: one },
    },
    usage,
  );
  const [cube, ...files] = positionals;
  if (cube !== "watch" && cube !== "inventory")
    throw badUsage(`The first word is watch or inventory, not "${cube ?? ""}".`, usage);
  if (files.length === 0) throw badUsage("Name at least one file.", usage);
  if (values.token !== undefined && values.admin === true)
    throw badUsage("Give either --token or --admin.", usage);
  if ((values.lookup === undefined) !== (values["lookup-key"] === undefined))
    throw badUsage("--lookup and --lookup-key go together.", usage);
  const order = values["date-order"];
  if (order !== undefined && !dateOrders.includes(order))
    throw badUsage(`--date-order is one of ${dateOrders.join(", ")}, not "${order}".`, usage);
  const timezone = values.timezone ?? "UTC";
  if (!isZone(timezone)) throw badUsage(`"${timezone}" is no time zone.`, usage);
  const encoding = encodings.find((name) => name === (values.encoding ?? "utf-8"));
  if (encoding === undefined) throw badUsage(`--encoding: ${encodings.join(", ")}.`, usage);

  const definition = rowDefinitions[cube];
  const defaults = pairs("default", values.default);
  const separators = pairs("split", values.split);
  mustBeFields(definition, "default", defaults.keys());
  mustBeFields(definition, "split", separators.keys());
  return {
    definition,
    files,
    tenant: values.tenant ?? "acme",
    url: (values.url ?? defaultUrl).replace(/\/$/, ""),
    credentials:
      values.token !== undefined
        ? { kind: "token", token: values.token }
        : { kind: values.admin === true ? "admin" : "development" },
    map: pairs("map", values.map),
    row: {
      timezone,
      dateOrder: order as DateOrder | undefined,
      separators,
      decimalComma: values["decimal-comma"] === true,
      defaults,
      emptyTexts: new Set(["\\N", ...(values.empty ?? [])]),
    },
    lookup:
      values.lookup === undefined
        ? undefined
        : { file: values.lookup, key: values["lookup-key"] ?? "" },
    encoding,
    source: values.source ?? "",
    rejects: values.rejects,
    batchRows: wholeNumber("batch", values.batch, 500, { min: 1, max: 1000 }),
    concurrency: wholeNumber("concurrency", values.concurrency, 2, { min: 1, max: 8 }),
    dryRun: values["dry-run"] === true,
  };
}
