/** `ctx.auth.signJwt`: what the platform checks of the claims and adds to them. */
import { DeveloperError } from "../database/limits.js";
import type { JsonObject } from "../values/json.js";
import type { SyscallArgs } from "./databaseSyscalls.js";
import type { Frame } from "./frame.js";
import type { Host } from "./host.js";

const SECONDS_MAX = 3600;
const LENGTH_MAX = 8000;

/** JSON text of the token. */
export async function signJwt(host: Host, frame: Frame, args: SyscallArgs): Promise<string> {
  if (frame.spec.kind !== "mutation") {
    throw invalid("ctx.auth.signJwt() can't be called from a query. Call it from a mutation.");
  }
  const { claims = {}, expiresInSeconds: seconds } = args as {
    claims?: JsonObject;
    expiresInSeconds?: number;
  };
  mustBeClaims(claims);
  if (typeof seconds !== "number" || !(seconds >= 1 && Math.floor(seconds) <= SECONDS_MAX)) {
    throw invalid(`expiresInSeconds must be between 1 second and ${SECONDS_MAX} seconds`);
  }
  const { path } = frame.component;
  const token = await host.sign({ jti: crypto.randomUUID(), ...claims }, path, Math.floor(seconds));
  if (token.length > LENGTH_MAX) {
    throw invalid(`The token is ${token.length} bytes, over the ${LENGTH_MAX} byte limit`);
  }
  return JSON.stringify(token);
}

function mustBeClaims(claims: JsonObject): void {
  if (typeof claims !== "object" || claims === null || Array.isArray(claims)) {
    throw invalid("Invalid arguments for auth.signJwt: claims must be an object");
  }
  for (const name of ["iss", "iat", "exp", "nbf"]) {
    if (Object.hasOwn(claims, name)) {
      throw invalid(`The '${name}' claim is set by Convex and can't be provided`);
    }
  }
  const reserved = Object.keys(claims).find((name) => /^(?:convex|cvx)/i.test(name));
  if (reserved !== undefined) throw invalid(`The '${reserved}' claim can't be provided`);
  const audiences = ([] as unknown[]).concat(claims.aud ?? []);
  if (audiences.length === 0 || !audiences.every(isText)) {
    throw invalid("The 'aud' claim is required. Set it to the audience that verifies the token.");
  }
  for (const name of ["sub", "jti"]) {
    if (Object.hasOwn(claims, name) && !isText(claims[name])) {
      throw invalid(`The '${name}' claim must be a non-empty string`);
    }
  }
}

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";

function invalid(message: string): DeveloperError {
  return new DeveloperError("InvalidJwt", message);
}
