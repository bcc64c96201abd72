/**
 * Three gateways as processes, one Redis, two hundred readers: Redis and a gateway are killed while commits come. No reader is
 * told a wrong number, and all are told the last one.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../../cli/demo/ports.js";
import { startCommand, type Running } from "../cli/runCommand.js";
import { byMonth, stock } from "../cube/movements.js";
import { RedisServer } from "./redisServer.js";
import { overHttp, stageWithStock, until, type Stage } from "./stage.js";
import { StreamReader, urlOf } from "./streams.js";

let stage: Stage;
let redis: RedisServer;
const gateways: { url: string; running: Running; isRunning: boolean }[] = [];

beforeAll(async () => {
  stage = await stageWithStock();
  redis = await RedisServer.start();
  for (let i = 0; i < 3; i++) {
    const port = String(await freePort());
    const options = ["--port", port, "--module", "aggregates", "--redis", redis.url];
    const running = startCommand("rollups/main", [
      "gateway",
      "--url",
      stage.backend.url,
      ...options,
    ]);
    const gateway = { url: `http://127.0.0.1:${port}`, running, isRunning: true };
    void running.finished.then(() => (gateway.isRunning = false));
    gateways.push(gateway);
  }
  await until(
    () => gateways.every(({ running }) => running.output().includes('"listens"')),
    60_000,
  );
});
afterAll(async () => {
  for (const { running, isRunning } of gateways)
    if (isRunning) process.kill(running.pid, "SIGKILL");
  await redis?.stop();
  await stage?.backend.stop();
});

/** Follows the question through one gateway after another, as readers of events do. */
class Follower {
  /** January's quantity, by the commit that said it. */
  readonly told = new Map<string, number>();
  last = "";
  isOver = false;
  private stream: StreamReader | null = null;

  constructor(private readonly at: number) {}

  async run(): Promise<void> {
    for (let turn = 0; !this.isOver; turn++) {
      const { url } = gateways[(this.at + turn) % 3]!;
      const asked = urlOf({ url }, "/v1/subscribe", byMonth);
      const headers: Record<string, string> =
        this.last === "" ? {} : { "last-event-id": this.last };
      this.stream = await StreamReader.open(asked, stage.token, headers).catch(() => null);
      let seen = 0;
      while (this.stream !== null && !this.stream.isEnded && !this.isOver) {
        for (const { id, data } of this.stream.events.slice(seen)) {
          seen++;
          this.last = id;
          const [january] = data["data"] as Record<string, number>[];
          this.told.set(id.split(".")[0]!, january!["inventory.quantity"]!);
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    this.stream?.close();
  }
}

const counted = async (url: string, name: string) => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^rollups_gateway_${name} (\\d+)$`, "m").exec(text)![1]);
};

test("no wrong and no lost answer while Redis and a gateway are killed", async () => {
  const write = () => stage.tenant.send("inventory", [stock("2026-01-05T10:00", "Books", 1)]);
  const followers = Array.from({ length: 200 }, (_, i) => new Follower(i));
  const runs = followers.map((one) => one.run());
  const allAt = (quantity: number) =>
    until(() => followers.every(({ told }) => [...told.values()].includes(quantity)), 60_000);
  await allAt(8);

  const total = { measures: ["inventory.quantity"] };
  const ask = async (gateway: number) =>
    (await overHttp(gateways[gateway]!, stage.token).load(total)).rawData();
  const first = await ask(0);
  // The second one has not asked the deployment: the first one's answer is in Redis.
  expect(await ask(1)).toEqual(first);
  expect(await counted(gateways[1]!.url, "cache_hits_total")).toBe(1);

  await redis.kill();
  await write();
  await allAt(9);
  process.kill(gateways[0]!.running.pid, "SIGKILL");
  await write();
  await allAt(10);
  expect(await ask(1)).toEqual([{ "inventory.quantity": 16 }]);
  await redis.startAgain();
  await write();
  await allAt(11);

  const { watermark, data } = await stage.tenant.load(byMonth);
  const values = new Map<string, number>();
  for (const { told } of followers) {
    expect(told.get(watermark)).toBe(data[0]!["inventory.quantity"]);
    for (const [commit, quantity] of told) {
      // All who are told of a commit are told one number, and a later commit a larger one.
      expect(values.get(commit) ?? quantity).toBe(quantity);
      values.set(commit, quantity);
    }
  }
  const inOrder = [...values].sort(([a], [b]) => (BigInt(a) < BigInt(b) ? -1 : 1));
  expect(inOrder.map(([, quantity]) => quantity)).toEqual([8, 9, 10, 11]);
  for (const { url } of gateways.slice(1)) {
    expect(await counted(url, "serialisations_total")).toBeLessThanOrEqual(6);
  }
  // Of this question, and of the sum over HTTP.
  expect(await counted(gateways[2]!.url, "subscriptions_total")).toBe(1);
  for (const one of followers) one.isOver = true;
  await Promise.all(runs);
});
