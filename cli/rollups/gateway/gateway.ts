/** `gateway`: a server that holds one subscription per question, and serves many readers, until it is told to stop. */
import type { WebSocketServer } from "ws";
import { startGateway } from "../../../gateway/gateway.js";
import { jsonLog } from "../../../gateway/log.js";
import { badUsage, parseCommandLine, wholeNumber } from "../../commandLine.js";
import { Failure, messageOf } from "../../failure.js";
import type { Terminal } from "../terminal.js";

export const gatewayUsage = `npx convex-rollups gateway --url URL [--port 4000] [--host 127.0.0.1] [--module rollups]
      [--tenant-argument tenantId|none] [--key held:key] [--origin URL]…
      serves Cube's REST and WebSocket clients, server-sent events and NDJSON from one subscription per question`;

/** Resolves once the server was told to stop, and has. Throws `BadUsage`, `NoDeployment`, `MissingPackage` and `PortInUse`. */
export async function gatewayCommand(args: readonly string[], terminal: Terminal): Promise<void> {
  const one = { type: "string" } as const;
  const options = {
    ...{ url: one, port: one, host: one, module: one, "tenant-argument": one, key: one },
    ...{ origin: { type: "string", multiple: true } as const },
  } as const;
  const { values, positionals } = parseCommandLine(args, options, gatewayUsage);
  if (positionals.length > 0) throw badUsage("gateway takes options only.", gatewayUsage);
  const url = values.url ?? process.env["CONVEX_URL"];
  if (url === undefined || !/^https?:\/\//.test(url)) {
    throw new Failure(
      "NoDeployment",
      url === undefined ? "No deployment is named." : `"${url}" is no address of a deployment.`,
      "Say it with --url https://….convex.cloud, or in CONVEX_URL.",
    );
  }
  const argument = values["tenant-argument"] ?? "tenantId";
  const sockets = await webSockets();
  const log = jsonLog((line) => terminal.say(line), Date.now);
  const port = wholeNumber("port", values.port, 4000, { min: 0, max: 65_535 });
  const gateway = await startGateway({
    ...{ url: url.replace(/\/$/, ""), port, host: values.host ?? "127.0.0.1" },
    ...{ module: values.module ?? "rollups", key: values.key ?? "held:key" },
    tenantArgument: argument === "none" ? null : argument,
    origins: values.origin ?? null,
    ...{ WebSocketServer: sockets.WebSocketServer, log },
  }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new Failure("PortInUse", `Port ${port} is taken.`, "Say another one with --port.");
  });
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  await gateway.stop();
}

/** Convex's client brings its own; a server needs the package. */
async function webSockets(): Promise<{ WebSocketServer: typeof WebSocketServer }> {
  try {
    return await import("ws");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new Failure(
      "MissingPackage",
      `The gateway serves WebSockets by the package ws: ${messageOf(error)}`,
      "Install it: npm install ws",
    );
  }
}
