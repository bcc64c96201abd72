/** Command line: starts a local backend and says where and how strict it is once it accepts connections. */
import { parseArgs } from "node:util";
import { startBackend } from "./backend.js";
import { DEFAULT_PROFILE, isProfile, parseLimits } from "./database/limits.js";

const usage = `npx tsx local/main.ts [options]

  --port N        the backend (default 3210)
  --site-port N   HTTP actions (default 3211)
  --data DIR      keep the data in DIR, over restarts
  --profile NAME  how strict it is: production (default) or relaxed
  --limits JSON   single limits of it, such as '{"userTimeMs":2000}'`;

async function main(): Promise<void> {
  if (process.argv.includes("--help")) {
    console.log(usage);
    return;
  }
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "3210" },
      "site-port": { type: "string", default: "3211" },
      data: { type: "string" },
      profile: { type: "string", default: DEFAULT_PROFILE },
      limits: { type: "string", default: "{}" },
    },
  });
  const { profile } = values;
  if (!isProfile(profile)) {
    throw new Error(`--profile is production or relaxed, not "${profile}"`);
  }
  const backend = await startBackend({
    port: Number(values.port),
    sitePort: Number(values["site-port"]),
    profile,
    limits: parseLimits(values.limits),
    ...(values.data === undefined ? {} : { dataDir: values.data }),
  });
  // A promise that user code left behind must not take the server down.
  process.on("unhandledRejection", (reason) => {
    console.error("[local] unhandled rejection", reason);
  });
  process.on("uncaughtException", (error) => {
    console.error("[local] uncaught exception", error);
  });
  const stop = () => {
    void backend.stop().then(() => process.exit(0));
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  console.log(`ready ${backend.url}`);
  console.log(`HTTP actions at ${backend.siteUrl}, profile ${profile}`);
}

try {
  await main();
} catch (error) {
  // The command line is wrong, a port is taken or the data cannot be read: the stack tells nothing of that.
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
