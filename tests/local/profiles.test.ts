/** Every strictness of the profile `production`: it shows there, and not under `relaxed`. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConvexHttpClient } from "convex/browser";
import { ConvexError } from "convex/values";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { WebSocket } from "ws";
import { startBackend } from "../../local/backend.js";
import { Bundle } from "../../local/execution/bundle.js";
import { collectGarbage } from "../../local/execution/collect.js";
import { pushApp, runCli } from "../../local/push.js";
import { api } from "./fixtures/app/convex/_generated/api.js";
import { copyFixture, eventually, type Fixture, FIXTURE, sleep, startFixture } from "./support.js";

const SLOW_MODULE = `
import { query } from "./_generated/server";
const end = performance.now() + 1200;
while (performance.now() < end);
export const nothing = query({ args: {}, handler: async () => null });
`;

/** Unlike other suites: these are about the profile itself. */
const onTheClock = { userClock: "wall" } as const;

let project: Awaited<ReturnType<typeof copyFixture>>;
/** Its errors have their text, to tell the refusals apart. */
let production: Fixture;
let relaxed: Fixture;
beforeAll(async () => {
  project = await copyFixture();
  await writeFile(join(project.cwd, "convex", "slow.ts"), SLOW_MODULE);
  const limits = { concurrentMutations: 2, concurrentScheduled: 1, concurrentActions: 1 };
  const stricter = { ...onTheClock, redacted: false, slotWaitMs: 20, toldAtOnce: 20 };
  production = await startFixture(
    { profile: "production", limits: { ...limits, ...stricter } },
    project.cwd,
  );
  relaxed = await startFixture({ profile: "relaxed", limits }, project.cwd);
}, 60_000);
afterAll(async () => {
  await production.stop();
  await relaxed.stop();
  await project.remove();
});

const failure = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => expect.fail("it succeeded"),
    (error: Error) => error.message,
  );

/** How far a scheduled function is. */
const stateOf = async (app: Fixture, id: string): Promise<string> => {
  const job: unknown = await app.http.query(api.probes.job, { id: id as never });
  return (job as { state: { kind: string } }).state.kind;
};

const nothing = (app: Fixture) => app.http.query("slow:nothing" as never, {} as never);

describe("the profile production", () => {
  it("gives a function a second of user time", async () => {
    const args = { ms: 1300 };
    expect(await failure(production.http.query(api.probes.spin, args))).toContain(
      "timed out (maximum duration: 1000ms)",
    );
    expect(await relaxed.http.query(api.probes.spin, args)).toBeNull();
    expect(await production.http.query(api.probes.spin, { ms: 300 })).toBeNull();
    const { runs, p50, max, timeouts } = production.backend.stats().userTimes["probes:spin"]!;
    expect({ runs, timeouts }).toEqual({ runs: 2, timeouts: 1 });
    expect([p50 < 1000, max > 1000]).toEqual([true, true]);
  });

  it("counts the evaluation of modules, for every call", async () => {
    for (let i = 0; i < 2; i++) expect(await failure(nothing(production))).toContain("timed out");
    expect(await nothing(relaxed)).toBeNull();
  });

  it("lets nested calls share the second of their caller, or have one each where told so", async () => {
    const args = { ms: 600, times: 2 };
    expect(await failure(production.http.query(api.probes.spinNested, args))).toContain(
      "timed out",
    );
    expect(await relaxed.http.query(api.probes.spinNested, args)).toBeNull();
    const separate = await startFixture({
      profile: "production",
      limits: { ...onTheClock, nestedTime: "separate" },
    });
    try {
      expect(await separate.http.query(api.probes.spinNested, args)).toBeNull();
      await failure(separate.http.query(api.probes.spinNested, { ms: 1300, times: 1 }));
    } finally {
      await separate.stop();
    }
  });

  it("runs every call in a context of its own", async () => {
    const runs = async (app: Fixture) => {
      const counts: number[] = [];
      // A cron may have the used context for itself meanwhile.
      for (let i = 0; i < 5; i++)
        counts.push(await app.http.mutation(api.probes.runsOfContext, {}));
      return counts;
    };
    expect(await runs(production)).toEqual([1, 1, 1, 1, 1]);
    expect(await runs(relaxed)).toContain(2);
  });

  it("refuses arguments and results with too many elements or fields", async () => {
    const list = Array.from({ length: 8193 }, () => 0);
    const record = Object.fromEntries(list.slice(0, 1025).map((value, i) => [`f${i}`, value]));
    for (const value of [list, record]) {
      const args = { count: 1, value };
      expect(await failure(production.http.query(api.probes.zeros, args))).toMatch(
        /Arguments for probes:zeros are invalid: (Array length is too long|Object has too many fields)/,
      );
      expect(await relaxed.http.query(api.probes.zeros, args)).toEqual([0]);
    }
    expect(await failure(production.http.query(api.probes.zeros, { count: 8193 }))).toContain(
      "return value is invalid: Array length is too long (8193 > maximum length 8192)",
    );
    expect(await relaxed.http.query(api.probes.zeros, { count: 8193 })).toHaveLength(8193);
    expect(await production.http.query(api.probes.zeros, { count: 8192 })).toHaveLength(8192);
  });

  it("refuses a call that waits too long for a slot, with 429 or by closing the socket", async () => {
    const hold = (app: Fixture) =>
      new ConvexHttpClient(app.backend.url, { logger: false }).mutation(api.probes.useModuleState, {
        turns: 5000,
      });
    const holdBoth = (app: Fixture) => Promise.all([hold(app), hold(app)]);
    const all = (app: Fixture) => Promise.allSettled([hold(app), hold(app), hold(app)]);
    const statuses = async (app: Fixture) => (await all(app)).map(({ status }) => status).sort();
    expect(await statuses(production)).toEqual(["fulfilled", "fulfilled", "rejected"]);
    expect(await statuses(relaxed)).toEqual(["fulfilled", "fulfilled", "fulfilled"]);

    const holding = holdBoth(production);
    const response = await fetch(`${production.backend.url}/api/mutation`, {
      method: "POST",
      body: JSON.stringify({ path: "probes:runsOfContext", args: {} }),
    });
    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({ code: "TooManyConcurrentRequests" });
    await holding;

    const socket = new WebSocket(`${production.backend.url.replace("http", "ws")}/api/1.48.0/sync`);
    await new Promise((resolve) => socket.once("open", resolve));
    let code = 0;
    socket.once("close", (closed) => (code = closed));
    socket.send(JSON.stringify({ type: "Connect", sessionId: "waits" }));
    const held = holdBoth(production);
    let requestId = 0;
    await eventually("the socket is closed", () => {
      if (socket.readyState === WebSocket.OPEN) {
        const call = { type: "Mutation", udfPath: "probes:runsOfContext", args: [{}] };
        socket.send(JSON.stringify({ ...call, requestId: requestId++ }));
      }
      return code !== 0;
    });
    expect(code).toBe(1013);
    await held;
  });

  it("refuses an action of a client that waits too long for a slot", async () => {
    const linger = (app: Fixture) =>
      new ConvexHttpClient(app.backend.url, { logger: false }).action(api.probes.linger, {
        ms: 300,
      });
    const both = (app: Fixture) => Promise.allSettled([linger(app), linger(app)]);
    const statuses = async (app: Fixture) => (await both(app)).map(({ status }) => status).sort();
    expect(await statuses(production)).toEqual(["fulfilled", "rejected"]);
    expect(await statuses(relaxed)).toEqual(["fulfilled", "fulfilled"]);
  });

  it("shows no console output to clients", async () => {
    const linesOf = async (app: Fixture): Promise<unknown> => {
      const body = JSON.stringify({ path: "probes:fail", args: {} });
      const response = await fetch(`${app.backend.url}/api/mutation`, { method: "POST", body });
      return ((await response.json()) as { logLines: unknown }).logLines;
    };
    const strict = await startFixture({ profile: "production" });
    try {
      expect(await linesOf(strict)).toEqual([]);
      expect(await linesOf(relaxed)).toHaveLength(1);
    } finally {
      await strict.stop();
    }
  });

  it("refuses mutations while the last second holds too much that was written", async () => {
    const limits = { writtenBytesPerSecond: 50_000, conflictRetries: 1 };
    const strict = await startFixture({ profile: "production", limits });
    const refused = (name: string) => strict.backend.stats().functions[name]?.refused;
    const post = async (value: string) => {
      const body = JSON.stringify({ path: "probes:putValue", args: { value } });
      const response = await fetch(`${strict.backend.url}/api/mutation`, { method: "POST", body });
      return { http: response.status, ...((await response.json()) as { code?: string }) };
    };
    try {
      // What the push wrote counts, too.
      await sleep(1100);
      const late = { kind: "late", delayMs: 100 };
      const id = await strict.http.mutation(api.probes.schedule, late);
      expect(await post("x".repeat(60_000))).toMatchObject({ http: 200 });
      expect(await post("y")).toMatchObject({ http: 429, code: "TooManyWrites" });
      expect(refused("probes:putValue")).toBe(2);
      // A socket is closed, and its client sends the mutation again; a job is tried until there is room.
      await strict.client().mutation(api.probes.putValue, { value: "kept" });
      expect(refused("probes:putValue")).toBeGreaterThan(2);
      expect(refused("probes:record")).toBeGreaterThan(0);
      await eventually("the job ran", async () => (await stateOf(strict, id)) === "success");
    } finally {
      await strict.stop();
    }
  });
});

describe("the profile production, in the background", () => {
  it("runs a scheduled mutation in a slot of mutations too, and later where none is free", async () => {
    const limits = { concurrentMutations: 1, slotWaitMs: 20 };
    const strict = await startFixture({ profile: "production", limits });
    try {
      const id = await strict.http.mutation(api.probes.schedule, { kind: "waits", delayMs: 100 });
      await strict.http.mutation(api.probes.useModuleState, { turns: 5000 });
      expect(await stateOf(strict, id)).toBe("pending");
      expect(strict.backend.stats().functions["probes:record"]?.refused).toBeGreaterThan(0);
      await eventually("it ran", async () => (await stateOf(strict, id)) === "success");
    } finally {
      await strict.stop();
    }
  });

  /** Whether a job runs while the one before it waits to be retried. */
  async function overtakes(app: Fixture): Promise<boolean> {
    const name = "contended";
    const add = () => app.http.mutation(api.counters.add, { name, by: 1 });
    const conflicts = () => app.backend.stats().conflicts.byFunction["probes:addSlowly"] ?? 0;
    const isDone = async (id: string) => (await stateOf(app, id)) === "success";
    await add();
    const first = await app.http.mutation(api.probes.scheduleAddSlowly, { name, turns: 30 });
    const contend = async (losses: number) => {
      while (conflicts() < losses) await add();
    };
    await contend(1);
    const second = await app.http.mutation(api.probes.schedule, { kind: "second", delayMs: 0 });
    await contend(3);
    const overtook = await isDone(second);
    await eventually(
      "both ran",
      async () => (await isDone(first)) && (await isDone(second)),
      15_000,
    );
    return overtook;
  }

  it("keeps the slot of a scheduled mutation while it waits to be retried", async () => {
    expect(await overtakes(production)).toBe(false);
    expect(await overtakes(relaxed)).toBe(true);
  });

  it("tells many subscriptions of a commit at random times", async () => {
    const spread = async (app: Fixture) => {
      const told: number[] = [];
      let first = 0;
      for (let i = 0; i < 60; i++) {
        let isFirst = true;
        app.client().onUpdate(api.counters.get, { name: "splay" }, () => {
          if (isFirst) first++;
          else told.push(performance.now());
          isFirst = false;
        });
      }
      await eventually("first answers", () => first === 60);
      await app.http.mutation(api.counters.add, { name: "splay", by: 1 });
      await eventually("updates", () => told.length === 60);
      return Math.max(...told) - Math.min(...told);
    };
    const splayed = await spread(production);
    expect(splayed).toBeGreaterThan(150);
    expect(await spread(relaxed)).toBeLessThan(splayed);
  });
});

describe("errors in production", () => {
  let strict: Fixture;
  beforeAll(async () => {
    strict = await startFixture({ profile: "production" });
  }, 30_000);
  afterAll(() => strict.stop());

  it("have no text, but the data of a ConvexError", async () => {
    const redacted = /^\[Request ID: [0-9a-f]{16}\] Server Error$/;
    expect(await failure(strict.http.mutation(api.probes.fail, {}))).toMatch(redacted);
    const error = await strict.http
      .mutation(api.probes.fail, { data: { code: "Coded" } })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConvexError);
    expect((error as ConvexError<{ code: string }>).data).toEqual({ code: "Coded" });
    expect(await failure(relaxed.http.mutation(api.probes.fail, {}))).toContain("boom");
  });

  it("have none over sockets and of HTTP actions either", async () => {
    const client = strict.client();
    const ofMutation = await failure(client.mutation(api.probes.fail, {}));
    expect(ofMutation).toContain("Server Error");
    expect(ofMutation).not.toContain("boom");
    const ofQuery = await new Promise<string>((resolve) => {
      client.onUpdate(
        api.probes.wrongReturn,
        {},
        () => undefined,
        (error) => resolve(error.message),
      );
    });
    expect(ofQuery).toContain("Server Error");
    expect(ofQuery).not.toContain("ReturnsValidationError");
    const ofAction = await (await fetch(`${strict.backend.siteUrl}/boom`)).text();
    expect(ofAction).toContain("Server Error");
    expect(ofAction).not.toContain("http boom");
  });
});

describe("a push in production", () => {
  it("is refused until the variables of auth.config are set", async () => {
    const backend = await startBackend({ connectionDir: null, profile: "production" });
    try {
      const refusal =
        /Environment variable AUTH_ISSUER is used in auth config file but its value was not set/;
      await expect(pushApp(backend, { cwd: FIXTURE, identity: false })).rejects.toThrow(refusal);
      for (const [name, value] of Object.entries(backend.identityEnvironment)) {
        await runCli(backend, ["env", "set", name, value], { cwd: FIXTURE });
      }
      await pushApp(backend, { cwd: FIXTURE, identity: false });
      const removing = runCli(backend, ["env", "remove", "AUTH_ISSUER"], { cwd: FIXTURE });
      await expect(removing).rejects.toThrow("AUTH_ISSUER");
      const token = await backend.token({ subject: "ann" });
      const http = new ConvexHttpClient(backend.url, { logger: false, auth: token });
      expect(await http.query(api.probes.whoAmI, {})).toMatchObject({ subject: "ann" });
    } finally {
      await backend.stop();
    }
  });
});

test("a cold script has none of the functions that earlier ones compiled", async () => {
  const source = "export function twice(n) { return n * 2; }\nexport const four = twice(2);";
  const bundle = await Bundle.compile("", [{ path: "a.js", source, environment: "isolate" }]);
  const codeSize = (isCold: boolean) => {
    const script = bundle.script("a.js", isCold);
    const before = script.createCachedData().length;
    const module = { exports: {} as { four?: number } };
    (script.runInThisContext() as (...args: unknown[]) => void)(module.exports, null, module);
    expect(module.exports.four).toBe(4);
    return { before, after: script.createCachedData().length };
  };
  const first = codeSize(true);
  expect(first.after).toBeGreaterThan(first.before);
  expect(codeSize(true)).toEqual(first);
  codeSize(false);
  expect(codeSize(false).before).toBeGreaterThan(first.before);
});

test("cold scripts leave nothing behind", async () => {
  const source = Array.from({ length: 2000 }, (_, i) => `export const f${i} = () => "${i}";`);
  const module = { path: "a.js", source: source.join("\n"), environment: "isolate" } as const;
  const bundle = await Bundle.compile("", [module]);
  const heapAfter = async (scripts: number) => {
    for (let i = 0; i < scripts; i++) {
      (bundle.script("a.js", true).runInThisContext() as (...args: unknown[]) => void)(
        {},
        null,
        {},
      );
    }
    for (let i = 0; i < 3; i++) {
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return process.memoryUsage().heapUsed;
  };
  const before = await heapAfter(5);
  expect((await heapAfter(100)) - before).toBeLessThan(2 * 1024 * 1024);
});
