/**
 * Embeds on a running backend: tokens that the deployment signs and verifies itself, over HTTP, the sync protocol and
 * Cube's REST API, and tokens that only look like them.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeJwt, type JWK } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LocalBackend } from "../../local/backend.js";
import { pushApp } from "../../local/push.js";
import { scratchDirectory } from "../cli/support.js";
import { stockRow } from "../convex/harness.js";
import { authenticate, connect, converse, subscribe } from "../hostile/support/socket.js";
import { badTokens, signed, type Genuine } from "../hostile/support/tokens.js";
import { startStage } from "../support/stage.js";

const CANARY = "canary-of-the-south";
const query = { measures: ["inventory.quantity"], dimensions: ["inventory.product"] };
const args = { tenantId: "acme", query };
const lockOf = (warehouse: string) => ({
  inventory: { filters: [{ dimension: "warehouse", operator: "equals", values: [warehouse] }] },
});

let backend: LocalBackend;
let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
let member: string;
let genuine: Genuine;

beforeAll(async () => {
  scratch = await scratchDirectory();
  backend = await startStage({ dataDir: scratch.path("data") });
  await pushApp(backend, { cwd: join(import.meta.dirname, "../..") });
  const operator = `Convex ${backend.adminKey}`;
  for (const tenantId of ["acme", "globex"])
    await post("mutation", "tenants:ensure", { tenantId }, operator);
  const tokenIdentifier = `${backend.url}|ann`;
  const admin = { tenantId: "acme", tokenIdentifier, role: "admin" };
  await post("mutation", "tenants:ensureMember", admin, operator);
  member = `Bearer ${await backend.token({ subject: "ann" })}`;
  const rows = [
    stockRow({ warehouse: "North", product: "shown", quantity: 3 }),
    stockRow({ warehouse: "South", product: CANARY, quantity: 4000 }),
  ];
  await post("mutation", "inventory:recordBatch", { tenantId: "acme", rows }, member);
  const key = JSON.parse(await readFile(scratch.path("data/identity-key.json"), "utf8")) as JWK;
  const rollupsEmbed = JSON.stringify({ tenant: "acme", lock: lockOf("North") });
  genuine = {
    ...{ issuer: backend.url, audience: "rollups-embed", subject: "rollups-embed", key },
    claims: { rollupsEmbed },
  };
});

afterAll(async () => {
  await backend?.stop();
  await scratch?.remove();
});

async function post(kind: string, path: string, sent: unknown, authorization: string) {
  const response = await fetch(`${backend.url}/api/${kind}`, {
    ...{ method: "POST", headers: { authorization } },
    body: JSON.stringify({ path, args: sent, format: "json" }),
  });
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) as Record<string, unknown> };
}

async function embed(expiresInSeconds = 60, lock: unknown = lockOf("North")): Promise<string> {
  const sent = { tenantId: "acme", lock, expiresInSeconds };
  const { body } = await post("mutation", "embeds:create", sent, member);
  return (body["value"] as { token: string }).token;
}

const rows = (token: string, asked: object = args) =>
  post("query", "aggregates:rows", asked, `Bearer ${token}`);

describe("a token that an admin signed", () => {
  test("is answered within its lock, over HTTP, Cube's API and a socket", async () => {
    const token = await embed();
    expect(decodeJwt(token)).toMatchObject({ aud: "rollups-embed", iss: backend.url });
    const { text, body } = await rows(token);
    const wanted = [{ "inventory.product": "shown", "inventory.quantity": 3 }];
    expect((body["value"] as { data: unknown }).data).toEqual(wanted);
    expect(text).not.toContain(CANARY);
    // As stock Cube clients send it, and as Convex wants it.
    for (const authorization of [token, `Bearer ${token}`]) {
      const response = await fetch(
        `${backend.siteUrl}/cubejs-api/v1/load?query=${encodeURIComponent(JSON.stringify(query))}`,
        {
          headers: { authorization, "x-rollups-tenant": "acme" },
        },
      );
      expect(await response.json()).toMatchObject({ data: [wanted[0]] });
    }
    const messages = [connect(), authenticate(token), subscribe("aggregates:rows", args)];
    const heard = JSON.stringify(await converse(backend.url, messages, "shown"));
    expect(heard).toContain("shown");
    expect(heard).not.toContain(CANARY);
  });

  test("opens nothing else: no other tenant, no tiles, no records, no write, no token", async () => {
    const authorization = `Bearer ${await embed()}`;
    for (const [kind, path, sent] of [
      ["query", "aggregates:rows", { ...args, tenantId: "globex" }],
      ["query", "held:key", { tenantId: "acme" }],
      ["query", "held:tail", { tenantId: "acme", key: "", cube: "inventory" }],
      ["query", "sources:page", { tenantId: "acme", cube: "inventory", cursor: null }],
      ["query", "aggregates:freshness", { tenantId: "acme" }],
      ["mutation", "inventory:record", { tenantId: "acme", row: stockRow() }],
      ["mutation", "embeds:create", { tenantId: "acme", lock: lockOf("South") }],
    ] as const) {
      const { text } = await post(kind, path, sent, authorization);
      expect(text, path).toContain('"code":"Forbidden"');
      expect(text, path).not.toContain(CANARY);
    }
  });

  test("ends what is subscribed when it expires, and opens nothing after", async () => {
    const token = await embed(4);
    const messages = [connect(), authenticate(token), subscribe("aggregates:rows", args)];
    const { messages: heard } = await converse(backend.url, messages, "AuthError");
    expect(JSON.stringify(heard)).toContain("shown");
    expect(heard.at(-1)).toMatchObject({ type: "AuthError" });
    expect((await rows(token)).status).toBe(401);
  });
});

describe("what only looks like one", () => {
  test("is refused at the door, whatever is wrong with it", async () => {
    expect((await rows(await signed(genuine))).text).toContain("shown");
    const good = await embed();
    const [header, payload, signature] = good.split(".") as [string, string, string];
    const told = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
    const wider = (changed: object) => {
      const text = JSON.stringify({ ...told, ...changed });
      return `${header}.${Buffer.from(text).toString("base64url")}.${signature}`;
    };
    const forged: Record<string, string> = {
      ...(await badTokens(genuine)),
      "a wider lock": wider({
        rollupsEmbed: JSON.stringify({ tenant: "acme", lock: lockOf("South") }),
      }),
      "another tenant": wider({
        rollupsEmbed: JSON.stringify({ tenant: "globex", lock: lockOf("North") }),
      }),
      "a longer life": wider({ exp: 4e9 }),
      "a component's": await signed(genuine, { iss: `${backend.url}/components/rollups` }),
    };
    for (const [why, token] of Object.entries(forged)) {
      const { status, text } = await rows(token);
      expect([why, status]).toEqual([why, 401]);
      expect(text, why).not.toMatch(/shown|canary/);
    }
  });

  test("is refused inside where the signature is good, and the claims are not", async () => {
    for (const claims of [
      { rollupsEmbed: undefined },
      { rollupsEmbed: "{}" },
      { rollupsEmbed: JSON.stringify({ tenant: "acme", lock: null }) },
      { rollupsEmbed: JSON.stringify({ tenant: "acme", lock: {} }) },
      { rollupsEmbed: { tenant: "acme", lock: lockOf("North") } },
      { sub: "ann" },
      // The members' audience does not make a member of it.
      { aud: "convex" },
    ]) {
      const { text } = await rows(await signed(genuine, claims as never));
      const isGood = "aud" in claims;
      expect(text.includes("shown"), JSON.stringify(claims)).toBe(isGood);
      expect(text).not.toContain(CANARY);
    }
  });
});
