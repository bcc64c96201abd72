/** The demo's sign-in answers pages of its own server, and no other page in the same browser. */
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tokenRoute } from "../../cli/demo/dashboardServer.js";

let server: Server;
let port: number;

beforeAll(async () => {
  server = createServer((incoming, response) => {
    const grant = async () => ({ url: "http://backend", token: "secret" });
    tokenRoute(port, grant)(incoming, response, () => response.writeHead(404).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => void server.close());

function ask(headers: Record<string, string> = {}, method = "GET", path = "/demo/token") {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const call = request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      let body = "";
      response.on("data", (data: Buffer) => (body += data.toString()));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    call.on("error", reject);
    call.end();
  });
}

test("its own pages get an address and a token", async () => {
  const own = `http://127.0.0.1:${port}`;
  const askers: Record<string, string>[] = [{}, { Origin: own, "Sec-Fetch-Site": "same-origin" }];
  for (const headers of askers) {
    const { status, body } = await ask(headers);
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual({ url: "http://backend", token: "secret" });
  }
  const local = { Host: `localhost:${port}`, Origin: `http://localhost:${port}` };
  expect(await ask(local)).toMatchObject({ status: 200 });
});

test.each([
  [{ Origin: "http://elsewhere.example" }],
  [{ Origin: "null" }],
  [{ "Sec-Fetch-Site": "cross-site" }],
  [{ "Sec-Fetch-Site": "same-site" }],
  [{ Host: "elsewhere.example" }],
  [{ Host: "127.0.0.1" }],
])("a request with %j gets none", async (headers) => {
  const { status, body } = await ask(headers as Record<string, string>);
  expect(status).toBe(403);
  expect(body).not.toContain("secret");
});

test("only GET, and only this path", async () => {
  expect(await ask({}, "POST")).toMatchObject({ status: 405 });
  expect(await ask({}, "GET", "/demo/token/x")).toMatchObject({ status: 404 });
  expect(await ask({}, "GET", "/demo/token?x=1")).toMatchObject({ status: 200 });
});
