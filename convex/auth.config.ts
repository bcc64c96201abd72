/**
 * Who may sign tokens: the identity provider of the app's users, and the deployment itself, for pages elsewhere that
 * show a chart (`embeds.ts`). On a deployment, set AUTH_ISSUER, AUTH_JWKS and AUTH_AUDIENCE to your identity
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
    {
      type: "customJwt",
      issuer: process.env.CONVEX_CLOUD_URL!,
      jwks: `${process.env.CONVEX_CLOUD_URL!}/.well-known/jwks.json`,
      applicationID: "rollups-embed",
      algorithm: "ES256",
    },
  ],
} satisfies AuthConfig;
