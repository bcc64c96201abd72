/** Tokens that must not be believed, and the good one that they imitate. */
import { createHmac, generateKeyPairSync } from "node:crypto";
import { exportJWK, importJWK, SignJWT, type JWK, type JWTPayload } from "jose";

/** Whose token it is, as the backend under attack knows it. */
export interface Genuine {
  issuer: string;
  audience: string;
  subject: string;
  /** The provider's private key: whoever has it can sign, but not everything that is signed is good. */
  key: JWK;
  /** Beside the registered ones. */
  claims?: JWTPayload;
}

const nowS = () => Math.floor(Date.now() / 1000);
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Claims of a good token, with some replaced; undefined leaves a claim out. */
function claimsOf(genuine: Genuine, replaced: JWTPayload): JWTPayload {
  const { issuer, audience, subject } = genuine;
  const good = { iss: issuer, aud: audience, sub: subject, iat: nowS(), exp: nowS() + 3600 };
  const claims = Object.entries({ ...good, ...genuine.claims, ...replaced }).filter(
    ([, value]) => value !== undefined,
  );
  return Object.fromEntries(claims);
}

/** A token of the genuine key. */
export async function signed(genuine: Genuine, replaced: JWTPayload = {}): Promise<string> {
  const key = await importJWK(genuine.key, "ES256");
  return await new SignJWT(claimsOf(genuine, replaced))
    .setProtectedHeader({ alg: "ES256", kid: genuine.key.kid!, typ: "JWT" })
    .sign(key);
}

/** By what is wrong with them. */
export async function badTokens(genuine: Genuine): Promise<Record<string, string>> {
  const good = await signed(genuine);
  const [header, payload, signature] = good.split(".") as [string, string, string];
  const claims = claimsOf(genuine, {});
  const { kid } = genuine.key;
  const { d: _, ...publicJwk } = genuine.key;
  const hmac = (secret: string) => {
    const text = `${encode({ alg: "HS256", kid, typ: "JWT" })}.${encode(claims)}`;
    return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
  };
  const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const strangerJwk = await exportJWK(stranger.publicKey);
  const foreign = (extra: object) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: "ES256", kid: kid!, typ: "JWT", ...extra })
      .sign(stranger.privateKey);
  const later = nowS() + 3600;
  return {
    "no token at all": "",
    "not a token": "not-a-token",
    "three empty parts": "..",
    "parts that are no JSON": "YQ.YQ.YQ",
    "unsigned, alg none": `${encode({ alg: "none", typ: "JWT" })}.${payload}.`,
    "unsigned, alg NoNe": `${encode({ alg: "NoNe", typ: "JWT" })}.${payload}.`,
    "alg none with the good signature": `${encode({ alg: "none" })}.${payload}.${signature}`,
    "without its signature": `${header}.${payload}.`,
    "with half of its signature": `${header}.${payload}.${signature.slice(0, 40)}`,
    "with a signature of zeros": `${header}.${payload}.${Buffer.alloc(64).toString("base64url")}`,
    "a changed subject": `${header}.${encode({ ...claims, sub: "root" })}.${signature}`,
    "HS256 with the public key as secret": hmac(JSON.stringify(publicJwk)),
    "HS256 with an empty secret": hmac(""),
    "another key under the same kid": await foreign({}),
    "another key, brought along": await foreign({ jwk: strangerJwk }),
    "another key, at an address": await foreign({ jku: "http://127.0.0.1:9/jwks.json" }),
    "a kid that is a path": await foreign({ kid: "../../identity-key.json" }),
    expired: await signed(genuine, { exp: nowS() - 60 }),
    "expired long ago": await signed(genuine, { iat: 1, exp: 2 }),
    "not valid yet": await signed(genuine, { nbf: later, exp: later + 60 }),
    "without expiry": await signed(genuine, { exp: undefined as never }),
    "for another audience": await signed(genuine, { aud: "another-app" }),
    "for no audience": await signed(genuine, { aud: undefined as never }),
    "of another issuer": await signed(genuine, { iss: "https://evil.test" }),
    "of a longer issuer": await signed(genuine, { iss: `${genuine.issuer}.evil.test` }),
    "of no issuer": await signed(genuine, { iss: undefined as never }),
  };
}
