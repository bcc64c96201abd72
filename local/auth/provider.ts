/**
 * The backend's own identity provider for development: an ES256 key pair, kept in the data directory
 * when there is one, its public half served as JWKS, and tokens for whoever holds the admin key.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "../values/json.js";
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";

export const AUDIENCE = "convex";
const ALGORITHM = "ES256";
const KEY_FILE = "identity-key.json";
const DEFAULT_EXPIRY_S = 24 * 3600;

export interface TokenRequest {
  subject: string;
  name?: string;
  /** Further claims, such as an org's id. */
  claims?: Record<string, string>;
  expiresInSeconds?: number;
}

export class IdentityProvider {
  private constructor(
    private readonly key: JWK,
    private readonly issuer: () => string,
  ) {}

  /** Loads the key of a data directory, or makes one. */
  static async open(dataDir: string | null, issuer: () => string): Promise<IdentityProvider> {
    const path = dataDir === null ? null : join(dataDir, KEY_FILE);
    const stored = path === null ? null : await readFile(path, "utf8").catch(() => null);
    if (stored !== null) return new IdentityProvider(JSON.parse(stored) as JWK, issuer);
    const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
    const key: JWK = { ...(await exportJWK(privateKey)), kid: "local", alg: ALGORITHM, use: "sig" };
    if (path !== null) await writeFile(path, JSON.stringify(key), { mode: 0o600 });
    return new IdentityProvider(key, issuer);
  }

  /** The public keys. */
  get jwks(): { keys: JWK[] } {
    const { d: _, ...publicKey } = this.key;
    return { keys: [publicKey] };
  }

  /** What an app's `auth.config.ts` has to know of it. */
  get environment(): { AUTH_ISSUER: string; AUTH_JWKS: string; AUTH_AUDIENCE: string } {
    const issuer = this.issuer();
    return {
      AUTH_ISSUER: issuer,
      AUTH_JWKS: `${issuer}/.well-known/jwks.json`,
      AUTH_AUDIENCE: AUDIENCE,
    };
  }

  get discovery(): Record<string, unknown> {
    const issuer = this.issuer();
    return {
      issuer,
      jwks_uri: this.environment.AUTH_JWKS,
      authorization_endpoint: `${issuer}/local/token`,
      id_token_signing_alg_values_supported: [ALGORITHM],
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
    };
  }

  /** A signed token for a subject. */
  async token({ subject, name, claims, expiresInSeconds }: TokenRequest): Promise<string> {
    const told = { ...claims, ...(name === undefined ? {} : { name }) };
    return await this.signed(
      { ...told, aud: AUDIENCE, sub: subject },
      this.issuer(),
      expiresInSeconds ?? DEFAULT_EXPIRY_S,
    );
  }

  /** What the deployment signs for its functions: it has the provider's key and name. */
  async sign(claims: JsonObject, component: string, seconds: number): Promise<string> {
    const issuer = component === "" ? this.issuer() : `${this.issuer()}/components/${component}`;
    return await this.signed(claims, issuer, seconds);
  }

  private async signed(claims: JsonObject, issuer: string, seconds: number): Promise<string> {
    const key = await importJWK(this.key, ALGORITHM);
    const nowS = Math.floor(Date.now() / 1000);
    return await new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, kid: this.key.kid!, typ: "JWT" })
      .setIssuer(issuer)
      .setIssuedAt(nowS)
      .setExpirationTime(nowS + seconds)
      .sign(key);
  }
}
