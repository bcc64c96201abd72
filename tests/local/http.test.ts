import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { api } from "./fixtures/app/convex/_generated/api.js";
import { type Fixture, startFixture, readable } from "./support.js";

let app: Fixture;
beforeAll(async () => {
  app = await startFixture({ limits: readable });
}, 30_000);
afterAll(() => app.stop());

describe("HTTP actions", () => {
  it("serve at the site url and under /http, with the caller's identity", async () => {
    const token = await app.backend.token({ subject: "bob" });
    const call = (base: string) =>
      fetch(`${base}/echo?x=1`, {
        method: "POST",
        headers: { Authorization: `Bearer ${token}` },
        body: JSON.stringify({ name: "http" }),
      });
    const first = await call(app.backend.siteUrl);
    expect(first.status).toBe(201);
    expect(first.headers.get("x-query")).toBe("?x=1");
    expect(await first.json()).toEqual({ value: 1, subject: "bob" });
    expect(await (await call(`${app.backend.url}/http`)).json()).toMatchObject({ value: 2 });
  });

  it("stream their answers", async () => {
    const response = await fetch(`${app.backend.siteUrl}/stream`);
    expect(await response.text()).toBe("part 0\npart 1\npart 2\n");
  });

  it("answer 404 without a route and 500 when they throw", async () => {
    expect((await fetch(`${app.backend.siteUrl}/nowhere`)).status).toBe(404);
    const failed = await fetch(`${app.backend.siteUrl}/boom`);
    expect(failed.status).toBe(500);
    expect(await failed.text()).toContain("http boom");
  });
});

describe("file storage", () => {
  it("stores from an action and serves by url", async () => {
    const response = await fetch(`${app.backend.siteUrl}/files/a`, {
      method: "PUT",
      headers: { "Content-Type": "text/plain" },
      body: "file content",
    });
    const file = await fetch(await response.text());
    expect(file.headers.get("content-type")).toBe("text/plain");
    expect(await file.text()).toBe("file content");
  });

  it("takes one upload per upload url, and forgets deleted files", async () => {
    const url = await app.http.mutation(api.probes.uploadUrl, {});
    const post = () =>
      fetch(url, { method: "POST", headers: { "Content-Type": "image/png" }, body: "png" });
    const { storageId } = (await (await post()).json()) as { storageId: string };
    expect((await post()).status).toBe(401);
    const info = async () =>
      (await app.http.query(api.probes.fileInfo, { storageId: storageId as never })) as {
        url: string | null;
        document: Record<string, unknown> | null;
      };
    const { url: served, document } = await info();
    expect(document).toMatchObject({ size: 3, contentType: "image/png" });
    expect(Object.keys(document!).sort()).toEqual(
      ["_creationTime", "_id", "contentType", "sha256", "size"].sort(),
    );
    expect(await (await fetch(served!)).text()).toBe("png");
    await app.http.mutation(api.probes.removeFile, { storageId: storageId as never });
    expect(await info()).toEqual({ url: null, document: null });
    expect((await fetch(served!)).status).toBe(404);
  });
});

describe("administration", () => {
  it("needs the admin key", async () => {
    for (const path of ["/local/token", "/local/stats/reset", "/local/usage/reset"]) {
      const response = await fetch(app.backend.url + path, { method: "POST", body: "{}" });
      expect([path, response.status]).toEqual([path, 401]);
    }
    expect((await fetch(`${app.backend.url}/local/usage`)).status).toBe(401);
    const deploy = await fetch(`${app.backend.url}/api/deploy2/start_push`, {
      method: "POST",
      headers: { Authorization: "Convex nonsense" },
      body: "{}",
    });
    expect(deploy.status).toBe(403);
  });

  it("publishes the keys of its identity provider without the private part", async () => {
    const jwks = (await (await fetch(`${app.backend.url}/.well-known/jwks.json`)).json()) as {
      keys: Record<string, unknown>[];
    };
    expect(jwks.keys[0]).toMatchObject({ kty: "EC", alg: "ES256" });
    expect(jwks.keys[0]!.d).toBeUndefined();
  });

  it("answers preflight requests of any origin", async () => {
    const response = await fetch(`${app.backend.url}/api/query`, {
      method: "OPTIONS",
      headers: {
        Origin: "http://localhost:5173",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,convex-client",
      },
    });
    expect(response.headers.get("access-control-allow-origin")).toBe("http://localhost:5173");
    expect(response.headers.get("access-control-allow-headers")).toBe(
      "authorization,convex-client",
    );
  });
});
