#!/usr/bin/env node
/** `npx convex-rollups`: adopts rollups in an app (`init`), looks after it (`check`, `advise`), imports files of
 * records, answers agents (`mcp`), serves many readers (`gateway`), and exchanges cubes with Cube. */
import { badUsage } from "../commandLine.js";
import { runCommand } from "../failure.js";
import { check } from "./check/check.js";
import { init } from "./init/init.js";
import { exportModel } from "./model/exportModel.js";
import { importModel } from "./model/importModel.js";
import { suggest } from "./suggest/suggest.js";
import type { Terminal } from "./terminal.js";
import { usage } from "./usage.js";

// A reader that has seen enough, such as `head`, is no failure.
process.stdout.on("error", () => {});

const terminal: Terminal = {
  cwd: process.cwd(),
  asks: process.stdin.isTTY && process.stdout.isTTY,
  say: (text) => process.stdout.write(text),
};

await runCommand(async () => {
  const [command, ...args] = process.argv.slice(2);
  switch (command) {
    case "init":
      return init(args, terminal);
    case "check":
      if ((await check(args, terminal)) > 0) process.exitCode = 1;
      return;
    case "advise":
      // What it asks a deployment by is loaded by it alone.
      return (await import("./advise/advise.js")).adviseCommand(args, terminal);
    case "mcp":
      return (await import("./mcp/mcp.js")).mcpCommand(args);
    case "gateway":
      return (await import("./gateway/gateway.js")).gatewayCommand(args, terminal);
    case "suggest":
      return suggest(args, terminal);
    case "export":
      if (args[0] === "cube") return exportModel(args, terminal);
      return (await import("./export/export.js")).exportRows(args, terminal);
    case "import-model":
      return importModel(args, terminal);
    case "import":
      if (args[0] === "cube") return importModel(args.slice(1), terminal);
      return (await import("./import/importRows.js")).importRows(args, terminal);
    case "help":
    case "--help":
      return terminal.say(`${usage}\n`);
    default:
      throw badUsage(
        command === undefined ? "Name a command." : `There is no command "${command}".`,
        usage,
      );
  }
});
