/**
 * Law 11 at the boundary, on a backend as clients reach it: neither the component's functions nor the
 * app's internal ones can be called by anybody without an admin key, under any name.
 */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LocalBackend } from "../../local/backend.js";
import { stockRow } from "../convex/harness.js";
import { AppCopy } from "../support/appCopy.js";
import { startStage } from "../support/stage.js";
import { componentFunctions, internalFunctions } from "./support/publicFunctions.js";

let backend: LocalBackend;
let app: AppCopy;
let token: string;

beforeAll(async () => {
  app = await AppCopy.layOut();
  backend = await startStage({ dataDir: join(app.cwd, "data") });
  await app.push(backend);
  const response = await fetch(`${backend.url}/local/token`, {
    method: "POST",
    headers: { Authorization: `Convex ${backend.adminKey}` },
    body: JSON.stringify({ subject: "ann" }),
  });
  token = ((await response.json()) as { token: string }).token;
  await call("mutation", "tenants:ensure", { tenantId: "acme" }, admin());
  const member = { tenantId: "acme", tokenIdentifier: `${backend.url}|ann`, role: "admin" };
  await call("mutation", "tenants:ensureMember", member, admin());
});

afterAll(async () => {
  await backend?.stop();
  await app?.remove();
});

const admin = () => ({ authorization: `Convex ${backend.adminKey}` });
const ann = () => ({ authorization: `Bearer ${token}` });

interface Answer {
  status?: string;
  errorMessage?: string;
  value?: unknown;
}

async function call(
  kind: string,
  path: string,
  args: object,
  headers: Record<string, string>,
  more: object = {},
): Promise<Answer> {
  const response = await fetch(`${backend.url}/api/${kind}`, {
    method: "POST",
    headers,
    body: JSON.stringify({ path, args, format: "json", ...more }),
  });
  return (await response.json()) as Answer;
}

const kinds = ["query", "mutation", "action"];

async function expectRefused(path: string, more: object = {}): Promise<void> {
  for (const headers of [ann(), {}]) {
    for (const kind of kinds) {
      const answer = await call(kind, path, {}, headers as Record<string, string>, more);
      const text = JSON.stringify(answer);
      expect(answer.status, `${kind} ${path}: ${text}`).not.toBe("success");
      // It does not get as far as its arguments.
      expect(text, `${kind} ${path}`).not.toMatch(/ArgumentValidation|missing the required/);
    }
  }
}

describe("by a member, and by a stranger", () => {
  test("nothing of the component can be called, whatever it is called by", async () => {
    for (const name of [...componentFunctions.public, ...componentFunctions.internal]) {
      await expectRefused(`components/rollups/${name}`);
      await expectRefused(`rollups/${name}`);
      await expectRefused(name, { componentPath: "rollups" });
    }
  });

  test("nothing internal of the app can be called", async () => {
    for (const name of internalFunctions) await expectRefused(name);
  });

  test("the log, the worker and the way to ask the app stay as they are", async () => {
    const source = "function://;flags:get";
    const forged = [
      ["mutation", "log/append:append", { source, tenants: [{ tenantId: "acme", rows: [] }] }],
      ["mutation", "start:start", { source }],
      ["mutation", "start:wake", { tenantId: "acme", source }],
      ["query", "feed:recent", { tenantId: "acme", limit: 1 }],
    ] as const;
    for (const [kind, name, args] of forged) {
      for (const headers of [ann(), {}]) {
        const answer = await call(kind, name, args, headers as Record<string, string>, {
          componentPath: "rollups",
        });
        expect(answer.status, name).not.toBe("success");
      }
    }
    const page = { tenantId: "acme", cube: "watch", after: "0" };
    expect(await call("query", "sources:changes", page, ann())).toMatchObject({
      status: "success",
      value: { changes: [] },
    });
    // Upkeep asks the app as before, and builds the rollups of what somebody records now.
    const row = stockRow();
    await call("mutation", "inventory:record", { tenantId: "acme", row }, ann());
    const query = { measures: ["inventory.count"] };
    const answered = () => call("query", "aggregates:rows", { tenantId: "acme", query }, ann());
    await expect.poll(answered, { timeout: 60_000 }).toMatchObject({
      value: { servedBy: "inventory.totals@1", data: [{ "inventory.count": 1 }] },
    });
  });
});

test("an operator, who has the admin key, can", async () => {
  const more = { componentPath: "rollups" };
  const recent = { tenantId: "acme", limit: 1 };
  expect(await call("query", "feed:recent", recent, admin(), more)).toMatchObject({
    status: "success",
    value: [{ cube: "inventory", op: "insert", count: 1 }],
  });
  expect(await call("mutation", "rollups:start", {}, admin())).toMatchObject({
    status: "success",
    value: null,
  });
});
