/**
 * Sign-in. The page's own origin hands out a token and the backend's address at `/demo/token`; the
 * client asks again whenever the backend wants a newer token.
 */
import { useEffect, useState } from "react";
import { ConvexReactClient } from "convex/react";

export type Session =
  | { status: "pending" }
  | { status: "error"; message: string; retry: () => void }
  | { status: "ready"; client: ConvexReactClient; user: string };

interface Grant {
  token: string;
  url: string;
}

async function fetchGrant(): Promise<Grant> {
  const response = await fetch("/demo/token", { cache: "no-store" });
  if (!response.ok) throw new Error(`The sign-in service answered ${response.status}.`);
  const grant = (await response.json()) as Partial<Grant>;
  if (typeof grant.token !== "string" || typeof grant.url !== "string") {
    throw new Error("The sign-in service answered without a token.");
  }
  return { token: grant.token, url: grant.url };
}

/** The token's subject, to keep one user's cached answers from another's; not a check of anything. */
function subjectOf(token: string): string {
  try {
    const payload = token.split(".")[1]?.replaceAll("-", "+").replaceAll("_", "/") ?? "";
    const { sub } = JSON.parse(atob(payload)) as { sub?: unknown };
    return typeof sub === "string" ? sub : "";
  } catch {
    return "";
  }
}

export function useSession(): Session {
  const [session, setSession] = useState<Session>({ status: "pending" });
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    let client: ConvexReactClient | null = null;
    let isOver = false;
    const retry = () => {
      setSession({ status: "pending" });
      setAttempt(attempt + 1);
    };
    fetchGrant().then(
      (grant) => {
        if (isOver) return;
        client = new ConvexReactClient(grant.url, { unsavedChangesWarning: false });
        let first: string | null = grant.token;
        client.setAuth(async ({ forceRefreshToken }) => {
          const token = forceRefreshToken || first === null ? (await fetchGrant()).token : first;
          first = null;
          return token;
        });
        setSession({ status: "ready", client, user: subjectOf(grant.token) });
      },
      (cause: unknown) => {
        const message = cause instanceof Error ? cause.message : String(cause);
        if (!isOver) setSession({ status: "error", message, retry });
      },
    );
    return () => {
      isOver = true;
      void client?.close();
    };
  }, [attempt]);

  return session;
}
