/** Who makes a request: attributes under the names that `ctx.auth.getUserIdentity()` returns. */
import type { JsonObject } from "../values/json.js";

export interface UserIdentity {
  /** `issuer|subject`, unique and stable. */
  readonly tokenIdentifier: string;
  readonly attributes: JsonObject;
}

/** Credentials as established for a request. */
export interface Credentials {
  /** Holders of the admin key may call internal functions and functions of components. */
  readonly isAdmin: boolean;
  readonly identity: UserIdentity | null;
  readonly token: string | null;
  /** When the token stops being good. */
  readonly expiresMs?: number;
}

export const ANONYMOUS: Credentials = { isAdmin: false, identity: null, token: null };

const CLAIM_NAMES: Record<string, string> = {
  sub: "subject",
  iss: "issuer",
  name: "name",
  given_name: "givenName",
  family_name: "familyName",
  nickname: "nickname",
  preferred_username: "preferredUsername",
  profile: "profileUrl",
  picture: "pictureUrl",
  email: "email",
  email_verified: "emailVerified",
  gender: "gender",
  birthdate: "birthday",
  zoneinfo: "timezone",
  locale: "language",
  phone_number: "phoneNumber",
  phone_number_verified: "phoneNumberVerified",
  address: "address",
  updated_at: "updatedAt",
};

const REGISTERED_CLAIMS = new Set(["aud", "exp", "iat", "nbf", "jti"]);

/** The identity that a verified token's claims describe; claims outside OpenID keep their names. */
export function identityFromClaims(claims: JsonObject): UserIdentity {
  const attributes: JsonObject = {};
  for (const [claim, value] of Object.entries(claims)) {
    if (REGISTERED_CLAIMS.has(claim)) continue;
    attributes[CLAIM_NAMES[claim] ?? claim] = value;
  }
  const tokenIdentifier = `${String(claims.iss)}|${String(claims.sub)}`;
  attributes.tokenIdentifier = tokenIdentifier;
  return { tokenIdentifier, attributes };
}

/** The identity that an administrator acts as. */
export function identityFromAttributes(attributes: JsonObject): UserIdentity {
  const tokenIdentifier = String(
    attributes.tokenIdentifier ?? `${String(attributes.issuer)}|${String(attributes.subject)}`,
  );
  return { tokenIdentifier, attributes: { ...attributes, tokenIdentifier } };
}
