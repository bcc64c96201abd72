/**
 * The write limit looks at the log without depending on it: editors who send batches at the same time,
 * each looking at what the others write, never make each other conflict.
 */
import { join } from "node:path";
import { ConvexHttpClient } from "convex/browser";
import { afterAll, beforeAll, expect, test } from "vitest";
import { api } from "../../convex/_generated/api.js";
import type { LocalBackend } from "../../local/backend.js";
import { pushApp } from "../../local/push.js";
import { stockRow } from "../convex/harness.js";
import { startStage } from "../support/stage.js";

const EDITORS = 8;
const BATCHES = 12;
const ROWS = 50;

let backend: LocalBackend;
let editors: ConvexHttpClient[];

beforeAll(async () => {
  backend = await startStage();
  await pushApp(backend, { cwd: join(import.meta.dirname, "../..") });
  const operator = async (path: string, args: object) =>
    await fetch(`${backend.url}/api/mutation`, {
      method: "POST",
      headers: { authorization: `Convex ${backend.adminKey}` },
      body: JSON.stringify({ path, args, format: "json" }),
    });
  await operator("tenants:ensure", { tenantId: "acme" });
  editors = await Promise.all(
    Array.from({ length: EDITORS }, async (_, i) => {
      const subject = `editor-${i}`;
      const tokenIdentifier = `${backend.url}|${subject}`;
      await operator("tenants:ensureMember", { tenantId: "acme", tokenIdentifier, role: "editor" });
      const client = new ConvexHttpClient(backend.url, { logger: false });
      client.setAuth(await backend.token({ subject }));
      return client;
    }),
  );
});

afterAll(async () => {
  await backend?.stop();
});

test("batches of many editors at once: no conflict between them, nothing refused", async () => {
  backend.resetStats();
  const rows = Array.from({ length: ROWS }, () => stockRow());
  await Promise.all(
    editors.map(async (editor) => {
      for (let sent = 0; sent < BATCHES; sent++) {
        const result = await editor.mutation(api.inventory.recordBatch, { tenantId: "acme", rows });
        expect(result).toEqual({ accepted: ROWS, rejected: [] });
      }
    }),
  );
  const { functions } = backend.stats();
  expect(functions["inventory:recordBatch"]).toMatchObject({
    calls: EDITORS * BATCHES,
    conflicts: 0,
  });
});
