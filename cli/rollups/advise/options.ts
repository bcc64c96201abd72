/** The command line of `advise`, and the calls that it makes. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { badUsage, parseCommandLine, wholeNumber } from "../../commandLine.js";
import { Failure, messageOf } from "../../failure.js";
import { clientOf } from "../caller.js";
import { usage } from "../usage.js";
import type { Ask } from "../../../lib/advisor/gather.js";

export interface AdviseCommand {
  url: string | undefined;
  tenant: string | undefined;
  tenantArgument: string;
  token: string | undefined;
  adminKey: string | undefined;
  as: string | undefined;
  issuer: string | undefined;
  /** The module that exports `rollups.advisor()`, and the function that answers questions. */
  module: string;
  load: string;
  cube: string | undefined;
  /** A file, or a function of the app. */
  patterns: string;
  records: number;
  json: boolean;
  out: string | undefined;
  since: string | undefined;
}

/** Throws `BadUsage`. */
export function readAdviseCommand(args: readonly string[]): AdviseCommand {
  const one = { type: "string" } as const;
  const { values, positionals } = parseCommandLine(
    args,
    {
      ...{ url: one, tenant: one, "tenant-argument": one, token: one, "admin-key": one, as: one },
      ...{ issuer: one, module: one, load: one, cube: one, patterns: one, records: one },
      ...{ json: { type: "boolean" }, out: one, since: one },
    } as const,
    usage,
  );
  if (positionals.length > 0) throw badUsage("advise takes options only.", usage);
  if (values.token !== undefined && values["admin-key"] !== undefined)
    throw badUsage("Give either --token or --admin-key.", usage);
  return {
    url: values.url?.replace(/\/$/, ""),
    ...{ tenant: values.tenant, tenantArgument: values["tenant-argument"] ?? "tenantId" },
    ...{ token: values.token, adminKey: values["admin-key"], as: values.as, issuer: values.issuer },
    ...{ module: values.module ?? "advisor", load: values.load ?? "rollups:load" },
    ...{ cube: values.cube, patterns: values.patterns ?? "patterns:list" },
    records: wholeNumber("records", values.records, 100_000, { min: 1, max: 10_000_000 }),
    ...{ json: values.json === true, out: values.out, since: values.since },
  };
}

/** Calls of the app's functions for the tenant: the advisor's by their names, others by their paths. */
export async function askFor(command: AdviseCommand, root: string): Promise<Ask> {
  const { tenant, tenantArgument, module } = command;
  const client = await clientOf(command, root, usage);
  const told = tenant === undefined ? {} : { [tenantArgument]: tenant };
  return (name, args) =>
    client.query(name.includes(":") ? name : `${module}:${name}`, { ...told, ...args });
}

/** A file of JSON. Throws `NoFile` and `BadFile`. */
export async function readJson(cwd: string, file: string): Promise<unknown> {
  const text = await readFile(resolve(cwd, file), "utf8").catch(() => {
    throw new Failure("NoFile", `There is no file ${file}.`);
  });
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Failure("BadFile", `${file} is no JSON: ${messageOf(error)}`);
  }
}
