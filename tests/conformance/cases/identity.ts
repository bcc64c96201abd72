/** Who is asking, and what the deployment says of itself. */
import { decodeJwt, decodeProtectedHeader } from "jose";
import { expect } from "vitest";
import { api } from "../fixture/convex/_generated/api.js";
import { same } from "../platform.js";

export const identityCases = [
  same("without a token there is nobody", async ({ nobody }) => {
    expect(await nobody.query(api.identity.inQuery, {})).toBeNull();
    expect(await nobody.mutation(api.identity.inMutation, {})).toBeNull();
  }),

  same("with a token there is its subject and name", async ({ user }) => {
    expect(await user.query(api.identity.inQuery, {})).toEqual({ subject: "ann", name: "Ann" });
    expect(await user.mutation(api.identity.inMutation, {})).toBe("ann");
  }),

  same("the token identifier is the issuer and the subject", async ({ user }) => {
    const found = await user.query(api.identity.tokenIdentifier, {});
    expect(found).toEqual({ isIssuerAndSubject: true });
  }),

  same("an action's calls carry its identity, a component does not see it", async ({ user }) => {
    expect(await user.action(api.identity.everywhere, {})).toEqual(["ann", "ann", null]);
    expect(await user.query(api.identity.inComponent, {})).toBeNull();
  }),

  same("a mutation signs claims as the deployment, for an hour at most", async ({ user }) => {
    const claims = { aud: "pages", sub: "page", told: { a: [1] } };
    const { token, deployment } = await user.mutation(api.identity.sign, {
      ...{ claims, expiresInSeconds: 60.9 },
    });
    const { iss, iat = 0, exp = 0, jti, ...told } = decodeJwt(token);
    expect([told, exp - iat, typeof jti]).toEqual([claims, 60, "string"]);
    if (deployment !== null) expect(iss).toBe(deployment);
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: "ES256", typ: "JWT" });
  }),

  same("claims of the platform, and lives of no length, are refused", async ({ user }) => {
    const good = { aud: "pages" };
    for (const [claims, expiresInSeconds] of [
      ...[{}, { aud: "" }, { aud: [] }, { ...good, iss: "me" }, { ...good, exp: 1 }].map(
        (one) => [one, 60] as const,
      ),
      ...[
        { ...good, nbf: 1 },
        { ...good, cvxRole: "a" },
        { ...good, sub: "" },
      ].map((one) => [one, 60] as const),
      ...[0, -1, NaN, 3601].map((seconds) => [good, seconds] as const),
      [{ ...good, long: "x".repeat(8000) }, 60] as const,
    ]) {
      const signed = user.mutation(api.identity.sign, { claims, expiresInSeconds });
      await expect(signed, JSON.stringify([claims, expiresInSeconds])).rejects.toThrow();
    }
  }),
];
