/** The webhook at a receiver on loopback: what it sends, and what it takes for a failure. */
import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
} from "node:http";
import type { AddressInfo } from "node:net";
import { createHmac } from "node:crypto";
import { afterEach, expect, test, vi } from "vitest";
import { sending, type WebhookOptions } from "../../src/client/alerts/webhook.js";

const alert = {
  ...{ id: "notice1", key: "acme/freshness/watch/totals", tenantId: "acme", kind: "freshness" },
  ...{ cube: "watch", rollup: "totals", state: "warn", previous: "ok" },
  ...{
    since: 1_700_000_000_000,
    at: 1_700_000_060_000,
    ageMs: 121_000,
    message: "Zürich is behind",
  },
};
const SECRET = "a secret of thirty-two characters";
let server: Server | null = null;

afterEach(() => {
  vi.unstubAllEnvs();
  server?.closeAllConnections();
  server?.close();
});

interface Seen {
  headers: IncomingHttpHeaders;
  text: string;
}

/** A receiver that answers so; what it has seen. */
async function receiving(answer: RequestListener): Promise<Seen[]> {
  const seen: Seen[] = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      seen.push({ headers: request.headers, text: Buffer.concat(chunks).toString() });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  vi.stubEnv("ROLLUPS_ALERTS_URL", `http://127.0.0.1:${port}/`);
  vi.stubEnv("ROLLUPS_ALERTS_SECRET", SECRET);
  return seen;
}

type Handled = { _handler: (ctx: unknown, args: unknown) => Promise<unknown> };
const post = (options: WebhookOptions = {}) =>
  (sending(options) as unknown as Handled)._handler({}, alert);

test("posts the alert, or its form, signed by the secret over id, time and body", async () => {
  const seen = await receiving((_, response) => void response.writeHead(204).end());
  await post();
  await post({ body: ({ message }) => ({ text: message }) });
  expect(JSON.parse(seen[0]!.text)).toEqual(alert);
  expect(JSON.parse(seen[1]!.text)).toEqual({ text: "Zürich is behind" });
  for (const { headers, text } of seen) {
    const signed = `notice1.${String(headers["webhook-timestamp"])}.${text}`;
    const right = createHmac("sha256", SECRET).update(signed).digest("base64");
    expect(headers["webhook-signature"]).toBe(`v1,${right}`);
    expect(headers["webhook-id"]).toBe("notice1");
  }
});

test.each([
  [500, "The webhook answered with 500."],
  [404, "The webhook answered with 404."],
])("an answer of %i is a failure", async (status, message) => {
  await receiving((_, response) => void response.writeHead(status).end());
  await expect(post()).rejects.toThrow(message);
});

test("a redirect is none to follow: the alert goes to no one else", async () => {
  const seen = await receiving((_, response) => {
    response.writeHead(307, { location: process.env["ROLLUPS_ALERTS_URL"]! }).end();
  });
  await expect(post()).rejects.toThrow("The webhook answered with 307.");
  expect(seen).toHaveLength(1);
});

test("a receiver that does not answer in time is a failure", async () => {
  await receiving(() => undefined);
  await expect(post({ timeoutMs: 100 })).rejects.toThrow(
    "The webhook did not answer within 100 ms.",
  );
});

test("no one is there", async () => {
  vi.stubEnv("ROLLUPS_ALERTS_URL", "http://127.0.0.1:1/");
  vi.stubEnv("ROLLUPS_ALERTS_SECRET", SECRET);
  await expect(post()).rejects.toThrow();
});

test.each([
  ["ROLLUPS_ALERTS_URL", "", "Set the environment variable ROLLUPS_ALERTS_URL."],
  ["ROLLUPS_ALERTS_SECRET", "", "Set ROLLUPS_ALERTS_SECRET to 16 characters or more."],
  ["ROLLUPS_ALERTS_SECRET", "short", "Set ROLLUPS_ALERTS_SECRET to 16 characters or more."],
  [
    "ROLLUPS_ALERTS_SECRET",
    "whsec_not base64 at all!",
    'ROLLUPS_ALERTS_SECRET: what follows "whsec_" is no base64.',
  ],
])("nothing is sent where %s is %o", async (name, value, message) => {
  const seen = await receiving((_, response) => void response.end());
  vi.stubEnv(name, value);
  await expect(post()).rejects.toThrow(message);
  expect(seen).toEqual([]);
});
