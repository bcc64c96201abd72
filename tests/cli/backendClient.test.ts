/** What is waited out, what is refused, and what is taken apart: calls against a scripted server. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { BackendClient } from "../../cli/backendClient.js";
import { BatchRefused } from "../../cli/failure.js";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers each call with the next of these; the last one stays. */
async function script(...answers: [status: number, body: object | string][]) {
  const seen: (string | undefined)[] = [];
  const url = await serve((request, response) => {
    const [status, body] = answers[Math.min(seen.length, answers.length - 1)]!;
    seen.push(request.headers.authorization);
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });
  return { url, seen };
}

const success = (value: unknown): [number, object] => [200, { status: "success", value }];

function clientOf(url: string, waits: number[] = []) {
  return new BackendClient(
    url,
    { token: "t" },
    {
      attemptsMax: 4,
      async sleep(ms) {
        waits.push(ms);
      },
    },
  );
}

describe("BackendClient", () => {
  test("a busy backend is asked again, after longer and longer waits", async () => {
    const { url, seen } = await script([503, "busy"], [503, "busy"], [429, "slow"], success(7));
    const waits: number[] = [];
    expect(await clientOf(url, waits).mutation("a:b", {})).toBe(7);
    expect(seen).toHaveLength(4);
    expect(waits).toHaveLength(3);
    expect(waits[2]!).toBeGreaterThanOrEqual(400);
    expect(waits[0]!).toBeLessThanOrEqual(200);
  });

  test("a backend that stays away is given up, by name", async () => {
    const { url } = await script([503, "busy"]);
    const unavailable = expect.objectContaining({ code: "BackendUnavailable" });
    await expect(clientOf(url).mutation("a:b", {})).rejects.toEqual(unavailable);
    await expect(clientOf("http://127.0.0.1:9").query("a:b", {})).rejects.toEqual(unavailable);
  });

  test("a refusal of the application keeps its code and is not repeated", async () => {
    const { url, seen } = await script([
      200,
      {
        status: "error",
        errorMessage: "Uncaught ConvexError",
        errorData: { code: "Forbidden", message: "no" },
      },
    ]);
    await expect(clientOf(url).mutation("a:b", {})).rejects.toMatchObject({
      ...{ code: "Forbidden", message: "no" },
    });
    expect(seen).toHaveLength(1);
  });

  test("a tenant that is being flooded is waited for as long as it asks", async () => {
    const data = { code: "TooManyWrites", message: "later", retryAfterMs: 5_000 };
    const flooded: [number, object] = [
      200,
      { status: "error", errorMessage: "Uncaught ConvexError", errorData: data },
    ];
    const { url } = await script(flooded, flooded, success(1));
    const waits: number[] = [];
    expect(await clientOf(url, waits).mutation("a:b", {})).toBe(1);
    expect(waits).toEqual([5_000, 5_000]);
    const never = await script(flooded);
    await expect(clientOf(never.url).mutation("a:b", {})).rejects.toMatchObject({
      code: "BackendUnavailable",
    });
  });

  test.each([
    [503, { code: "OptimisticConcurrencyControlFailure", message: "documents changed" }],
    [
      560,
      {
        status: "error",
        errorMessage:
          "Documents read from or written to the table changed while this mutation was being run and on every subsequent retry",
      },
    ],
    [200, { status: "error", errorMessage: "TooManyConcurrentRequests: too busy" }],
  ] as [number, object][])(
    "a lost race or a busy deployment is asked again: %j %j",
    async (status, body) => {
      const { url, seen } = await script([status, body], success(1));
      expect(await clientOf(url).mutation("a:b", {})).toBe(1);
      expect(seen).toHaveLength(2);
    },
  );

  test("what the caller can do is said with the refusal", async () => {
    const forbidden = { code: "Forbidden", message: "no" };
    const body = { status: "error", errorMessage: "Uncaught ConvexError", errorData: forbidden };
    await expect(clientOf((await script([200, body])).url).query("a:b", {})).rejects.toMatchObject({
      hint: expect.stringContaining("member"),
    });
    const expired: [number, object] = [401, { code: "Unauthenticated", message: "token expired" }];
    await expect(clientOf((await script(expired)).url).query("a:b", {})).rejects.toMatchObject({
      hint: expect.stringContaining("expired"),
    });
  });

  test("any other error of a function refuses the batch", async () => {
    const { url } = await script([200, { status: "error", errorMessage: "TooManyWrites: …" }]);
    await expect(clientOf(url).mutation("a:b", {})).rejects.toBeInstanceOf(BatchRefused);
  });

  test("a token that is not accepted is named", async () => {
    const { url } = await script([401, { code: "BadToken", message: "expired" }]);
    await expect(clientOf(url).mutation("a:b", {})).rejects.toMatchObject({
      code: "NotAuthenticated",
    });
  });

  test("a backend that forgets its providers while it restarts is waited out", async () => {
    const forgot: [number, object] = [401, { code: "NoAuthProvider", message: "none" }];
    const { url } = await script(success(1), forgot, forgot, success(2));
    const client = clientOf(url);
    expect(await client.mutation("a:b", {})).toBe(1);
    expect(await client.mutation("a:b", {})).toBe(2);
    const stranger = clientOf((await script(forgot)).url);
    await expect(stranger.mutation("a:b", {})).rejects.toMatchObject({ code: "NotAuthenticated" });
  });

  test("credentials are a user's token, the operator's key, or the operator as a user", async () => {
    const { url, seen } = await script(success(null));
    await new BackendClient(url, { token: "t" }).mutation("a:b", {});
    await new BackendClient(url, { adminKey: "k" }).mutation("a:b", {});
    await new BackendClient(url, { adminKey: "k", actingAs: "ann" }).mutation("a:b", {});
    expect(seen.slice(0, 2)).toEqual(["Bearer t", "Convex k"]);
    const acting = Buffer.from(seen[2]!.split(":")[1]!, "base64").toString();
    expect(JSON.parse(acting)).toMatchObject({ issuer: url, subject: "ann" });
  });
});
