/**
 * The deployment that an import writes to. With `--token` any one, through its public API alone; without
 * it the local backend, which gives a token of its own.
 */
import { decodeJwt } from "jose";
import { BackendClient } from "../backendClient.js";
import { ensureMember, ensureTenant, findBackend, mintToken } from "../connection.js";
import { Failure, messageOf } from "../failure.js";
import type { ImportCommand } from "./importOptions.js";

/** Long enough for any file; the local backend's tokens are for development only. */
const TOKEN_SECONDS = 12 * 3600;

const LOCAL_SUBJECT = "importer";

/** Throws `TokenExpired` or `BadToken` before anything is sent, `NoBackend` where no backend is known. */
export async function clientFor(
  { credentials, url, tenant }: Pick<ImportCommand, "credentials" | "url" | "tenant">,
  now = Date.now(),
): Promise<BackendClient> {
  if (credentials.kind === "token") {
    mustBeFresh(credentials.token, now);
    return clientAt(url, credentials.token);
  }
  const connection = await findBackend(url);
  await ensureTenant(connection, { tenantId: tenant });
  await ensureMember(connection, { tenantId: tenant, subject: LOCAL_SUBJECT, role: "service" });
  if (credentials.kind === "admin") {
    return new BackendClient(url, { adminKey: connection.adminKey, actingAs: LOCAL_SUBJECT });
  }
  const request = { subject: LOCAL_SUBJECT, expiresInSeconds: TOKEN_SECONDS };
  return new BackendClient(url, { token: await mintToken(connection, request) });
}

function clientAt(url: string, token: string): BackendClient {
  try {
    return new BackendClient(url, { token });
  } catch (error) {
    // The stock client says what is wrong with an address.
    throw new Failure("BadUrl", `--url ${url}: ${messageOf(error)}`);
  }
}

function mustBeFresh(token: string, now: number): void {
  let expires: number | undefined;
  try {
    expires = decodeJwt(token).exp;
  } catch {
    throw new Failure("BadToken", "--token is no JWT: it has three parts with dots between.");
  }
  if (expires !== undefined && expires * 1000 <= now) {
    throw new Failure(
      "TokenExpired",
      `The token expired at ${new Date(expires * 1000).toISOString()}.`,
      "Get a new one from your identity provider.",
    );
  }
}
