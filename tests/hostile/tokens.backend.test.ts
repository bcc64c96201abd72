/**
 * Law 11 at the door: tokens that are forged, expired, unsigned or meant for others get nothing, over
 * HTTP and over the sync protocol, and no request body or path brings the backend down.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JWK } from "jose";
import { freePort } from "../../cli/demo/ports.js";
import { startBackendProcess } from "../../cli/demo/backendProcess.js";
import { AUDIENCE } from "../../local/auth/provider.js";
import type { LocalBackend } from "../../local/backend.js";
import { pushApp } from "../../local/push.js";
import { scratchDirectory } from "../cli/support.js";
import { stockRow } from "../convex/harness.js";
import { stageLimits, startStage } from "../support/stage.js";
import { FORBIDDEN } from "./support/outcome.js";
import { authenticate, connect, converse, mutate, subscribe } from "./support/socket.js";
import { badTokens, signed, type Genuine } from "./support/tokens.js";

const CANARY = "canary-of-acme";
const load = "aggregates:load";
const args = {
  tenantId: "acme",
  query: { measures: ["inventory.quantity"], dimensions: ["inventory.product"] },
};
const row = { tenantId: "acme", row: stockRow({ product: "planted by an impostor" }) };

let backend: LocalBackend;
let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
let genuine: Genuine;
let bad: Record<string, string>;
const failures: unknown[] = [];

beforeAll(async () => {
  scratch = await scratchDirectory();
  backend = await startStage({
    dataDir: scratch.path("data"),
    logger: { error: (message, error) => failures.push([message, error]) },
  });
  await pushApp(backend, { cwd: join(import.meta.dirname, "../..") });
  const key = JSON.parse(await readFile(scratch.path("data/identity-key.json"), "utf8")) as JWK;
  genuine = { issuer: backend.url, audience: AUDIENCE, subject: "ann", key };
  bad = await badTokens(genuine);
  const asOperator = `Convex ${backend.adminKey}`;
  await post("mutation", "tenants:ensure", { tenantId: "acme" }, asOperator);
  const member = { tenantId: "acme", tokenIdentifier: `${backend.url}|ann`, role: "editor" };
  await post("mutation", "tenants:ensureMember", member, asOperator);
  const planted = { ...row, row: stockRow({ product: CANARY }) };
  const stored = await post("mutation", "inventory:record", planted, await bearer());
  expect(stored.body).toMatchObject({ status: "success" });
});

afterAll(async () => {
  await backend?.stop();
  await scratch?.remove();
});

const bearer = async () => `Bearer ${await signed(genuine)}`;

interface Answer {
  status: number;
  text: string;
  body: Record<string, unknown>;
}

async function send(path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${backend.url}${path}`, init);
  const text = await response.text();
  let body: unknown = {};
  try {
    body = JSON.parse(text);
  } catch {
    // Not every answer is JSON.
  }
  return { status: response.status, text, body: body as Record<string, unknown> };
}

const post = (kind: string, path: string, sent: unknown, authorization?: string) =>
  send(`/api/${kind}`, {
    method: "POST",
    headers: authorization === undefined ? {} : { authorization },
    body: JSON.stringify({ path, args: sent, format: "json" }),
  });

/** The backend still answers whoever may ask. */
async function expectAlive() {
  const answer = await post("query", load, args, await bearer());
  expect(answer.text).toContain(CANARY);
}

describe("a good token", () => {
  test("is answered over HTTP and over a socket", async () => {
    await expectAlive();
    const messages = [connect(), authenticate(await signed(genuine)), subscribe(load, args)];
    const heard = await converse(backend.url, messages, CANARY);
    expect(JSON.stringify(heard)).toContain(CANARY);
  });

  test("that expires ends its socket", async () => {
    const token = await signed(genuine, { exp: Math.floor(Date.now() / 1000) + 2 });
    const messages = [connect(), authenticate(token), subscribe(load, args)];
    const heard = await converse(backend.url, messages, "AuthError");
    expect(heard.messages.at(-1)).toMatchObject({ type: "AuthError" });
  });
});

describe("a bad token", () => {
  test("over HTTP: 401 and nothing else, for queries and mutations", async () => {
    for (const [why, token] of Object.entries(bad)) {
      for (const [kind, path, sent] of [
        ["query", load, args],
        ["mutation", "inventory:record", row],
      ] as const) {
        const answer = await post(kind, path, sent, `Bearer ${token}`);
        expect([answer.status, answer.body.code === undefined], why).toEqual([401, false]);
        expect(answer.text, why).not.toContain(CANARY);
      }
    }
    await expectAlive();
  });

  test("over a socket: AuthError, no data, no write", async () => {
    await Promise.all(
      Object.entries(bad).map(async ([why, token]) => {
        const messages = [
          connect(),
          authenticate(token),
          subscribe(load, args),
          mutate("inventory:record", row),
        ];
        const { messages: heard } = await converse(backend.url, messages, "AuthError");
        expect(
          heard.map(({ type }) => type),
          why,
        ).toContain("AuthError");
        expect(JSON.stringify(heard), why).not.toContain(CANARY);
        expect(JSON.stringify(heard), why).not.toContain('"success":true');
      }),
    );
    const answer = await post("query", load, args, await bearer());
    expect(answer.text).not.toContain("impostor");
  });

  test("of a subject that nobody gave a membership is a stranger's", async () => {
    for (const subject of ["bob", "", "ann ", "Ann", "ann|", "ann\0"]) {
      const token = await signed(genuine, { sub: subject });
      const answer = await post("query", load, args, `Bearer ${token}`);
      expect(answer.body, subject).toMatchObject({ status: "error", errorData: FORBIDDEN });
    }
  });
});

describe("without a token", () => {
  test("a tenant that exists and one that does not are refused alike", async () => {
    const answers = await Promise.all(
      ["acme", "nowhere"].map((tenantId) => post("query", load, { ...args, tenantId })),
    );
    for (const { status, body } of answers) {
      expect([status, body.status, body.errorData]).toEqual([200, "error", FORBIDDEN]);
    }
  });

  test("a socket gets the same refusal", async () => {
    const heard = await converse(backend.url, [connect(), subscribe(load, args)], "QueryFailed");
    expect(JSON.stringify(heard)).toContain('"code":"Forbidden"');
    expect(JSON.stringify(heard)).not.toContain(CANARY);
  });
});

describe("what is not public", () => {
  const internals = [
    ...["tenants:ensure", "tenants:ensureMember", "rollups:source", "rollups:start"],
    ...[
      "rollups:expire",
      "rollups:importRows",
      "imports:take",
      "sources/commits:find",
      "worker/kick:kickAll",
      "feed:head",
    ],
    ...["__proto__:constructor", "aggregates:__proto__", "aggregates:toString", "errors:fail"],
    ...["_system/frontend/listTables", "../aggregates:load", "", ":", "aggregates"],
  ];

  test.each(internals)("%s cannot be called with a member's token", async (path) => {
    for (const kind of ["query", "mutation", "action", "function"]) {
      const answer = await post(kind, path, { tenantId: "acme" }, await bearer());
      expect(answer.body.status, `${kind} ${answer.text}`).not.toBe("success");
      expect(answer.text).not.toContain(CANARY);
    }
  });

  test.each([
    ["rollups/batchWorker", "lib:status", { name: "fold:acme" }],
    ["rollups", "feed:head", { tenantId: "acme" }],
    ["rollups", "worker/kick:hasWork", { tenantId: "acme" }],
  ])("functions of the component %s cannot be called with a member's token", async (...call) => {
    const [componentPath, path, args] = call;
    const answer = await send("/api/function", {
      method: "POST",
      headers: { authorization: await bearer() },
      body: JSON.stringify({ path, componentPath, args }),
    });
    expect(answer.body.status, answer.text).not.toBe("success");
  });

  test.each(["Convex wrong-key", "Convex ", "Basic YW5uOmFubg==", "Bearer", "Convex local|"])(
    "%s opens nothing",
    async (authorization) => {
      for (const [path, init] of [
        ["/api/query", { method: "POST", body: JSON.stringify({ path: load, args }) }],
        ["/local/token", { method: "POST", body: '{"subject":"ann"}' }],
        ["/local/stats", {}],
      ] as const) {
        const answer = await send(path, { ...init, headers: { authorization } });
        expect(answer.status, path).toBe(401);
        expect(answer.text).not.toContain(CANARY);
      }
    },
  );
});

describe("bodies and paths", () => {
  const posted = (body: RequestInit["body"], headers: Record<string, string> = {}) =>
    send("/api/query", { method: "POST", body: body ?? null, headers });

  test("broken JSON is refused as such", async () => {
    for (const body of ["{", "[", '{"path":', "{'path':'a:b'}", '{"path":"a:b",}', "\0", "NaN"]) {
      const answer = await posted(body);
      expect([answer.status, answer.body.code], body).toEqual([400, "BadJsonBody"]);
    }
  });

  test("JSON that is no request is refused", async () => {
    for (const body of ["[]", "1", '"a:b"', '{"path":1}', '{"path":["a"]}', '{"args":{}}', ""]) {
      expect((await posted(body)).status, body).toBe(400);
    }
    for (const sent of [[], [[]], 1, "x", null, [1, 2], { tenantId: { $integer: "x" } }]) {
      const answer = await post("query", load, sent, await bearer());
      expect(answer.body.status, JSON.stringify(sent)).not.toBe("success");
    }
  });

  test("a body beyond the bound is refused, whatever it holds", async () => {
    const answer = await posted(Buffer.alloc(64 * 1024 * 1024 + 1, 32));
    expect([answer.status, answer.body.code]).toEqual([413, "BodyTooLarge"]);
    await expectAlive();
  });

  test("arguments beyond what a function takes are refused, and a large query is by its code", async () => {
    const huge = { ...args, query: { measures: ["x".repeat(17 * 1024 * 1024)] } };
    const answer = await post("query", load, huge, await bearer());
    expect(answer.body.status).toBe("error");
    expect(answer.text.length).toBeLessThan(5000);
    const large = { ...args, query: { measures: ["x".repeat(1024 * 1024)] } };
    const refused = await post("query", load, large, await bearer());
    expect(refused.body.errorData).toMatchObject({ code: "InvalidQuery" });
    const zipped = await send("/api/query", {
      method: "POST",
      headers: { authorization: await bearer(), "content-encoding": "gzip" },
      body: gzipSync(JSON.stringify({ path: load, args: large, format: "json" })),
    });
    expect(zipped.body.errorData).toMatchObject({ code: "InvalidQuery" });
  });

  test("unknown routes are not found, on both ports", async () => {
    for (const path of [
      ...["/", "/api", "/api/unknown", "/api/query/../../local", "/.env", "/admin", "//evil"],
      ...["/__proto__", "/local", "/local/../local/stats/x", "/api/storage/__proto__", "/%2e%2e"],
    ]) {
      expect((await send(path)).status, path).toBe(404);
    }
    for (const path of ["/", "/healthz/x", "/__proto__", "/.well-known/x"]) {
      expect((await fetch(`${backend.siteUrl}${path}`)).status, path).toBe(404);
    }
    const healthz = await fetch(`${backend.siteUrl}/healthz`, {
      headers: { authorization: `Bearer ${bad.expired}` },
    });
    expect([healthz.status, await healthz.text()]).toEqual([200, '{"status":"ok"}']);
  });

  test("messages of the wrong shape close their socket and no other", async () => {
    const messages = ["null", '{"type":"ModifyQuerySet","baseVersion":0,"newVersion":1}', "1"];
    for (const message of messages) await converse(backend.url, [message], "never", 300);
    await expectAlive();
  });
});

test("nothing that callers sent was logged", () => {
  expect(JSON.stringify(failures)).not.toContain(CANARY);
  expect(JSON.stringify(failures)).not.toContain("eyJ");
});

test("a socket message that is no JSON leaves the backend running", async () => {
  const child = await startBackendProcess({
    ...{ port: await freePort(), sitePort: await freePort(), limits: stageLimits },
  });
  const ended = child.ended.then(
    () => "stopped",
    () => "crashed",
  );
  for (const message of ["{", "", "\0", "[1,"]) {
    await converse(child.url, [message], "never", 200);
  }
  const version = fetch(`${child.url}/version`).then((response) => response.status);
  expect(await Promise.race([ended, version])).toBe(200);
  await child.stop();
});

test("a Connect message from the future is refused and moves no clock", async () => {
  const fresh = await startStage();
  const before = BigInt(fresh.stats().ts);
  const maxObservedTimestamp = Buffer.from("ffffffffffffff7f", "hex").toString("base64");
  await converse(fresh.url, [{ ...connect(), maxObservedTimestamp }], "never", 200);
  expect(BigInt(fresh.stats().ts) - before).toBeLessThan(60_000_000_000n);
  await fresh.stop();
});
