/**
 * The running local backend as the commands of this folder use it: its operator's key, development
 * tokens for its users, and tenants with their members.
 */
import { readConnection } from "../local/connection.js";
import { BackendClient } from "./backendClient.js";
import { Failure, messageOf } from "./failure.js";

export const defaultUrl = "http://127.0.0.1:3210";

export const roles = ["viewer", "editor", "admin", "service"] as const;
export type Role = (typeof roles)[number];

export type Connection = { url: string; adminKey: string };

/**
 * The backend that runs on this machine at `url`. Throws `NoBackend` where none is known, and
 * `LocalOnly` for an address of another machine: nothing of this file works there.
 */
export async function findBackend(url: string): Promise<Connection> {
  if (!isLoopback(url)) {
    throw new Failure(
      "LocalOnly",
      `${url} is not the local backend, and only that gives out tokens and an operator's key.`,
      "Any other deployment takes a token of its own identity provider: npm run import -- … --url URL --token JWT",
    );
  }
  const hint = "Start it with: npm run demo (with data) or npm run dev:local";
  let connection: Connection | null;
  try {
    connection = readConnection(url);
  } catch (error) {
    throw new Failure("NoBackend", messageOf(error), hint);
  }
  if (connection === null)
    throw new Failure(
      "NoBackend",
      `No local backend is known at ${url}.`,
      `${hint}. Any other deployment takes --url URL --token JWT.`,
    );
  return { url: connection.url, adminKey: connection.adminKey };
}

function isLoopback(url: string): boolean {
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host);
}

export type TokenRequest = { subject: string; name?: string; expiresInSeconds?: number };

/** A JWT that the local backend accepts. Development only: a deployment has its identity provider. */
export async function mintToken(connection: Connection, request: TokenRequest): Promise<string> {
  let response: Response;
  try {
    response = await fetch(`${connection.url}/local/token`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Authorization: `Convex ${connection.adminKey}`,
      },
      body: JSON.stringify(request),
    });
  } catch {
    throw new Failure("NoBackend", `Nothing answers at ${connection.url}.`);
  }
  if (!response.ok) {
    const text = messageOf(await response.text());
    throw new Failure("NoToken", `The backend refuses a token (${response.status}): ${text}`);
  }
  const body = (await response.json()) as { token: string };
  return body.token;
}

/** The operator's client: may call internal functions. */
export function operator(connection: Connection): BackendClient {
  return new BackendClient(connection.url, { adminKey: connection.adminKey });
}

/** Creates the tenant when missing; an existing one keeps what is not given. */
export async function ensureTenant(
  connection: Connection,
  tenant: { tenantId: string; name?: string; timezone?: string; zones?: string[] },
): Promise<void> {
  await operator(connection).mutation("tenants:ensure", tenant);
}

/** Makes the local user `subject` a member of the tenant with this role. */
export async function ensureMember(
  connection: Connection,
  member: { tenantId: string; subject: string; role: Role },
): Promise<void> {
  const { tenantId, subject, role } = member;
  const tokenIdentifier = `${connection.url}|${subject}`;
  await operator(connection).mutation("tenants:ensureMember", { tenantId, tokenIdentifier, role });
}
