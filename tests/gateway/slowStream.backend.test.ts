/** A stream that nothing takes: what the sockets between hold is all that is held, and the newest answer comes next. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Gateway } from "../../gateway/gateway.js";
import { stock } from "../cube/movements.js";
import { gatewayOf, stageWithStock, until, type Stage } from "./stage.js";
import { StreamReader, urlOf } from "./streams.js";

let stage: Stage;
let gateway: Gateway;

beforeAll(async () => {
  stage = await stageWithStock();
  gateway = await gatewayOf(stage.backend);
});
afterAll(async () => {
  await gateway?.stop();
  await stage?.backend.stop();
});

const write = () => stage.tenant.send("inventory", [stock("2025-06-01T10:00", "Books", 1)]);

test("a reader that takes nothing holds nothing, and goes on with the newest answer", async () => {
  const names = Array.from({ length: 2500 }, (_, i) => `${i} ${"x".repeat(200)}`);
  await stage.tenant.send(
    "inventory",
    names.map((name) => stock("2025-05-01T10:00", name, 1)),
  );
  const query = { measures: ["inventory.quantity"], dimensions: ["inventory.category"] };
  const url = urlOf(gateway, "/v1/stream", query, { follow: "true" });
  const slow = await StreamReader.open(url, stage.token);
  slow.response.pause();
  const quick = await StreamReader.open(url, stage.token);
  const ends = (reader: StreamReader) => reader.text.split('\n{"rows":').length - 1;
  await until(() => ends(quick) === 1);
  const skipped = gateway.counters.of("skipped");
  // Until what the sockets between them hold is full, which is some megabytes.
  for (let i = 1; gateway.counters.of("skipped") < skipped + 3; i++) {
    await write();
    await until(() => ends(quick) === i + 1);
    if (i > 40) throw new Error("The slow reader was sent everything.");
  }
  slow.response.resume();
  const { watermark } = await stage.tenant.load(query);
  const isNewest = (reader: StreamReader) => reader.text.endsWith(`,"watermark":"${watermark}"}\n`);
  await until(() => isNewest(slow) && isNewest(quick));
  // What it was sent is whole answers, fewer than there were.
  expect(ends(slow)).toBeLessThanOrEqual(ends(quick) - 3);
  const of = (member: string) =>
    slow.lines.filter((line) => member in line).map((line) => line["watermark"]);
  expect(of("servedBy")).toEqual(of("rows"));
  slow.close();
  quick.close();
});
