/**
 * The backend of an embed, as whom the token behind the "#" says. A page around it hands on a newer token by changing
 * what is behind the "#", which loads nothing again.
 */
import { useEffect, useState } from "react";
import { ConvexReactClient } from "convex/react";
import { functions } from "../api.js";
import { readToken, type EmbedToken } from "./token.js";

export type Embedded =
  | { status: "pending" }
  /** The token is none, has expired, or is not taken. */
  | { status: "over" }
  | { status: "ready"; client: ConvexReactClient; timezone: string; told: EmbedToken };

const tokenOf = (hash: string) => readToken(hash.replace(/^#/, ""));

export function useEmbed(): Embedded {
  const [told, setTold] = useState(() => tokenOf(window.location.hash));
  const [state, setState] = useState<{ token: string; embedded: Embedded } | null>(null);

  useEffect(() => {
    const follow = () => setTold(tokenOf(window.location.hash));
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  }, []);

  useEffect(() => {
    if (told === null) return;
    const { token, url, tenantId, expiresAt } = told;
    let isGone = false;
    const become = (embedded: Embedded) => {
      if (!isGone) setState({ token, embedded });
    };
    const client = new ConvexReactClient(url, { unsavedChangesWarning: false });
    client.setAuth(
      () => Promise.resolve(Date.now() < expiresAt ? token : null),
      (isTaken) => {
        if (!isTaken) become({ status: "over" });
      },
    );
    client.query(functions.meta, { tenantId }).then(
      ({ timezone }) => become({ status: "ready", client, timezone, told }),
      () => become({ status: "over" }),
    );
    return () => {
      isGone = true;
      void client.close();
    };
  }, [told]);

  if (told === null) return { status: "over" };
  return state?.token === told.token ? state.embedded : { status: "pending" };
}
