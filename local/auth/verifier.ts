/**
 * Turns an Authorization header or a sync-protocol token into credentials: the admin key, or a JWT
 * checked for signature, issuer, audience and expiry against the providers of auth.config.
 */
import { timingSafeEqual } from "node:crypto";
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeJwt,
  type JSONWebKeySet,
  jwtVerify,
  type JWTVerifyGetKey,
} from "jose";
import { RequestError } from "../errors.js";
import type { JsonObject } from "../values/json.js";
import {
  ANONYMOUS,
  type Credentials,
  identityFromAttributes,
  identityFromClaims,
  type UserIdentity,
} from "./identity.js";

/** One entry of `providers` in auth.config. */
export type AuthProvider =
  | { applicationID: string; domain: string }
  | {
      type: "customJwt";
      applicationID: string | null;
      issuer: string;
      jwks: string;
      algorithm: string;
    };

interface OwnKeys {
  url: () => string;
  jwks: () => JSONWebKeySet;
}

function withoutSlash(url: string): string {
  return url.endsWith("/") ? url.slice(0, -1) : url;
}

export class Verifier {
  providers: readonly AuthProvider[] = [];
  private readonly keySets = new Map<string, JWTVerifyGetKey>();

  constructor(
    private readonly adminKey: string,
    /** Keys of the backend's own provider, so that verifying does not fetch from itself. */
    private readonly own: OwnKeys,
  ) {}

  isAdminKey(candidate: string): boolean {
    const a = Buffer.from(candidate);
    const b = Buffer.from(this.adminKey);
    return a.length === b.length && timingSafeEqual(a, b);
  }

  /** Credentials for `Bearer <jwt>` or `Convex <adminKey>[:<base64 identity>]`; throws 401 otherwise. */
  async fromHeader(header: string | null): Promise<Credentials> {
    if (header === null || header === "") return ANONYMOUS;
    const [scheme, value = ""] = header.split(" ", 2) as [string, string?];
    if (scheme === "Bearer") return this.fromToken(value);
    if (scheme !== "Convex") {
      throw new RequestError(401, "InvalidAuthHeader", "Unknown authorization scheme");
    }
    const [key, acting] = value.split(":", 2) as [string, string?];
    const attributes =
      acting === undefined
        ? null
        : (JSON.parse(Buffer.from(acting, "base64").toString("utf8")) as JsonObject);
    return this.fromAdminKey(key, attributes);
  }

  /** Credentials of an administrator, who may act as somebody. */
  fromAdminKey(key: string, acting: JsonObject | null): Credentials {
    if (!this.isAdminKey(key)) {
      throw new RequestError(
        401,
        "BadAdminKey",
        "The provided admin key was invalid for this instance",
      );
    }
    const identity = acting === null ? null : identityFromAttributes(acting);
    return { isAdmin: true, identity, token: null };
  }

  async fromToken(token: string): Promise<Credentials> {
    const { identity, expiresMs } = await this.verify(token);
    return { isAdmin: false, identity, token, expiresMs };
  }

  private keysOf(jwks: string): JWTVerifyGetKey {
    let keys = this.keySets.get(jwks);
    if (keys === undefined) {
      if (jwks === this.own.url()) keys = createLocalJWKSet(this.own.jwks());
      else if (jwks.startsWith("data:")) {
        const [kind, data] = jwks.slice(5).split(",", 2) as [string, string];
        const text = kind.endsWith(";base64")
          ? Buffer.from(data, "base64").toString("utf8")
          : decodeURIComponent(data);
        keys = createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
      } else keys = createRemoteJWKSet(new URL(jwks));
      this.keySets.set(jwks, keys);
    }
    return keys;
  }

  private async verify(token: string): Promise<{ identity: UserIdentity; expiresMs: number }> {
    let claims: JsonObject;
    try {
      claims = decodeJwt(token) as JsonObject;
    } catch {
      throw new RequestError(
        401,
        "InvalidAuthHeader",
        "Could not parse as an authentication token",
      );
    }
    const audiences = ([] as unknown[]).concat(claims.aud ?? []);
    const issuer = withoutSlash(String(claims.iss));
    const provider = this.providers.find((each) => {
      const expected = "type" in each ? each.issuer : each.domain;
      const sameIssuer =
        issuer === withoutSlash(expected.includes("://") ? expected : `https://${expected}`);
      return sameIssuer && (each.applicationID === null || audiences.includes(each.applicationID));
    });
    if (provider === undefined) {
      throw new RequestError(
        401,
        "NoAuthProvider",
        `No auth provider found matching the given token (issuer ${issuer}). Check convex/auth.config.ts.`,
      );
    }
    const custom = "type" in provider ? provider : null;
    const jwks = custom?.jwks ?? `${issuer}/.well-known/jwks.json`;
    try {
      const { payload } = await jwtVerify(token, this.keysOf(jwks), {
        algorithms: custom === null ? ["RS256", "ES256"] : [custom.algorithm],
      });
      if (payload.exp === undefined) throw new Error("the token has no expiry");
      return { identity: identityFromClaims(payload as JsonObject), expiresMs: payload.exp * 1000 };
    } catch (error) {
      throw new RequestError(
        401,
        "InvalidAuthHeader",
        `Could not verify token: ${(error as Error).message}`,
      );
    }
  }
}
