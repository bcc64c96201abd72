/**
 * Who may sign tokens. On a deployment, set AUTH_ISSUER, AUTH_JWKS and AUTH_AUDIENCE to your identity
 * provider's values (`npx convex env set …`); the local backend sets them to its own development
 * provider.
 */
import type { AuthConfig } from "convex/server";

export default {
  providers: [
    {
      type: "customJwt",
      issuer: process.env.AUTH_ISSUER!,
      jwks: process.env.AUTH_JWKS!,
      applicationID: process.env.AUTH_AUDIENCE!,
      algorithm: "ES256",
    },
  ],
} satisfies AuthConfig;
