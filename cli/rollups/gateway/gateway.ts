/** `gateway`: a server that holds one subscription per question, and serves many readers, until it is told to stop. */
import { resolve } from "node:path";
import type { WebSocketServer } from "ws";
import { fileLayer } from "../../../gateway/cache/files.js";
import { layered } from "../../../gateway/cache/layered.js";
import { memoryLayer } from "../../../gateway/cache/memory.js";
import { redisLayer, type RedisLayer } from "../../../gateway/cache/redis.js";
import { startGateway } from "../../../gateway/gateway.js";
import { jsonLog } from "../../../gateway/log.js";
import { badUsage, parseCommandLine, wholeNumber } from "../../commandLine.js";
import { Failure, messageOf } from "../../failure.js";
import type { Terminal } from "../terminal.js";

export const gatewayUsage = `npx convex-rollups gateway --url URL [--port 4000] [--host 127.0.0.1] [--module rollups]
      [--tenant-argument tenantId|none] [--key held:key] [--origin URL]…
      [--memory-mb 64] [--redis URL] [--files FOLDER]
      serves Cube's REST and WebSocket clients, server-sent events and NDJSON from one subscription per question`;

/** Resolves once the server was told to stop, and has. Throws `BadUsage`, `NoDeployment`, `MissingPackage`, `NoRedis` and `PortInUse`. */
export async function gatewayCommand(args: readonly string[], terminal: Terminal): Promise<void> {
  const one = { type: "string" } as const;
  const options = {
    ...{ url: one, port: one, host: one, module: one, "tenant-argument": one, key: one },
    ...{ "memory-mb": one, redis: one, files: one },
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
  const memoryMb = wholeNumber("memory-mb", values["memory-mb"], 64, { min: 1, max: 65_536 });
  const redis = values.redis === undefined ? null : await redisOf(values.redis);
  const folder = values.files === undefined ? null : resolve(terminal.cwd, values.files);
  const layers = [
    memoryLayer({ bytesMax: memoryMb * 1024 * 1024 }),
    ...(redis === null ? [] : [redis]),
    ...(folder === null ? [] : [await fileLayer({ folder })]),
  ];
  const gateway = await startGateway({
    cache: layered(layers, { log }),
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
  redis?.close();
}

async function redisOf(url: string): Promise<RedisLayer> {
  try {
    return await redisLayer({ url });
  } catch (error) {
    throw new Failure("NoRedis", messageOf(error), "Without --redis it goes, too.");
  }
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
