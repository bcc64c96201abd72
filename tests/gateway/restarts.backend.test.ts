/** The command, and what is lost where a gateway or the deployment dies without a warning: nothing, as clients come back. */
import type { ResultSet } from "@cubejs-client/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Tenant } from "../../bench/support/tenant.js";
import { freePort } from "../../cli/demo/ports.js";
import { LocalBackend } from "../cli/localBackend.js";
import { startCommand, type Running } from "../cli/runCommand.js";
import { byMonth, stock } from "../cube/movements.js";
import { overHttp, overSockets, tenantId, until } from "./stage.js";
import { mintToken } from "../../cli/connection.js";

let backend: LocalBackend;
let tenant: Tenant;
let gateway: Running;
let isRunning = false;
let at: { url: string };
let args: string[];

async function start(): Promise<Running> {
  const running = startCommand("rollups/main", args);
  isRunning = true;
  void running.finished.finally(() => (isRunning = false));
  await until(() => running.output().includes('"listens"'), 60_000);
  return running;
}

beforeAll(async () => {
  backend = await LocalBackend.start();
  tenant = await Tenant.open(backend.process, tenantId);
  await tenant.send("inventory", [stock("2026-01-05T10:00", "Books", 5)]);
  const port = await freePort();
  at = { url: `http://127.0.0.1:${port}` };
  args = ["gateway", "--url", backend.url, "--port", String(port), "--module", "aggregates"];
  gateway = await start();
});
afterAll(async () => {
  if (isRunning) process.kill(gateway.pid, "SIGKILL");
  await backend?.stop();
});

const write = (quantity: number) =>
  tenant.send("inventory", [stock("2026-01-05T10:00", "Books", quantity)]);

test("a reader is told every commit's number after a kill -9 of the gateway, and of the deployment", async () => {
  const token = await mintToken(backend.process, { subject: "ann" });
  const { client, transport } = overSockets(at, token);
  const told: number[] = [];
  const errors: unknown[] = [];
  client.subscribe(byMonth, {}, (error, set: ResultSet) => {
    if (error) errors.push(error);
    else told.push(Number(set.rawData()[0]!["inventory.quantity"]));
  });
  await until(() => told.at(-1) === 5);

  process.kill(gateway.pid, "SIGKILL");
  await gateway.finished;
  await write(7);
  gateway = await start();
  await until(() => told.at(-1) === 12);

  await backend.crash();
  // Readers stay, and a request waits for the connection.
  const asked = overHttp(at, token).load(byMonth);
  await write(1);
  await until(() => told.at(-1) === 13, 60_000);
  expect([12, 13]).toContain((await asked).rawData()[0]!["inventory.quantity"]);
  expect((await tenant.load(byMonth)).data[0]!["inventory.quantity"]).toBe(13);
  expect((await overHttp(at, token).load(byMonth)).rawData()[0]!["inventory.quantity"]).toBe(13);
  expect(errors).toEqual([]);

  process.kill(gateway.pid, "SIGTERM");
  await transport.close();
  const { status, stdout, stderr } = await gateway.finished;
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  for (const line of stdout.trim().split("\n")) expect(JSON.parse(line)).toHaveProperty("event");
  expect(stdout).not.toContain(token.split(".")[1]);
});
