/** HTTP actions and file storage. */
import { expect } from "vitest";
import { internal } from "../fixture/convex/_generated/api.js";
import { differs, same, type Platform } from "../platform.js";
import { refused } from "../refusal.js";

/** SHA-256 of "hello" in base64. */
const SHA256 = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";

const put = ({ admin }: Platform) =>
  admin.action(internal.files.put, { text: "hello", type: "text/plain" });

const text = ({ admin }: Platform, id: Awaited<ReturnType<typeof put>>) =>
  admin.action(internal.files.text, { id });

export const httpAndFileCases = [
  same("an HTTP action reads the request, calls functions and answers", async (p) => {
    const response = await p.fetch("/echo?a=1", {
      method: "POST",
      headers: { "X-Ask": "yes" },
      body: JSON.stringify({ group: "h" }),
    });
    expect(response.status).toBe(201);
    expect(response.headers.get("X-Echo")).toBe("yes");
    expect(await response.json()).toEqual({ rows: 1, query: "?a=1" });
  }),

  same("a prefix route takes everything under it", async (p) => {
    const response = await p.fetch("/under/a/b");
    expect([response.status, await response.text()]).toEqual([200, "/under/a/b"]);
  }),

  same("no route, no answer", async (p) => {
    expect((await p.fetch("/nowhere")).status).toBe(404);
    expect((await p.fetch("/echo")).status).toBe(404);
  }),

  differs("an HTTP action that throws is a 500", {
    right: "local backend",
    holds: async (p) => {
      expect((await p.fetch("/boom")).status).toBe(500);
    },
    pinned: async (p) => {
      expect(await refused(p.fetch("/boom"))).toBe("http boom");
    },
  }),

  same("a file is stored, read and deleted", async (p) => {
    const id = await put(p);
    expect(await text(p, id)).toBe("hello");
    expect(await p.admin.query(internal.files.hasUrl, { id })).toBe(true);
    await p.admin.action(internal.files.removeFromAction, { id });
    expect(await text(p, id)).toBeNull();
    expect(await p.admin.query(internal.files.hasUrl, { id })).toBe(false);
    expect(await p.admin.query(internal.files.meta, { id })).toBeNull();
  }),

  same("a file's document has its size, hash and type", async (p) => {
    const id = await put(p);
    expect(await p.admin.query(internal.files.meta, { id })).toEqual({
      size: 5,
      sha256: SHA256,
      contentType: "text/plain",
    });
  }),

  same("a mutation that throws has deleted no file", async (p) => {
    const id = await put(p);
    await refused(p.admin.mutation(internal.files.remove, { id, fail: true }));
    expect(await text(p, id)).toBe("hello");
  }),
];
