/** What `GET /local/usage` counts, to the call, the document and the byte. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConvexHttpClient } from "convex/browser";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Usage } from "../../local/execution/usageMeter.js";
import { pushApp } from "../../local/push.js";
import { encodeFloat, encodeString } from "../../local/values/indexKey.js";
import { api } from "./fixtures/app/convex/_generated/api.js";
import { copyFixture, eventually, FIXTURE, type Fixture, startFixture } from "./support.js";

let app: Fixture;
let project: Awaited<ReturnType<typeof copyFixture>>;
beforeAll(async () => {
  project = await copyFixture();
  // The fixture's crons would run between two looks.
  const noCrons = 'import { cronJobs } from "convex/server";\nexport default cronJobs();\n';
  await writeFile(join(project.cwd, "convex", "crons.ts"), noCrons);
  app = await startFixture({}, project.cwd);
}, 30_000);
afterAll(async () => {
  await app.stop();
  await project.remove();
});

const asAdmin = async (path: string, method: "GET" | "POST", body?: object): Promise<unknown> => {
  const headers = { Authorization: `Convex ${app.backend.adminKey}` };
  const response = await fetch(app.backend.url + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.status).toBe(200);
  return await response.json();
};
const usage = async () => (await asAdmin("/local/usage", "GET")) as Usage;
beforeEach(() => asAdmin("/local/usage/reset", "POST"));

/** The HTTP client queues its own mutations: overlapping ones need a client each. */
const fresh = () => new ConvexHttpClient(app.backend.url, { logger: false });

describe("usage", () => {
  it("is nothing after a reset", async () => {
    await app.http.query(api.counters.get, { name: "reset" });
    await asAdmin("/local/usage/reset", "POST");
    expect(await usage()).toEqual({
      calls: 0,
      callsByFunction: {},
      bytesByFunction: {},
      executions: 0,
      cachedResults: 0,
      documentsRead: 0,
      bytesRead: 0,
      documentsWritten: 0,
      bytesWritten: 0,
      indexBytesWritten: 0,
      occRetries: 0,
      slowestMs: {},
    });
  });

  it("counts the bytes of documents, and of keys in declared indexes", async () => {
    await app.http.mutation(api.counters.add, { name: "bytes", by: 1 });
    const { database } = app.backend;
    const table = database.catalog.table("", "counters")!;
    const [row] = [...database.documents(table)].filter(({ text }) => text.includes("bytes"));
    const key = encodeString("bytes") + encodeFloat(row!.creationTime) + encodeString(row!.id);
    expect(await usage()).toMatchObject({
      documentsRead: 0,
      bytesRead: 0,
      documentsWritten: 1,
      bytesWritten: row!.size,
      indexBytesWritten: key.length,
    });
    await app.http.mutation(api.counters.add, { name: "bytes", by: 1 });
    // A patch reads the row once more, as it does in the limits.
    expect(await usage()).toMatchObject({
      calls: 2,
      executions: 2,
      callsByFunction: { "counters:add": 2 },
      documentsRead: 2,
      bytesRead: 2 * row!.size,
      documentsWritten: 2,
      bytesWritten: 2 * row!.size,
      indexBytesWritten: 2 * key.length,
      bytesByFunction: {
        "counters:add": {
          counters: { read: 2 * row!.size, written: 2 * row!.size, indexWritten: 2 * key.length },
        },
      },
    });
  });

  it("bills a removed document as written, without bytes", async () => {
    await asAdmin("/api/mutation", "POST", { path: "counters:reset", args: {} });
    await app.http.mutation(api.counters.add, { name: "removed", by: 1 });
    await asAdmin("/local/usage/reset", "POST");
    await asAdmin("/api/mutation", "POST", { path: "counters:reset", args: {} });
    expect(await usage()).toMatchObject({ documentsWritten: 1, bytesWritten: 0 });
  });

  it("counts no call for nested functions, but what they read, stale readers too", async () => {
    await app.http.mutation(api.items.add, { group: "nested", rank: 1 });
    await asAdmin("/local/usage/reset", "POST");
    await app.http.mutation(api.items.stale, { group: "nested" });
    const { slowestMs, ...counted } = await usage();
    expect(counted).toMatchObject({
      calls: 1,
      callsByFunction: { "items:stale": 1 },
      executions: 3,
      documentsRead: 3,
      documentsWritten: 1,
    });
    expect(Object.keys(slowestMs).sort()).toEqual(["items:count", "items:stale"]);
    expect(slowestMs["items:stale"]).toBeGreaterThanOrEqual(slowestMs["items:count"]!);
  });

  it("counts a failed call, without what it wrote", async () => {
    const body = { path: "items:failAfterInsert", args: { group: "failed" } };
    expect(await asAdmin("/api/mutation", "POST", body)).toMatchObject({ status: "error" });
    expect(await usage()).toMatchObject({
      calls: 1,
      callsByFunction: { "items:failAfterInsert": 1 },
      executions: 1,
      documentsWritten: 0,
      bytesWritten: 0,
    });
  });

  it("counts a cached answer as a call that reads nothing", async () => {
    await app.http.mutation(api.items.add, { group: "cached", rank: 1 });
    await asAdmin("/local/usage/reset", "POST");
    for (let i = 0; i < 3; i++) await app.http.query(api.items.list, { group: "cached" });
    expect(await usage()).toMatchObject({
      calls: 3,
      callsByFunction: { "items:list": 3 },
      executions: 1,
      cachedResults: 2,
      documentsRead: 1,
    });
  });

  it("counts a call for every subscriber and change, however few runs serve them", async () => {
    const seen = [0, 0, 0];
    seen.forEach((_, at) =>
      app.client().onUpdate(api.items.list, { group: "subscribed" }, () => void seen[at]!++),
    );
    await eventually("first answers", () => seen.every((answers) => answers === 1));
    expect(await usage()).toMatchObject({ calls: 3, cachedResults: 2, executions: 1 });
    await app.http.mutation(api.items.add, { group: "subscribed", rank: 1 });
    await eventually("updates", () => seen.every((answers) => answers === 2));
    expect(await usage()).toMatchObject({
      calls: 7,
      callsByFunction: { "items:list": 6, "items:add": 1 },
      cachedResults: 4,
      executions: 3,
    });
  });

  it("counts every attempt of a mutation that lost a conflict", async () => {
    await app.http.mutation(api.counters.add, { name: "hot", by: 0 });
    app.backend.resetStats();
    await asAdmin("/local/usage/reset", "POST");
    const adding = Array.from({ length: 4 }, () =>
      fresh().mutation(api.counters.add, { name: "hot", by: 1 }),
    );
    await Promise.all(adding);
    const lost = app.backend.stats().conflicts.total;
    expect(lost).toBeGreaterThan(0);
    expect(await usage()).toMatchObject({
      calls: 4 + lost,
      executions: 4 + lost,
      occRetries: lost,
      documentsRead: 2 * (4 + lost),
      documentsWritten: 4,
    });
  });

  it("counts what the scheduler runs, and none of its bookkeeping", async () => {
    await app.http.mutation(api.probes.schedule, { kind: "scheduled", delayMs: 0 });
    await eventually("it ran", async () => (await usage()).calls === 2);
    expect(await usage()).toMatchObject({
      callsByFunction: { "probes:schedule": 1, "probes:record": 1 },
      documentsRead: 0,
      documentsWritten: 1,
    });
  });

  it("counts actions, HTTP actions and what they call", async () => {
    await app.http.action(api.probes.callAction, { name: "of an action" });
    await fetch(`${app.backend.siteUrl}/echo`, {
      method: "POST",
      body: JSON.stringify({ name: "of an HTTP action" }),
    });
    expect((await usage()).callsByFunction).toEqual({
      "probes:callAction": 1,
      "counters:add": 2,
      "counters:get": 1,
      http: 1,
    });
  });

  it("names functions of components by their path", async () => {
    await app.http.mutation(api.work.enqueue, { amounts: [1, 2] });
    await eventually("the worker ran", async () =>
      Object.keys((await usage()).callsByFunction).includes("worker/loop:loop"),
    );
    const { callsByFunction, slowestMs } = await usage();
    expect(callsByFunction["work:enqueue"]).toBe(1);
    expect(Object.keys(callsByFunction)).not.toContain("work:process");
    expect(Object.keys(slowestMs)).toContain("work:nextBatch");
  });

  it("counts crons", async () => {
    await pushApp(app.backend, { cwd: FIXTURE });
    await eventually("the cron ran", async () =>
      Object.keys((await usage()).callsByFunction).includes("probes:record"),
    );
  });
});
