/** The page of an app that has adopted the packed package: its chart follows its own mutations, live. */
import { createServer, type ViteDevServer } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Backend } from "../adoption/backend.js";
import { Installation } from "../adoption/layOut.js";
import { shoot, useBrowser } from "./support/dashboard.js";

let installation: Installation;
let backend: Backend;
let server: ViteDevServer;
let orgId: string;

const order = { customerId: "c", createdAt: Date.UTC(2026, 9, 5), items: [] };

beforeAll(async () => {
  installation = await Installation.make();
  const parts = ["before", "after", "page", "seed"].map((part) => `apps/orders/${part}`);
  const app = await installation.layOut(...parts);
  backend = await Backend.start();
  await backend.push(app);
  const members = [`${backend.local.url}|ann`];
  [orgId = ""] = await backend.admin.mutation<string[]>("seed:seed", { members });
  server = await createServer({
    root: app.cwd,
    configFile: false,
    logLevel: "error",
    server: { host: "127.0.0.1", port: 0 },
    // Whatever the folder links to may be served.
    resolve: { preserveSymlinks: true },
  });
  await server.listen();
}, 300_000);

afterAll(async () => {
  await server.close();
  await backend.stop();
  await installation.remove();
});

const { open } = useBrowser(() => server.resolvedUrls?.local[0]?.replace(/\/$/, "") ?? "");

test("daily revenue by status is there at once, and moves with each write", async () => {
  const ann = await backend.signedIn("ann");
  const id = await ann.mutation<string>("orders:place", {
    ...{ orgId, amount: 1250, status: "pending" },
    ...order,
  });
  const token = await backend.local.token({ subject: "ann" });
  const asked = new URLSearchParams({ url: backend.local.url, token, org: orgId });
  const page = await open(`?${String(asked)}`, { expectErrors: /React DevTools/ });
  const lines = () => page.locator("li").allTextContents();
  await expect.poll(lines, { timeout: 30_000 }).toEqual(["2026-10-05 pending: 12.5"]);
  await ann.mutation("orders:pay", { orgId, id });
  await expect.poll(lines).toEqual(["2026-10-05 paid: 12.5"]);
  await ann.mutation("orders:place", { ...{ orgId, amount: 50, status: "refunded" }, ...order });
  await expect.poll(lines).toEqual(["2026-10-05 paid: 12.5", "2026-10-05 refunded: 0.5"]);
  await shoot(page, "adopted");
});
