/** The demo's command line. */
import { resolve } from "node:path";
import {
  isProfile,
  parseLimits,
  type PartialLimits,
  type Profile,
} from "../../local/database/limits.js";
import { badUsage, parseCommandLine, wholeNumber } from "../commandLine.js";

export const usage = `npm run demo -- [options]

  --records N     records per cube, over all tenants (default 10000)
  --port N        backend (default 3210)
  --site-port N   HTTP actions (default 3211)
  --ui-port N     dashboard (default 5173)
  --no-ui         backend and data only
  --empty         tenants without data
  --data DIR      keep the data in DIR, over restarts
  --profile NAME  how strict the backend is: production (default) or relaxed
  --limits JSON   single limits of it: '{"userClock":"wall"}' counts what others compute, too`;

export type DemoOptions = {
  records: number;
  port: number;
  sitePort: number;
  /** Null without a dashboard. */
  uiPort: number | null;
  dataDir: string | undefined;
  /** The backend's default where it is not given. */
  profile: Profile | undefined;
  limits: PartialLimits | undefined;
};

export function readDemoOptions(args: readonly string[]): DemoOptions {
  const one = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const { values, positionals } = parseCommandLine(
    args,
    {
      ...{ records: one, port: one, "site-port": one, "ui-port": one, data: one },
      ...{ profile: one, limits: one, "no-ui": flag, empty: flag },
    },
    usage,
  );
  if (positionals.length > 0) throw badUsage(`"${positionals[0]}" is not understood.`, usage);
  if (values.empty === true && values.records !== undefined)
    throw badUsage("Give either --empty or --records.", usage);
  const { profile } = values;
  if (profile !== undefined && !isProfile(profile))
    throw badUsage(`--profile is production or relaxed, not "${profile}".`, usage);
  const ports = { min: 1, max: 65_535 };
  const uiPort = wholeNumber("ui-port", values["ui-port"], 5173, ports);
  return {
    records:
      values.empty === true
        ? 0
        : wholeNumber("records", values.records, 10_000, { min: 0, max: 5_000_000 }),
    port: wholeNumber("port", values.port, 3210, ports),
    sitePort: wholeNumber("site-port", values["site-port"], 3211, ports),
    uiPort: values["no-ui"] === true ? null : uiPort,
    dataDir: values.data === undefined ? undefined : resolve(values.data),
    profile,
    limits: values.limits === undefined ? undefined : readLimits(values.limits),
  };
}

function readLimits(text: string): PartialLimits {
  try {
    return parseLimits(text);
  } catch (error) {
    throw badUsage(`--limits: ${(error as Error).message}.`, usage);
  }
}
