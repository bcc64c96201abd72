/** What these suites ask of a backend as its operator. */
import { expect } from "vitest";
import type { LocalBackend } from "../../local/backend.js";

/** A request with the admin key: a GET, or with a body a POST. */
export async function asAdmin<T>(
  { url, adminKey }: LocalBackend,
  path: string,
  body?: object,
): Promise<T> {
  const response = await fetch(`${url}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Convex ${adminKey}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await response.json()) as T;
}

/** The cron of verification, which else comes every five minutes. */
export async function tick(backend: LocalBackend): Promise<void> {
  const call = { componentPath: "rollups", path: "verification/chain:tick", args: {} };
  const { status } = await asAdmin<{ status: string }>(backend, "/api/function", {
    ...{ ...call, format: "json" },
  });
  expect(status).toBe("success");
}
