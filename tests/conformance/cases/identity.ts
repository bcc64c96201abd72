/** Who is asking. */
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
];
