import { ConvexHttpClient } from "convex/browser";
import { ConvexReactClient } from "convex/react";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { api } from "./fixtures/app/convex/_generated/api.js";
import { eventually, type Fixture, sleep, startFixture, readable } from "./support.js";

let app: Fixture;
beforeAll(async () => {
  // A large answer is written within a second.
  app = await startFixture({ limits: { ...readable, writtenBytesPerSecond: Infinity } });
}, 30_000);
afterAll(() => app.stop());

describe("live queries", () => {
  it("update every subscriber with one run per change", async () => {
    const seen: (number | null)[][] = [];
    const clients = Array.from({ length: 5 }, () => app.client());
    for (const client of clients) {
      const values: (number | null)[] = [];
      seen.push(values);
      client.onUpdate(api.counters.get, { name: "live" }, (value) => values.push(value));
    }
    await eventually("first answers", () => seen.every((values) => values.length === 1));
    const before = app.backend.stats().sync.runs;
    await clients[0]!.mutation(api.counters.add, { name: "live", by: 7 });
    expect(seen[0]!.at(-1)).toBe(7);
    await eventually("all updated", () => seen.every((values) => values.at(-1) === 7));
    expect(app.backend.stats().sync.runs - before).toBe(1);
  });

  it("are left alone by commits outside what they read", async () => {
    const client = app.client();
    let answers = 0;
    client.onUpdate(api.items.list, { group: "mine" }, () => answers++);
    await eventually("first answer", () => answers === 1);
    const before = app.backend.stats().sync.runs;
    await app.http.mutation(api.items.add, { group: "theirs", rank: 1 });
    await sleep(30);
    expect(app.backend.stats().sync.runs).toBe(before);
    await app.http.mutation(api.items.add, { group: "mine", rank: 1 });
    await eventually("own change", () => answers === 2);
  });

  it("send nothing when a new run gives the same result", async () => {
    const client = app.client();
    const answers: number[][] = [];
    client.onUpdate(api.items.list, { group: "same" }, (ranks) => answers.push(ranks));
    await app.http.mutation(api.items.add, { group: "same", rank: 1 });
    await eventually("first row", () => answers.at(-1)?.length === 1);
    const count = answers.length;
    const before = app.backend.stats().sync.runs;
    await app.http.mutation(api.items.markFirst, { group: "same" });
    await eventually("ran again", () => app.backend.stats().sync.runs > before);
    await sleep(30);
    expect(answers.length).toBe(count);
  });

  it("report errors, and recover from them", async () => {
    const client = app.client();
    const errors: string[] = [];
    client.onUpdate(
      api.probes.wrongReturn,
      {},
      () => expect.fail("must not succeed"),
      (error) => errors.push(error.message),
    );
    await eventually("an error", () => errors.length === 1);
    expect(errors[0]).toContain("ReturnsValidationError");
  });

  it("deliver answers larger than one frame", async () => {
    const big = "x".repeat(900_000);
    for (let i = 0; i < 7; i++) {
      await app.http.mutation(api.probes.putValue, { value: `${i}${big}` });
    }
    const client = app.client();
    let length = 0;
    client.onUpdate(api.probes.orderedValues, {}, (values) => (length = values.length));
    await eventually("all values", () => length === 7);
  });

  it("see a mutation's own writes before its promise resolves", async () => {
    const client = app.client();
    let value: number | null = null;
    client.onUpdate(api.counters.get, { name: "own" }, (now) => (value = now));
    for (let turn = 1; turn <= 10; turn++) {
      await client.mutation(api.counters.add, { name: "own", by: 1 });
      expect(value).toBe(turn);
    }
  });
});

describe("ConvexReactClient", () => {
  it("watches queries and applies optimistic updates until the server answers", async () => {
    const client = new ConvexReactClient(app.backend.url, {
      webSocketConstructor: WebSocket as unknown as typeof globalThis.WebSocket,
      logger: false,
    });
    const watch = client.watchQuery(api.counters.get, { name: "react" });
    const seen: unknown[] = [];
    const stop = watch.onUpdate(() => seen.push(watch.localQueryResult()));
    await eventually("first answer", () => seen.length === 1);
    await client.mutation(
      api.counters.add,
      { name: "react", by: 4 },
      {
        optimisticUpdate: (store) => store.setQuery(api.counters.get, { name: "react" }, -1),
      },
    );
    expect(seen).toEqual([null, -1, 4]);
    stop();
    await client.close();
  });
});

describe("mutations over a socket", () => {
  it("take effect once, however often they are sent", async () => {
    const session = crypto.randomUUID();
    const send = async (): Promise<Record<string, unknown>> => {
      const socket = new WebSocket(`${app.backend.url.replace("http", "ws")}/api/1.48.0/sync`);
      await new Promise((resolve) => socket.once("open", resolve));
      const answer = new Promise<Record<string, unknown>>((resolve) => {
        socket.on("message", (data: Buffer) => {
          const message = JSON.parse(data.toString()) as Record<string, unknown>;
          if (message.type === "MutationResponse") resolve(message);
        });
      });
      socket.send(JSON.stringify({ type: "Connect", sessionId: session, connectionCount: 0 }));
      const call = { udfPath: "counters:add", args: [{ name: "once", by: 1 }], requestId: 0 };
      socket.send(JSON.stringify({ type: "Mutation", ...call }));
      const message = await answer;
      socket.close();
      return message;
    };
    const [first, second] = await Promise.all([send(), send()]);
    expect(second).toMatchObject({ success: true, result: 1, ts: first.ts });
    expect(await send()).toMatchObject({ success: true, result: 1, ts: first.ts });
    expect(await app.http.query(api.counters.get, { name: "once" })).toBe(1);
  });

  it("run in order, and survive the connection being cut", async () => {
    const client = app.client();
    const adding = Array.from({ length: 20 }, () =>
      client.mutation(api.counters.add, { name: "cut", by: 1 }),
    );
    await adding[3];
    app.backend.dropConnections();
    expect(await Promise.all(adding)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });
});

describe("identity", () => {
  it("comes from a token of the backend's own provider", async () => {
    const token = await app.backend.token({ subject: "ann", name: "Ann" });
    const client = app.client();
    const seen: unknown[] = [];
    client.onUpdate(api.probes.whoAmI, {}, (identity) => seen.push(identity));
    await eventually("anonymous", () => seen.length === 1);
    expect(seen[0]).toBeNull();
    client.setAuth(() => Promise.resolve(token));
    await eventually("signed in", () => seen.length === 2);
    expect(seen[1]).toMatchObject({
      subject: "ann",
      name: "Ann",
      tokenIdentifier: `${app.backend.url}|ann`,
    });
  });

  it("is not shared with others through the query cache", async () => {
    const as = async (subject: string) => {
      const http = new ConvexHttpClient(app.backend.url);
      http.setAuth(await app.backend.token({ subject }));
      return ((await http.query(api.probes.whoAmI, {})) as { subject: string }).subject;
    };
    expect(await Promise.all(["a", "b", "a", "c"].map(as))).toEqual(["a", "b", "a", "c"]);
  });

  it("is refused when forged, expired or for another audience", async () => {
    const good = await app.backend.token({ subject: "eve" });
    const [header, , signature] = good.split(".") as [string, string, string];
    const claims = { sub: "admin", iss: app.backend.url, aud: "convex", exp: 4e9, iat: 1 };
    const forged = Buffer.from(JSON.stringify(claims)).toString("base64url");
    const unsigned = Buffer.from('{"alg":"none","typ":"JWT"}').toString("base64url");
    const foreign = Buffer.from(JSON.stringify({ ...claims, aud: "other" })).toString("base64url");
    const tokens = {
      forged: `${header}.${forged}.${signature}`,
      unsigned: `${unsigned}.${forged}.`,
      foreign: `${header}.${foreign}.${signature}`,
      expired: await app.backend.token({ subject: "eve", expiresInSeconds: -60 }),
      garbage: "no token",
    };
    for (const [kind, token] of Object.entries(tokens)) {
      const response = await fetch(`${app.backend.url}/api/query`, {
        method: "POST",
        headers: { Authorization: `Bearer ${token}` },
        body: JSON.stringify({ path: "probes:whoAmI", args: {} }),
      });
      expect([kind, response.status]).toEqual([kind, 401]);
      expect(await response.json()).toMatchObject({ message: expect.any(String) as string });
    }
    const client = app.client();
    const states: boolean[] = [];
    client.setAuth(
      () => Promise.resolve(tokens.forged),
      (isAuthenticated) => states.push(isAuthenticated),
    );
    await eventually("refused", () => states.includes(false));
    expect(states).not.toContain(true);
  });

  it("ends with its token", async () => {
    const client = app.client();
    const seen: unknown[] = [];
    let fetches = 0;
    client.onUpdate(api.probes.whoAmI, {}, (identity) => seen.push(identity));
    client.setAuth(() => {
      fetches++;
      return app.backend.token({ subject: "brief", expiresInSeconds: 2 });
    });
    await eventually("signed in", () => seen.some((identity) => identity !== null));
    await eventually("a second token", () => fetches > 2);
  });
});
